package nango_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

func TestIntegrationErrors(t *testing.T) {
	create := func(params nango.CreateIntegrationParams) func(*nango.IntegrationService) error {
		return func(s *nango.IntegrationService) error { return failed(s.Create(t.Context(), params)) }
	}
	quickstart := func(provider, id string) func(*nango.IntegrationService) error {
		return func(s *nango.IntegrationService) error {
			return failed(s.CreateQuickstart(t.Context(), nango.CreateQuickstartIntegrationParams{Provider: provider, IntegrationID: id}))
		}
	}
	update := func(id string, params nango.UpdateIntegrationParams) func(*nango.IntegrationService) error {
		return func(s *nango.IntegrationService) error { return failed(s.Update(t.Context(), id, &params)) }
	}
	fields := func(code, message string, path ...string) []nango.FieldError {
		return []nango.FieldError{{Code: code, Message: message, Path: path}}
	}
	for recording, test := range map[string]struct {
		call   func(*nango.IntegrationService) error
		is     error
		code   string
		fields []nango.FieldError
	}{
		"auth/integrations-unknown-key": {
			func(s *nango.IntegrationService) error { return failed(s.List(t.Context())) }, nango.ErrUnauthorized, "unknown_account", nil,
		},
		"integrations/get-unknown-404": {
			func(s *nango.IntegrationService) error { return failed(s.Get(t.Context(), "demo-missing", nil)) }, nango.ErrNotFound, "not_found", nil,
		},
		"integrations/get-invalid-key": {
			func(s *nango.IntegrationService) error { return failed(s.Get(t.Context(), "a/b", nil)) }, nango.ErrInvalid, "invalid_uri_params",
			fields("invalid_format", "Invalid string: must match pattern /^[a-zA-Z0-9~:.@ _-]+$/", "uniqueKey"),
		},
		"integrations/create-duplicate": {
			create(nango.CreateIntegrationParams{Provider: "unauthenticated", IntegrationID: "none-2"}), nango.ErrInvalid, "invalid_body",
			fields("invalid_string", "Unique key already exists", "uniqueKey"),
		},
		"integrations/create-unknown-provider": {
			create(nango.CreateIntegrationParams{Provider: "zzz", IntegrationID: "zzz"}), nango.ErrInvalid, "invalid_body",
			fields("invalid_string", "Invalid provider", "provider"),
		},
		"integrations/create-invalid-unique-key": {
			create(nango.CreateIntegrationParams{Provider: "unauthenticated", IntegrationID: "bad/key"}), nango.ErrInvalid, "invalid_body",
			fields("invalid_format", "Invalid string: must match pattern /^[a-zA-Z0-9~:.@ _-]+$/", "unique_key"),
		},
		"integrations/create-creds-missing-secret": {
			create(nango.CreateIntegrationParams{Provider: "github", IntegrationID: "x4", App: nango.OAuth2App{ClientID: "a"}}), nango.ErrInvalid, "invalid_body",
			fields("invalid_type", "Invalid input: expected string, received undefined", "credentials", "client_secret"),
		},
		"integrations/create-incompatible-credentials": {
			create(nango.CreateIntegrationParams{Provider: "github", IntegrationID: "x3", App: nango.TBAApp{ClientID: "a", ClientSecret: "b"}}),
			nango.ErrInvalid, "invalid_body", nil,
		},
		"integrations/create-aws-sig-bad-config": {
			create(nango.CreateIntegrationParams{Provider: "aws-sigv4", IntegrationID: "aws-bad", Config: map[string]string{"service": "!!", "nope": "x"}}),
			nango.ErrInvalid, "invalid_body", nil,
		},
		"integrations/quickstart-no-shared-creds":     {quickstart("github", "qs-gh"), nango.ErrInvalid, "invalid_body", nil},
		"integrations/quickstart-none-unsupported":    {quickstart("unauthenticated", "qs-none"), nango.ErrInvalid, "invalid_body", nil},
		"integrations/quickstart-unknown-provider":    {quickstart("zzz", "qs-z"), nango.ErrInvalid, "invalid_body", fields("invalid_string", "Invalid provider", "provider")},
		"integrations/patch-unknown-404":              {update("demo-missing", nango.UpdateIntegrationParams{DisplayName: "x"}), nango.ErrNotFound, "not_found", nil},
		"integrations/patch-key-with-connections":     {update("api-bearer", nango.UpdateIntegrationParams{Rename: "api-bearer-2"}), nango.ErrInvalid, "invalid_body", nil},
		"integrations/patch-integration-config":       {update("none-2", nango.UpdateIntegrationParams{Config: map[string]string{"zz": "1"}}), nango.ErrInvalid, "invalid_body", nil},
		"integrations/patch-incompatible-credentials": {update("gh-oauth2", nango.UpdateIntegrationParams{App: nango.GitHubApp{AppID: "1", AppLink: "x", PrivateKey: recordedKey(t, "integrations/patch-incompatible-credentials")}}), nango.ErrInvalid, "invalid_body", nil},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			requireFailure(t, test.call(client.Integrations), test.is, test.code, test.fields...)
			server.requireRecorded()
		})
	}
}

const pem = "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"

func TestIntegrationArguments(t *testing.T) {
	create := func(app nango.DeveloperApp) func(*nango.IntegrationService) error {
		return func(s *nango.IntegrationService) error {
			return failed(s.Create(t.Context(), nango.CreateIntegrationParams{Provider: "p", IntegrationID: "i", App: app}))
		}
	}
	key := func(text string) func(*nango.IntegrationService) error {
		return create(nango.GitHubApp{AppID: "1", AppLink: "l", PrivateKey: text})
	}
	const badScope, badKey = "holds a scope that is empty", "is no PKCS#1 key in PEM"
	for name, test := range map[string]struct {
		call             func(*nango.IntegrationService) error
		argument, reason string
	}{
		"a nil app": {create((*nango.OAuth2App)(nil)), "App", "is a nil pointer"},
		"get":       {func(s *nango.IntegrationService) error { return failed(s.Get(t.Context(), "..", nil)) }, "integrationID", hasDots},
		"delete":    {func(s *nango.IntegrationService) error { return s.Delete(t.Context(), "") }, "integrationID", isEmpty},
		"create": {func(s *nango.IntegrationService) error {
			return failed(s.Create(t.Context(), nango.CreateIntegrationParams{Provider: "p"}))
		}, "IntegrationID", isEmpty},
		"create quickstart": {func(s *nango.IntegrationService) error {
			return failed(s.CreateQuickstart(t.Context(), nango.CreateQuickstartIntegrationParams{IntegrationID: "."}))
		}, "IntegrationID", hasDots},
		"update": {func(s *nango.IntegrationService) error { return failed(s.Update(t.Context(), ".", nil)) }, "integrationID", hasDots},
		"create with a space": {func(s *nango.IntegrationService) error {
			return failed(s.Create(t.Context(), nango.CreateIntegrationParams{Provider: "p", IntegrationID: "a "}))
		}, "IntegrationID", "begins or ends with a space"},
		"rename": {func(s *nango.IntegrationService) error {
			return failed(s.Update(t.Context(), "i", &nango.UpdateIntegrationParams{Rename: ".."}))
		}, "Rename", hasDots},
		"update, bad app": {func(s *nango.IntegrationService) error {
			return failed(s.Update(t.Context(), "i", &nango.UpdateIntegrationParams{App: nango.OAuth2App{Scopes: []string{"a b"}}}))
		}, "Scopes", badScope},
		"update, scopes alone": {func(s *nango.IntegrationService) error {
			return failed(s.Update(t.Context(), "i", &nango.UpdateIntegrationParams{App: nango.OAuth2App{Scopes: []string{"repo"}}}))
		}, "App", "has no ClientID or no ClientSecret; the server wants both, also where only the scopes change"},
		"update, an id alone": {func(s *nango.IntegrationService) error {
			return failed(s.Update(t.Context(), "i", &nango.UpdateIntegrationParams{App: &nango.TBAApp{ClientID: "c", Scopes: []string{}}}))
		}, "App", "has no ClientID or no ClientSecret"},
		"update, a secret alone": {func(s *nango.IntegrationService) error {
			return failed(s.Update(t.Context(), "i", &nango.UpdateIntegrationParams{App: nango.OAuth1App{ClientSecret: "s"}}))
		}, "App", "has no ClientID or no ClientSecret"},
		"a comma list":   {create(nango.OAuth2App{Scopes: []string{"repo,user"}}), "Scopes", badScope},
		"an empty scope": {create(nango.OAuth1App{Scopes: []string{"repo", ""}}), "Scopes", badScope},
		"white space":    {create(nango.TBAApp{Scopes: []string{"repo\n"}}), "Scopes", badScope},
		"PKCS#8":         {key("-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"), "PrivateKey", badKey},
		"no key":         {key(""), "PrivateKey", badKey},
		"two keys, the other first": {
			create(nango.GitHubOAuthApp{PrivateKey: "-----BEGIN PRIVATE KEY-----\n" + pem}), "PrivateKey", badKey,
		},
		"text after it": {create(nango.GitHubOAuthApp{PrivateKey: pem + "\nx"}), "PrivateKey", badKey},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t)
			err := test.call(client.Integrations)
			requireArgument(t, err, test.argument, test.reason)
			assert.NotContains(t, err.Error(), "MII")
			server.requireSent()
		})
	}
}

func TestIntegrationCredentialsOfEachKind(t *testing.T) {
	secret := nango.NewSecret
	for text, want := range map[string]nango.IntegrationCredentials{
		`{"type":"OAUTH2","client_id":"c","client_secret":"s","scopes":"a,b:c/d","webhook_secret":"w"}`: {
			Type: "OAUTH2", ClientID: "c", ClientSecret: secret("s"), Scopes: nango.Scopes{"a", "b:c/d"}, WebhookSecret: secret("w"),
		},
		`{"type":"OAUTH1","client_id":null,"client_secret":null,"scopes":null,"webhook_secret":null}`: {Type: "OAUTH1"},
		`{"type":"TBA","client_id":"","client_secret":"","scopes":"","webhook_secret":""}`:            {Type: "TBA"},
		`{"type":"APP","app_id":"1","private_key":"k","app_link":"l"}`:                                {Type: "APP", AppID: "1", AppLink: "l", PrivateKey: secret("k")},
		`{"type":"CUSTOM","client_id":"c","client_secret":"s","app_id":"1","app_link":"l","private_key":"k"}`: {
			Type: "CUSTOM", ClientID: "c", ClientSecret: secret("s"), AppID: "1", AppLink: "l", PrivateKey: secret("k"),
		},
		`{"type":"LATER","client_id":"c","new":{"a":1}}`: {Type: "LATER", ClientID: "c"},
	} {
		client, _ := serveBodies(t, `{"data":{"unique_key":"i","provider":"p","credentials":`+text+`}}`)
		integration, err := client.Integrations.Get(t.Context(), "i", &nango.GetIntegrationParams{IncludeCredentials: true})
		require.NoError(t, err, text)
		assert.Equal(t, &nango.Integration{IntegrationID: "i", Provider: "p", Credentials: &want}, integration, text)
	}
}

// Scopes survive being stored as JSON; secrets do not, on purpose.
func TestIntegrationRoundTrip(t *testing.T) {
	want := nango.Integration{IntegrationID: "i", CredentialsLabel: map[string]string{"apiKey": "Token"}, PreconfiguredCredentials: []string{"host"},
		Credentials: &nango.IntegrationCredentials{Type: "OAUTH2", ClientID: "c", Scopes: nango.Scopes{"a", "b"}}}
	encoded, err := json.Marshal(want)
	require.NoError(t, err)
	var got nango.Integration
	require.NoError(t, json.Unmarshal(encoded, &got))
	assert.Equal(t, want, got)
	assert.Contains(t, string(encoded), `"scopes":"a,b"`)
	assert.NoError(t, json.Unmarshal([]byte(`{"credentials":{"scopes":""}}`), &got))
	assert.Nil(t, got.Credentials.Scopes)
}

func TestIntegrationSecretsAreHidden(t *testing.T) {
	secret := nango.NewSecret(marker)
	requireSilent(t, "secret", nango.Integration{Credentials: &nango.IntegrationCredentials{ClientSecret: secret, WebhookSecret: secret, PrivateKey: secret}})
	requireSilent(t, "secret", nango.IntegrationCredentials{ClientSecret: secret, WebhookSecret: secret, PrivateKey: secret})
}
