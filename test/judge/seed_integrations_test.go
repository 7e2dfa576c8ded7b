package judge

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// seedIntegrations makes the integrations, connections, sessions and environments of the real server. Ids are those that requests
// name; all else is as good as any.
func seedIntegrations(g *seed) {
	g.AddKey(nangotest.Key{
		Secret: "56382ff4-85c1-43fa-b8cb-cb1d43061a46",
		Scopes: []string{"environment:connections:list", "environment:connections:read", "environment:integrations:read"},
	})
	g.SetVariable("MY_VAR", "hello")
	g.SetVariable("OTHER", "wörld 2")
	g.AddIntegration(nangotest.Integration{ID: "demo-none"})
	for range 3 {
		g.AddKey(nangotest.Key{}) // keys are numbered, and requests name the number of a later one
	}
	g.AddTemplates("github",
		nango.FunctionTemplate{
			Type: "action", Name: "echo", Description: "Echoes", Scopes: []string{"echo:write"}, Input: "In", Returns: []string{"Out"},
		},
		nango.FunctionTemplate{Type: "sync", Name: "items", Scopes: []string{"items:read"}, Input: "In", Returns: []string{"Item"}, Runs: "every day"},
	)
	g.then(func() {
		g.integrations()
		g.connections()
		g.connectSessions()
		g.AddEnvironment("staging-x")
		g.AddEnvironment("prod-y")
	})
	g.then(g.wear)
	g.then(func() {
		_, err := g.Client().Integrations.CreateQuickstart(g.t.Context(), nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "qs-github"})
		require.NoError(g.t, err)
		g.AddEnvironment("staging-x").AddKey(nangotest.Key{Name: "ci key"})
	})
}

// wear is what came of using it all.
func (g *seed) wear() {
	ctx, client := g.t.Context(), g.Client()
	g.request(http.MethodPatch, "/connections/conn-none-1?provider_config_key=demo-none", object{
		"end_user": object{"id": "user-1", "display_name": "Jane"},
	})
	other := client.Connection("demo-none", "conn-none-2")
	require.NoError(g.t, other.Update(ctx, &nango.UpdateConnectionParams{Tags: map[string]string{"q": "1"}}))
	g.AddSync(nangotest.Sync{
		IntegrationID: "demo-none", Name: "failing-sync", Run: func(context.Context, *nangotest.SyncRun) error { return errors.New("boom") },
	})
	require.NoError(g.t, other.TriggerSyncs(ctx, []nango.SyncRef{{Name: "failing-sync"}}, nil))
	g.Settle()
	_, err := client.Connection("canvas", "conn-canvas-bad").Get(ctx, nil)
	require.ErrorIs(g.t, err, nango.ErrRefreshFailed)
	g.Connection("api-basic", "conn-basic-2").Delete()
	g.Connection("gh-oauth2", "conn-oauth2-1").Delete()
	g.Connection("gh-oauth2", "conn-legacy-oauth2").Delete()
	_, err = client.Integrations.Update(ctx, "tw-oauth1", &nango.UpdateIntegrationParams{Rename: "tw-renamed"})
	require.NoError(g.t, err)
	_, err = client.Integrations.Update(ctx, "gh-oauth2", &nango.UpdateIntegrationParams{Custom: map[string]string{"a": "b"}})
	require.NoError(g.t, err)
	g.AddSharedApp("github")
}

// privateKey is one that Nango can sign with.
var privateKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return strings.TrimSpace(string(pem.EncodeToMemory(block)))
})

func (g *seed) integrations() {
	secret := "whsec"
	github := nango.OAuth2App{ClientID: "cid", ClientSecret: "csec", Scopes: []string{"repo", "user"}, WebhookSecret: &secret}
	for _, i := range []nangotest.Integration{
		{ID: "gh-oauth2", Provider: "github", DisplayName: "GitHub OAuth2", IgnoreWebhooks: true, App: github},
		{ID: "gh-custom-field", Provider: "github", Custom: map[string]string{"foo": "bar"}},
		{ID: "canvas", Provider: "canvas-lms"},
		{ID: "halo-cc", Provider: "halo-psa"},
		{ID: "tw-oauth1", Provider: "twitter"}, {ID: "tw", Provider: "twitter"},
		{ID: "ns-tba", Provider: "netsuite-tba", App: nango.TBAApp{ClientID: "cid", ClientSecret: "csec"}},
		{ID: "ns-tba-2", Provider: "netsuite-tba"},
		{ID: "api-bearer", Provider: "private-api-bearer"},
		{ID: "api-basic", Provider: "private-api-basic"},
		{ID: "none-2"},
		{ID: "gh-app", Provider: "github-app", App: nango.GitHubApp{AppID: "123", AppLink: "https://example.com/app", PrivateKey: privateKey()}},
		{ID: "gh-app-oauth", Provider: "github-app-oauth", App: nango.GitHubOAuthApp{
			ClientID: "cid", ClientSecret: "csec", AppID: "123", AppLink: "https://example.com/app", PrivateKey: privateKey(),
		}},
		{ID: "mcp-gen", Provider: "mcp-generic"},
		{ID: "aws-sig", Provider: "aws-sigv4"},
		{ID: "two-step", Provider: "3cx"},
		{ID: "we ird:key.@~1"},
		{ID: "active-campaign", Provider: "active-campaign", Verify: func(nango.Credentials, map[string]any) error { return errors.New("404") }},
		{ID: "affinity-v2", Provider: "affinity-v2"},
		{ID: "drupal", Provider: "drupal"}, {ID: "ghost", Provider: "ghost-admin"}, {ID: "emarsys", Provider: "emarsys"},
		{ID: "bill", Provider: "bill-sandbox"},
		{ID: "aws-cfg", Provider: "aws-sigv4", Config: map[string]string{"service": "s3", "defaultRegion": "us-east-1"}},
	} {
		g.AddIntegration(i)
	}
}
