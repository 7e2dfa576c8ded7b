package nangotest_test

//lint:file-ignore SA1019 the server still has end users

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

func TestImportTwice(t *testing.T) {
	srv := withWebhooks(t)
	client := srv.Client()
	first := nango.ImportConnectionParams{
		IntegrationID: "github", ConnectionID: "c", Credentials: nango.ImportOAuth2{AccessToken: "a", RefreshToken: "r", ExpiresAt: noon.Add(time.Hour)},
		Metadata: map[string]any{"a": 1}, Config: map[string]any{"b": 2}, Tags: map[string]string{"Team": "blue"},
		WebhookURLOverride: "https://example.com/hook",
	}
	made, err := client.Connections.Import(t.Context(), first)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":1}`, string(made.Metadata))
	assert.JSONEq(t, `{"b":2}`, string(made.Config.Reveal()))
	assert.Equal(t, map[string]string{"team": "blue"}, made.Tags)
	assert.Equal(t, "https://example.com/hook", made.WebhookURLOverride)
	assert.Equal(t, "r", made.Credentials.(*nango.OAuth2Credentials).RefreshToken.Reveal())
	assert.JSONEq(t, `{"type":"OAUTH2","access_token":"a","refresh_token":"r","expires_at":"2026-05-01T13:00:00.000Z"}`,
		string(made.Credentials.(*nango.OAuth2Credentials).Raw.Reveal()))

	again, err := client.Connections.Import(t.Context(), nango.ImportConnectionParams{
		IntegrationID: "github", ConnectionID: "c", Credentials: nango.ImportOAuth2{AccessToken: "b"},
	})
	require.NoError(t, err)
	assert.Equal(t, made.InternalID, again.InternalID)
	assert.Equal(t, []any{"{}", "{}", map[string]string{}, ""},
		[]any{string(again.Metadata), string(again.Config.Reveal()), again.Tags, again.WebhookURLOverride}, "what is left out is reset")
	event := lastEvent(t, srv)
	assert.Equal(t, []any{webhook.AuthOperationOverride, true, map[string]string{}}, []any{event.Operation, event.Success, event.Tags})
}

func TestImportRefused(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{Provider: "netsuite-tba"})
	srv.AddIntegration(nangotest.Integration{Provider: "github-app"})
	srv.AddIntegration(nangotest.Integration{
		Provider: "private-api-basic", Verify: func(c nango.Credentials, config map[string]any) error {
			if c.(*nango.BasicCredentials).Password.Reveal() == "good" && config["region"] == "eu" {
				return nil
			}
			return assert.AnError
		},
	})
	eu := map[string]any{"region": "eu"}
	for name, tt := range map[string]struct {
		params nango.ImportConnectionParams
		status int
		code   string
	}{
		"unknown integration": {nango.ImportConnectionParams{IntegrationID: "x", Credentials: nango.ImportNone{}}, 404, "not_found"},
		"another auth mode":   {nango.ImportConnectionParams{IntegrationID: "netsuite-tba", Credentials: nango.ImportNone{}}, 400, "invalid_body"},
		"no account": {nango.ImportConnectionParams{
			IntegrationID: "netsuite-tba", Credentials: nango.ImportTBA{TokenID: "a", TokenSecret: "b"},
		}, 400, "invalid_body"},
		"no key to sign with": {nango.ImportConnectionParams{
			IntegrationID: "github-app", Credentials: nango.ImportApp{AppID: "1", InstallationID: "2"},
		}, 500, "server_error"},
		"wrong password": {nango.ImportConnectionParams{
			IntegrationID: "private-api-basic", Config: eu, Credentials: nango.ImportBasic{Username: "u", Password: "bad"},
		}, 400, "connection_test_failed"},
		"right password": {nango.ImportConnectionParams{
			IntegrationID: "private-api-basic", Config: eu, Credentials: nango.ImportBasic{Username: "u", Password: "good"},
		}, 0, ""},
		"webhooks to the machine itself": {nango.ImportConnectionParams{
			IntegrationID: "netsuite-tba", Credentials: nango.ImportNone{}, WebhookURLOverride: "http://localhost:1/",
		}, 400, "invalid_body"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := once(srv).Connections.Import(t.Context(), tt.params)
			var failure nango.Error
			if refused, ok := err.(*nango.Error); ok {
				failure = *refused
			}
			assert.Equal(t, []any{tt.status, tt.code}, []any{failure.StatusCode, failure.Code})
		})
	}
}

func TestMetadata(t *testing.T) {
	srv := withWebhooks(t)
	one := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "1", Metadata: map[string]any{"a": map[string]any{"x": 1}, "b": 2}})
	two := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "2"})
	connections := srv.Client().Connections
	patch := json.RawMessage(`{"a":{"y":null},"c":null}`)
	require.NoError(t, connections.MergeMetadata(t.Context(), "github", []string{"1", "2"}, patch))
	assert.Equal(t, []string{`{"a":{"y":null},"b":2,"c":null}`, `{"a":{"y":null},"c":null}`}, []string{metadataOf(t, one), metadataOf(t, two)})
	assert.ErrorIs(t, connections.SetMetadata(t.Context(), "github", []string{"1", "3"}, patch), nango.ErrNotFound)
	assert.Equal(t, `{"a":{"y":null},"b":2,"c":null}`, metadataOf(t, one), "all or nothing")
	require.NoError(t, connections.SetMetadata(t.Context(), "github", []string{"1"}, json.RawMessage(`{"n":1}`)))
	assert.Equal(t, `{"n":1}`, metadataOf(t, one))
}

func metadataOf(t *testing.T, h *nangotest.ConnectionHandle) string {
	t.Helper()
	var metadata json.RawMessage
	require.NoError(t, h.Metadata(&metadata))
	return string(metadata)
}

// request sends JSON and returns what comes back.
func request(t *testing.T, srv *nangotest.Server, method, target, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequest(method, "http://nango.test"+target, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {"Bearer " + srv.Key()}, "Content-Type": {"application/json"}}
	resp, err := srv.HTTPClient().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var answered map[string]any
	require.NoError(t, json.Unmarshal(text, &answered))
	return resp.StatusCode, answered
}

func TestListConnectionsByWhatTheyAre(t *testing.T) {
	srv := withWebhooks(t)
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "conn-1", Tags: map[string]string{"A": "1", "b": "2"}})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "private-api-bearer", ConnectionID: "conn-2", Tags: map[string]string{"a": "1"},
		EndUser: &nangotest.EndUser{ID: "u", Email: "jane@example.com", OrganizationID: "o"},
	})
	srv.Advance(time.Second)
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "other"})
	for target, want := range map[string][]string{
		"":                      {"other", "conn-2", "conn-1"},
		"?limit=2":              {"other", "conn-2"},
		"?limit=2&page=1":       {"conn-1"},
		"?limit=1.5":            {"other"},
		"?page=9":               {},
		"?integrationId=github": {"other", "conn-1"},
		"?integrationId=github,private-api-bearer": {"other", "conn-2", "conn-1"},
		"?connectionId=conn-1":                     {"conn-1"},
		"?search=CONN-1":                           {"conn-1"},
		"?search=jane":                             {"conn-2"},
		"?search=conn":                             {"conn-2", "conn-1"},
		"?endUserId=u":                             {"conn-2"},
		"?endUserOrganizationId=o":                 {"conn-2"},
		"?tags[A]=1":                               {"conn-2", "conn-1"},
		"?tags[a]=1&tags[b]=2":                     {"conn-1"},
		"?tags[end_user_id]=u":                     {"conn-2"},
	} {
		_, answered := request(t, srv, "GET", "/connections"+target, "")
		found := []string{}
		for _, c := range answered["connections"].([]any) {
			found = append(found, c.(map[string]any)["connection_id"].(string))
		}
		assert.Equal(t, want, found, target)
	}
}

func TestHandleOfAConnection(t *testing.T) {
	srv := withWebhooks(t)
	handle := srv.AddConnection(nangotest.Connection{
		IntegrationID: "github", Config: map[string]any{"a": []int{1}, "refreshToken": "r"}, Tags: map[string]string{"A": "b"},
	})
	assert.Len(t, handle.ConnectionID(), 36)
	assert.Equal(t, map[string]string{"a": "b"}, handle.Tags())
	assert.Equal(t, map[string]any{"a": []any{json.Number("1")}, "refreshToken": "r"}, handle.Config())
	handle.SetMetadata(map[string]int{"n": 1})
	conn, err := srv.Client().Connection("github", handle.ConnectionID()).Get(t.Context(), nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{"n":1}`, string(conn.Metadata))
	assert.JSONEq(t, `{"a":[1]}`, string(conn.Config.Reveal()), "refresh tokens are shown on demand only, in the config too")
	assert.Panics(t, func() { handle.SetMetadata([]int{1}) })
	assert.Panics(t, func() { handle.SetCredentials(&nango.APIKeyCredentials{}) })
	assert.True(t, handle.Exists())
	handle.Delete()
	assert.False(t, handle.Exists())
	assert.Panics(t, func() { handle.Delete() })
	assert.Panics(t, func() { srv.AddConnection(nangotest.Connection{IntegrationID: "nope"}) })
}
