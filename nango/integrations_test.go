package nango_test

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const logos = "http://localhost:3000/images/template-logos/"

func TestIntegrationsList(t *testing.T) {
	client, server := serve(t, "integrations/list")
	list, err := client.Integrations.List(t.Context())
	require.NoError(t, err)
	server.requireRecorded()
	assert.Equal(t, []*nango.Integration{{
		IntegrationID: "demo-none", Provider: "unauthenticated", DisplayName: "Unauthenticated", Logo: logos + "unauthenticated.svg",
		ForwardWebhooks: true, CreatedAt: milliseconds("2026-11-22T13:26:17.047Z"), UpdatedAt: milliseconds("2026-11-22T13:26:17.047Z"),
	}}, list)
}

func TestIntegrationsListOrder(t *testing.T) {
	client, _ := serve(t, "integrations/list-final")
	list, err := client.Integrations.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 22)
	assert.True(t, slices.IsSortedFunc(list, func(a, b *nango.Integration) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), a.CreatedAt.Compare(b.CreatedAt))
	}))
}

func TestIntegrationsGet(t *testing.T) {
	both := &nango.GetIntegrationParams{IncludeWebhook: true, IncludeCredentials: true}
	made := milliseconds("2026-11-22T13:27:59.770Z")
	github := nango.Integration{
		IntegrationID: "gh-oauth2", Provider: "github", DisplayName: "GitHub OAuth2", Logo: logos + "github.svg", CreatedAt: made, UpdatedAt: made,
	}
	withCredentials := github
	withCredentials.Credentials = &nango.IntegrationCredentials{
		Type: "OAUTH2", ClientID: "cid", ClientSecret: nango.NewSecret("csec"), Scopes: nango.Scopes{"repo", "user"}, WebhookSecret: nango.NewSecret("whsec"),
	}
	scoped := github // what a key without the scope for credentials gets
	scoped.DisplayName, scoped.UpdatedAt = "Renamed", milliseconds("2026-11-22T13:28:00.409Z")
	made = milliseconds("2026-11-22T13:27:59.844Z")
	none := nango.Integration{
		IntegrationID: "none-2", Provider: "unauthenticated", DisplayName: "Unauthenticated", Logo: logos + "unauthenticated.svg",
		ForwardWebhooks: true, CreatedAt: made, UpdatedAt: made,
		WebhookURL: "http://localhost:3003/webhook/9a1d3059-0e36-4204-90f3-ffc0ffcb1258/none-2",
	}
	quickstart := nango.Integration{
		IntegrationID: "qs-github", Provider: "github", DisplayName: "Quick", Logo: logos + "github.svg",
		ForwardWebhooks: true, CreatedAt: milliseconds("2026-11-22T13:43:37.192Z"), UpdatedAt: milliseconds("2026-11-22T13:43:37.192Z"),
		Credentials: &nango.IntegrationCredentials{Type: "OAUTH2", Scopes: nango.Scopes{"repo"}},
	}
	for recording, test := range map[string]struct {
		params *nango.GetIntegrationParams
		want   nango.Integration
	}{
		"integrations/get-gh-oauth2-include-webhook":             {&nango.GetIntegrationParams{IncludeWebhook: true}, github},
		"integrations/get-gh-oauth2-include-credentials":         {&nango.GetIntegrationParams{IncludeCredentials: true}, withCredentials},
		"integrations/get-gh-oauth2-include-webhook-credentials": {both, withCredentials},
		"integrations/get-none-2-include-webhook-credentials":    {both, none},
		"integrations/get-quickstart-credentials":                {&nango.GetIntegrationParams{IncludeCredentials: true}, quickstart},
		"auth/scoped-get-integration-include-credentials":        {&nango.GetIntegrationParams{IncludeCredentials: true}, scoped},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			integration, err := client.Integrations.Get(t.Context(), test.want.IntegrationID, test.params)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, &test.want, integration)
		})
	}
}

func TestIntegrationsGetEscapesTheID(t *testing.T) {
	client, server := serve(t, "integrations/get-special-key")
	integration, err := client.Integrations.Get(t.Context(), "we ird:key.@~1", nil)
	require.NoError(t, err)
	server.requireSent(sent{Method: "GET", Path: "/integrations/we%20ird:key.@~1", Query: url.Values{}})
	assert.Equal(t, "we ird:key.@~1", integration.IntegrationID)
}

func TestIntegrationsCreate(t *testing.T) {
	for recording, params := range map[string]nango.CreateIntegrationParams{
		"integrations/create-none": {Provider: "unauthenticated", IntegrationID: "none-2"},
		"integrations/create-oauth1": {
			Provider: "twitter", IntegrationID: "tw-oauth1", App: nango.OAuth1App{ClientID: "cid", ClientSecret: "csec"},
		},
		"integrations/create-oauth2": {
			Provider: "github", IntegrationID: "gh-oauth2", DisplayName: "GitHub OAuth2", ForwardWebhooks: new(false),
			App: nango.OAuth2App{ClientID: "cid", ClientSecret: "csec", Scopes: []string{"repo", "user"}, WebhookSecret: new("whsec")},
		},
		"integrations/create-tba": {
			Provider: "netsuite-tba", IntegrationID: "ns-tba", App: nango.TBAApp{ClientID: "cid", ClientSecret: "csec"},
		},
		"integrations/create-app": {
			Provider: "github-app", IntegrationID: "gh-app",
			App: nango.GitHubApp{AppID: "123", AppLink: "https://github.com/apps/demo", PrivateKey: recordedKey(t, "integrations/create-app") + "\n"},
		},
		"integrations/create-aws-sig-with-config": {
			Provider: "aws-sigv4", IntegrationID: "aws-cfg", Config: map[string]string{"service": "s3", "defaultRegion": "us-east-1"},
		},
		"integrations/create-with-custom-and-config": {
			Provider: "github", IntegrationID: "gh-custom-field", App: nango.OAuth2App{ClientID: "cid", ClientSecret: "csec"},
			Custom: map[string]string{"foo": "bar"}, Config: map[string]string{},
		},
		"integrations/create-special-key": {Provider: "unauthenticated", IntegrationID: "we ird:key.@~1"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			integration, err := client.Integrations.Create(t.Context(), params)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, params.IntegrationID, integration.IntegrationID)
			assert.Equal(t, params.Provider, integration.Provider)
			assert.Equal(t, params.ForwardWebhooks == nil, integration.ForwardWebhooks)
		})
	}
}

func TestIntegrationsCreateQuickstart(t *testing.T) {
	client, server := serve(t, "integrations/quickstart-ok")
	params := nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "qs-github", DisplayName: "Quick"}
	integration, err := client.Integrations.CreateQuickstart(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, &nango.Integration{
		IntegrationID: "qs-github", Provider: "github", DisplayName: "Quick", Logo: logos + "github.svg", ForwardWebhooks: true,
		CreatedAt: milliseconds("2026-11-22T13:43:37.192Z"), UpdatedAt: milliseconds("2026-11-22T13:43:37.192Z"),
	}, integration)

	params.ForwardWebhooks = new(false)
	_, err = client.Integrations.CreateQuickstart(t.Context(), params)
	require.NoError(t, err)
	without, with := recorded(t, "integrations/quickstart-ok"), recorded(t, "integrations/quickstart-ok")
	with.Body = `{"provider":"github","unique_key":"qs-github","display_name":"Quick","forward_webhooks":false}`
	server.requireSent(without, with)
}

func TestIntegrationsUpdate(t *testing.T) {
	key := recordedKey(t, "integrations/patch-custom-credentials")
	for recording, test := range map[string]struct {
		id     string
		params *nango.UpdateIntegrationParams
	}{
		"integrations/patch-empty":            {"none-2", nil},
		"integrations/patch-display-name":     {"gh-oauth2", &nango.UpdateIntegrationParams{DisplayName: "Renamed"}},
		"integrations/patch-unique-key":       {"tw-oauth1", &nango.UpdateIntegrationParams{Rename: "tw-renamed"}},
		"integrations/patch-forward-webhooks": {"none-2", &nango.UpdateIntegrationParams{ForwardWebhooks: new(false)}},
		"integrations/patch-custom":           {"gh-oauth2", &nango.UpdateIntegrationParams{Custom: map[string]string{"a": "b"}}},
		"integrations/patch-aws-config":       {"aws-cfg", &nango.UpdateIntegrationParams{Config: map[string]string{"service": "execute-api"}}},
		"integrations/patch-credentials": {"gh-oauth2", &nango.UpdateIntegrationParams{
			App: nango.OAuth2App{ClientID: "cid2", ClientSecret: "csec2", Scopes: []string{}},
		}},
		"integrations/patch-quickstart-credentials": {"qs-github", &nango.UpdateIntegrationParams{
			App: nango.OAuth2App{ClientID: "a", ClientSecret: "b"},
		}},
		"integrations/patch-app-credentials": {"gh-app", &nango.UpdateIntegrationParams{App: nango.GitHubApp{
			AppID: "123", AppLink: "https://github.com/apps/demo", PrivateKey: recordedKey(t, "integrations/patch-app-credentials"),
		}}},
		"integrations/patch-custom-credentials": {"gh-app-oauth", &nango.UpdateIntegrationParams{App: nango.GitHubOAuthApp{
			ClientID: "cid", ClientSecret: "csec", AppID: "123", AppLink: "https://github.com/apps/demo", PrivateKey: "\r\n " + key + "\r\n",
		}}},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			integration, err := client.Integrations.Update(t.Context(), test.id, test.params)
			require.NoError(t, err)
			server.requireRecorded()
			e, err := recordings.Load(recording)
			require.NoError(t, err)
			var want struct{ Data *nango.Integration }
			require.NoError(t, json.Unmarshal([]byte(e.Response.Body), &want))
			assert.Equal(t, want.Data, integration)
			assert.True(t, integration.UpdatedAt.After(integration.CreatedAt))
		})
	}
}

// What clears is sent: the webhook secret, the scopes, and an optional setting.
func TestIntegrationsUpdateClears(t *testing.T) {
	client, server := serve(t, "integrations/patch-credentials")
	_, err := client.Integrations.Update(t.Context(), "gh-oauth2", &nango.UpdateIntegrationParams{
		App:    nango.OAuth2App{ClientID: "a", ClientSecret: "b", Scopes: []string{}, WebhookSecret: new("")},
		Config: map[string]string{"region": ""},
	})
	require.NoError(t, err)
	server.requireSent(sent{Method: "PATCH", Path: "/integrations/gh-oauth2", Header: jsonBody, Body: `{
		"credentials": {"type": "OAUTH2", "client_id": "a", "client_secret": "b", "scopes": "", "webhook_secret": ""},
		"integration_config": {"region": ""}
	}`})
}

func TestIntegrationsDelete(t *testing.T) {
	client, server := serve(t, "integrations/delete", "integrations/delete-again-404")
	require.NoError(t, client.Integrations.Delete(t.Context(), "tw-renamed"))
	requireFailure(t, client.Integrations.Delete(t.Context(), "tw-renamed"), nango.ErrNotFound, "not_found")
	server.requireRecorded()

	client, server = serve(t, "integrations/delete-special")
	require.NoError(t, client.Integrations.Delete(t.Context(), "we ird:key.@~1"))
	server.requireRecorded()
}

func recordedKey(t *testing.T, recording string) string {
	t.Helper()
	e, err := recordings.Load(recording)
	require.NoError(t, err)
	var body struct {
		Credentials struct {
			PrivateKey string `json:"private_key"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(e.Request.Body), &body))
	require.Contains(t, body.Credentials.PrivateKey, "BEGIN RSA PRIVATE KEY")
	return body.Credentials.PrivateKey
}
