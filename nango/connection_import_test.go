package nango_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// specialID is an id that is legal and holds what a URL, a template or a header could trip over.
const specialID = `user+x@ex.com/a|[1]{2}`

func milliseconds(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// Every kind of credentials that was recorded makes the recorded request.
func TestImport(t *testing.T) {
	host := map[string]string{"hostname": "10.99.88.1:4443"}
	for recording, params := range map[string]nango.ImportConnectionParams{
		"create-oauth2": {IntegrationID: "gh-oauth2", ConnectionID: "conn-oauth2-1", Credentials: nango.ImportOAuth2{AccessToken: "gho_abc"}},
		"create-oauth2-full": {IntegrationID: "canvas", ConnectionID: "conn-canvas-1", Config: host, Credentials: &nango.ImportOAuth2{
			AccessToken: "at-1", RefreshToken: "rt-1", ExpiresAt: milliseconds("2026-11-22T14:30:07.738Z"),
		}},
		"create-oauth2-config-override": {
			IntegrationID: "canvas", ConnectionID: "conn-canvas-ovr",
			Credentials: nango.ImportOAuth2{
				AccessToken: "a", RefreshToken: "b", ExpiresAt: milliseconds("2099-01-01T00:00:00+02:00"),
				ConfigOverride: &nango.ImportOverride{ClientID: "x", ClientSecret: "y"},
			},
			Config: map[string]any{"hostname": "10.99.88.1:4443", "oauth_scopes_override": []string{"s1", "s2"}},
		},
		"create-oauth1": {IntegrationID: "tw", ConnectionID: "conn-oauth1-1", Credentials: nango.ImportOAuth1{Token: "t", TokenSecret: "s"}},
		"create-basic":  {IntegrationID: "api-basic", ConnectionID: "conn-basic-1", Credentials: nango.ImportBasic{Username: "bob", Password: "pä$$"}},
		"create-basic-empty-password": {
			IntegrationID: "api-basic", ConnectionID: "conn-basic-2", Credentials: nango.ImportBasic{Username: "bob"},
		},
		"create-api-key": {
			IntegrationID: "api-bearer", ConnectionID: "conn-key-1", Credentials: nango.ImportAPIKey{APIKey: "sk-test-123"},
			Metadata: struct {
				A int `json:"a"`
			}{1},
		},
		"create-tba": {
			IntegrationID: "ns-tba", ConnectionID: "conn-tba-1", Credentials: nango.ImportTBA{TokenID: "a", TokenSecret: "b"},
			Config: map[string]string{"accountId": "acc"},
		},
		"create-tba-config-override": {
			IntegrationID: "ns-tba", ConnectionID: "conn-tba-2", Config: map[string]string{"accountId": "acc"},
			Credentials: nango.ImportTBA{TokenID: "a", TokenSecret: "b", ConfigOverride: &nango.ImportOverride{ClientID: "x", ClientSecret: "y"}},
		},
		"create-app": {
			IntegrationID: "gh-app", ConnectionID: "conn-app-1", Credentials: nango.ImportApp{AppID: "123", InstallationID: "456"},
			Config: json.RawMessage(`{"installation_id":"456","app_id":"123"}`),
		},
		"create-custom": {
			IntegrationID: "gh-app-oauth", ConnectionID: "conn-custom-1", Credentials: nango.ImportCustom{AppID: "123", InstallationID: "456"},
			Config: map[string]string{"installation_id": "456", "app_id": "123"},
		},
		"create-none-minimal-generated-id": {IntegrationID: "demo-none", Credentials: nango.ImportNone{}},
		"create-special-id":                {IntegrationID: "demo-none", ConnectionID: specialID, Credentials: nango.ImportNone{}},
		"create-webhook-override": {
			IntegrationID: "demo-none", ConnectionID: "conn-none-hook", Credentials: nango.ImportNone{},
			WebhookURLOverride: "http://10.99.88.1:4010/webhooks/override",
		},
		"create-same-id-again-upsert": {
			IntegrationID: "demo-none", ConnectionID: "conn-none-2", Credentials: nango.ImportNone{}, Metadata: map[string]bool{"replaced": true},
		},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			connection, err := client.Connections.Import(t.Context(), params)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, params.IntegrationID, connection.IntegrationID)
			if params.ConnectionID != "" {
				assert.Equal(t, params.ConnectionID, connection.ConnectionID)
			}
		})
	}
}

func TestImportBody(t *testing.T) {
	client, server := serve(t, "connections/create-none-minimal-generated-id")
	_, err := client.Connections.Import(t.Context(), nango.ImportConnectionParams{
		IntegrationID: "halo", ConnectionID: "c1",
		Credentials: nango.ImportOAuth2CC{
			Token: "t", ClientID: "i", ClientSecret: "s", ClientCertificate: "cert", ClientPrivateKey: "key", ExpiresAt: milliseconds("2030-01-02T03:04:05Z"),
		},
		Metadata: map[string]any(nil), Config: (*struct{})(nil),
		Tags: map[string]string{"plan": "pro"}, WebhookURLOverride: "https://example.com/hook",
		EndUser: &nango.EndUserParams{ID: "u1", Email: "ann@example.com"},
	})
	require.NoError(t, err)
	server.requireSent(sent{Method: "POST", Path: "/connections", Header: jsonBody, Body: `{
		"provider_config_key": "halo", "connection_id": "c1",
		"credentials": {
			"type": "OAUTH2_CC", "token": "t", "client_id": "i", "client_secret": "s", "client_certificate": "cert", "client_private_key": "key",
			"expires_at": "2030-01-02T03:04:05Z"
		},
		"tags": {"plan": "pro"}, "webhook_url_override": "https://example.com/hook", "end_user": {"id": "u1", "email": "ann@example.com"}
	}`})
}

func TestImportDecodes(t *testing.T) {
	client, _ := serve(t, "connections/create-oauth2-full")
	connection, err := client.Connections.Import(t.Context(), nango.ImportConnectionParams{IntegrationID: "canvas", Credentials: nango.ImportNone{}})
	require.NoError(t, err)
	at := milliseconds("2026-11-22T13:30:07.758Z")
	assert.Equal(t, &nango.Connection{
		InternalID: 8, ConnectionID: "conn-canvas-1", IntegrationID: "canvas", Provider: "canvas-lms",
		Errors: []nango.ConnectionError{}, Tags: map[string]string{}, Metadata: json.RawMessage(`{}`), Config: NewSecretJSON(t, `{"hostname":"10.99.88.1:4443"}`),
		CreatedAt: at, UpdatedAt: at, LastFetchedAt: at,
		Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("at-1"), RefreshToken: nango.NewSecret("rt-1"), ExpiresAt: milliseconds("2026-11-22T14:30:07.738Z"),
			Raw: NewSecretJSON(t, `{"type":"OAUTH2","access_token":"at-1","refresh_token":"rt-1","expires_at":"2026-11-22T14:30:07.738Z"}`),
		},
	}, connection)
}

// secretJSON is the only way to make one: from JSON.
func NewSecretJSON(t *testing.T, text string) nango.SecretJSON {
	t.Helper()
	var secret nango.SecretJSON
	require.NoError(t, json.Unmarshal([]byte(text), &secret))
	return secret
}

func TestImportErrors(t *testing.T) {
	none := nango.ImportNone{}
	for _, test := range []struct {
		recording string
		is        error
		code      string
		params    nango.ImportConnectionParams
		fields    []nango.FieldError
	}{
		{"create-unknown-integration", nango.ErrNotFound, "not_found", nango.ImportConnectionParams{IntegrationID: "nope", Credentials: none}, nil},
		{"create-wrong-auth-mode", nango.ErrInvalid, "invalid_body",
			nango.ImportConnectionParams{IntegrationID: "demo-none", Credentials: nango.ImportAPIKey{APIKey: "x"}}, nil},
		{"create-tba-no-account", nango.ErrInvalid, "invalid_body", nango.ImportConnectionParams{
			IntegrationID: "ns-tba", ConnectionID: "conn-tba-1", Credentials: nango.ImportTBA{TokenID: "a", TokenSecret: "b"},
		}, nil},
		{"create-api-key-verified-upstream-404", nango.ErrInvalid, "connection_test_failed", nango.ImportConnectionParams{
			IntegrationID: "active-campaign", Credentials: nango.ImportAPIKey{APIKey: "x"}, Config: map[string]string{"hostname": "10.99.88.1:4443"},
		}, nil},
		{"create-bad-tag-key", nango.ErrInvalid, "invalid_body",
			nango.ImportConnectionParams{IntegrationID: "demo-none", Credentials: none, Tags: map[string]string{"1 bad!": "x"}},
			[]nango.FieldError{{Code: "invalid_key", Message: "Invalid key in record", Path: []string{"tags", "1 bad!"}}}},
		{"create-loopback-webhook-override", nango.ErrInvalid, "invalid_body",
			nango.ImportConnectionParams{IntegrationID: "demo-none", Credentials: none, WebhookURLOverride: "http://127.0.0.1:1/x"},
			[]nango.FieldError{{Code: "custom", Message: "This webhook URL is not allowed.", Path: []string{"webhook_url_override"}}}},
	} {
		t.Run(test.recording, func(t *testing.T) {
			client, server := refused(t, "connections/"+test.recording)
			connection, err := client.Connections.Import(t.Context(), test.params)
			assert.Nil(t, connection)
			requireFailure(t, err, test.is, test.code, test.fields...)
			server.requireRecorded()
		})
	}
}

func TestImportArguments(t *testing.T) {
	long := make([]byte, 256)
	for i := range long {
		long[i] = 'a'
	}
	none := nango.ImportNone{}
	const (
		unreachable = "is too long or holds a character"
		space       = "begins or ends with a space"
	)
	for _, test := range []struct {
		name, reason string
		params       nango.ImportConnectionParams
	}{
		{"IntegrationID", isEmpty, nango.ImportConnectionParams{Credentials: none}},
		{"IntegrationID", hasDots, nango.ImportConnectionParams{IntegrationID: "..", Credentials: none}},
		{"ConnectionID", hasDots, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: ".", Credentials: none}},
		{"ConnectionID", hasDots, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: "..", Credentials: none}},
		{"IntegrationID", space, nango.ImportConnectionParams{IntegrationID: " a", ConnectionID: "c", Credentials: none}},
		{"ConnectionID", space, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: " c", Credentials: none}},
		{"ConnectionID", space, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: "c ", Credentials: none}},
		{"ConnectionID", unreachable, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: "bad*id#?", Credentials: none}},
		{"ConnectionID", unreachable, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: "é", Credentials: none}},
		{"ConnectionID", unreachable, nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: string(long), Credentials: none}},
		{"ConnectionID", "holds a control character", nango.ImportConnectionParams{IntegrationID: "a", ConnectionID: "a\n", Credentials: none}},
		{"Credentials", "are missing; use ImportNone", nango.ImportConnectionParams{IntegrationID: "a"}},
		{"Credentials", "must be a JSON object", nango.ImportConnectionParams{IntegrationID: "a", Credentials: (*nango.ImportOAuth2)(nil)}},
		{"Credentials", "cannot be encoded", nango.ImportConnectionParams{
			IntegrationID: "a", Credentials: nango.ImportOAuth2{AccessToken: "t", ExpiresAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
		}},
		{"Metadata", "must be a JSON object", nango.ImportConnectionParams{IntegrationID: "a", Credentials: none, Metadata: []int{1}}},
		{"Metadata", "cannot be encoded", nango.ImportConnectionParams{IntegrationID: "a", Credentials: none, Metadata: func() {}}},
		{"Config", "must be a JSON object", nango.ImportConnectionParams{IntegrationID: "a", Credentials: none, Config: "x"}},
	} {
		client, server := serve(t)
		_, err := client.Connections.Import(t.Context(), test.params)
		requireArgument(t, err, test.name, test.reason)
		server.requireSent()
	}
}

// What a refused import says does not quote the credentials.
func TestImportErrorQuotesNoSecret(t *testing.T) {
	client, _ := serve(t)
	_, err := client.Connections.Import(t.Context(), nango.ImportConnectionParams{
		IntegrationID: "a", Credentials: nango.ImportOAuth2{AccessToken: "hunter2", ExpiresAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
}
