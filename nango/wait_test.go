package nango_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// polled is a server that keeps the times at which it was asked for connections.
type polled struct {
	*server
	started time.Time
	times   []time.Duration
}

// polls returns a client whose polls get these responses in turn, and then by the last response again and again.
func polls(t *testing.T, responses ...*recordings.Exchange) (*nango.Client, *polled) {
	t.Helper()
	p := &polled{server: &server{t: t, responses: responses}, started: time.Now()}
	return p.client(nango.WithHTTPClient(&http.Client{Transport: p})), p
}

func (p *polled) RoundTrip(req *http.Request) (*http.Response, error) {
	p.times = append(p.times, time.Since(p.started))
	resp, err := p.server.RoundTrip(req)
	if err == nil && resp.StatusCode == 0 { // a response that does not come
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}

// connectionsOf is a list of connections by the times at which they were made.
func connectionsOf(created ...string) *recordings.Exchange {
	items := make([]string, len(created))
	for i, at := range created {
		items[i] = fmt.Sprintf(`{"id":%d,"connection_id":"conn-%[1]d","provider_config_key":"github","provider":"github","errors":[],`+
			`"end_user":null,"tags":{},"metadata":null,"created":%q}`, i, at)
	}
	return exchange(200, `{"connections":[`+strings.Join(items, ",")+`]}`)
}

var (
	noConnections = connectionsOf()
	unavailable   = exchange(503, `{"error":{"code":"unavailable"}}`)
	unanswered    = &recordings.Exchange{}
)

// tagged waits for any connection with a tag.
func tagged(wait nango.WaitParams) nango.WaitForConnectionParams {
	return nango.WaitForConnectionParams{Tags: map[string]string{"team": "x"}, Wait: wait}
}

func waitErrorOf(t *testing.T, err error) *nango.WaitError {
	t.Helper()
	failure, ok := errors.AsType[*nango.WaitError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "a connection", failure.Awaited)
	return failure
}

func TestWaitDelays(t *testing.T) {
	ms := func(times ...int) []time.Duration {
		out := make([]time.Duration, len(times))
		for i, at := range times {
			out[i] = time.Duration(at) * time.Millisecond
		}
		return out
	}
	for name, test := range map[string]struct {
		wait nango.WaitParams
		at   []time.Duration
	}{
		"by default":                          {nango.WaitParams{}, []time.Duration{0, 1e9, 25e8, 475e7, 8125e6, 131875e5, 2078125e4, 3078125e4, 4078125e4}},
		"between two bounds":                  {nango.WaitParams{MinDelay: 100 * time.Millisecond, MaxDelay: 200 * time.Millisecond}, ms(0, 100, 250, 450, 650, 850)},
		"of one bound":                        {nango.WaitParams{MinDelay: time.Second, MaxDelay: time.Second}, ms(0, 1000, 2000, 3000)},
		"of less than the least":              {nango.WaitParams{MaxDelay: 500 * time.Millisecond}, ms(0, 500, 1000, 1500)},
		"of more than the most":               {nango.WaitParams{MinDelay: 20 * time.Second}, ms(0, 20000, 40000)},
		"none for a connection that is there": {nango.WaitParams{}, ms(0)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				responses := make([]*recordings.Exchange, len(test.at))
				for i := range responses {
					responses[i] = noConnections
				}
				responses[len(responses)-1] = connectionsOf("2026-01-01T00:00:00+00:00")
				client, server := polls(t, responses...)
				connection, err := client.Connections.WaitFor(t.Context(), tagged(test.wait))
				require.NoError(t, err)
				assert.Equal(t, "conn-0", connection.ConnectionID)
				assert.Equal(t, test.at, server.times)
			})
		})
	}
}

func TestWaitRefuses(t *testing.T) {
	const negative = "holds a negative value"
	for _, test := range []struct {
		wait   nango.WaitParams
		reason string
	}{
		{nango.WaitParams{MinDelay: -1}, negative}, {nango.WaitParams{MaxDelay: -1}, negative}, {nango.WaitParams{MaxFailures: -1}, negative},
		{nango.WaitParams{MinDelay: 2, MaxDelay: 1}, "has a MaxDelay below MinDelay"},
	} {
		client, server := polls(t)
		_, err := client.Connections.WaitFor(t.Context(), tagged(test.wait))
		requireArgument(t, err, "Wait", test.reason)
		assert.Empty(t, server.times)
	}
}

func TestWaitToleratesFailures(t *testing.T) {
	limited := exchange(429, `{"error":{"code":"too_many_request"}}`)
	found := connectionsOf("2026-01-01T00:00:00+00:00")
	for name, test := range map[string]struct {
		most      int
		responses []*recordings.Exchange
		polls     int
		is        error // nil where the connection is found
	}{
		"five in a row":              {0, []*recordings.Exchange{unavailable, limited, unanswered, unavailable, unavailable, found}, 6, nil},
		"and no more":                {0, []*recordings.Exchange{unavailable}, 6, nango.ErrServer},
		"one":                        {1, []*recordings.Exchange{unavailable, limited, found}, 2, nango.ErrRateLimited},
		"counted in a row":           {1, []*recordings.Exchange{unavailable, noConnections, unavailable, noConnections, unavailable, found}, 6, nil},
		"no response at all":         {2, []*recordings.Exchange{unanswered}, 3, io.ErrUnexpectedEOF},
		"of a wrong key, none":       {0, []*recordings.Exchange{noConnections, exchange(401, `{"error":{"code":"unknown_account"}}`), found}, 2, nango.ErrUnauthorized},
		"of a bad request, none":     {0, []*recordings.Exchange{exchange(400, `{"error":{"code":"invalid_query_params"}}`), found}, 1, nango.ErrInvalid},
		"of something else, none":    {0, []*recordings.Exchange{exchange(200, `<html>`, "Content-Type", "text/html"), found}, 1, errAny},
		"of an unknown shape, none":  {0, []*recordings.Exchange{exchange(200, `{"connections":5}`), found}, 1, errAny},
		"of a gateway, five as well": {0, []*recordings.Exchange{exchange(502, `<html>`, "Content-Type", "text/html"), found}, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := polls(t, test.responses...)
				connection, err := client.Connections.WaitFor(t.Context(), tagged(nango.WaitParams{MaxFailures: test.most}))
				assert.Len(t, server.times, test.polls)
				if test.is == nil {
					require.NoError(t, err)
					assert.Equal(t, "conn-0", connection.ConnectionID)
					return
				}
				assert.Nil(t, connection)
				failure := waitErrorOf(t, err)
				assert.Equal(t, test.polls, failure.Polls)
				last, ok := errors.AsType[*nango.Error](failure.Last)
				require.True(t, ok)
				assert.Equal(t, time.Since(server.started), failure.Elapsed)
				polls := "polls"
				if test.polls == 1 {
					polls = "poll"
				}
				assert.Equal(t, fmt.Sprintf("nango: waiting for a connection ended after %d %s in %v: %v", test.polls, polls, failure.Elapsed.Round(time.Millisecond), last), err.Error())
				if test.is != errAny {
					assert.ErrorIs(t, err, test.is)
				}
			})
		})
	}
}

var errAny = errors.New("any")

// A success that breaks off is a failure that may be gone at the next poll.
func TestWaitGoesOnAfterAResponseThatBrokeOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server := polls(t, noConnections, connectionsOf("2026-01-01T00:00:00+00:00"))
		first := true
		client := server.client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}), nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			resp, err := server.RoundTrip(req)
			if first && err == nil {
				resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"conn`), iotest.ErrReader(io.ErrUnexpectedEOF)))
			}
			first = false
			return resp, err
		})}))
		connection, err := client.Connections.WaitFor(t.Context(), tagged(nango.WaitParams{MaxFailures: 1}))
		require.NoError(t, err)
		assert.Equal(t, "conn-0", connection.ConnectionID)
		assert.Len(t, server.times, 2)
	})
}

// A poll is a call like any other: it has failed when the client has done what its policy says.
func TestWaitPollsAreRepeatedByTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server := polls(t, unavailable)
		client := server.client(nango.WithHTTPClient(&http.Client{Transport: server}), nango.WithRetry(nango.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
		_, err := client.Connections.WaitFor(t.Context(), tagged(nango.WaitParams{MaxFailures: 2}))
		assert.Equal(t, 3, waitErrorOf(t, err).Polls)
		assert.Len(t, server.times, 9)
	})
}

// The server's limit is for a minute, longer than the client waits by itself and longer than a wait's pauses.
func TestWaitPausesForAsLongAsTheServerAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "59")
		_, server := polls(t, noConnections, limited, limited, noConnections, connectionsOf("2026-01-01T00:00:00+00:00"))
		client := server.client(nango.WithHTTPClient(&http.Client{Transport: server}), nango.WithRetry(nango.RetryPolicy{}))
		_, err := client.Connections.WaitFor(t.Context(), tagged(nango.WaitParams{}))
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 1e9, 60e9, 119e9, 122375e6}, server.times)
	})
}

func TestWaitTellsOfEachPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := polls(t, noConnections, unavailable, noConnections, connectionsOf("2026-01-01T00:00:00+00:00"))
		var told []nango.WaitStatus
		_, err := client.Connections.WaitFor(t.Context(), tagged(nango.WaitParams{OnPoll: func(s nango.WaitStatus) {
			assert.Len(t, server.times, s.Polls, "before the next poll")
			told = append(told, s)
		}}))
		require.NoError(t, err)
		require.Len(t, told, 3)
		assert.ErrorIs(t, told[1].Err, nango.ErrServer)
		told[1].Err = nil
		assert.Equal(t, []nango.WaitStatus{
			{Polls: 1, Elapsed: 0, Next: time.Second},
			{Polls: 2, Elapsed: time.Second, Next: 1500 * time.Millisecond},
			{Polls: 3, Elapsed: 2500 * time.Millisecond, Next: 2250 * time.Millisecond},
		}, told)
	})
}

func TestWaitEndsWithTheContext(t *testing.T) {
	t.Run("while it pauses", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := polls(t, noConnections, unavailable)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := client.Connections.WaitFor(ctx, tagged(nango.WaitParams{}))
			failure := waitErrorOf(t, err)
			assert.Equal(t, 3, failure.Polls)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorIs(t, err, nango.ErrServer, "the last failure of the server")
			assert.ErrorIs(t, failure.Last, nango.ErrServer)
			assert.Equal(t, "nango: waiting for a connection ended after 3 polls in 3s: context deadline exceeded"+
				" (last error: nango: GET /connections: 503 unavailable)", err.Error())
			assert.Equal(t, 3*time.Second, time.Since(server.started))
		})
	})
	t.Run("long after a failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, _ := polls(t, unavailable, noConnections)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := client.Connections.WaitFor(ctx, tagged(nango.WaitParams{}))
			assert.NoError(t, waitErrorOf(t, err).Last, "a poll that succeeded makes up for it")
			assert.EqualError(t, err, "nango: waiting for a connection ended after 3 polls in 3s: context deadline exceeded")
			assert.NotErrorIs(t, err, nango.ErrServer)
		})
	})
	t.Run("while it polls", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, server := polls(t, unavailable)
			cause := errors.New("shut down")
			ctx, cancel := context.WithCancelCause(t.Context())
			client := server.client(nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
				if len(server.times) == 1 {
					cancel(cause)
					return nil, req.Context().Err()
				}
				return server.RoundTrip(req)
			})}))
			_, err := client.Connections.WaitFor(ctx, tagged(nango.WaitParams{}))
			failure := waitErrorOf(t, err)
			assert.Equal(t, 2, failure.Polls)
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, cause)
			assert.ErrorIs(t, err, nango.ErrServer, "the last failure of the server")
		})
	})
	t.Run("before it begins", func(t *testing.T) {
		client, server := polls(t, noConnections)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := client.Connections.WaitFor(ctx, tagged(nango.WaitParams{}))
		failure := waitErrorOf(t, err)
		assert.Equal(t, 0, failure.Polls)
		assert.NoError(t, failure.Last)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, server.times)
	})
}
