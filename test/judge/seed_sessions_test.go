package judge

import (
	"net/http"
	"strings"

	"github.com/nango-go/sdk/nango/nangotest"
)

// connectSessions makes the sessions that the recorded tokens stand for. The requests do not tell them apart, so that they take
// turns, and with them a token that no session has and what is no token.
func (g *seed) connectSessions() {
	create := func(path string, body object) {
		g.sessions = append(g.sessions, g.request(http.MethodPost, path, body).Data.Token)
	}
	create("/connect/sessions", object{"end_user": object{"id": "eu-2"}})
	g.sessions = append(g.sessions, "nango_connect_session_"+strings.Repeat("0", 64))
	create("/connect/sessions", object{"tags": object{"projectId": "p1"}})
	create("/connect/sessions/reconnect", object{"connection_id": "conn-none-1", "integration_id": "demo-none"})
	g.sessions = append(g.sessions, "nango_connect_session_none")
	create("/connect/sessions", object{
		"end_user":             object{"id": "eu-1", "email": "eu1@example.com", "display_name": "EU One", "tags": object{"t": "1"}},
		"organization":         object{"id": "org-1", "display_name": "Org One"},
		"tags":                 object{"team": "blue"},
		"allowed_integrations": []string{"gh-oauth2", "demo-none"},
		"integrations_config_defaults": object{"gh-oauth2": object{
			"user_scopes": "a", "authorization_params": object{"x": "y"}, "connection_config": object{"sub": "domain"},
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
