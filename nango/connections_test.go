package nango_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// Each filter alone, as the server was asked for it; the SDK adds the page size.
func TestConnectionsListFilters(t *testing.T) {
	for recording, test := range map[string]struct {
		params *nango.ListConnectionsParams
		found  []string
	}{
		"connections/list-by-connection-id": {&nango.ListConnectionsParams{ConnectionID: "conn-none-1"}, []string{"conn-none-1"}},
		"connections/list-by-integration": {&nango.ListConnectionsParams{IntegrationIDs: []string{"canvas"}},
			[]string{"conn-canvas-bad", "conn-canvas-expired", "conn-canvas-1"}},
		"connections/list-by-integrations-csv": {&nango.ListConnectionsParams{IntegrationIDs: []string{"canvas", "api-bearer"}},
			[]string{"conn-canvas-bad", "conn-canvas-expired", "conn-canvas-1", "conn-key-1"}},
		"connections/list-by-search-2": {&nango.ListConnectionsParams{Search: "conn-canvas"},
			[]string{"conn-canvas-bad", "conn-canvas-expired", "conn-canvas-1"}},
		"connections/list-by-two-tags":             {&nango.ListConnectionsParams{Tags: map[string]string{"region": "EU", "projectid": "p-1"}}, []string{"conn-none-1"}},
		"connections/list-by-tag-uppercase-key":    {&nango.ListConnectionsParams{Tags: map[string]string{"REGION": "EU"}}, []string{"conn-none-1"}},
		"connections/list-by-tag-wrong-case-value": {&nango.ListConnectionsParams{Tags: map[string]string{"region": "eu"}}, []string{}},
		"connections/list-by-end-user-tags":        {&nango.ListConnectionsParams{Tags: map[string]string{"end_user_email": "jane@example.com"}}, []string{"conn-none-1"}},
		"connections/list-by-end-user-id":          {&nango.ListConnectionsParams{EndUserID: "user-1"}, []string{"conn-none-1"}},
		"connections/list-by-end-user-org":         {&nango.ListConnectionsParams{EndUserOrganizationID: "org-1"}, []string{}},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			page, err := client.Connections.List(t.Context(), test.params)
			require.NoError(t, err)
			assert.Equal(t, test.found, connectionIDs(page.Connections))
			assert.False(t, page.More)
			want := recorded(t, recording)
			want.Query.Set("limit", "1000")
			server.requireSent(want)
		})
	}
}

func connectionIDs(list []*nango.ConnectionSummary) []string {
	ids := []string{}
	for _, connection := range list {
		ids = append(ids, connection.ConnectionID)
	}
	return ids
}

func TestConnectionsListAllFilters(t *testing.T) {
	client, server := serve(t, "connections/list-page-past-end")
	page, err := client.Connections.List(t.Context(), &nango.ListConnectionsParams{
		ConnectionID: "user+x@ex.com/a|[1]{2}", IntegrationIDs: []string{"a b", "c:d"}, Tags: map[string]string{"a.b/c": "x&y=z", "k": "ü [1]"},
		Search: "a+b c", EndUserID: "u", EndUserOrganizationID: "o", PageSize: 2000, Page: 3,
	})
	require.NoError(t, err)
	assert.Equal(t, &nango.ConnectionPage{Connections: []*nango.ConnectionSummary{}}, page)
	server.requireSent(sent{Method: "GET", Path: "/connections", Query: url.Values{
		"connectionId": {"user+x@ex.com/a|[1]{2}"}, "integrationId": {"a b,c:d"}, "tags[a.b/c]": {"x&y=z"}, "tags[k]": {"ü [1]"},
		"search": {"a+b c"}, "endUserId": {"u"}, "endUserOrganizationId": {"o"}, "limit": {"2000"}, "page": {"3"},
	}})
}

func TestConnectionsListDefaults(t *testing.T) {
	client, server := serve(t, "connections/list-final")
	for _, params := range []*nango.ListConnectionsParams{nil, {}, {Tags: map[string]string{}, IntegrationIDs: []string{}}} {
		page, err := client.Connections.List(t.Context(), params)
		require.NoError(t, err)
		assert.False(t, page.More)
	}
	want := sent{Method: "GET", Path: "/connections", Query: url.Values{"limit": {"1000"}}}
	server.requireSent(want, want, want)
}

func TestConnectionsListDecodes(t *testing.T) {
	client, _ := serve(t, "connections/list-by-connection-id")
	page, err := client.Connections.List(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, page.Connections, 1)
	got := page.Connections[0]
	got.CreatedAt = got.CreatedAt.UTC()
	assert.Equal(t, &nango.ConnectionSummary{
		InternalID: 1, ConnectionID: "conn-none-1", IntegrationID: "demo-none", Provider: "unauthenticated", Errors: []nango.ConnectionError{},
		EndUser: &nango.EndUser{ID: "user-1", DisplayName: "Jane Döe", Email: "jane@example.com", Tags: map[string]string{"plan": "pro"}},
		Tags: map[string]string{
			"plan": "pro", "region": "EU", "projectid": "p-1", "end_user_id": "user-1", "end_user_email": "jane@example.com", "end_user_display_name": "Jane Döe",
		},
		Metadata:  json.RawMessage(`{"lang":"en","nested":{"a":[1,2,{"b":null}]}}`),
		CreatedAt: time.Date(2026, 11, 22, 13, 30, 7, 254_480_000, time.UTC),
	}, got)

	client, _ = serveBodies(t, `{"connections":[{"id":2,"connection_id":"c","errors":[{"type":"auth","log_id":"l1"}],"end_user":null,"metadata":null,
		"created":"2026-11-22T13:30:07Z","new_key":{"a":1}}]}`)
	page, err = client.Connections.List(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, []*nango.ConnectionSummary{{
		InternalID: 2, ConnectionID: "c", Errors: []nango.ConnectionError{{Type: "auth", LogID: "l1"}}, CreatedAt: time.Date(2026, 11, 22, 13, 30, 7, 0, time.UTC),
	}}, page.Connections)
}

func TestConnectionsListMore(t *testing.T) {
	client, server := serve(t, "connections/list-limit-2", "connections/list-page-past-end")
	params := nango.ListConnectionsParams{PageSize: 2}
	page, err := client.Connections.List(t.Context(), &params)
	require.NoError(t, err)
	assert.True(t, page.More)
	params.Page = 99
	page, err = client.Connections.List(t.Context(), &params)
	require.NoError(t, err)
	assert.False(t, page.More)
	server.requireRecorded()
}

func TestConnectionsListArguments(t *testing.T) {
	for name, params := range map[string]*nango.ListConnectionsParams{
		"PageSize below": {PageSize: -1}, "PageSize above": {PageSize: 2001}, "Page below": {Page: -1},
		"IntegrationIDs empty": {IntegrationIDs: []string{"a", ""}}, "IntegrationIDs comma": {IntegrationIDs: []string{"a,b"}},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t)
			_, err := client.Connections.List(t.Context(), params)
			assert.IsType(t, &nango.ArgumentError{}, err)
			var pairs int
			for connection, iterated := range client.Connections.All(t.Context(), params) {
				pairs++
				assert.Nil(t, connection)
				assert.Equal(t, err, iterated)
			}
			assert.Equal(t, 1, pairs)
			server.requireSent()
		})
	}
}

func TestConnectionsListErrors(t *testing.T) {
	client, server := refused(t, "connections/list-tags-11")
	tags := map[string]string{}
	for _, key := range []string{"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10"} {
		tags[key] = "v"
	}
	_, err := client.Connections.List(t.Context(), &nango.ListConnectionsParams{Tags: tags})
	requireFailure(t, err, nango.ErrInvalid, "invalid_query_params",
		nango.FieldError{Code: "custom", Message: "Tags cannot contain more than 10 keys", Path: []string{"tags"}})
	want := recorded(t, "connections/list-tags-11")
	want.Query.Set("limit", "1000")
	server.requireSent(want)

	client, _ = serve(t, "auth/connections-unknown-key")
	_, err = client.Connections.List(t.Context(), nil)
	requireFailure(t, err, nango.ErrUnauthorized, "unknown_account")
}

func TestMetadataOfMany(t *testing.T) {
	ids := []string{"conn-none-1", "conn-none-2"}
	type note struct {
		A    int  `json:"a"`
		Keep bool `json:"keep"`
	}
	client, server := serve(t, "metadata/post-many", "metadata/patch-many")
	require.NoError(t, client.Connections.SetMetadata(t.Context(), "demo-none", ids, note{2, true}))
	require.NoError(t, client.Connections.MergeMetadata(t.Context(), "demo-none", ids, map[string]any{"c": "x", "a": nil}))
	server.requireRecorded()
}

func TestMetadataOfUnknownConnections(t *testing.T) {
	for recording, call := range map[string]func(*nango.ConnectionService) error{
		"metadata/post-many-one-unknown": func(s *nango.ConnectionService) error {
			return s.SetMetadata(t.Context(), "demo-none", []string{"conn-none-1", "zzz"}, map[string]int{"a": 1})
		},
		"metadata/patch-many-one-unknown": func(s *nango.ConnectionService) error {
			return s.MergeMetadata(t.Context(), "demo-none", []string{"conn-none-1", "zzz"}, map[string]int{"a": 1})
		},
	} {
		client, server := serve(t, recording)
		requireFailure(t, call(client.Connections), nango.ErrNotFound, "unknown_connection")
		server.requireRecorded()
	}
}

func TestMetadataArguments(t *testing.T) {
	client, server := serve(t)
	for name, set := range map[string]func(string, []string, any) error{
		"set": func(integration string, ids []string, metadata any) error {
			return client.Connections.SetMetadata(t.Context(), integration, ids, metadata)
		},
		"merge": func(integration string, ids []string, metadata any) error {
			return client.Connections.MergeMetadata(t.Context(), integration, ids, metadata)
		},
	} {
		t.Run(name, func(t *testing.T) {
			requireArgument(t, set("demo-none", nil, map[string]int{}), "connectionIDs", "is empty")
			requireArgument(t, set("demo-none", []string{}, map[string]int{}), "connectionIDs", "is empty")
			requireArgument(t, set("", []string{"c"}, map[string]int{}), "integrationID", isEmpty)
			requireArgument(t, set("demo-none", []string{"c", ".."}, map[string]int{}), "connectionID", hasDots)
			for _, metadata := range []any{nil, map[string]any(nil), (*struct{})(nil), []int{1}, "text", 7, true, json.RawMessage(" [1]"), json.RawMessage(nil)} {
				requireArgument(t, set("demo-none", []string{"c"}, metadata), "metadata", "must be a JSON object")
			}
			requireArgument(t, set("demo-none", []string{"c"}, func() {}), "metadata", "cannot be encoded as JSON")
			requireArgument(t, set("demo-none", []string{"c"}, json.RawMessage(`{"a":`)), "metadata", "cannot be encoded as JSON")
		})
	}
	server.requireSent()
}

// Metadata is sent as encoding/json encodes it, numbers and text unchanged.
func TestMetadataEncoding(t *testing.T) {
	client, server := serve(t, "metadata/post-many")
	metadata := json.RawMessage(` { "big": 12345678901234567890, "html": "<a&b>" } `)
	require.NoError(t, client.Connections.SetMetadata(t.Context(), "demo-none", []string{"c"}, metadata))
	assert.Contains(t, server.requests[0].Body, `"big":12345678901234567890`)
	server.requireSent(sent{Method: "POST", Path: "/connections/metadata", Header: jsonBody, Body: `{
		"provider_config_key": "demo-none", "connection_id": ["c"], "metadata": {"big": 12345678901234567890, "html": "<a&b>"}
	}`})
}
