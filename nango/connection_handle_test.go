package nango_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

func TestHandleKeepsItsIDs(t *testing.T) {
	client, server := serve(t)
	handle := client.Connection("demo-none", specialID)
	assert.Equal(t, "demo-none", handle.IntegrationID())
	assert.Equal(t, specialID, handle.ConnectionID())
	server.requireSent()
}

// Get makes the recorded request for every recorded kind of connection.
func TestGet(t *testing.T) {
	for recording, test := range map[string]struct {
		integration, connection string
		params                  *nango.GetConnectionParams
		kind                    nango.Credentials
	}{
		"get-after-metadata":                   {"demo-none", "conn-none-1", nil, nil},
		"get-api-key":                          {"api-bearer", "conn-key-1", &nango.GetConnectionParams{}, &nango.APIKeyCredentials{}},
		"get-app":                              {"gh-app", "conn-app-1", nil, &nango.AppCredentials{}},
		"get-app-force-refresh":                {"gh-app", "conn-app-1", &nango.GetConnectionParams{ForceRefresh: true, RefreshGitHubAppJWT: true}, &nango.AppCredentials{}},
		"get-basic":                            {"api-basic", "conn-basic-1", nil, &nango.BasicCredentials{}},
		"get-bill":                             {"bill", "44ef1943-31e2-4954-86bb-caf1ff5775a0", nil, &nango.BillCredentials{}},
		"get-custom":                           {"gh-app-oauth", "conn-custom-1", nil, &nango.AppCredentials{}},
		"get-jwt":                              {"ghost", "ede76fda-c26d-4864-a0ec-e31cebf5ef1a", nil, &nango.JWTCredentials{}},
		"get-oauth1":                           {"tw", "conn-oauth1-1", nil, &nango.OAuth1Credentials{}},
		"get-oauth2":                           {"gh-oauth2", "conn-oauth2-1", nil, &nango.OAuth2Credentials{}},
		"get-oauth2-cc":                        {"halo-cc", "conn-cc-1", nil, &nango.OAuth2CCCredentials{}},
		"get-oauth2-config-override":           {"canvas", "conn-canvas-ovr", nil, &nango.OAuth2Credentials{}},
		"get-oauth2-expired-auto-refresh":      {"canvas", "conn-canvas-expired", nil, &nango.OAuth2Credentials{}},
		"get-oauth2-force-refresh":             {"canvas", "conn-canvas-1", &nango.GetConnectionParams{ForceRefresh: true, IncludeRefreshToken: true}, &nango.OAuth2Credentials{}},
		"get-oauth2-no-refresh-token":          {"canvas", "conn-canvas-1", nil, &nango.OAuth2Credentials{}},
		"get-oauth2-with-refresh-token":        {"canvas", "conn-canvas-1", &nango.GetConnectionParams{IncludeRefreshToken: true}, &nango.OAuth2Credentials{}},
		"get-refresh-github-jwt":               {"demo-none", "conn-none-1", &nango.GetConnectionParams{RefreshGitHubAppJWT: true}, nil},
		"get-special-id":                       {"demo-none", specialID, nil, nil},
		"get-oauth2-cc-expired":                {"halo-cc", "conn-cc-2", nil, &nango.OAuth2CCCredentials{}},
		"get-tba-config-override":              {"ns-tba", "conn-tba-2", nil, &nango.TBACredentials{}},
		"get-after-patch-tags":                 {"demo-none", "conn-none-1", nil, nil},
		"get-after-patch-end-user":             {"demo-none", "conn-none-1", nil, nil},
		"get-oauth-flow-created-metadata-null": {"canvas", "35510e37-0817-4506-ae08-7867687a565c", &nango.GetConnectionParams{IncludeRefreshToken: true}, &nango.OAuth2Credentials{}},
		"get-tba":                              {"ns-tba", "conn-tba-1", nil, &nango.TBACredentials{}},
		"get-two-step":                         {"drupal", "06bb9b31-e0a5-4e00-8324-29b414d35319", nil, &nango.TwoStepCredentials{}},
		"get-webhook-override":                 {"demo-none", "conn-none-hook", nil, nil},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			connection, err := client.Connection(test.integration, test.connection).Get(t.Context(), test.params)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, test.integration, connection.IntegrationID)
			assert.Equal(t, test.connection, connection.ConnectionID)
			assert.IsType(t, test.kind, connection.Credentials)
		})
	}
}

func TestGetDecodes(t *testing.T) {
	client, _ := serve(t, "connections/get-after-metadata", "connections/get-webhook-override")
	handle := client.Connection("demo-none", "conn-none-1")
	got, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	inUTC(got)
	assert.Equal(t, &nango.Connection{
		InternalID: 1, ConnectionID: "conn-none-1", IntegrationID: "demo-none", Provider: "unauthenticated", Errors: []nango.ConnectionError{},
		EndUser:   &nango.EndUser{ID: "user-1", DisplayName: "Jane", Email: "jane@example.com"},
		Tags:      map[string]string{"region": "EU", "projectid": "p-1", "end_user_id": "user-1", "end_user_email": "jane@example.com", "end_user_display_name": "Jane"},
		Metadata:  json.RawMessage(`{"a":null,"b":"new","c":"x","keep":true}`),
		Config:    NewSecretJSON(t, `{"foo":"bar"}`),
		CreatedAt: milliseconds("2026-11-22T13:30:07.254Z"), UpdatedAt: milliseconds("2026-11-22T13:30:07.254Z"),
		LastFetchedAt: milliseconds("2026-11-22T13:30:09.437Z"),
	}, got)

	got, err = handle.Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "http://10.99.88.1:4010/webhooks/override", got.WebhookURLOverride)
}

// inUTC makes times comparable that were sent with an offset of zero.
func inUTC(c *nango.Connection) {
	c.CreatedAt, c.UpdatedAt, c.LastFetchedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC(), c.LastFetchedAt.UTC()
}

// A key without the scope sees no credentials, and may not ask for a refresh.
func TestGetWithoutTheScope(t *testing.T) {
	client, server := serve(t, "auth/scoped-get-connection-without-credentials", "auth/scoped-get-connection-force-refresh-403")
	handle := client.Connection("gh-oauth2", "conn-oauth2-1")
	connection, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Nil(t, connection.Credentials)
	_, err = handle.Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
	requireFailure(t, err, nango.ErrForbidden, "forbidden")
	assert.Len(t, server.requests, 2)
}

func TestGetErrors(t *testing.T) {
	for recording, test := range map[string]struct {
		integration, connection string
		params                  *nango.GetConnectionParams
		is                      error
		code                    string
	}{
		"get-unknown-connection":       {"demo-none", "zzz", nil, nango.ErrNotFound, "not_found"},
		"get-wrong-integration":        {"api-bearer", "conn-none-1", nil, nango.ErrNotFound, "not_found"},
		"get-oauth2-bad-refresh-400":   {"canvas", "conn-canvas-bad", &nango.GetConnectionParams{ForceRefresh: true}, nango.ErrRefreshFailed, "invalid_credentials"},
		"get-oauth2-bad-refresh-again": {"canvas", "conn-canvas-bad", nil, nango.ErrRefreshFailed, "invalid_credentials"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			connection, err := client.Connection(test.integration, test.connection).Get(t.Context(), test.params)
			assert.Nil(t, connection)
			requireFailure(t, err, test.is, test.code)
			server.requireRecorded()
		})
	}
}

// The payload of a failed refresh is the connection, which decodes into the same struct.
func TestRefreshFailedPayload(t *testing.T) {
	client, _ := serve(t, "connections/get-oauth2-bad-refresh-again")
	_, err := client.Connection("canvas", "conn-canvas-bad").Token(t.Context(), nil)
	requireFailure(t, err, nango.ErrRefreshFailed, "invalid_credentials")
	var failure *nango.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, 424, failure.StatusCode)
	var payload struct{ Connection nango.Connection }
	require.NoError(t, json.Unmarshal(failure.Payload(), &payload))
	inUTC(&payload.Connection)
	assert.Equal(t, nango.Connection{
		InternalID: 10, ConnectionID: "conn-canvas-bad", IntegrationID: "canvas", Provider: "canvas-lms",
		Errors: []nango.ConnectionError{{Type: "auth", LogID: "1795354208741_PrnczQLG"}}, Tags: map[string]string{}, Metadata: json.RawMessage(`{}`),
		Config: NewSecretJSON(t, `{"hostname":"10.99.88.1:4443"}`), CreatedAt: milliseconds("2026-11-22T13:30:07.801Z"),
		UpdatedAt: milliseconds("2026-11-22T13:30:08.746Z"), LastFetchedAt: milliseconds("2026-11-22T13:30:08.736Z"),
	}, payload.Connection)
}

func TestUpdate(t *testing.T) {
	for recording, params := range map[string]*nango.UpdateConnectionParams{
		"patch-empty":             nil,
		"patch-tags":              {Tags: map[string]string{"Team": "blue"}},
		"patch-tags-empty-object": {Tags: map[string]string{}},
		"patch-webhook-override":  {WebhookURLOverride: new("http://10.99.88.1:4010/webhooks/patched")},
		"patch-end-user":          {EndUser: &nango.EndUserParams{ID: "user-2", DisplayName: "Zed", Email: "zed@example.com"}},
		"patch-restore": {
			Tags:    map[string]string{"region": "EU", "projectid": "p-1"},
			EndUser: &nango.EndUserParams{ID: "user-1", Email: "jane@example.com", DisplayName: "Jane"},
		},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			require.NoError(t, client.Connection("demo-none", "conn-none-1").Update(t.Context(), params))
			server.requireRecorded()
		})
	}
	t.Run("clear the override", func(t *testing.T) {
		client, server := serve(t, "connections/patch-webhook-override")
		require.NoError(t, client.Connection("demo-none", "conn-none-1").Update(t.Context(), &nango.UpdateConnectionParams{WebhookURLOverride: new("")}))
		assert.Equal(t, `{"webhook_url_override":""}`, server.requests[0].Body)
	})
	for recording, target := range map[string][2]string{
		"patch-unknown-connection": {"demo-none", "zzz"}, "patch-unknown-integration": {"zzz", "conn-none-1"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			err := client.Connection(target[0], target[1]).Update(t.Context(), &nango.UpdateConnectionParams{Tags: map[string]string{"a": "b"}})
			assert.ErrorIs(t, err, nango.ErrNotFound)
			server.requireRecorded()
		})
	}
}

func TestDelete(t *testing.T) {
	for recording, target := range map[string][2]string{
		"delete": {"api-basic", "conn-basic-2"}, "delete-special-id": {"demo-none", specialID},
		"delete-with-syncs-and-pre-delete-script": {"demo-none", "conn-none-hook"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			require.NoError(t, client.Connection(target[0], target[1]).Delete(t.Context()))
			server.requireRecorded()
		})
	}
	for recording, target := range map[string][2]string{
		"delete-again": {"api-basic", "conn-basic-2"}, "delete-unknown-integration": {"zzz", "conn-basic-1"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, "connections/"+recording)
			requireFailure(t, client.Connection(target[0], target[1]).Delete(t.Context()), nango.ErrNotFound, "unknown_connection")
			server.requireRecorded()
		})
	}
}

// An id reaches the server byte by byte: as one segment of the path, encoded in the query, as it is in a body.
func TestSpecialIDsOnTheWire(t *testing.T) {
	const integration = "a b:c@d.~e_-"
	client, server := serveBodies(t, `{"connection_id":"a","success":true,"metadata":{}}`)
	handle := client.Connection(integration, specialID)
	_, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, handle.Update(t.Context(), nil))
	require.NoError(t, handle.Delete(t.Context()))
	require.NoError(t, handle.SetMetadata(t.Context(), map[string]int{}))
	for i, method := range []string{"GET", "PATCH", "DELETE"} {
		assert.Equal(t, method+" /connections/user+x@ex.com%2Fa%7C%5B1%5D%7B2%7D", server.requests[i].Method+" "+server.requests[i].Path)
		assert.Equal(t, []string{integration}, server.requests[i].Query["provider_config_key"])
	}
	assert.Equal(t, `{"connection_id":["user+x@ex.com/a|[1]{2}"],"metadata":{},"provider_config_key":"a b:c@d.~e_-"}`, server.requests[3].Body)

	for _, id := range []string{`a%2Fb`, "a?b#c&d", "...", ".x", `\"'$;,=+@:~`, "..x", "x..", "/a", "a//b", "é", "{connectionId}", "a b"} {
		client, server := serveBodies(t, `{"connection_id":"a"}`)
		server.refused = true // some of them are no ids to the document
		_, err := client.Connection("i", id).Get(t.Context(), nil)
		require.NoError(t, err, id)
		segment, ok := strings.CutPrefix(server.requests[0].Path, "/connections/")
		require.True(t, ok, id)
		assert.NotContains(t, segment, "/")
		got, err := url.PathUnescape(segment)
		require.NoError(t, err)
		assert.Equal(t, id, got)
	}
}
