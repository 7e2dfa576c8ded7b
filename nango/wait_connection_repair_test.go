package nango_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// What a connection looks like in lists before it is repaired and after, and what getting it returns.
var (
	listedBroken   = exchange(200, `{"connections":[{"connection_id":"c1","provider_config_key":"slack","tags":{},"errors":[{"type":"auth","log_id":"1"}]}]}`)
	listedSound    = exchange(200, `{"connections":[{"connection_id":"c1","provider_config_key":"slack","tags":{},"errors":[]}]}`)
	listedSyncOnly = exchange(200, `{"connections":[{"connection_id":"c1","provider_config_key":"slack","tags":{},"errors":[{"type":"sync","log_id":"2"}]}]}`)
	gotten         = exchange(200, `{"connection_id":"c1","provider_config_key":"slack","credentials":{"type":"OAUTH2","access_token":"t"}}`)
	refreshFails   = exchange(400, `{"error":{"code":"invalid_credentials","message":"m"}}`)
	forbidden      = exchange(403, `{"error":{"code":"forbidden"}}`)
	reconnecting   = sessionOf(time.Date(2026, 11, 22, 13, 30, 0, 0, time.UTC), time.Minute, "Sun, 22 Nov 2026 13:30:00 GMT")
)

var gotOnce = sent{Method: "GET", Path: "/connections/c1", Query: url.Values{"provider_config_key": {"slack"}}}

func TestWaitForARepair(t *testing.T) {
	for name, test := range map[string]struct {
		params    *nango.ReconnectParams // with tags nobody looks at the connection before
		responses []*recordings.Exchange
		polls     []sent
		is        error
	}{
		"in time": {nil, []*recordings.Exchange{listedBroken, reconnecting, listedBroken, listedBroken, listedSound, gotten},
			[]sent{listedOnce, listedOnce, listedOnce, gotOnce}, nil},
		"before the wait began":  {nil, []*recordings.Exchange{listedBroken, reconnecting, listedSound, gotten}, []sent{listedOnce, gotOnce}, nil},
		"with other errors left": {nil, []*recordings.Exchange{listedBroken, reconnecting, listedSyncOnly, gotten}, []sent{listedOnce, gotOnce}, nil},
		"with tags of its own": {untagged(nango.ReconnectParams{}), []*recordings.Exchange{reconnecting, listedBroken, listedSound, gotten},
			[]sent{listedOnce, listedOnce, gotOnce}, nil},
		"with credentials that are no better": {nil, []*recordings.Exchange{listedBroken, reconnecting, listedSound, refreshFails, listedBroken, listedSound, gotten},
			[]sent{listedOnce, gotOnce, listedOnce, listedOnce, gotOnce}, nil},
		"seen too early by Reconnect, in a replica that was behind": {nil, []*recordings.Exchange{listedSound, reconnecting, listedBroken, listedSound, gotten},
			[]sent{listedOnce, listedOnce, gotOnce}, nil},
		"without the scope to read credentials": {nil, []*recordings.Exchange{listedBroken, reconnecting, listedSound,
			exchange(200, `{"connection_id":"c1","provider_config_key":"slack","credentials":{}}`)}, []sent{listedOnce, gotOnce}, nango.ErrNoCredentials},
		"whose error has a type that cannot be read": {nil, []*recordings.Exchange{listedBroken, reconnecting,
			exchange(200, `{"connections":[{"connection_id":"c1","provider_config_key":"slack","errors":[{"type":{}}]}]}`), listedSound, gotten},
			[]sent{listedOnce, listedOnce, gotOnce}, nil},
		"not in time":  {nil, []*recordings.Exchange{listedBroken, reconnecting, listedBroken}, nil, nango.ErrSessionExpired},
		"deleted":      {nil, []*recordings.Exchange{listedBroken, reconnecting, noConnections}, []sent{listedOnce}, nango.ErrNotFound},
		"not readable": {nil, []*recordings.Exchange{listedBroken, reconnecting, listedSound, forbidden}, []sent{listedOnce, gotOnce}, nango.ErrForbidden},
		"after failures of the server": {nil, []*recordings.Exchange{listedBroken, reconnecting, unavailable, listedSound, unavailable, listedSound, gotten},
			[]sent{listedOnce, listedOnce, gotOnce, listedOnce, gotOnce}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := polls(t, test.responses...)
				session, err := client.Connection("slack", "c1").Reconnect(t.Context(), test.params)
				require.NoError(t, err)
				server.server.responses, server.requests = test.responses[len(server.requests):], nil
				connection, err := client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
				if test.polls != nil {
					server.requireSent(test.polls...)
				}
				if test.is != nil {
					assert.ErrorIs(t, err, test.is)
					assert.Nil(t, connection)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "c1", connection.ConnectionID)
				assert.Equal(t, "slack", connection.IntegrationID)
			})
		})
	}
}

// A connection that shows no error looks the same before and after it was authorised again.
func TestWaitForARepairOfASoundConnection(t *testing.T) {
	for name, test := range map[string]struct {
		params    *nango.ReconnectParams
		responses []*recordings.Exchange
	}{
		"seen before":       {nil, []*recordings.Exchange{listedSound, reconnecting, listedSound}},
		"with other errors": {nil, []*recordings.Exchange{listedSyncOnly, reconnecting, listedSyncOnly}},
		"seen by the wait":  {untagged(nango.ReconnectParams{}), []*recordings.Exchange{reconnecting, listedSound}},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := polls(t, test.responses...)
			session, err := client.Connection("slack", "c1").Reconnect(t.Context(), test.params)
			require.NoError(t, err)
			_, err = client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
			requireArgument(t, err, "Session", "shows no error, of which nothing can be awaited; wait for the webhook of type auth with the operation override")
		})
	}
}

func TestWaitForARepairRefuses(t *testing.T) {
	for _, params := range []nango.WaitForConnectionParams{
		{Tags: map[string]string{"a": "b"}}, {IntegrationIDs: []string{"slack"}}, {CreatedAfter: time.Now()},
	} {
		client, server := polls(t, listedBroken, reconnecting)
		session, err := client.Connection("slack", "c1").Reconnect(t.Context(), nil)
		require.NoError(t, err)
		server.requests, params.Session = nil, session
		_, err = client.Connections.WaitFor(t.Context(), params)
		requireArgument(t, err, "Session", "repairs one connection")
		server.requireSent()
	}
}

// The client that waits is the one that asks, whoever made the session.
func TestWaitForARepairByAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		maker, made := polls(t, listedBroken, reconnecting)
		session, err := maker.Connection("slack", "c1").Reconnect(t.Context(), nil)
		require.NoError(t, err)
		waiter, waited := polls(t, listedSound, gotten)
		_, err = waiter.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		require.NoError(t, err)
		assert.Len(t, made.requests, 2)
		waited.requireSent(listedOnce, gotOnce)
	})
}
