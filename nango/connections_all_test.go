package nango_test

import (
	"context"
	"iter"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// threePages are two full pages of two and an empty one.
var threePages = []string{"connections/list-limit-2", "connections/list-limit-2-page-1", "connections/list-page-past-end"}

// collect ranges over an iterator of connections and returns their ids; an error has to be the last pair.
func collect(t *testing.T, all iter.Seq2[*nango.ConnectionSummary, error]) ([]string, error) {
	t.Helper()
	var ids []string
	var failure error
	for connection, err := range all {
		require.NoError(t, failure, "nothing may follow an error")
		if err != nil {
			assert.Nil(t, connection)
			failure = err
			continue
		}
		ids = append(ids, connection.ConnectionID)
	}
	return ids, failure
}

func listRequest(query string) sent {
	values, err := url.ParseQuery(query)
	if err != nil {
		return sent{}
	}
	return sent{Method: "GET", Path: "/connections", Query: values}
}

func TestConnectionsAll(t *testing.T) {
	client, server := serve(t, threePages...)
	ids, err := collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2, Search: "c"}))
	require.NoError(t, err)
	assert.Equal(t, []string{"conn-none-hook", "user+x@ex.com/a|[1]{2}", "conn-tba-1", "conn-oauth1-1"}, ids)
	server.requireSent(listRequest("limit=2&search=c"), listRequest("limit=2&page=1&search=c"), listRequest("limit=2&page=2&search=c"))
}

func TestConnectionsAllEndsAtAShortPage(t *testing.T) {
	client, server := serve(t, "connections/list-limit-2", "connections/list-by-connection-id")
	ids, err := collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2, Page: 4}))
	require.NoError(t, err)
	assert.Equal(t, []string{"conn-none-hook", "user+x@ex.com/a|[1]{2}", "conn-none-1"}, ids)
	server.requireSent(listRequest("limit=2&page=4"), listRequest("limit=2&page=5"))
}

func TestConnectionsAllDefaults(t *testing.T) {
	client, server := serve(t, "connections/list-final")
	ids, err := collect(t, client.Connections.All(t.Context(), nil))
	require.NoError(t, err)
	assert.Greater(t, len(ids), 10)
	server.requireSent(listRequest("limit=1000"))
}

// What happens to the caller's parameters after the call does not matter, and they are not written to.
func TestConnectionsAllCopiesItsParams(t *testing.T) {
	client, server := serve(t, threePages...)
	params := nango.ListConnectionsParams{PageSize: 2, IntegrationIDs: []string{"a", "b"}, Tags: map[string]string{"k": "v"}}
	all := client.Connections.All(t.Context(), &params)
	params.PageSize, params.IntegrationIDs[0], params.Tags["k"], params.Tags["l"] = 7, "z", "z", "z"
	_, err := collect(t, all)
	require.NoError(t, err)
	for i, page := range []string{"", "&page=1", "&page=2"} {
		assert.Equal(t, listRequest("integrationId=a,b&tags[k]=v&limit=2"+page).Query, server.requests[i].Query)
	}
	assert.Equal(t, 0, params.Page)
}

func TestConnectionsAllStartsOver(t *testing.T) {
	client, server := serve(t, threePages[0], threePages[1], threePages[0], threePages[1])
	all := client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2})
	assert.Empty(t, server.requests, "nothing happens before the first range")
	for range 2 {
		seen := 0
		for _, err := range all {
			require.NoError(t, err)
			if seen++; seen == 3 {
				break
			}
		}
	}
	server.requireSent(listRequest("limit=2"), listRequest("limit=2&page=1"), listRequest("limit=2"), listRequest("limit=2&page=1"))
}

func TestConnectionsAllMakesNoRequestAfterBreak(t *testing.T) {
	client, server := serve(t, threePages...)
	seen := 0
	for _, err := range client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2}) {
		require.NoError(t, err)
		if seen++; seen == 2 { // the last one of a full page
			break
		}
	}
	server.requireSent(listRequest("limit=2"))
}

func TestConnectionsAllChecksTheContext(t *testing.T) {
	client, server := serve(t, threePages...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	var last error
	for _, err := range client.Connections.All(ctx, &nango.ListConnectionsParams{PageSize: 2}) {
		last = err
		if seen++; seen == 2 {
			cancel()
		}
	}
	assert.Equal(t, 3, seen)
	assert.Equal(t, context.Canceled, last)
	server.requireSent(listRequest("limit=2"))

	_, err := collect(t, client.Connections.All(ctx, nil))
	assert.Equal(t, context.Canceled, err)
	assert.Len(t, server.requests, 1)
}

func TestConnectionsAllEndsWithTheError(t *testing.T) {
	client, server := serve(t, "connections/list-limit-2", "ratelimit/429-connections")
	ids, err := collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2}))
	assert.Equal(t, []string{"conn-none-hook", "user+x@ex.com/a|[1]{2}"}, ids)
	requireFailure(t, err, nango.ErrRateLimited, "too_many_request")
	server.requireSent(listRequest("limit=2"), listRequest("limit=2&page=1"))
}

func TestConnectionsAllMayBreakAtTheError(t *testing.T) {
	client, _ := serve(t, "ratelimit/429-connections")
	for connection, err := range client.Connections.All(t.Context(), nil) {
		assert.Nil(t, connection)
		assert.ErrorIs(t, err, nango.ErrRateLimited)
		break
	}
}

// A server that ignores the number of the page would go round for ever.
func TestConnectionsAllEndsWhereNothingNewComes(t *testing.T) {
	client, server := serve(t, "connections/list-limit-2", "connections/list-limit-2-page-1", "connections/list-limit-2")
	ids, err := collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2}))
	assert.EqualError(t, err, "nango: GET /connections: the server returned a page that holds nothing new, which would go round for ever")
	assert.Equal(t, []string{"conn-none-hook", "user+x@ex.com/a|[1]{2}", "conn-tba-1", "conn-oauth1-1"}, ids)
	server.requireSent(listRequest("limit=2"), listRequest("limit=2&page=1"), listRequest("limit=2&page=2"))

	// The last page may show what a new connection has pushed on to it.
	client, _ = serveBodies(t, connectionPage("a", "b"), connectionPage("b", "c"), connectionPage("c"))
	ids, err = collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 2}))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "b", "c", "c"}, ids)

	// The same id in another integration is another connection.
	client, _ = serveBodies(t, `{"connections":[{"connection_id":"a","provider_config_key":"i"}]}`, `{"connections":[{"connection_id":"a","provider_config_key":"j"}]}`, connectionPage())
	ids, err = collect(t, client.Connections.All(t.Context(), &nango.ListConnectionsParams{PageSize: 1}))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "a"}, ids)
}

func connectionPage(ids ...string) string {
	entries := make([]string, len(ids))
	for i, id := range ids {
		entries[i] = `{"connection_id":"` + id + `","provider_config_key":"i"}`
	}
	return `{"connections":[` + strings.Join(entries, ",") + `]}`
}
