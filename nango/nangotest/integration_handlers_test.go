package nangotest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func TestProviderOfOnesOwn(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddProvider(nangotest.Provider{
		Name: "acme", AuthMode: "OAUTH2", DisplayName: "Acme", BaseURL: "https://api.example.com", DefaultScopes: []string{"read", "write"},
		ConnectionConfig: map[string]nango.ProviderField{"region": {Type: "string", Title: "Region"}}, Webhooks: true,
		Definition: map[string]any{"proxy": map[string]any{"headers": map[string]any{"accept": "x"}}},
	})
	found, err := srv.Client().Providers.Get(t.Context(), "acme", nil)
	require.NoError(t, err)
	assert.Equal(t, "Acme", found.DisplayName)
	assert.JSONEq(t, `{"base_url":"https://api.example.com","headers":{"accept":"x"}}`, string(found.Proxy))
	assert.Equal(t, map[string]nango.ProviderField{"region": {Type: "string", Title: "Region"}}, found.ConnectionConfig)

	srv.AddIntegration(nangotest.Integration{ID: "i", Provider: "acme"})
	i, err := srv.Client().Integrations.Get(t.Context(), "i", &nango.GetIntegrationParams{IncludeWebhook: true, IncludeCredentials: true})
	require.NoError(t, err)
	assert.Equal(t, nango.Scopes{"read", "write"}, i.Credentials.Scopes)
	assert.NotEmpty(t, i.WebhookURL)
	assert.Equal(t, "Acme", i.DisplayName)

	key := srv.AddKey(nangotest.Key{Scopes: []string{"environment:integrations:read"}})
	hidden, err := srv.ClientWithKey(key.Secret).Integrations.Get(t.Context(), "i", &nango.GetIntegrationParams{IncludeCredentials: true})
	require.NoError(t, err)
	assert.Nil(t, hidden.Credentials)

	assert.Panics(t, func() { srv.AddProvider(nangotest.Provider{Name: "x", AuthMode: "MAGIC"}) })
	assert.Panics(t, func() { srv.AddIntegration(nangotest.Integration{Provider: "nope"}) })
	assert.Panics(t, func() { srv.AddIntegration(nangotest.Integration{ID: "i", Provider: "acme"}) })
	assert.Panics(t, func() { srv.AddIntegration(nangotest.Integration{Provider: "acme", App: nango.TBAApp{}}) })
}

func TestProviderTemplates(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddTemplates("github",
		nango.FunctionTemplate{Type: "sync", Name: "s", Returns: []string{"M"}},
		nango.FunctionTemplate{Type: "action", Name: "a", Returns: []string{}},
	)
	found, err := srv.Client().Providers.Templates(t.Context(), "github")
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.Equal(t, []string{"a", "s"}, []string{found[0].Name, found[1].Name}, "actions come first")
}

func TestIntegrationSettings(t *testing.T) {
	srv := nangotest.Start(t)
	integrations := srv.Client().Integrations
	for _, tt := range []struct {
		config map[string]string
		wrong  string
	}{
		{map[string]string{"service": "s3"}, ""},
		{map[string]string{"service": "!!", "x": "y"}, "Unknown field x, AWS Service has an invalid format"},
		{map[string]string{"defaultRegion": "eu"}, "AWS Service is required"},
		{map[string]string{"service": "s3", "stsMode": "other"}, "STS Mode must be one of: builtin, custom"},
		{map[string]string{"service": "s3", "stsMode": "custom", "stsEndpointUrl": "https://"}, ""},
		{map[string]string{"service": "s3", "stsMode": "custom", "stsEndpointUrl": "ftp://x"}, "STS Endpoint URL has an invalid format"},
		{map[string]string{"service": "s3", "stsEndpointUrl": "ftp://x"}, ""}, // not asked for, so not looked at
		{map[string]string{"service": "s3", "stsMode": "custom", "stsAuthType": "api_key"}, "STS API Key is required"},
	} {
		_, err := integrations.Create(t.Context(), nango.CreateIntegrationParams{Provider: "aws-sigv4", IntegrationID: "aws", Config: tt.config})
		if tt.wrong == "" {
			require.NoError(t, err)
			require.NoError(t, integrations.Delete(t.Context(), "aws"))
			continue
		}
		require.ErrorIs(t, err, nango.ErrInvalid)
		assert.ErrorContains(t, err, tt.wrong)
	}
}

func TestIntegrationsChange(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	srv.AddIntegration(nangotest.Integration{ID: "a", Provider: "github"})
	handle := srv.AddConnection(nangotest.Connection{IntegrationID: "a"})
	integrations := srv.Client().Integrations
	srv.Advance(time.Minute)
	_, err := integrations.Update(t.Context(), "a", &nango.UpdateIntegrationParams{Rename: "b"})
	assert.ErrorContains(t, err, "Can't rename an integration with active connections")
	handle.Delete()
	_, err = integrations.Update(t.Context(), "a", &nango.UpdateIntegrationParams{App: nango.TBAApp{ClientID: "i", ClientSecret: "s"}})
	assert.ErrorContains(t, err, "incompatible credentials")
	webhookSecret := "w"
	changed, err := integrations.Update(t.Context(), "a", &nango.UpdateIntegrationParams{
		Rename: "b", DisplayName: "B", App: nango.OAuth2App{ClientID: "i", ClientSecret: "s", Scopes: []string{"x"}, WebhookSecret: &webhookSecret},
	})
	require.NoError(t, err)
	assert.Equal(t, []any{"b", "B", noon, noon.Add(time.Minute)},
		[]any{changed.IntegrationID, changed.DisplayName, changed.CreatedAt.UTC(), changed.UpdatedAt.UTC()})
	read, err := integrations.Get(t.Context(), "b", &nango.GetIntegrationParams{IncludeCredentials: true})
	require.NoError(t, err)
	assert.Equal(t, []any{"i", "s", nango.Scopes{"x"}, "w"}, []any{
		read.Credentials.ClientID, read.Credentials.ClientSecret.Reveal(), read.Credentials.Scopes, read.Credentials.WebhookSecret.Reveal(),
	})

	gone := srv.AddConnection(nangotest.Connection{IntegrationID: "b"})
	require.NoError(t, integrations.Delete(t.Context(), "b"))
	assert.False(t, gone.Exists(), "an integration takes its connections with it")
}

func TestQuickstart(t *testing.T) {
	srv := nangotest.Start(t)
	integrations := srv.Client().Integrations
	params := nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "q"}
	_, err := integrations.CreateQuickstart(t.Context(), params)
	assert.ErrorIs(t, err, nango.ErrInvalid)
	srv.AddSharedApp("github")
	_, err = integrations.CreateQuickstart(t.Context(), params)
	require.NoError(t, err)
	read, err := integrations.Get(t.Context(), "q", &nango.GetIntegrationParams{IncludeCredentials: true})
	require.NoError(t, err)
	assert.Equal(t, []any{"OAUTH2", "", ""}, []any{read.Credentials.Type, read.Credentials.ClientID, read.Credentials.ClientSecret.Reveal()})
}

// What a session allows is all that its token sees.
func TestIntegrationsOfASession(t *testing.T) {
	srv := nangotest.Start(t)
	for id, provider := range []string{"slack", "github", "slack"} {
		srv.AddIntegration(nangotest.Integration{ID: fmt.Sprint(id), Provider: provider})
	}
	ids := func(client *nango.Client) (ids []string) {
		found, err := client.Integrations.List(t.Context())
		require.NoError(t, err)
		for _, i := range found {
			ids = append(ids, i.IntegrationID)
		}
		return ids
	}
	assert.Equal(t, []string{"1", "0", "2"}, ids(srv.Client()), "by provider, then by age")
	session, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{
		Tags: map[string]string{}, IntegrationIDs: []string{"2"},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"2"}, ids(srv.ClientWithKey(session.Token.Reveal())))
}

func TestAccount(t *testing.T) {
	srv := nangotest.Start(t)
	client := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{Scopes: []string{"account:environments:*"}}).Secret)
	made, err := client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "staging"})
	require.NoError(t, err)
	key, err := client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: made.UUID, DisplayName: "ci"})
	require.NoError(t, err)
	assert.Equal(t, []string{"environment:*"}, key.Scopes)
	staging := srv.AddEnvironment("staging")
	staging.AddIntegration(nangotest.Integration{ID: "i"})
	found, err := srv.ClientWithKey(key.Secret.Reveal()).Integrations.List(t.Context())
	require.NoError(t, err)
	require.Len(t, found, 1, "the key belongs to the environment that was made")

	for i := range 48 {
		staging.AddKey(nangotest.Key{Name: fmt.Sprint(i)})
	}
	_, err = client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: made.UUID, DisplayName: "the 51st"})
	assert.ErrorContains(t, err, "resource_capped")

	require.NoError(t, client.Account.DeleteAPIKey(t.Context(), nango.APIKeyRef{EnvironmentUUID: made.UUID, KeyUUID: key.UUID}))
	_, err = srv.ClientWithKey(key.Secret.Reveal()).Integrations.List(t.Context())
	assert.ErrorIs(t, err, nango.ErrUnauthorized)
	require.NoError(t, client.Account.DeleteEnvironment(t.Context(), made.UUID))
	assert.ErrorIs(t, client.Account.DeleteEnvironment(t.Context(), made.UUID), nango.ErrNotFound)

	limited := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{Scopes: []string{"account:environments:create"}}).Secret)
	production := true
	_, err = limited.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "live", IsProduction: &production})
	assert.ErrorIs(t, err, nango.ErrForbidden)
}

func TestRotation(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	before := srv.SigningKey()
	fresh, err := srv.Client().Environment.RotateSigningKey(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{fresh.Reveal(), before}, srv.SigningKeys())
	srv.Advance(5 * time.Minute)
	assert.Equal(t, []string{fresh.Reveal()}, srv.SigningKeys())
}
