package nango

import (
	"strings"
	"time"
)

// Integration is a provider set up in an environment.
type Integration struct {
	IntegrationID string `json:"unique_key"`
	Provider      string `json:"provider"`
	DisplayName   string `json:"display_name"` // the provider's name if none was set
	Logo          string `json:"logo"`         // the URL of an SVG
	// ForwardWebhooks reports whether Nango forwards the provider's webhooks to you.
	ForwardWebhooks bool      `json:"forward_webhooks"`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
	// CredentialsLabel holds names of your own for credential fields, by wire key. Few providers have any.
	CredentialsLabel map[string]string `json:"credentials_label"`
	// PreconfiguredCredentials are the credential fields that the integration supplies itself.
	PreconfiguredCredentials []string `json:"preconfigured_credentials"`
	// PreconfiguredConnectionConfig are the keys of the connection's configuration that the integration supplies itself.
	// Servers before 0.71.10 do not send them.
	PreconfiguredConnectionConfig []string `json:"preconfigured_connection_config"`
	// WebhookURL is the URL to which the provider has to send its webhooks. It is set only with IncludeWebhook, and is
	// empty for providers that send no webhooks.
	WebhookURL string `json:"webhook_url"`
	// Credentials are those of the developer app. They are nil unless you set IncludeCredentials, the API key has the
	// scope environment:integrations:read_credentials, and the auth mode has credentials.
	Credentials *IntegrationCredentials `json:"credentials"`
}

// IntegrationCredentials are the credentials of a developer app. The Type decides which fields are set. If Nango owns
// the app, ids and secrets are empty.
type IntegrationCredentials struct {
	Type          string `json:"type"` // OAUTH1, OAUTH2, TBA, APP or CUSTOM
	ClientID      string `json:"client_id"`
	ClientSecret  Secret `json:"client_secret"`
	Scopes        Scopes `json:"scopes"`
	WebhookSecret Secret `json:"webhook_secret"`
	AppID         string `json:"app_id"`
	AppLink       string `json:"app_link"`
	PrivateKey    Secret `json:"private_key"`
}

// Scopes are OAuth scopes. In JSON they are one string, separated by commas, as in the API.
type Scopes []string

// MarshalText returns the scopes as one string, separated by commas.
func (s Scopes) MarshalText() ([]byte, error) { return []byte(strings.Join(s, ",")), nil }

// UnmarshalText reads scopes that are separated by commas.
func (s *Scopes) UnmarshalText(text []byte) error {
	*s = nil
	if len(text) > 0 {
		*s = strings.Split(string(text), ",")
	}
	return nil
}

// DeveloperApp is your app at the provider; customers authorise this app. The provider's auth mode decides its type:
// [OAuth1App], [OAuth2App], [TBAApp], [GitHubApp] or [GitHubOAuthApp]. The fields are plain strings, so printing an app
// shows its secrets.
type DeveloperApp interface {
	// body returns the credentials in the form in which the API expects them.
	body() (appBody, error)
}

// OAuth1App is an app of the auth mode OAUTH1.
type OAuth1App struct {
	ClientID     string
	ClientSecret string
	Scopes       []string // as those of an OAuth2App
}

// OAuth2App is an app of the auth mode OAUTH2.
type OAuth2App struct {
	ClientID     string
	ClientSecret string
	// Scopes are the scopes that customers authorise. A new integration without Scopes has the provider's default
	// scopes. In an update, nil changes nothing, and an empty list that is not nil clears the scopes.
	Scopes []string
	// WebhookSecret is the provider's secret for webhooks. In an update, nil changes nothing, and a pointer to ""
	// clears the secret.
	WebhookSecret *string
}

// TBAApp is an app of the auth mode TBA (NetSuite).
type TBAApp struct {
	ClientID     string
	ClientSecret string
	Scopes       []string // as those of an OAuth2App
}

// GitHubApp is an app of the auth mode APP.
type GitHubApp struct {
	AppID   string
	AppLink string
	// PrivateKey is the key as GitHub provides it: PEM with PKCS#1 (BEGIN RSA PRIVATE KEY). The server accepts no other
	// form. The SDK removes white space around the key, because the server refuses even a newline at the end. The
	// server also accepts a key of less than 2048 bits, but no connection can be made with such a key.
	PrivateKey string
}

// GitHubOAuthApp is an app of the auth mode CUSTOM: a GitHub App whose users also authorise by OAuth.
type GitHubOAuthApp struct {
	ClientID     string
	ClientSecret string
	AppID        string
	AppLink      string
	PrivateKey   string // as that of a GitHubApp
}

// appBody is the JSON of a developer app of any type.
type appBody struct {
	Type          string  `json:"type"`
	ClientID      string  `json:"client_id,omitzero"`
	ClientSecret  string  `json:"client_secret,omitzero"`
	Scopes        *string `json:"scopes,omitzero"`
	WebhookSecret *string `json:"webhook_secret,omitzero"`
	AppID         string  `json:"app_id,omitzero"`
	AppLink       string  `json:"app_link,omitzero"`
	PrivateKey    string  `json:"private_key,omitzero"`
}

func (a OAuth1App) body() (appBody, error) {
	return oauthBody("OAUTH1", a.ClientID, a.ClientSecret, a.Scopes, nil)
}

func (a OAuth2App) body() (appBody, error) {
	return oauthBody("OAUTH2", a.ClientID, a.ClientSecret, a.Scopes, a.WebhookSecret)
}

func (a TBAApp) body() (appBody, error) {
	return oauthBody("TBA", a.ClientID, a.ClientSecret, a.Scopes, nil)
}

func (a GitHubApp) body() (appBody, error) {
	key, err := privateKey(a.PrivateKey)
	return appBody{Type: "APP", AppID: a.AppID, AppLink: a.AppLink, PrivateKey: key}, err
}

func (a GitHubOAuthApp) body() (appBody, error) {
	key, err := privateKey(a.PrivateKey)
	return appBody{
		Type: "CUSTOM", ClientID: a.ClientID, ClientSecret: a.ClientSecret, AppID: a.AppID, AppLink: a.AppLink, PrivateKey: key,
	}, err
}

func oauthBody(authMode, clientID, clientSecret string, scopes []string, webhookSecret *string) (appBody, error) {
	body := appBody{Type: authMode, ClientID: clientID, ClientSecret: clientSecret, WebhookSecret: webhookSecret}
	for _, scope := range scopes {
		if scope == "" || strings.ContainsAny(scope, ", \t\r\n") {
			return body, &ArgumentError{Name: "Scopes", Reason: "holds a scope that is empty or contains a comma or white space"}
		}
	}
	if scopes != nil {
		body.Scopes = new(strings.Join(scopes, ","))
	}
	return body, nil
}

// privateKey returns the key without white space around it. It makes the checks that the server makes.
func privateKey(pem string) (string, error) {
	pem = strings.TrimSpace(pem)
	if !strings.HasPrefix(pem, "-----BEGIN RSA PRIVATE KEY-----") || !strings.HasSuffix(pem, "-----END RSA PRIVATE KEY-----") {
		return "", &ArgumentError{Name: "PrivateKey", Reason: "is no PKCS#1 key in PEM (BEGIN RSA PRIVATE KEY)"}
	}
	return pem, nil
}
