package nango_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A thousand goroutines with handles of their own make one request, while it runs and afterwards.
func TestTokenOfManyCallers(t *testing.T) {
	for name, latency := range map[string]time.Duration{"at once": 0, "slowly": time.Second} {
		t.Run(name, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				c.srv.Inject(nangotest.Rule{Operation: "getConnection"}, nangotest.Latency(latency))
				var all sync.WaitGroup
				for range 1000 {
					all.Go(func() { assert.Equal(t, "first", c.token(time.Minute)) })
				}
				all.Wait()
				assert.Equal(t, once, c.asked())
			})
		})
	}
}

// All who wait get the error, also one that is not kept.
func TestTokenErrorOfManyCallers(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.srv.Inject(nangotest.Rule{Operation: "getConnection"}, nangotest.ServerError().After(time.Second))
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { assert.Equal(t, "500 generic_error_support", c.token(time.Minute)) })
		}
		all.Wait()
		assert.Equal(t, once, c.asked())
	})
}

// hanging returns a client whose server sends no response. The function returns the contexts of the requests so far.
func hanging(t *testing.T, opts ...nango.Option) (client *nango.Client, contexts func() []context.Context) {
	t.Helper()
	var mu sync.Mutex
	var seen []context.Context
	transport := transportFunc(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		seen = append(seen, req.Context())
		mu.Unlock()
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	client, err := nango.New(apiKey, append(opts, nango.WithHTTPClient(&http.Client{Transport: transport}))...)
	require.NoError(t, err)
	return client, func() []context.Context {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

type traceKey struct{}

// The request has the values of the first caller's context, and ends neither with it nor with any other: only with the last.
func TestTokenRequestOutlivesItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, contexts := hanging(t)
		cause := errors.New("the user left")
		first, cancelFirst := context.WithCancelCause(context.WithValue(t.Context(), traceKey{}, "trace"))
		second, cancelSecond := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancelSecond()
		started := time.Now()
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, ctx := range []context.Context{first, second} {
			both.Go(func() { _, errs[i] = client.Connection("i", "c").Token(ctx, &nango.TokenParams{MaxAge: time.Minute}) })
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		cancelFirst(cause)
		synctest.Wait()
		require.Len(t, contexts(), 1)
		request := contexts()[0]
		assert.Equal(t, "trace", request.Value(traceKey{}))
		assert.NoError(t, request.Err())
		require.Error(t, errs[0])
		both.Wait()
		synctest.Wait()
		assert.Equal(t, 20*time.Second, time.Since(started))
		assert.ErrorIs(t, request.Err(), context.Canceled, "nobody waits for it")
		assert.ErrorIs(t, errs[0], cause)
		assert.ErrorIs(t, errs[1], context.DeadlineExceeded)
		for i, text := range []string{"context canceled: the user left", "context deadline exceeded"} {
			failure, ok := errors.AsType[*nango.Error](errs[i])
			require.True(t, ok)
			assert.EqualError(t, failure, "nango: GET /connections/{connectionId}: "+text)
			assert.EqualValues(t, "getConnection", failure.Operation)
		}
		go client.Connection("i", "c").Token(second, &nango.TokenParams{MaxAge: time.Minute})
		synctest.Wait()
		assert.Len(t, contexts(), 1, "a context that has ended starts nothing")
	})
}

// A caller that comes after all others have left gets a request of its own.
func TestTokenRequestAfterOneThatWasEnded(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.Latency(time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.handle().Token(ctx, &nango.TokenParams{MaxAge: time.Minute})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, "first", c.token(time.Minute))
	})
}

// The request takes at most as long as all attempts may take.
func TestTokenRequestHasALimit(t *testing.T) {
	for _, test := range []struct {
		attempt  time.Duration
		attempts int
		limit    time.Duration
	}{{0, 0, 3 * time.Minute}, {10 * time.Second, 2, 20 * time.Second}, {1 << 61, 1 << 10, 1<<63 - 1<<10}} {
		synctest.Test(t, func(t *testing.T) {
			client, contexts := hanging(t, nango.WithAttemptTimeout(test.attempt), nango.WithRetry(nango.RetryPolicy{MaxAttempts: test.attempts}))
			if test.limit > time.Hour {
				go client.Connection("i", "c").Token(t.Context(), &nango.TokenParams{MaxAge: 1})
				synctest.Wait()
				assert.NoError(t, contexts()[0].Err(), "a limit beyond all range is not one in the past")
				return
			}
			started := time.Now()
			_, err := client.Connection("i", "c").Token(t.Context(), &nango.TokenParams{MaxAge: 1})
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "no response within "+test.limit.String())
			assert.Equal(t, test.limit, time.Since(started))
		})
	}
}

// A panic of a transport comes out in the goroutines that called, where a server recovers from it, and nothing hangs after it.
func TestTokenPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		end := func() { panic("the transport panics") }
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			requests.Add(1)
			time.Sleep(time.Second)
			end()
			return exchange(200, `{"connection_id":"c","credentials":{"type":"API_KEY","apiKey":"k"}}`).Respond(req), nil
		})
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		ask := func() (nango.AccessToken, error) {
			return client.Connection("i", "c").Token(t.Context(), &nango.TokenParams{MaxAge: time.Minute})
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { assert.PanicsWithValue(t, "the transport panics", func() { _, _ = ask() }) })
		}
		all.Wait()
		assert.EqualValues(t, 1, requests.Load())
		end = runtime.Goexit
		_, err = ask()
		assert.ErrorContains(t, err, "the goroutine that asked for the token ended")
		end = func() {}
		token, err := ask()
		require.NoError(t, err)
		assert.Equal(t, "k", token.Value.Reveal())
	})
}
