package judge

//lint:file-ignore SA1019 the server still has end users

import (
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// connectSessions were used one after the other; which one a recorded token stands for depends on when it was recorded.
func (g *garden) connectSessions() {
	client := g.Client()
	var full, minimal, tagged, repairing string
	token := func(s *nango.ConnectSession, err error) string {
		if err != nil {
			g.t.Error(err)
			return ""
		}
		return s.Token.Reveal()
	}
	user := &nango.EndUserParams{ID: "eu-1", Email: "eu1@example.com", DisplayName: "EU One", Tags: map[string]string{"t": "1"}}
	organization := &nango.OrganizationParams{ID: "org-1", DisplayName: "Org One"}
	g.after(atSessions, 41, func() {
		create := func(p nango.CreateConnectSessionParams) string {
			return token(client.ConnectSessions.Create(g.t.Context(), p))
		}
		full = create(nango.CreateConnectSessionParams{
			EndUser: user, Organization: organization, Tags: map[string]string{"team": "blue"}, IntegrationIDs: []string{"gh-oauth2", "demo-none"},
			Defaults: map[string]nango.ConnectDefaults{"gh-oauth2": {
				UserScopes: []string{"a"}, AuthorizationParams: map[string]string{"x": "y"}, ConnectionConfig: map[string]any{"sub": "domain"},
			}},
		})
		minimal = create(nango.CreateConnectSessionParams{EndUser: &nango.EndUserParams{ID: "eu-2"}})
		tagged = create(nango.CreateConnectSessionParams{Tags: map[string]string{"projectId": "p1"}})
		repairing = token(client.Connection("demo-none", "conn-none-1").Reconnect(g.t.Context(), nil))
		g.session = full
		g.add(nangotest.Connection{
			IntegrationID: "demo-none", ConnectionID: "d1a4742b-b18c-41f2-8cc3-caba34a0763a", Metadata: noMetadata,
			Tags: map[string]string{"team": "blue"}, EndUser: &nangotest.EndUser{
				ID: "eu-1", Email: "eu1@example.com", DisplayName: "EU One", Tags: map[string]string{"t": "1"},
				OrganizationID: "org-1", OrganizationName: "Org One",
			},
		})
	})
	for n, next := range map[float64]*string{1: &minimal, 2: &tagged, 3: &full, 9: &repairing} {
		g.after(atTokens, n, func() { g.session = *next })
	}
	g.after(atTokens, 11, func() { client.ConnectSessions.Delete(g.t.Context(), repairing) })
	g.after(atTokens, 12, func() {
		g.add(nangotest.Connection{
			IntegrationID: "api-bearer", ConnectionID: "5350583f-d80f-42b2-802d-9cc642db1239", Metadata: noMetadata,
			EndUser: &nangotest.EndUser{ID: "eu-3"},
		})
	})
}

// environments and keys were made and deleted again. Both are numbered in the order in which they come.
func (g *garden) environments() {
	for range 3 {
		g.AddKey(nangotest.Key{})
	}
	g.after(atConnections, 146, func() { g.AddEnvironment("staging-x") })
	g.after(atConnections, 147, func() { g.AddEnvironment("prod-y") })
	g.after(atConnections, 153, func() { g.AddEnvironment("staging-x").AddKey(nangotest.Key{Name: "ci key"}) })
}
