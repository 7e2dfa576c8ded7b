package judge

//lint:file-ignore SA1019 the server still has end users

import (
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

var (
	noMetadata = map[string]any{}
	reveal     = nango.NewSecret
)

// oauth2 are credentials that expire at a time, if it is not zero.
func oauth2(expires time.Time) *nango.OAuth2Credentials {
	return &nango.OAuth2Credentials{AccessToken: reveal("at"), RefreshToken: reveal("rt"), ExpiresAt: expires}
}

// add puts connections in where the recorded requests have not done so.
func (g *garden) add(connections ...nangotest.Connection) {
	for _, c := range connections {
		if !g.Connection(c.IntegrationID, c.ConnectionID).Exists() {
			g.AddConnection(c)
		}
	}
}

func (g *garden) connections() {
	start := time.Time(atConnections)
	g.after(atConnections, 19, func() {
		host := map[string]any{"hostname": "school.example.com"}
		canvas := func(id string, expires time.Time) nangotest.Connection {
			return nangotest.Connection{
				IntegrationID: "canvas", ConnectionID: id, Metadata: noMetadata, Config: host, Credentials: oauth2(expires),
			}
		}
		g.add(
			nangotest.Connection{
				IntegrationID: "demo-none", ConnectionID: "conn-none-1", Metadata: map[string]any{"lang": "en"}, Config: map[string]any{"foo": "bar"},
				Tags:    map[string]string{"region": "EU", "projectId": "p-1"},
				EndUser: &nangotest.EndUser{ID: "user-1", Email: "jane@example.com", DisplayName: "Jane Döe", Tags: map[string]string{"plan": "pro"}},
			},
			nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "bc2abb0e-547a-471c-b751-3b35f0a05841", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "conn-none-2", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "api-bearer", ConnectionID: "conn-key-1", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "api-basic", ConnectionID: "conn-basic-1", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "api-basic", ConnectionID: "conn-basic-2", Metadata: noMetadata},
			nangotest.Connection{
				IntegrationID: "gh-oauth2", ConnectionID: "conn-oauth2-1", Metadata: noMetadata,
				Credentials: &nango.OAuth2Credentials{AccessToken: reveal("gho_abc")},
			},
			canvas("conn-canvas-1", start.Add(time.Hour)),
			canvas("conn-canvas-expired", start.Add(-time.Hour)),
			canvas("conn-canvas-bad", start.Add(-time.Hour)),
			nangotest.Connection{
				IntegrationID: "halo-cc", ConnectionID: "conn-cc-1", Metadata: noMetadata, Config: host,
				Credentials: &nango.OAuth2CCCredentials{Token: reveal("t"), ClientID: "id", ClientSecret: reveal("s")},
			},
			nangotest.Connection{
				IntegrationID: "halo-cc", ConnectionID: "conn-cc-2", Metadata: noMetadata, Config: host,
				Credentials: &nango.OAuth2CCCredentials{Token: reveal("t"), ClientID: "id", ClientSecret: reveal("s"), ExpiresAt: start.Add(-time.Hour)},
			},
			nangotest.Connection{IntegrationID: "tw", ConnectionID: "conn-oauth1-1", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "ns-tba", ConnectionID: "conn-tba-1", Metadata: noMetadata, Config: map[string]any{"accountId": "acc"}},
			nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "user+x@ex.com/a|[1]{2}", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "conn-none-hook", Metadata: noMetadata, WebhookURLOverride: "https://example.com/hook"},
		)
		g.Connection("canvas", "conn-canvas-bad").FailRefresh(400, "")
	})
	g.after(atConnections, 73, func() {
		g.Client().Connection("canvas", "conn-canvas-bad").Get(g.t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
	})
	for n, user := range map[float64]string{94: "user-2", 107: "user-1"} {
		g.after(atConnections, n, func() {
			g.Client().Connection("demo-none", "conn-none-1").Update(g.t.Context(), &nango.UpdateConnectionParams{
				Tags: map[string]string{"region": "EU"}, EndUser: &nango.EndUserParams{ID: user, Email: "jane@example.com", DisplayName: "Jane"},
			})
		})
	}
	g.after(atConnections, 142, func() {
		g.add(
			nangotest.Connection{IntegrationID: "api-bearer", ConnectionID: "conn-legacy"},
			nangotest.Connection{IntegrationID: "gh-oauth2", ConnectionID: "conn-legacy-oauth2"},
			nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "b9027a4b-6d87-48c0-a9e8-49be79c0cb3a", Metadata: noMetadata},
		)
	})
	g.after(atFailures, 0, func() {
		g.Client().Connection("demo-none", "conn-none-2").Update(g.t.Context(), &nango.UpdateConnectionParams{Tags: map[string]string{"q": "1"}})
		for _, id := range []string{"conn-none-1", "conn-none-2"} {
			session, err := g.Client().Connection("demo-none", id).Reconnect(g.t.Context(), nil)
			if err == nil {
				g.FailAuthorization(session.Token.Reveal(), nangotest.AuthorizationFailure{})
			}
		}
	})
}

// laterConnections came while other things were recorded.
func (g *garden) laterConnections() {
	multi := &nangotest.EndUser{ID: "multi"}
	g.after(atApps, 4, func() {
		g.add(
			nangotest.Connection{IntegrationID: "gh-app", ConnectionID: "conn-app-1", Metadata: noMetadata},
			nangotest.Connection{IntegrationID: "gh-app-oauth", ConnectionID: "conn-custom-1", Metadata: noMetadata},
		)
	})
	g.after(atDeletions, 66, func() {
		g.add(nangotest.Connection{IntegrationID: "none-2", ConnectionID: "c2", Metadata: noMetadata})
	})
	g.after(atDeletions, 81, func() {
		for _, c := range []*nangotest.ConnectionHandle{
			g.Connection("api-basic", "conn-basic-2"), g.Connection("demo-none", "conn-none-hook"),
			g.Connection("demo-none", "user+x@ex.com/a|[1]{2}"), g.Connection("api-bearer", "conn-legacy"),
		} {
			if c.Exists() {
				c.Delete()
			}
		}
	})
	g.after(atQuickstart, 21, func() {
		g.add(nangotest.Connection{IntegrationID: "active-campaign", ConnectionID: "conn-ac", Metadata: noMetadata})
	})
	g.after(atQuickstart, 22, func() {
		g.add(nangotest.Connection{
			IntegrationID: "canvas", ConnectionID: "35510e37-0817-4506-ae08-7867687a565c", Tags: map[string]string{"src": "dance"},
			EndUser: &nangotest.EndUser{ID: "oauth-user", Email: "o@example.com"}, Config: map[string]any{"hostname": "school.example.com"},
			Credentials: oauth2(g.Now().Add(time.Hour)),
		})
	})
	g.after(atOthers, 9, func() {
		g.add(
			nangotest.Connection{
				IntegrationID: "drupal", ConnectionID: "06bb9b31-e0a5-4e00-8324-29b414d35319", Metadata: noMetadata, EndUser: multi,
				Credentials: &nango.TwoStepCredentials{
					Token: reveal("t"), ExpiresAt: g.Now().Add(time.Hour), Raw: seal(`{"access_token": "t"}`), Fields: seal(`{"clientId": "a"}`),
				},
			},
			nangotest.Connection{IntegrationID: "emarsys", ConnectionID: "734736d9-aec7-45d5-8c1d-dd6842273010", Metadata: noMetadata, EndUser: multi},
			nangotest.Connection{
				IntegrationID: "bill", ConnectionID: "44ef1943-31e2-4954-86bb-caf1ff5775a0", Metadata: noMetadata, EndUser: multi,
				Credentials: &nango.BillCredentials{
					Username: reveal("u"), Password: reveal("p"), OrganizationID: reveal("o"), DevKey: reveal("d"), SessionID: reveal("s"),
					UserID: reveal("1"), ExpiresAt: g.Now().Add(time.Hour),
				},
			},
			nangotest.Connection{IntegrationID: "api-basic", ConnectionID: "b22924d4-b938-4565-88c1-9a1a7b91cf08", Metadata: noMetadata, EndUser: multi},
		)
	})
	g.after(atOthers, 20, func() {
		g.add(nangotest.Connection{
			IntegrationID: "ghost", ConnectionID: "ede76fda-c26d-4864-a0ec-e31cebf5ef1a", Metadata: noMetadata, EndUser: multi,
			Credentials: &nango.JWTCredentials{
				Token: reveal("t"), ExpiresAt: g.Now().Add(time.Hour), Fields: seal(`{"privateKey": {"id": "1", "secret": "2"}}`),
			},
		})
	})
	g.after(atOverrides, 1, func() {
		override := &nango.CredentialsOverride{ClientID: "x", ClientSecret: reveal("y")}
		canvas := oauth2(g.Now().AddDate(70, 0, 0))
		canvas.ConfigOverride = override
		g.add(
			nangotest.Connection{IntegrationID: "canvas", ConnectionID: "conn-canvas-ovr", Metadata: noMetadata, Credentials: canvas},
			nangotest.Connection{IntegrationID: "ns-tba", ConnectionID: "conn-tba-2", Metadata: noMetadata, Credentials: &nango.TBACredentials{
				TokenID: reveal("a"), TokenSecret: reveal("b"), ConfigOverride: override,
			}},
		)
	})
}
