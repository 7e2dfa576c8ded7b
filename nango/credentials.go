package nango

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Credentials are the credentials of a connection. Use a switch on the concrete type:
//
//	switch c := conn.Credentials.(type) {
//	case *nango.OAuth2Credentials:
//		use(c.AccessToken.Reveal())
//	case nil:
//		// no authentication, or the key may not read credentials
//	}
//
// A type that this release does not know is decoded into [UnknownCredentials]. The type can differ from the auth mode
// of the provider: MCP connections have OAUTH2, plugin installs have BASIC, and a GitHub App with OAuth has first
// OAUTH2, then APP.
type Credentials interface {
	// Type returns the type on the wire, such as "OAUTH2".
	Type() string
	sealed()
}

// AccessToken is a single token that authorises calls to a provider. ExpiresAt is zero if the provider sends no expiry,
// as with GitHub and Slack.
type AccessToken struct {
	Value     Secret
	ExpiresAt time.Time
}

// CredentialsOverride is the developer app of one connection, if it differs from the integration's app.
type CredentialsOverride struct {
	ClientID     string `json:"client_id"`
	ClientSecret Secret `json:"client_secret"`
}

// OAuth2Credentials have the type OAUTH2. RefreshToken is set only after an import, or if you asked for it.
type OAuth2Credentials struct {
	AccessToken    Secret               `json:"access_token"`
	RefreshToken   Secret               `json:"refresh_token"`
	ExpiresAt      time.Time            `json:"expires_at"`
	ConfigOverride *CredentialsOverride `json:"config_override"`
	Raw            SecretJSON           `json:"raw"`
}

// OAuth1Credentials have the type OAUTH1: a token and its secret. A signature needs both.
type OAuth1Credentials struct {
	Token       Secret     `json:"oauth_token"`
	TokenSecret Secret     `json:"oauth_token_secret"`
	Raw         SecretJSON `json:"raw"`
}

// OAuth2CCCredentials have the type OAUTH2_CC (client credentials). ClientSecret can be empty.
type OAuth2CCCredentials struct {
	Token             Secret     `json:"token"`
	ClientID          string     `json:"client_id"`
	ClientSecret      Secret     `json:"client_secret"`
	ClientCertificate Secret     `json:"client_certificate"`
	ClientPrivateKey  Secret     `json:"client_private_key"`
	ExpiresAt         time.Time  `json:"expires_at"`
	Raw               SecretJSON `json:"raw"`
}

// BasicCredentials have the type BASIC. Username or Password can be empty.
type BasicCredentials struct {
	Username Secret `json:"username"`
	Password Secret `json:"password"`
}

// APIKeyCredentials have the type API_KEY.
type APIKeyCredentials struct {
	APIKey Secret `json:"apiKey"`
}

// AppCredentials have the type APP: the installation of a GitHub App. JWT is the token of the app itself.
type AppCredentials struct {
	AccessToken Secret     `json:"access_token"`
	ExpiresAt   time.Time  `json:"expires_at"`
	JWT         Secret     `json:"jwtToken"`
	Raw         SecretJSON `json:"raw"`
}

// CustomCredentials have the type CUSTOM: the installation of a GitHub App together with a user's token. They are rare:
// the server normally returns [AppCredentials], and stores the user's part in [Connection].Config.
type CustomCredentials struct {
	App  *AppCredentials    `json:"app"`
	User *OAuth2Credentials `json:"user"`
	Raw  SecretJSON         `json:"raw"`
}

// TBACredentials have the type TBA (NetSuite's token-based authentication).
type TBACredentials struct {
	TokenID        Secret               `json:"token_id"`
	TokenSecret    Secret               `json:"token_secret"`
	ConfigOverride *CredentialsOverride `json:"config_override"`
}

// JWTCredentials have the type JWT. Fields is the whole JSON object: the token, and the keys that the provider
// declares, such as privateKey.
type JWTCredentials struct {
	Token     Secret     `json:"token"`
	ExpiresAt time.Time  `json:"expires_at"`
	Fields    SecretJSON `json:"-"`
}

// BillCredentials have the type BILL (Bill.com).
type BillCredentials struct {
	Username       Secret     `json:"username"`
	Password       Secret     `json:"password"`
	OrganizationID Secret     `json:"organization_id"`
	DevKey         Secret     `json:"dev_key"`
	SessionID      Secret     `json:"session_id"`
	UserID         Secret     `json:"user_id"`
	ExpiresAt      time.Time  `json:"expires_at"`
	Raw            SecretJSON `json:"raw"`
}

// TwoStepCredentials have the type TWO_STEP. Nango exchanges credentials that the provider declares for a token. Fields
// is the whole JSON object, with those credentials. If the token is not a string, Token holds its JSON text.
type TwoStepCredentials struct {
	Token        Secret     `json:"token"`
	RefreshToken Secret     `json:"refresh_token"`
	ExpiresAt    time.Time  `json:"expires_at"`
	Raw          SecretJSON `json:"raw"`
	Fields       SecretJSON `json:"-"`
}

// SignatureCredentials have the type SIGNATURE (WSSE).
type SignatureCredentials struct {
	Username  Secret    `json:"username"`
	Password  Secret    `json:"password"`
	Token     Secret    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// AWSSigV4Credentials have the type AWS_SIGV4: a session of an assumed role.
type AWSSigV4Credentials struct {
	RoleARN         Secret     `json:"role_arn"`
	Region          string     `json:"region"`
	Service         string     `json:"service"`
	AccessKeyID     Secret     `json:"access_key_id"`
	SecretAccessKey Secret     `json:"secret_access_key"`
	SessionToken    Secret     `json:"session_token"`
	ExternalID      Secret     `json:"external_id"`
	ExpiresAt       time.Time  `json:"expires_at"`
	Raw             SecretJSON `json:"raw"`
}

// UnknownCredentials have a type or a shape that this release of the SDK does not know. Raw is the whole JSON. TypeName
// is empty if the server sent no type.
type UnknownCredentials struct {
	TypeName string
	Raw      SecretJSON
}

// newCredentials returns a new struct for each type on the wire.
var newCredentials = map[string]func() Credentials{
	"OAUTH2":    func() Credentials { return new(OAuth2Credentials) },
	"OAUTH1":    func() Credentials { return new(OAuth1Credentials) },
	"OAUTH2_CC": func() Credentials { return new(OAuth2CCCredentials) },
	"BASIC":     func() Credentials { return new(BasicCredentials) },
	"API_KEY":   func() Credentials { return new(APIKeyCredentials) },
	"APP":       func() Credentials { return new(AppCredentials) },
	"CUSTOM":    func() Credentials { return new(CustomCredentials) },
	"TBA":       func() Credentials { return new(TBACredentials) },
	"JWT":       func() Credentials { return new(JWTCredentials) },
	"BILL":      func() Credentials { return new(BillCredentials) },
	"TWO_STEP":  func() Credentials { return new(TwoStepCredentials) },
	"SIGNATURE": func() Credentials { return new(SignatureCredentials) },
	"AWS_SIGV4": func() Credentials { return new(AWSSigV4Credentials) },
}

// decodeCredentials chooses the struct by the type. An empty object means that there are no credentials: the server
// sends it for a connection without authentication, for a key without the scope, and in the payload of an error.
// Unknown or broken credentials are no error, because the caller still needs the rest of the connection.
func decodeCredentials(raw json.RawMessage) Credentials {
	if len(bytes.Trim(nullToNil(raw), "{} \t\r\n")) == 0 {
		return nil
	}
	name := credentialsType(raw)
	fresh, known := newCredentials[string(name)]
	if !known {
		return &UnknownCredentials{TypeName: string(name), Raw: NewSecretJSON(raw)}
	}
	c := fresh()
	if err := jsonx.UnmarshalLenient(raw, c); err != nil || isLost(c, raw) {
		return &UnknownCredentials{TypeName: string(name), Raw: NewSecretJSON(raw)}
	}
	switch c := c.(type) {
	case *JWTCredentials:
		c.Fields = NewSecretJSON(raw)
	case *TwoStepCredentials:
		c.Fields = NewSecretJSON(raw)
	}
	return c
}

// isLost reports whether the credentials of a [CustomCredentials] were sent but could not be decoded into App or User.
// The other types cannot lose data, because a Secret accepts any JSON.
func isLost(c Credentials, raw json.RawMessage) bool {
	custom, ok := c.(*CustomCredentials)
	return ok && custom.App == nil && custom.User == nil && jsonx.Unmarshal(raw, new(CustomCredentials)) != nil
}

// credentialsType returns the type of credentials, or nothing if the type is missing or not a string. The server writes
// the type first. In that case the rest need not be parsed.
func credentialsType(raw json.RawMessage) []byte {
	if rest, ok := bytes.CutPrefix(raw, []byte(`{"type":"`)); ok {
		if name, _, ok := bytes.Cut(rest, []byte(`"`)); ok && !bytes.ContainsRune(name, '\\') {
			return name
		}
	}
	var head struct {
		Type string `json:"type"`
	}
	if jsonx.Unmarshal(raw, &head) != nil {
		return nil
	}
	return []byte(head.Type)
}
