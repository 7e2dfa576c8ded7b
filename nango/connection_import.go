package nango

import (
	"encoding/json"
	"time"
)

// ImportCredentials are the credentials of an imported connection. The type must match the auth mode of the
// integration. The auth modes JWT, BILL, TWO_STEP, SIGNATURE, AWS_SIGV4, MCP_OAUTH2, MCP_OAUTH2_GENERIC and
// INSTALL_PLUGIN cannot be imported. The fields are plain strings, so printing them shows the secrets.
type ImportCredentials interface {
	// importType returns the type on the wire.
	importType() string
}

// ImportOverride is the developer app that issued the tokens, if it is not the integration's app.
type ImportOverride struct {
	ClientID     string `json:"client_id,omitzero"`
	ClientSecret string `json:"client_secret,omitzero"`
}

// ImportOAuth2 are credentials of the auth mode OAUTH2. Without RefreshToken, the server uses the token until the token
// stops working. Without ExpiresAt, the token counts as one that does not expire.
type ImportOAuth2 struct {
	AccessToken    string          `json:"access_token"`
	RefreshToken   string          `json:"refresh_token,omitzero"`
	ExpiresAt      time.Time       `json:"expires_at,omitzero"`
	ConfigOverride *ImportOverride `json:"config_override,omitzero"`
}

// ImportOAuth2CC are credentials of the auth mode OAUTH2_CC.
type ImportOAuth2CC struct {
	Token             string    `json:"token"`
	ClientID          string    `json:"client_id"`
	ClientSecret      string    `json:"client_secret"`
	ClientCertificate string    `json:"client_certificate,omitzero"`
	ClientPrivateKey  string    `json:"client_private_key,omitzero"`
	ExpiresAt         time.Time `json:"expires_at,omitzero"`
}

// ImportOAuth1 are credentials of the auth mode OAUTH1.
type ImportOAuth1 struct {
	Token       string `json:"oauth_token"`
	TokenSecret string `json:"oauth_token_secret"`
}

// ImportBasic are credentials of the auth mode BASIC; either part may be empty.
type ImportBasic struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// ImportAPIKey are credentials of the auth mode API_KEY.
type ImportAPIKey struct {
	APIKey string `json:"apiKey"`
}

// ImportTBA are credentials of the auth mode TBA (NetSuite), which also needs accountId in the connection's config.
type ImportTBA struct {
	TokenID        string          `json:"token_id"`
	TokenSecret    string          `json:"token_secret"`
	ConfigOverride *ImportOverride `json:"config_override,omitzero"`
}

// ImportApp is an installation of a GitHub App, auth mode APP.
type ImportApp struct {
	AppID          string `json:"app_id"`
	InstallationID string `json:"installation_id"`
}

// ImportCustom is an installation of a GitHub App with OAuth, auth mode CUSTOM.
type ImportCustom struct {
	AppID          string `json:"app_id"`
	InstallationID string `json:"installation_id"`
}

// ImportNone is for the auth mode NONE.
type ImportNone struct{}

func (ImportOAuth2) importType() string   { return "OAUTH2" }
func (ImportOAuth2CC) importType() string { return "OAUTH2_CC" }
func (ImportOAuth1) importType() string   { return "OAUTH1" }
func (ImportBasic) importType() string    { return "BASIC" }
func (ImportAPIKey) importType() string   { return "API_KEY" }
func (ImportTBA) importType() string      { return "TBA" }
func (ImportApp) importType() string      { return "APP" }
func (ImportCustom) importType() string   { return "CUSTOM" }
func (ImportNone) importType() string     { return "NONE" }

// encodeImport encodes the credentials with their type as the first key.
func encodeImport(credentials ImportCredentials) (json.RawMessage, error) {
	fields, err := encodeObject("Credentials", credentials)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`{"type":"`), credentials.importType()...)
	if len(fields) > len("{}") {
		return append(append(out, `",`...), fields[1:]...), nil
	}
	return append(out, `"}`...), nil
}
