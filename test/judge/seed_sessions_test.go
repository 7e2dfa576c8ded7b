package judge

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// connectSessions makes the sessions that the recorded tokens stand for. The requests do not tell them apart, so that they take
// turns, and with them a token that no session has and what is no token.
func (g *garden) connectSessions() {
	user := &nango.EndUserParams{ID: "eu-1", Email: "eu1@example.com", DisplayName: "EU One", Tags: map[string]string{"t": "1"}}
	organization := &nango.OrganizationParams{ID: "org-1", DisplayName: "Org One"}
	create := func(params nango.CreateConnectSessionParams) {
		g.remember(g.Client().ConnectSessions.Create(g.t.Context(), params))
	}
	create(nango.CreateConnectSessionParams{EndUser: &nango.EndUserParams{ID: "eu-2"}})
	g.sessions = append(g.sessions, "nango_connect_session_"+strings.Repeat("0", 64))
	create(nango.CreateConnectSessionParams{Tags: map[string]string{"projectId": "p1"}})
	g.remember(g.Client().Connection("demo-none", "conn-none-1").Reconnect(g.t.Context(), nil))
	g.sessions = append(g.sessions, "nango_connect_session_none")
	create(nango.CreateConnectSessionParams{
		EndUser: user, Organization: organization, Tags: map[string]string{"team": "blue"}, IntegrationIDs: []string{"gh-oauth2", "demo-none"},
		Defaults: map[string]nango.ConnectDefaults{"gh-oauth2": {
			UserScopes: []string{"a"}, AuthorizationParams: map[string]string{"x": "y"}, ConnectionConfig: map[string]any{"sub": "domain"},
		}},
	})
	g.AddConnection(nangotest.Connection{
		IntegrationID: "demo-none", ConnectionID: "d1a4742b-b18c-41f2-8cc3-caba34a0763a", Metadata: noMetadata,
		EndUser: &nangotest.EndUser{
			ID: "eu-1", Email: "eu1@example.com", DisplayName: "EU One", Tags: map[string]string{"t": "1"},
			OrganizationID: "org-1", OrganizationName: "Org One",
		},
		Tags: map[string]string{"team": "blue"},
	})
	g.AddConnection(nangotest.Connection{
		IntegrationID: "api-bearer", ConnectionID: "5350583f-d80f-42b2-802d-9cc642db1239", Metadata: noMetadata,
		EndUser: &nangotest.EndUser{ID: "eu-3"},
	})
}

func (g *garden) remember(session *nango.ConnectSession, err error) {
	require.NoError(g.t, err)
	g.sessions = append(g.sessions, session.Token.Reveal())
}
