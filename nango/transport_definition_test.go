package nango_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
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

// A client reads a definition once, whoever asks for it, and also if all ask at the same time.
func TestTransportReadsTheDefinitionOnce(t *testing.T) {
	a := provide(t, headedProvider)
	client := a.srv.Client()
	var work sync.WaitGroup
	for i := range 100 {
		work.Go(func() {
			url := fmt.Sprintf("https://api.test/v1/%d", i)
			resp, err := client.Connection("c", "c").HTTPClient(nil).Post(url, "application/json", strings.NewReader(`{"a":"%"}`))
			if assert.NoError(t, err) {
				assert.Equal(t, 200, resp.StatusCode)
				assert.NoError(t, resp.Body.Close())
			}
		})
	}
	work.Wait()
	assert.Len(t, a.srv.Requests("getIntegration"), 1)
	assert.Len(t, a.srv.Requests("getProvider"), 1)
	require.Len(t, a.seen, 100)
	for _, got := range a.seen {
		assert.Equal(t, `{"a":"\u0025"}`, got.Body)
	}
}

// A failure to read it is the caller's error, and the next request tries again.
func TestTransportKeepsNoFailure(t *testing.T) {
	for _, operation := range []nango.OperationID{"getIntegration", "getProvider"} {
		a := provide(t, plainProvider)
		a.srv.Inject(nangotest.Rule{Operation: operation, Nth: 1}, nangotest.ServerError())
		client := a.client(nil, nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
		body := &tracked{}
		req := request(t, "POST", "https://api.test/v1/x", "")
		req.Body = body
		_, err := client.Do(req)
		require.ErrorIs(t, err, nango.ErrServer)
		assert.Equal(t, 1, body.closes())
		ok(t, client, request(t, "GET", "https://api.test/v1/x", ""))
		a.last()
	}
}

// Whoever waits for the definition that another request reads does not fail with that request's context.
func TestTransportWaitsForTheDefinition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := provide(t, plainProvider)
		a.srv.Inject(nangotest.Rule{Operation: "getIntegration"}, nangotest.Latency(10*time.Second))
		client := a.client(nil)
		var work sync.WaitGroup
		call := func(limit time.Duration) {
			work.Go(func() {
				started := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				resp, err := client.Do(request(t, "GET", "https://api.test/v1/x", "").WithContext(ctx))
				if limit < 11*time.Second {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
					assert.True(t, err.(*url.Error).Timeout())
					assert.Equal(t, limit, time.Since(started), "it waits no longer than its context")
				} else if assert.NoError(t, err) {
					assert.NoError(t, resp.Body.Close())
				}
			})
			synctest.Wait()
		}
		call(5 * time.Second) // reads, and gives up
		call(time.Second)
		call(time.Minute) // then reads in its place
		work.Wait()
		assert.Len(t, a.srv.Requests("getIntegration"), 2)
		assert.Len(t, a.srv.Requests("getProvider"), 1)
	})
}

// A panic of an observer while the definition is read does not reach those who wait for it.
func TestTransportDefinitionPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := provide(t, plainProvider)
		a.srv.Inject(nangotest.Rule{Operation: "getIntegration", Nth: 1}, nangotest.Latency(time.Second))
		var calls atomic.Int64
		client := a.client(nil, nango.WithObserver(nango.Observer{CallEnd: func(context.Context, nango.CallResult) {
			if calls.Add(1) == 1 {
				panic("of the observer")
			}
		}}))
		var work sync.WaitGroup
		work.Go(func() {
			assert.PanicsWithValue(t, "of the observer", func() { _, _ = client.Do(request(t, "GET", "https://api.test/v1/x", "")) })
		})
		synctest.Wait()
		ok(t, client, request(t, "GET", "https://api.test/v1/x", ""))
		work.Wait()
	})
}

// A time limit that ends a second attempt is still one for http.Client.
func TestTransportTimeoutAfterARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := provide(t, plainProvider)
		a.srv.Inject(nangotest.Rule{Operation: "getIntegration", Nth: 1}, nangotest.ServerError())
		a.srv.Inject(nangotest.Rule{Operation: "getIntegration", Nth: 2}, nangotest.Latency(time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := a.client(nil).Do(request(t, "GET", "https://api.test/v1/x", "").WithContext(ctx))
		require.ErrorIs(t, err, nango.ErrServer)
		assert.True(t, err.(*url.Error).Timeout())
	})
}

// A key that may not read the definition needs a ProviderURL; then the common rules hold.
func TestTransportWithoutTheDefinition(t *testing.T) {
	a := provide(t, headedProvider)
	a.srv.HandleHost("api.test", a)
	key := a.srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy"}})
	var log bytes.Buffer
	handle := a.srv.ClientWithKey(key.Secret, nango.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))).Connection("c", "c")
	_, err := handle.HTTPClient(nil).Do(request(t, "GET", "https://api.test/v1/x", ""))
	require.ErrorIs(t, err, nango.ErrForbidden)
	assert.Contains(t, err.Error(), "environment:integrations:read")
	assert.Contains(t, err.Error(), "TransportParams.ProviderURL")
	a.nothing()

	client := handle.HTTPClient(&nango.TransportParams{ProviderURL: "https://api.test/v1"})
	before := len(a.srv.Requests("getIntegration"))
	for range 2 {
		req := request(t, "POST", "https://api.test/v1/x?q=%25", `{"a":"%"}`, "Content-Type", "application/json")
		off := []string{"Authorization", "Api-Key", "Apikey", "Private-Token", "X-Api-Key", "X-Goog-Api-Key", "X-Auth-Token"}
		kept := []string{"X-Other", "Token", "X-Request-Id"}
		for _, name := range append(off, kept...) {
			req.Header.Set(name, "mine")
		}
		ok(t, client, req)
		got := a.last()
		assert.Equal(t, `{"a":"\u0025"}`, got.Body)
		for _, name := range off {
			assert.Empty(t, got.Header.Get(name), name)
		}
		for _, name := range kept {
			assert.Equal(t, "mine", got.Header.Get(name), name)
		}
		assert.Equal(t, "https://api.test/v1", lastHeader(a, "proxyPost").Get("Base-Url-Override"))
	}
	assert.Len(t, a.srv.Requests("getIntegration"), before+1, "the transport remembers that the key may not")
	assert.Equal(t, 1, strings.Count(log.String(), "may not read the definition"))

	// It is not known whether Nango stops on this percent sign, so it is tried, and the error says why it failed.
	_, err = client.Do(request(t, "POST", "https://api.test/v1/x", "100%", "Content-Type", "text/plain"))
	require.ErrorIs(t, err, nango.ErrLoosePercent)
	require.ErrorIs(t, err, nango.ErrServer)
	_, err = client.Do(request(t, "GET", "https://api.test/v1/x?q=%E4", ""))
	require.ErrorIs(t, err, nango.ErrServer, "so is a query")
}

func lastHeader(a *providerAPI, operation nango.OperationID) http.Header {
	sent := a.srv.Requests(operation)
	return sent[len(sent)-1].Header
}

// Closing idle connections reaches the client's own HTTP client.
func TestTransportClosesIdleConnections(t *testing.T) {
	a := provide(t, plainProvider)
	client := a.client(nil)
	ok(t, client, request(t, "GET", "https://api.test/v1/x", ""))
	assert.NotZero(t, a.srv.OpenConnections())
	client.CloseIdleConnections()
	require.Eventually(t, func() bool { return a.srv.OpenConnections() == 0 }, 10*time.Second, time.Millisecond)
}
