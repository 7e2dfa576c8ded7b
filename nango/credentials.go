package nango

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Credentials are what Nango holds for a connection. Switch on the concrete type:
//
//	switch c := conn.Credentials.(type) {
//	case *nango.OAuth2Credentials:
//		use(c.AccessToken.Reveal())
//	case nil:
//		// no authentication, or the key may not read credentials
//	}
//
// The set is closed by [UnknownCredentials], which keeps what later releases of the server send. The type is not always the
// provider's auth mode: MCP connections hold OAUTH2, plugin installs BASIC, a GitHub App with OAuth first OAUTH2, then APP.
type Credentials interface {
	// Type returns the type on the wire, such as "OAUTH2".
	Type() string
	sealed()
}

// AccessToken is the one token that authorises calls to a provider. ExpiresAt is zero when the provider does not say, as
// GitHub and Slack do not.
type AccessToken struct {
	Value     Secret
	ExpiresAt time.Time
}

// CredentialsOverride is the developer app of one connection, where it differs from the integration's.
type CredentialsOverride struct {
	ClientID     string `json:"client_id"`
	ClientSecret Secret `json:"client_secret"`
}

// OAuth2Credentials are of the type OAUTH2. RefreshToken is set only when it was asked for, and after an import.
type OAuth2Credentials struct {
	AccessToken    Secret               `json:"access_token"`
	RefreshToken   Secret               `json:"refresh_token"`
	ExpiresAt      time.Time            `json:"expires_at"`
	ConfigOverride *CredentialsOverride `json:"config_override"`
	Raw            SecretJSON           `json:"raw"`
}

// OAuth1Credentials are of the type OAUTH1: a token and its secret, both needed to sign a call.
type OAuth1Credentials struct {
	Token       Secret     `json:"oauth_token"`
	TokenSecret Secret     `json:"oauth_token_secret"`
	Raw         SecretJSON `json:"raw"`
}

// OAuth2CCCredentials are of the type OAUTH2_CC (client credentials). ClientSecret can be empty.
type OAuth2CCCredentials struct {
	Token             Secret     `json:"token"`
	ClientID          string     `json:"client_id"`
	ClientSecret      Secret     `json:"client_secret"`
	ClientCertificate Secret     `json:"client_certificate"`
	ClientPrivateKey  Secret     `json:"client_private_key"`
	ExpiresAt         time.Time  `json:"expires_at"`
	Raw               SecretJSON `json:"raw"`
}

// BasicCredentials are of the type BASIC; either part can be empty.
type BasicCredentials struct {
	Username Secret `json:"username"`
	Password Secret `json:"password"`
}

// APIKeyCredentials are of the type API_KEY.
type APIKeyCredentials struct {
	APIKey Secret `json:"apiKey"`
}

// AppCredentials are of the type APP: the installation of a GitHub App. JWT is the app's own token.
type AppCredentials struct {
	AccessToken Secret     `json:"access_token"`
	ExpiresAt   time.Time  `json:"expires_at"`
	JWT         Secret     `json:"jwtToken"`
	Raw         SecretJSON `json:"raw"`
}

// CustomCredentials are of the type CUSTOM: a GitHub App's installation beside a user's token. They are rare: the server
// normally hands out [AppCredentials] and keeps the user's part in [Connection].Config.
type CustomCredentials struct {
	App  *AppCredentials    `json:"app"`
	User *OAuth2Credentials `json:"user"`
	Raw  SecretJSON         `json:"raw"`
}

// TBACredentials are of the type TBA (NetSuite's token-based authentication).
type TBACredentials struct {
	TokenID        Secret               `json:"token_id"`
	TokenSecret    Secret               `json:"token_secret"`
	ConfigOverride *CredentialsOverride `json:"config_override"`
}

// JWTCredentials are of the type JWT. Fields is the whole object: beside the token it holds the keys that the provider
// declares, such as privateKey.
type JWTCredentials struct {
	Token     Secret     `json:"token"`
	ExpiresAt time.Time  `json:"expires_at"`
	Fields    SecretJSON `json:"-"`
}

// BillCredentials are of the type BILL (Bill.com).
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

// TwoStepCredentials are of the type TWO_STEP: a token fetched with credentials that the provider declares. Fields is the
// whole object with those; a token that is not a string is kept as its JSON text.
type TwoStepCredentials struct {
	Token        Secret     `json:"token"`
	RefreshToken Secret     `json:"refresh_token"`
	ExpiresAt    time.Time  `json:"expires_at"`
	Raw          SecretJSON `json:"raw"`
	Fields       SecretJSON `json:"-"`
}

// SignatureCredentials are of the type SIGNATURE (WSSE).
type SignatureCredentials struct {
	Username  Secret    `json:"username"`
	Password  Secret    `json:"password"`
	Token     Secret    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// AWSSigV4Credentials are of the type AWS_SIGV4: a session of an assumed role.
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

// UnknownCredentials are of a type, or in a shape, that this release of the SDK does not know. Raw is all of it; TypeName is
// empty where the server named no type.
type UnknownCredentials struct {
	TypeName string
	Raw      SecretJSON
}

// newCredentials makes the struct that a type on the wire decodes into.
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

// decodeCredentials picks the struct by the type. The empty object is no credentials at all: the server sends it for an
// unauthenticated connection, for a key without the scope, and inside the payload of an error. What nobody foresaw must not
// cost the caller the connection.
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

// isLost reports whether what was sent as the credentials of a [CustomCredentials] is in none of its parts. Secrets elsewhere
// take any JSON.
func isLost(c Credentials, raw json.RawMessage) bool {
	custom, ok := c.(*CustomCredentials)
	return ok && custom.App == nil && custom.User == nil && jsonx.Unmarshal(raw, new(CustomCredentials)) != nil
}

// credentialsType returns the type of credentials, or nothing where they have none that is a text. The server writes it first,
// where it can be read off without looking at the rest.
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
