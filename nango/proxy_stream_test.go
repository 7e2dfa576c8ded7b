package nango_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// overTheNet returns a handle of a server on a real connection.
func overTheNet(t *testing.T, handler http.HandlerFunc) *nango.ConnectionHandle {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := nango.New(apiKey, nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	return client.Connection("github", "conn")
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func TestProxyResponsesStream(t *testing.T) {
	first := make(chan struct{})
	handle := overTheNet(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, "one")
		assert.NoError(t, err)
		assert.NoError(t, http.NewResponseController(w).Flush())
		select {
		case <-first:
		case <-r.Context().Done():
		}
		_, err = io.WriteString(w, "two")
		assert.NoError(t, err)
	})
	resp, err := handle.Proxy(within(t, 20*time.Second), nango.ProxyRequest{})
	require.NoError(t, err)
	begin := make([]byte, 3)
	_, err = io.ReadFull(resp.Body, begin)
	require.NoError(t, err)
	assert.Equal(t, "one", string(begin))
	close(first)
	rest, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "two", string(rest))
	require.NoError(t, resp.Body.Close())
}

func TestProxyBodiesStream(t *testing.T) {
	first := make(chan struct{})
	handle := overTheNet(t, func(_ http.ResponseWriter, r *http.Request) {
		begin := make([]byte, 3)
		_, err := io.ReadFull(r.Body, begin)
		assert.NoError(t, err)
		close(first)
		rest, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "onetwo", string(begin)+string(rest))
	})
	ctx := within(t, 20*time.Second)
	body, writer := io.Pipe()
	go func() {
		_, err := io.WriteString(writer, "one")
		assert.NoError(t, err)
		select {
		case <-first:
		case <-ctx.Done():
		}
		_, err = io.WriteString(writer, "two")
		assert.NoError(t, err)
		assert.NoError(t, writer.Close())
	}()
	resp, err := handle.Proxy(ctx, nango.ProxyRequest{Method: "POST", Body: body, ContentType: "text/plain"})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

// The end of the context ends a body that streams.
func TestProxyResponsesEndWithTheContext(t *testing.T) {
	handle := overTheNet(t, func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, http.NewResponseController(w).Flush())
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp, err := handle.Proxy(ctx, nango.ProxyRequest{})
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(resp.Body)
	assert.ErrorIs(t, err, context.Canceled)
	assert.NoError(t, resp.Body.Close())
}

// A failure of the provider's is read only as far as it takes to tell it from Nango's, and comes back whole.
func TestLongFailuresOfProvidersComeBackWhole(t *testing.T) {
	for _, contentType := range []string{"application/json", "text/html"} {
		long := `{"error":{"code":"too_many_request","method":"GET","path":"/x","pad":"` + strings.Repeat("x", 300<<10) + `"}}`
		for _, status := range []int{404, 429, 500} {
			server := &server{t: t, responses: []*recordings.Exchange{exchange(status, long, "Content-Type", contentType)}}
			resp, err := server.client(nango.WithRetry(nango.RetryPolicy{})).Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{})
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, long, string(body))
			assert.Len(t, server.requests, 1)
		}
	}
}

// Nango follows redirects itself; one that comes through is the caller's.
func TestProxyFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 304, 307, 308} {
		e := exchange(status, `{"error":{"code":"invalid_headers"}}`, "Location", "/proxy/elsewhere")
		server := &server{t: t, responses: []*recordings.Exchange{e}}
		resp, err := server.client().Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Method: "POST", JSON: 1})
		require.NoError(t, err)
		assert.Equal(t, status, resp.StatusCode)
		assert.Equal(t, "/proxy/elsewhere", resp.Header.Get("Location"))
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, e.Response.Body, string(body))
		assert.Len(t, server.requests, 1)
	}
}

const nangosLimit = `{"error":{"code":"too_many_request","method":"POST","path":"/proxy/x"}}`

func TestProxyRetries(t *testing.T) {
	for _, test := range []struct {
		name   string
		req    nango.ProxyRequest
		first  *recordings.Exchange
		bodies []string // of the requests
		status int      // 0 where it is an *Error
	}{
		{"Nango's limit, JSON", nango.ProxyRequest{JSON: 1}, exchange(429, nangosLimit, "Retry-After", "3"), []string{"1", "1"}, 200},
		{"Nango's limit, bytes", nango.ProxyRequest{Body: strings.NewReader("abc"), ContentType: "text/csv"}, exchange(429, nangosLimit, "Retry-After", "3"), []string{"abc", "abc"}, 200},
		{"Nango's limit, no body", nango.ProxyRequest{}, exchange(429, nangosLimit, "Retry-After", "3"), []string{"", ""}, 200},
		{"Nango's limit, a body that is read once", nango.ProxyRequest{Body: io.LimitReader(strings.NewReader("abc"), 9), ContentType: "text/csv"}, exchange(429, nangosLimit, "Retry-After", "3"), []string{"abc"}, 0},
		{"Nango's limit, for longer than the cap", nango.ProxyRequest{}, exchange(429, nangosLimit, "Retry-After", "31"), []string{""}, 0},
		{"Nango's failure", nango.ProxyRequest{}, exchange(500, `{"error":{"code":"server_error"}}`), []string{""}, 0},
		{"an unreachable provider", nango.ProxyRequest{}, exchange(500, `{"message":"socket hang up","code":"ECONNRESET","method":"post"}`), []string{""}, 0},
		{"the provider's limit", nango.ProxyRequest{}, exchange(429, `{"message":"slow down"}`, "Retry-After", "1"), []string{""}, 429},
		{"the provider's limit that is nearly Nango's", nango.ProxyRequest{}, exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "1"), []string{""}, 429},
		{"the provider's 500", nango.ProxyRequest{}, exchange(500, ``), []string{""}, 500},
		{"the provider's 503", nango.ProxyRequest{JSON: 1}, exchange(503, `{}`, "Retry-After", "1"), []string{"1"}, 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &server{t: t, responses: []*recordings.Exchange{test.first, exchange(200, `{}`)}}
				test.req.Method = "POST"
				started := time.Now()
				resp, err := server.client(nango.WithRetry(nango.RetryPolicy{})).Connection("github", "conn").Proxy(t.Context(), test.req)
				if test.status == 0 {
					assert.Nil(t, resp)
					assert.Error(t, err)
				} else {
					require.NoError(t, err)
					assert.Equal(t, test.status, resp.StatusCode)
				}
				var bodies []string
				for _, request := range server.requests {
					bodies = append(bodies, request.Body)
				}
				assert.Equal(t, test.bodies, bodies)
				assert.Equal(t, time.Duration(len(bodies)-1)*3*time.Second, time.Since(started))
			})
		})
	}
}

// closes counts how often it was closed.
type closes struct {
	io.Reader
	count int
}

func (c *closes) Close() error { c.count++; return nil }

func TestProxyClosesTheBody(t *testing.T) {
	body := &closes{Reader: strings.NewReader("abc")}
	handle := overTheNet(t, func(_ http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "abc", string(got))
	})
	resp, err := handle.Proxy(t.Context(), nango.ProxyRequest{Method: "PUT", Body: body, ContentType: "text/csv"})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Positive(t, body.count)
}
