package judge

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

func (g *seed) connections() {
	soon, past := g.Now().Add(time.Hour), g.Now().Add(-time.Hour)
	host := map[string]any{"hostname": "school.example.com"}
	multi := &nangotest.EndUser{ID: "multi"}
	override := &nango.CredentialsOverride{ClientID: "x", ClientSecret: reveal("y")}
	lasting := oauth2(g.Now().AddDate(70, 0, 0))
	lasting.ConfigOverride = override
	for _, c := range []nangotest.Connection{
		{
			IntegrationID: "demo-none", ConnectionID: "conn-none-1", Metadata: map[string]any{"lang": "en"}, Config: map[string]any{"foo": "bar"},
			Tags:    map[string]string{"region": "EU", "projectId": "p-1"},
			EndUser: &nangotest.EndUser{ID: "user-1", Email: "jane@example.com", DisplayName: "Jane Döe", Tags: map[string]string{"plan": "pro"}},
		},
		{IntegrationID: "demo-none", ConnectionID: "bc2abb0e-547a-471c-b751-3b35f0a05841", Metadata: noMetadata},
		{IntegrationID: "demo-none", ConnectionID: "conn-none-2", Metadata: noMetadata},
		{IntegrationID: "api-bearer", ConnectionID: "conn-key-1", Metadata: noMetadata},
		{IntegrationID: "api-basic", ConnectionID: "conn-basic-1", Metadata: noMetadata},
		{IntegrationID: "api-basic", ConnectionID: "conn-basic-2", Metadata: noMetadata},
		{
			IntegrationID: "gh-oauth2", ConnectionID: "conn-oauth2-1", Metadata: noMetadata,
			Credentials: &nango.OAuth2Credentials{AccessToken: reveal("gho_abc")},
		},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-1", Metadata: noMetadata, Config: host, Credentials: oauth2(soon)},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-expired", Metadata: noMetadata, Config: host, Credentials: oauth2(past)},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-bad", Metadata: noMetadata, Config: host, Credentials: oauth2(past)},
		{
			IntegrationID: "halo-cc", ConnectionID: "conn-cc-1", Metadata: noMetadata, Config: host,
			Credentials: &nango.OAuth2CCCredentials{Token: reveal("t"), ClientID: "id", ClientSecret: reveal("s")},
		},
		{
			IntegrationID: "halo-cc", ConnectionID: "conn-cc-2", Metadata: noMetadata, Config: host,
			Credentials: &nango.OAuth2CCCredentials{Token: reveal("t"), ClientID: "id", ClientSecret: reveal("s"), ExpiresAt: past},
		},
		{IntegrationID: "tw", ConnectionID: "conn-oauth1-1", Metadata: noMetadata},
		{IntegrationID: "ns-tba", ConnectionID: "conn-tba-1", Metadata: noMetadata, Config: map[string]any{"accountId": "acc"}},
		{IntegrationID: "demo-none", ConnectionID: "user+x@ex.com/a|[1]{2}", Metadata: noMetadata},
		{IntegrationID: "demo-none", ConnectionID: "conn-none-hook", Metadata: noMetadata, WebhookURLOverride: "https://example.com/hook"},
		{IntegrationID: "api-bearer", ConnectionID: "conn-legacy"},
		{IntegrationID: "gh-oauth2", ConnectionID: "conn-legacy-oauth2"},
		{IntegrationID: "demo-none", ConnectionID: "b9027a4b-6d87-48c0-a9e8-49be79c0cb3a", Metadata: noMetadata},
		{IntegrationID: "gh-app", ConnectionID: "conn-app-1", Metadata: noMetadata},
		{IntegrationID: "gh-app-oauth", ConnectionID: "conn-custom-1", Metadata: noMetadata},
		{IntegrationID: "none-2", ConnectionID: "c2", Metadata: noMetadata},
		{IntegrationID: "active-campaign", ConnectionID: "conn-ac", Metadata: noMetadata},
		{
			IntegrationID: "canvas", ConnectionID: "35510e37-0817-4506-ae08-7867687a565c", Tags: map[string]string{"src": "dance"},
			EndUser: &nangotest.EndUser{ID: "oauth-user", Email: "o@example.com"}, Config: host, Credentials: oauth2(soon),
		},
		{
			IntegrationID: "drupal", ConnectionID: "06bb9b31-e0a5-4e00-8324-29b414d35319", Metadata: noMetadata, EndUser: multi,
			Credentials: &nango.TwoStepCredentials{
				Token: reveal("t"), ExpiresAt: soon, Raw: nango.NewSecretJSON([]byte(`{"access_token": "t"}`)), Fields: nango.NewSecretJSON([]byte(`{"clientId": "a"}`)),
			},
		},
		{IntegrationID: "emarsys", ConnectionID: "734736d9-aec7-45d5-8c1d-dd6842273010", Metadata: noMetadata, EndUser: multi},
		{
			IntegrationID: "bill", ConnectionID: "44ef1943-31e2-4954-86bb-caf1ff5775a0", Metadata: noMetadata, EndUser: multi,
			Credentials: &nango.BillCredentials{
				Username: reveal("u"), Password: reveal("p"), OrganizationID: reveal("o"), DevKey: reveal("d"), SessionID: reveal("s"),
				UserID: reveal("1"), ExpiresAt: soon,
			},
		},
		{IntegrationID: "api-basic", ConnectionID: "b22924d4-b938-4565-88c1-9a1a7b91cf08", Metadata: noMetadata, EndUser: multi},
		{
			IntegrationID: "ghost", ConnectionID: "ede76fda-c26d-4864-a0ec-e31cebf5ef1a", Metadata: noMetadata, EndUser: multi,
			Credentials: &nango.JWTCredentials{
				Token: reveal("t"), ExpiresAt: soon, Fields: nango.NewSecretJSON([]byte(`{"privateKey": {"id": "1", "secret": "2"}}`)),
			},
		},
		{IntegrationID: "canvas", ConnectionID: "conn-canvas-ovr", Metadata: noMetadata, Credentials: lasting},
		{IntegrationID: "ns-tba", ConnectionID: "conn-tba-2", Metadata: noMetadata, Credentials: &nango.TBACredentials{
			TokenID: reveal("a"), TokenSecret: reveal("b"), ConfigOverride: override,
		}},
	} {
		g.AddConnection(c)
	}
	g.Connection("canvas", "conn-canvas-bad").FailRefresh(400, "")
}
