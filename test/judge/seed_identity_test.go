package judge

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// The minutes of the recording in which providers, integrations, connections, sessions and the account were recorded.
var (
	atIntegrations = minute(time.Unix(1795354079, 0))
	atConnections  = minute(time.Unix(1795354207, 0))
	atSessions     = minute(time.Unix(1795354287, 0))
	atTokens       = minute(time.Unix(1795354306, 0))
	atFailures     = minute(time.Unix(1795354413, 0))
	atApps         = minute(time.Unix(1795354738, 0))
	atDeletions    = minute(time.Unix(1795354799, 0))
	atQuickstart   = minute(time.Unix(1795355017, 0))
	atOthers       = minute(time.Unix(1795355317, 0))
	atOverrides    = minute(time.Unix(1795355523, 0))
)

// seedIdentity makes the real server's history of integrations, connections, sessions and environments. Ids are those that
// requests name; all else is as good as any.
func seedIdentity(g *garden) {
	g.SetTime(time.Time(atIntegrations).Add(-time.Minute))
	g.AddKey(nangotest.Key{
		Secret: "56382ff4-85c1-43fa-b8cb-cb1d43061a46",
		Scopes: []string{"environment:connections:list", "environment:connections:read", "environment:integrations:read"},
	})
	g.SetVariable("MY_VAR", "hello")
	g.SetVariable("OTHER", "wörld 2")
	g.AddIntegration(nangotest.Integration{ID: "demo-none"})
	g.AddTemplates("github",
		nango.FunctionTemplate{
			Type: "action", Name: "echo", Description: "Echoes", Scopes: []string{"echo:write"}, Input: "In", Returns: []string{"Out"},
		},
		nango.FunctionTemplate{Type: "sync", Name: "items", Scopes: []string{"items:read"}, Input: "In", Returns: []string{"Item"}, Runs: "every day"},
	)
	g.integrations()
	g.connections()
	g.connectSessions()
	g.environments()
	g.laterConnections()
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

func (g *garden) integrations() {
	client := g.Client()
	g.after(atIntegrations, 74, func() {
		secret := "whsec"
		github := nango.OAuth2App{ClientID: "cid", ClientSecret: "csec", Scopes: []string{"repo", "user"}, WebhookSecret: &secret}
		for _, i := range []nangotest.Integration{
			{ID: "gh-oauth2", Provider: "github", DisplayName: "GitHub OAuth2", IgnoreWebhooks: true, App: github},
			{ID: "gh-custom-field", Provider: "github", Custom: map[string]string{"foo": "bar"}},
			{ID: "canvas", Provider: "canvas-lms"},
			{ID: "halo-cc", Provider: "halo-psa"},
			{ID: "tw-oauth1", Provider: "twitter"},
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
		} {
			g.AddIntegration(i)
		}
	})
	g.after(atIntegrations, 109, func() {
		client.Integrations.Update(g.t.Context(), "tw-oauth1", &nango.UpdateIntegrationParams{Rename: "tw-renamed"})
	})
	g.after(atIntegrations, 112, func() {
		client.Integrations.Update(g.t.Context(), "gh-oauth2", &nango.UpdateIntegrationParams{Custom: map[string]string{"a": "b"}})
	})
	g.after(atIntegrations, 122, func() { client.Integrations.Delete(g.t.Context(), "tw-renamed") })
	g.after(atConnections, 13, func() { g.AddIntegration(nangotest.Integration{ID: "tw", Provider: "twitter"}) })
	g.after(atDeletions, 84, func() { client.Integrations.Delete(g.t.Context(), "two-step") })
	g.after(atDeletions, 85, func() { client.Integrations.Delete(g.t.Context(), "we ird:key.@~1") })
	g.after(atQuickstart, 0, func() { g.AddSharedApp("github") })
	g.after(atQuickstart, 2, func() {
		client.Integrations.CreateQuickstart(g.t.Context(), nango.CreateQuickstartIntegrationParams{Provider: "github", IntegrationID: "qs-github"})
	})
	reachable := false
	g.after(atQuickstart, 18, func() {
		g.AddIntegration(nangotest.Integration{ID: "active-campaign", Provider: "active-campaign", Verify: func(nango.Credentials, map[string]any) error {
			if !reachable {
				return errors.New("404")
			}
			return nil
		}})
		g.AddIntegration(nangotest.Integration{ID: "affinity-v2", Provider: "affinity-v2"})
	})
	g.after(atQuickstart, 20, func() { reachable = true })
	g.after(atOthers, 5, func() {
		for _, i := range []nangotest.Integration{
			{ID: "drupal", Provider: "drupal"}, {ID: "ghost", Provider: "ghost-admin"}, {ID: "emarsys", Provider: "emarsys"},
			{ID: "bill", Provider: "bill-sandbox"},
			{ID: "aws-cfg", Provider: "aws-sigv4", Config: map[string]string{"service": "s3", "defaultRegion": "us-east-1"}},
		} {
			g.AddIntegration(i)
		}
	})
}

// seal keeps JSON as credentials keep it.
func seal(text string) (sealed nango.SecretJSON) {
	if err := json.Unmarshal([]byte(text), &sealed); err != nil {
		panic(err)
	}
	return sealed
}
