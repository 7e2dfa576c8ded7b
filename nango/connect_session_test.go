package nango_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func TestConnectSessionCreate(t *testing.T) {
	for recording, params := range map[string]nango.CreateConnectSessionParams{
		"connect/sessions-create-tags-only": {Tags: map[string]string{"projectId": "p1"}},
		"connect/sessions-create-minimal":   {EndUser: &nango.EndUserParams{ID: "eu-2"}},
		"connect/sessions-create-for-oauth": {
			EndUser:        &nango.EndUserParams{ID: "oauth-user", Email: "o@example.com"},
			IntegrationIDs: []string{"canvas"}, Tags: map[string]string{"src": "dance"},
		},
		"connect/sessions-create-webhook-override": {
			EndUser: &nango.EndUserParams{ID: "eu-3"}, WebhookURLOverride: "http://10.99.88.1:4010/webhooks/session",
		},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			session, err := client.ConnectSessions.Create(t.Context(), params)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Regexp(t, `^nango_connect_session_[0-9a-f]{64}$`, session.Token.Reveal())
			assert.Equal(t, "http://localhost:3009/?session_token="+session.Token.Reveal(), session.ConnectLink)
			assert.Equal(t, 2026, session.ExpiresAt.Year())
		})
	}
}

func TestConnectSessionCreateDecodes(t *testing.T) {
	client, _ := serve(t, "connect/sessions-create-tags-only")
	session, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}})
	require.NoError(t, err)
	const token = "nango_connect_session_672a558359a7b190b4884310dc3175903fd5f073e6183262be9eb5ab860e8e18"
	assert.Equal(t, token, session.Token.Reveal())
	assert.Equal(t, "http://localhost:3009/?session_token="+token, session.ConnectLink)
	assert.Equal(t, time.Date(2026, 11, 22, 14, 1, 45, 950_000_000, time.UTC), session.ExpiresAt)
}

// Every field lands under its wire key; scopes become comma lists, and oauth_scopes_override joins the connection config
// without the caller's map being written to.
func TestConnectSessionCreateBody(t *testing.T) {
	client, server := serve(t, "connect/sessions-create-minimal")
	config := map[string]any{"subdomain": "acme", "oauth_scopes_override": "old"}
	_, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{
		Tags:           map[string]string{},
		IntegrationIDs: []string{"slack", "hubspot"},
		Defaults: map[string]nango.ConnectDefaults{
			"slack": {
				UserScopes:          []string{"search:read", "users:read"},
				OAuthScopes:         []string{"chat:write", "im:read"},
				AuthorizationParams: map[string]string{"prompt": "consent"},
				ConnectionConfig:    config,
			},
			"hubspot": {OAuthScopes: []string{"crm"}},
			"zendesk": {ConnectionConfig: map[string]any{"subdomain": "<&>"}},
			"empty":   {},
		},
		Overrides:          map[string]nango.ConnectOverrides{"slack": {DocsConnect: "https://example.com/help"}, "hubspot": {}},
		WebhookURLOverride: "https://example.com/hook",
		EndUser: &nango.EndUserParams{
			ID: "u1", Email: "ann@example.com", DisplayName: "Ann", Tags: map[string]string{"plan": ""},
		},
		Organization: &nango.OrganizationParams{ID: "o1", DisplayName: "Org"},
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"subdomain": "acme", "oauth_scopes_override": "old"}, config)
	server.requireSent(sent{Method: "POST", Path: "/connect/sessions", Header: jsonBody, Body: `{
		"tags": {},
		"end_user": {"id": "u1", "email": "ann@example.com", "display_name": "Ann", "tags": {"plan": ""}},
		"organization": {"id": "o1", "display_name": "Org"},
		"allowed_integrations": ["slack", "hubspot"],
		"integrations_config_defaults": {
			"slack": {
				"user_scopes": "search:read,users:read",
				"authorization_params": {"prompt": "consent"},
				"connection_config": {"subdomain": "acme", "oauth_scopes_override": "chat:write,im:read"}
			},
			"hubspot": {"connection_config": {"oauth_scopes_override": "crm"}},
			"zendesk": {"connection_config": {"subdomain": "<&>"}},
			"empty": {}
		},
		"overrides": {"slack": {"docs_connect": "https://example.com/help"}, "hubspot": {}},
		"webhook_url_override": "https://example.com/hook"
	}`})
}

// What is left at zero is not sent.
func TestConnectSessionCreateSendsNoZeroes(t *testing.T) {
	client, server := serve(t, "connect/sessions-create-minimal")
	_, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{
		IntegrationIDs: []string{}, Defaults: map[string]nango.ConnectDefaults{}, Overrides: map[string]nango.ConnectOverrides{},
		EndUser: &nango.EndUserParams{ID: "u"}, Organization: &nango.OrganizationParams{ID: "o"},
	})
	require.NoError(t, err)
	server.requireSent(sent{
		Method: "POST", Path: "/connect/sessions", Header: jsonBody, Body: `{"end_user":{"id":"u"},"organization":{"id":"o"}}`,
	})
}

// A session keeps what it needs for a wait, whatever becomes of the caller's parameters.
func TestConnectSessionIsIndependentOfItsParams(t *testing.T) {
	client, server := serveBodies(t,
		`{"data":{"token":"t","connect_link":"l","expires_at":"2026-11-22T14:00:00.000Z"}}`,
		`{"connections":[{"id":1,"connection_id":"c","created":"2026-11-22T13:30:00.000001+00:00"}]}`)
	tags, ids := map[string]string{"user": "u1"}, []string{"slack"}
	server.responses[0].Response.Header.Set("Date", "Sun, 22 Nov 2026 13:30:00 GMT")
	session, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: tags, IntegrationIDs: ids})
	require.NoError(t, err)
	tags["user"], ids[0] = "u2", "hubspot"
	connection, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
	require.NoError(t, err)
	assert.Equal(t, "c", connection.ConnectionID)
	assert.Equal(t, []string{"u1"}, server.requests[1].Query["tags[user]"])
	assert.Equal(t, []string{"slack"}, server.requests[1].Query["integrationId"])
}

// untagged says of a session to reconnect that it has no tags.
func untagged(params nango.ReconnectParams) *nango.ReconnectParams {
	params.Tags = map[string]string{}
	return &params
}

func TestReconnect(t *testing.T) {
	client, server := serve(t, "connect/reconnect-create-with-end-user")
	session, err := client.Connection("demo-none", "conn-none-2").Reconnect(t.Context(), &nango.ReconnectParams{
		EndUser:      &nango.EndUserParams{ID: "eu-9", DisplayName: "Nine"},
		Organization: &nango.OrganizationParams{ID: "o9"}, Tags: map[string]string{"a": "b"},
	})
	require.NoError(t, err)
	server.requireRecorded()
	assert.Regexp(t, `^nango_connect_session_[0-9a-f]{64}$`, session.Token.Reveal())
}

// listedOnce is the request for one connection as lists show it.
var listedOnce = sent{Method: "GET", Path: "/connections", Query: url.Values{"connectionId": {"c1"}, "integrationId": {"slack"}, "limit": {"1"}}}

func TestReconnectBody(t *testing.T) {
	client, server := serve(t, "connect/reconnect-create")
	_, err := client.Connection("slack", "c1").Reconnect(t.Context(), untagged(nango.ReconnectParams{
		Defaults:           map[string]nango.ConnectDefaults{"slack": {OAuthScopes: []string{"a", "b"}}},
		Overrides:          map[string]nango.ConnectOverrides{"slack": {DocsConnect: "https://example.com/help"}},
		WebhookURLOverride: "https://example.com/hook",
	}))
	require.NoError(t, err)
	server.requireSent(sent{Method: "POST", Path: "/connect/sessions/reconnect", Header: jsonBody, Body: `{
		"connection_id": "c1", "integration_id": "slack", "tags": {},
		"integrations_config_defaults": {"slack": {"connection_config": {"oauth_scopes_override": "a,b"}}},
		"overrides": {"slack": {"docs_connect": "https://example.com/help"}},
		"webhook_url_override": "https://example.com/hook"
	}`})
}

// Without tags in its session an OAuth connection would lose those that it has.
func TestReconnectKeepsTheTags(t *testing.T) {
	session, listed := `{"data":{"token":"t","connect_link":"l","expires_at":"2026-11-22T14:00:00.000Z"}}`, sent{
		Method: "POST", Path: "/connect/sessions/reconnect", Header: jsonBody, Body: `{"connection_id":"c1","integration_id":"slack","tags":{"team":"x","user":"1"}}`,
	}
	for name, test := range map[string]struct {
		params *nango.ReconnectParams
		want   []sent
	}{
		"nothing said": {nil, []sent{listedOnce, listed}},
		"nothing of it": {&nango.ReconnectParams{WebhookURLOverride: "https://a.example"}, []sent{listedOnce, {
			Method: "POST", Path: "/connect/sessions/reconnect", Header: jsonBody,
			Body: `{"connection_id":"c1","integration_id":"slack","tags":{"team":"x","user":"1"},"webhook_url_override":"https://a.example"}`,
		}}},
		"other tags": {&nango.ReconnectParams{Tags: map[string]string{"a": "b"}}, []sent{{
			Method: "POST", Path: "/connect/sessions/reconnect", Header: jsonBody, Body: `{"connection_id":"c1","integration_id":"slack","tags":{"a":"b"}}`,
		}}},
		"an end user": {&nango.ReconnectParams{EndUser: &nango.EndUserParams{ID: "u"}}, []sent{{
			Method: "POST", Path: "/connect/sessions/reconnect", Header: jsonBody, Body: `{"connection_id":"c1","integration_id":"slack","end_user":{"id":"u"}}`,
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			responses := []string{session}
			if len(test.want) == 2 {
				responses = []string{`{"connections":[{"connection_id":"c1","provider_config_key":"slack","tags":{"user":"1","team":"x"},"errors":[]}]}`, session}
			}
			client, server := serveBodies(t, responses...)
			_, err := client.Connection("slack", "c1").Reconnect(t.Context(), test.params)
			require.NoError(t, err)
			server.requireSent(test.want...)
		})
	}

	for _, list := range []string{`{"connections":[]}`, `{"connections":[{"connection_id":"c1","provider_config_key":"github","tags":{"user":"2"}}]}`,
		`{"connections":[{"connection_id":"c2","provider_config_key":"slack","tags":{"user":"2"}}]}`} {
		client, server := serveBodies(t, list)
		_, err := client.Connection("slack", "c1").Reconnect(t.Context(), nil)
		assert.ErrorIs(t, err, nango.ErrNotFound)
		server.requireSent(listedOnce)
	}
}

func TestConnectSessionErrors(t *testing.T) {
	user := &nango.EndUserParams{ID: "x"}
	create := func(params nango.CreateConnectSessionParams) func(*nango.Client) error {
		return func(c *nango.Client) error {
			_, err := c.ConnectSessions.Create(t.Context(), params)
			return err
		}
	}
	reconnect := func(integration, connection string, params *nango.ReconnectParams) func(*nango.Client) error {
		return func(c *nango.Client) error {
			_, err := c.Connection(integration, connection).Reconnect(t.Context(), params)
			return err
		}
	}
	unknown := func(path ...string) []nango.FieldError {
		return []nango.FieldError{{Code: "custom", Message: "Integration does not exist", Path: path}}
	}
	for _, test := range []struct {
		recording string
		is        error
		code      string
		fields    []nango.FieldError
		call      func(*nango.Client) error
	}{
		{"connect/sessions-create-bad-email", nango.ErrInvalid, "invalid_body", []nango.FieldError{
			{Code: "invalid_format", Message: "Invalid email address", Path: []string{"end_user", "email"}},
			{Code: "too_small", Message: "Too small: expected string to have >=5 characters", Path: []string{"end_user", "email"}},
		}, create(nango.CreateConnectSessionParams{EndUser: &nango.EndUserParams{ID: "x", Email: "nope"}})},
		{"connect/sessions-create-unknown-integration-defaults", nango.ErrInvalid, "invalid_body", unknown("integrations_config_defaults", "zzz"),
			create(nango.CreateConnectSessionParams{EndUser: user, Defaults: map[string]nango.ConnectDefaults{"zzz": {}}})},
		{"connect/sessions-create-unknown-override", nango.ErrInvalid, "invalid_body", unknown("overrides", "zzz"),
			create(nango.CreateConnectSessionParams{EndUser: user, Overrides: map[string]nango.ConnectOverrides{"zzz": {DocsConnect: "x"}}})},
		{"connect/sessions-create-bad-webhook", nango.ErrInvalid, "invalid_body",
			[]nango.FieldError{{Code: "invalid_union", Message: "Invalid input", Path: []string{"webhook_url_override"}}},
			create(nango.CreateConnectSessionParams{EndUser: user, WebhookURLOverride: "not a url"})},
		{"connect/sessions-create-docs-override-forbidden", nango.ErrForbidden, "forbidden", nil,
			create(nango.CreateConnectSessionParams{
				EndUser:   &nango.EndUserParams{ID: "eu-1"},
				Overrides: map[string]nango.ConnectOverrides{"gh-oauth2": {DocsConnect: "https://example.com/docs"}},
			})},
		{"connect/reconnect-unknown-connection", nango.ErrNotFound, "invalid_body", nil, reconnect("demo-none", "zzz", nil)},
		{"connect/reconnect-unknown-integration", nango.ErrNotFound, "invalid_body", nil, reconnect("zzz", "conn-none-1", nil)},
		{"connect/reconnect-unknown-override", nango.ErrInvalid, "invalid_body", unknown("overrides", "zzz"),
			reconnect("demo-none", "conn-none-1", &nango.ReconnectParams{Overrides: map[string]nango.ConnectOverrides{"zzz": {DocsConnect: "x"}}})},
	} {
		t.Run(test.recording, func(t *testing.T) {
			client, server := refused(t, test.recording)
			if strings.Contains(test.recording, "reconnect") { // the tags are read first
				server.responses = append([]*recordings.Exchange{exchange(200, `{"connections":[{"connection_id":"zzz","provider_config_key":"demo-none"},`+
					`{"connection_id":"conn-none-1","provider_config_key":"zzz"},{"connection_id":"conn-none-1","provider_config_key":"demo-none"}]}`)}, server.responses...)
			}
			requireFailure(t, test.call(client), test.is, test.code, test.fields...)
			server.requests = server.requests[len(server.responses)-1:]
			server.requireSent(recorded(t, test.recording))
		})
	}
}

func TestConnectSessionArguments(t *testing.T) {
	client, server := serve(t)
	_, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{IntegrationIDs: []string{"slack"}})
	assert.Equal(t, &nango.ArgumentError{Name: "Tags", Reason: "and EndUser are both missing; they are how the connection is found again, but an empty map of tags is taken too"}, err)

	unencodable := map[string]nango.ConnectDefaults{"slack": {ConnectionConfig: map[string]any{"f": func() {}}}}
	const name, reason = "Defaults[slack].ConnectionConfig", "cannot be encoded as JSON"
	_, err = client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}, Defaults: unencodable})
	requireArgument(t, err, name, reason)
	_, err = client.Connection("slack", "c").Reconnect(t.Context(), &nango.ReconnectParams{Defaults: unencodable})
	requireArgument(t, err, name, reason)
	_, err = client.Connection("slack", "c").Reconnect(t.Context(), &nango.ReconnectParams{Defaults: map[string]nango.ConnectDefaults{"a\x1b[m": unencodable["slack"]}})
	requireArgument(t, err, "Defaults[a [m].ConnectionConfig", reason)

	_, err = client.ConnectSessions.Get(t.Context(), "")
	requireArgument(t, err, "token", "is empty")
	requireArgument(t, client.ConnectSessions.Delete(t.Context(), ""), "token", "is empty")
	server.requireSent()
}

const sessionTokenText = "nango_connect_session_672a558359a7b190b4884310dc3175903fd5f073e6183262be9eb5ab860e8e18"

// requireSessionOnly checks that a request carried the session's token and nothing of the API key.
func requireSessionOnly(t *testing.T, s *server, method string) {
	t.Helper()
	require.Len(t, s.requests, 1)
	got := s.requests[0]
	assert.Equal(t, []string{"Bearer " + sessionTokenText}, got.Header["Authorization"])
	assert.NotContains(t, fmt.Sprint(got), apiKey)
	assert.Equal(t, sent{method, "/connect/session", url.Values{}, http.Header{}, ""},
		sent{got.Method, got.Path, got.Query, control(got.Header), got.Body})
}

func TestConnectSessionGet(t *testing.T) {
	look := nango.ConnectUISettings{DefaultTheme: "system", ShowWatermark: true}
	look.Theme.Light.Primary, look.Theme.Dark.Primary = "#00B2E3", "#00B2E3"
	for recording, want := range map[string]*nango.ConnectSessionInfo{
		"connect/session-get-minimal":   {EndUser: &nango.EndUser{ID: "eu-2"}, UI: look, WebsocketsPath: "/"},
		"connect/session-get-tags-only": {UI: look, WebsocketsPath: "/"},
		"connect/session-get-reconnect": {
			EndUser:        &nango.EndUser{ID: "user-1", DisplayName: "Jane", Email: "jane@example.com"},
			IntegrationIDs: []string{"demo-none"}, Reconnecting: true, UI: look, WebsocketsPath: "/",
		},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			info, err := client.ConnectSessions.Get(t.Context(), sessionTokenText)
			require.NoError(t, err)
			assert.Equal(t, want, info)
			requireSessionOnly(t, server, "GET")
		})
	}
}

func TestConnectSessionGetDefaults(t *testing.T) {
	client, _ := serveBodies(t, `{"data":{"endUser":null,"connectUISettings":{"theme":{"light":{"primary":"a"},"dark":{"primary":"b"}},"defaultTheme":"dark","showWatermark":false},
		"integrations_config_defaults":{"slack":{"connection_config":{"oauth_scopes_override":"a,b"},"authorization_params":{"prompt":"consent"}}},
		"overrides":{"slack":{"docs_connect":"https://example.com/help"}}}}`)
	info, err := client.ConnectSessions.Get(t.Context(), sessionTokenText)
	require.NoError(t, err)
	slack := info.Defaults["slack"]
	assert.Equal(t, map[string]string{"prompt": "consent"}, slack.AuthorizationParams)
	assert.JSONEq(t, `{"oauth_scopes_override":"a,b"}`, string(slack.ConnectionConfig.Reveal()))
	assert.Equal(t, map[string]nango.ConnectOverrides{"slack": {DocsConnect: "https://example.com/help"}}, info.Overrides)
}

func TestConnectSessionDelete(t *testing.T) {
	client, server := serve(t, "connect/session-delete")
	require.NoError(t, client.ConnectSessions.Delete(t.Context(), sessionTokenText))
	requireSessionOnly(t, server, "DELETE")
}

func TestConnectSessionTokenRefused(t *testing.T) {
	for recording, code := range map[string]string{
		"connect/session-get-after-delete": "unknown_connect_session_token",
		"connect/session-get-bad-format":   "invalid_connect_session_token_format",
	} {
		client, server := serve(t, recording)
		_, err := client.ConnectSessions.Get(t.Context(), sessionTokenText)
		requireFailure(t, err, nango.ErrUnauthorized, code)
		requireSessionOnly(t, server, "GET")
	}
	client, _ := serve(t, "connect/session-delete-again")
	requireFailure(t, client.ConnectSessions.Delete(t.Context(), sessionTokenText), nango.ErrUnauthorized, "unknown_connect_session_token")
}
