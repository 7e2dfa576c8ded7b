package nangotest_test

//lint:file-ignore SA1019 the server still has end users

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// withWebhooks is a server at noon that sends webhooks, with an integration of GitHub's and one of Slack's.
func withWebhooks(t *testing.T) *nangotest.Server {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	srv.SetWebhookHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.AddIntegration(nangotest.Integration{Provider: "github"})
	srv.AddIntegration(nangotest.Integration{Provider: "private-api-bearer"})
	return srv
}

// lastEvent is the auth event that was sent last.
func lastEvent(t *testing.T, srv *nangotest.Server) *webhook.AuthEvent {
	t.Helper()
	srv.Settle()
	sent := srv.Deliveries()
	require.NotEmpty(t, sent)
	return authEventOf(t, sent[len(sent)-1].Body)
}

// authEventOf is the auth event of a body, but for its Raw, which is the body.
func authEventOf(t *testing.T, body []byte) *webhook.AuthEvent {
	t.Helper()
	parsed, err := webhook.Parse(body)
	require.NoError(t, err)
	event, ok := parsed.(*webhook.AuthEvent)
	require.True(t, ok, "%T", parsed)
	assert.JSONEq(t, string(body), string(event.Raw))
	event.Raw = nil
	return event
}

func TestAuthorizeWhileSomeoneWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{Provider: "github"})
		client := srv.Client()
		session, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"User": "u1"}})
		require.NoError(t, err)
		srv.AfterFunc(time.Minute, func() {
			_, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
			assert.NoError(t, err)
		})
		began := time.Now()
		found, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"user": "u1"}, found.Tags, "the server lower-cases the keys of tags")
		assert.Equal(t, "github", found.IntegrationID)
		assert.GreaterOrEqual(t, time.Since(began), time.Minute)

		_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{
			Session: session, Tags: map[string]string{"user": "someone else"},
		})
		assert.ErrorIs(t, err, nango.ErrSessionExpired)
		_, err = srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
		assert.Error(t, err, "sessions end after half an hour")
	})
}

func TestAuthorizeMakesAConnection(t *testing.T) {
	srv := withWebhooks(t)
	session, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{
		EndUser:            &nango.EndUserParams{ID: "u1", Email: "u@example.com", DisplayName: "You", Tags: map[string]string{"Plan": "pro"}},
		Organization:       &nango.OrganizationParams{ID: "o1", DisplayName: "Org"},
		Tags:               map[string]string{"Team": "blue", "end_user_id": "mine"},
		Defaults:           map[string]nango.ConnectDefaults{"github": {ConnectionConfig: map[string]any{"preset": "yes"}}},
		IntegrationIDs:     []string{"github"},
		WebhookURLOverride: "https://example.com/hook",
	})
	require.NoError(t, err)
	srv.HandleHost("example.com", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	authorization := nangotest.Authorization{
		ConnectionID: "mine", Credentials: &nango.OAuth2Credentials{AccessToken: secret("a")},
		Config: map[string]any{"preset": "no", "typed": 1},
	}
	made, err := srv.Authorize(session.Token.Reveal(), authorization)
	require.NoError(t, err)
	assert.Equal(t, "mine", made.ConnectionID())
	assert.Panics(t, func() { srv.Authorize(session.Token.Reveal(), authorization) }, "there is one already")

	conn, err := srv.Client().Connection("github", made.ConnectionID()).Get(t.Context(), nil)
	require.NoError(t, err)
	tags := map[string]string{
		"end_user_id": "mine", "end_user_email": "u@example.com", "end_user_display_name": "You", "organization_id": "o1",
		"organization_display_name": "Org", "plan": "pro", "team": "blue",
	}
	assert.Equal(t, tags, conn.Tags)
	assert.Equal(t, "a", conn.Credentials.(*nango.OAuth2Credentials).AccessToken.Reveal())
	assert.JSONEq(t, `{"preset":"yes","typed":1}`, string(conn.Config.Reveal()))
	assert.Nil(t, conn.Metadata)
	assert.Equal(t, "https://example.com/hook", conn.WebhookURLOverride)
	assert.Equal(t, "u1", conn.EndUser.ID)
	assert.Equal(t, "o1", conn.EndUser.Organization.ID)

	email := "u@example.com"
	assert.Equal(t, &webhook.AuthEvent{
		Operation: "creation", Success: true, ConnectionID: made.ConnectionID(), IntegrationID: "github", AuthMode: "OAUTH2",
		Provider: "github", Environment: "dev", Tags: tags,
		EndUser: &webhook.EndUser{ID: "u1", Email: &email, OrganizationID: "o1", Tags: map[string]string{"Plan": "pro"}},
	}, lastEvent(t, srv))
	assert.Equal(t, "https://example.com/hook", srv.Deliveries()[0].Attempts[0].URL)
}

// A webhook's URL among the presets of a connection's config is the session's, where that has none of its own.
func TestWebhookURLInTheConfig(t *testing.T) {
	srv := withWebhooks(t)
	session, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{
		Tags:     map[string]string{},
		Defaults: map[string]nango.ConnectDefaults{"github": {ConnectionConfig: map[string]any{"webhook_url": "https://example.com/hook", "a": "b"}}},
	})
	require.NoError(t, err)
	made, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
	require.NoError(t, err)
	conn, err := srv.Client().Connection("github", made.ConnectionID()).Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "https://example.com/hook", conn.WebhookURLOverride)
	assert.Equal(t, map[string]any{"a": "b"}, made.Config())
}

func TestAuthorizeRefused(t *testing.T) {
	srv := withWebhooks(t)
	sessions := srv.Client().ConnectSessions
	session, err := sessions.Create(t.Context(), nango.CreateConnectSessionParams{
		Tags: map[string]string{}, IntegrationIDs: []string{"github"},
	})
	require.NoError(t, err)
	token := session.Token.Reveal()
	_, err = srv.Authorize(token, nangotest.Authorization{IntegrationID: "private-api-bearer"})
	assert.EqualError(t, err, "nangotest: the connect session does not allow this integration")
	assert.Panics(t, func() { srv.Authorize(token, nangotest.Authorization{IntegrationID: "none"}) })
	assert.Panics(t, func() { srv.Authorize(token, nangotest.Authorization{Credentials: &nango.APIKeyCredentials{}}) })

	require.NoError(t, sessions.Delete(t.Context(), token))
	_, err = srv.Authorize(token, nangotest.Authorization{})
	assert.EqualError(t, err, "nangotest: the connect session has expired, was deleted or never was")
	page, err := srv.Client().Connections.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, page.Connections)
	assert.Empty(t, srv.Deliveries())
}

func TestSessionExpires(t *testing.T) {
	srv := withWebhooks(t)
	sessions := srv.Client().ConnectSessions
	session, err := sessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}})
	require.NoError(t, err)
	assert.Equal(t, noon.Add(30*time.Minute), session.ExpiresAt.UTC())
	srv.Advance(30*time.Minute - time.Millisecond)
	_, err = sessions.Get(t.Context(), session.Token.Reveal())
	require.NoError(t, err)
	srv.Advance(time.Millisecond)
	_, err = sessions.Get(t.Context(), session.Token.Reveal())
	assert.ErrorIs(t, err, nango.ErrUnauthorized)
}

// A reconnect keeps the connection and its metadata, and replaces its credentials, its tags and its config.
func TestReconnect(t *testing.T) {
	srv := withWebhooks(t)
	handle := srv.AddConnection(nangotest.Connection{
		IntegrationID: "github", ConnectionID: "c", Metadata: map[string]any{"kept": true}, Tags: map[string]string{"old": "1"},
		Config: map[string]any{"old": 1}, WebhookURLOverride: "http://old.example.com/", EndUser: &nangotest.EndUser{ID: "u1"},
	})
	handle.FailRefresh(400, "")
	_, err := once(srv).Connection("github", "c").Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
	require.ErrorIs(t, err, nango.ErrRefreshFailed)

	session, err := srv.Client().Connection("github", "c").Reconnect(t.Context(), &nango.ReconnectParams{Tags: map[string]string{"New": "2"}})
	require.NoError(t, err)
	shown, err := srv.Client().ConnectSessions.Get(t.Context(), session.Token.Reveal())
	require.NoError(t, err)
	assert.Equal(t, []any{true, []string{"github"}, "u1"}, []any{shown.Reconnecting, shown.IntegrationIDs, shown.EndUser.ID})
	again, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{Credentials: &nango.OAuth2Credentials{AccessToken: secret("b")}})
	require.NoError(t, err)
	assert.Equal(t, handle, again)
	conn, err := srv.Client().Connection("github", "c").Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "b", conn.Credentials.(*nango.OAuth2Credentials).AccessToken.Reveal())
	assert.Equal(t, map[string]string{"new": "2"}, conn.Tags)
	assert.JSONEq(t, `{"kept":true}`, string(conn.Metadata))
	assert.JSONEq(t, `{}`, string(conn.Config.Reveal()))
	assert.Equal(t, []any{"", "u1", 0}, []any{conn.WebhookURLOverride, conn.EndUser.ID, len(conn.Errors)})
	event := lastEvent(t, srv)
	assert.Equal(t, []any{webhook.AuthOperationOverride, true, (*webhook.EndUser)(nil)}, []any{event.Operation, event.Success, event.EndUser})
	page, err := srv.Client().Connections.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Len(t, page.Connections, 1)

	handle.Delete()
	_, err = srv.Authorize(session.Token.Reveal(), nangotest.Authorization{})
	assert.EqualError(t, err, "nangotest: the connection that the session repairs does not exist any more")
}

// Whoever types their key in anew loses the metadata of the connection.
func TestReconnectResetsMetadata(t *testing.T) {
	srv := withWebhooks(t)
	handle := srv.AddConnection(nangotest.Connection{
		IntegrationID: "private-api-bearer", ConnectionID: "c", Metadata: map[string]any{"lost": true},
	})
	session, err := srv.Client().Connection("private-api-bearer", "c").Reconnect(t.Context(), nil)
	require.NoError(t, err)
	_, err = srv.Authorize(session.Token.Reveal(), nangotest.Authorization{})
	require.NoError(t, err)
	metadata := map[string]any{}
	require.NoError(t, handle.Metadata(&metadata))
	assert.Empty(t, metadata)
}

func TestFailAuthorization(t *testing.T) {
	srv := withWebhooks(t)
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c", Tags: map[string]string{"a": "b"}})
	made, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"x": "y"}})
	require.NoError(t, err)
	require.NoError(t, srv.FailAuthorization(made.Token.Reveal(), nangotest.AuthorizationFailure{IntegrationID: "github"}))
	failed := lastEvent(t, srv)
	assert.NotEmpty(t, failed.ConnectionID)
	failed.ConnectionID = ""
	want := &webhook.AuthEvent{
		Operation: "creation", IntegrationID: "github", AuthMode: "OAUTH2", Provider: "github", Environment: "dev",
		Error: &webhook.AuthFailure{
			Type: "invalid_callback", Description: "Did not get authorization code in the callback. Provider error: error: access_denied; error_description: no",
		},
	}
	assert.Equal(t, want, failed)
	_, err = srv.Authorize(made.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
	require.NoError(t, err, "the session can be used after it")

	repairing, err := srv.Client().Connection("github", "c").Reconnect(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, srv.FailAuthorization(repairing.Token.Reveal(), nangotest.AuthorizationFailure{Type: "unknown", Description: "no"}))
	want.ConnectionID = "c"
	want.Error = &webhook.AuthFailure{Type: "unknown", Description: "no"}
	assert.Equal(t, want, lastEvent(t, srv))
	errorsOf := func() []nango.ConnectionError {
		page, err := srv.Client().Connections.List(t.Context(), &nango.ListConnectionsParams{ConnectionID: "c"})
		require.NoError(t, err)
		require.Len(t, page.Connections, 1)
		return page.Connections[0].Errors
	}
	assert.Empty(t, errorsOf(), "a healthy connection stays so")

	handle := srv.Connection("github", "c")
	handle.ExpireToken()
	handle.FailRefresh(400, "invalid_grant")
	_, err = srv.Client().Connection("github", "c").Get(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrRefreshFailed)
	broken := errorsOf()
	require.Len(t, broken, 1)
	require.NoError(t, srv.FailAuthorization(repairing.Token.Reveal(), nangotest.AuthorizationFailure{}))
	assert.Equal(t, broken, errorsOf(), "its error stays, with its log")
}

// An end user's own tags are left out where there would be more than ten in all.
func TestEndUserWithTooManyTags(t *testing.T) {
	srv := withWebhooks(t)
	user := &nangotest.EndUser{ID: "u", Tags: map[string]string{"a very long word": "x", "FINE": strings.Repeat("y", 300)}}
	handle := srv.AddConnection(nangotest.Connection{IntegrationID: "github", EndUser: user})
	assert.Equal(t, map[string]string{"end_user_id": "u", "fine": strings.Repeat("y", 255)}, handle.Tags())
	for _, key := range "abcdefghij" {
		user.Tags[string(key)] = "x"
	}
	handle = srv.AddConnection(nangotest.Connection{IntegrationID: "github", EndUser: user})
	assert.Equal(t, map[string]string{"end_user_id": "u"}, handle.Tags())
}

func TestSessionWithTooManyTags(t *testing.T) {
	srv := withWebhooks(t)
	params := nango.CreateConnectSessionParams{EndUser: &nango.EndUserParams{ID: "u"}, Tags: map[string]string{}}
	for _, key := range "abcdefghij" {
		params.Tags[string(key)] = "x"
	}
	_, err := once(srv).ConnectSessions.Create(t.Context(), params)
	assert.ErrorIs(t, err, nango.ErrServer)
}

// The links of sessions lead to where the server's own connect UI would be, and to the test's own from SetConnectURL on.
func TestConnectLinks(t *testing.T) {
	srv := withWebhooks(t)
	connection := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "ada"})
	client := srv.Client()
	params := nango.CreateConnectSessionParams{Tags: map[string]string{"user": "ada"}}
	session, err := client.ConnectSessions.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, "http://localhost:3009/?session_token="+session.Token.Reveal(), session.ConnectLink)

	srv.SetConnectURL("http://127.0.0.1:8080/connect-ui")
	session, err = client.ConnectSessions.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8080/connect-ui?session_token="+session.Token.Reveal(), session.ConnectLink)
	session, err = client.Connection(connection.IntegrationID(), connection.ConnectionID()).Reconnect(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8080/connect-ui?session_token="+session.Token.Reveal(), session.ConnectLink)
}
