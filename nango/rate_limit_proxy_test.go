package nango_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// The limit of a provider behind a server arrives by every way, without the numbers of Nango's own, which are on the same response.
func TestProviderRateLimitThroughTheProxy(t *testing.T) {
	api := provide(t, plainProvider)
	api.respond = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
	}
	connection := api.srv.Client().Connection("c", "c")
	proxied := func() (*http.Response, error) { return connection.Proxy(t.Context(), nango.ProxyRequest{Path: "/x"}) }
	check := func(limit nango.RateLimit, ok bool) {
		t.Helper()
		assert.True(t, ok)
		assert.WithinDuration(t, time.Now().Add(30*time.Second), limit.Reset, 5*time.Second)
		limit.Reset = time.Time{}
		assert.Equal(t, nango.RateLimit{RetryAfter: 30 * time.Second}, limit)
	}
	resp, err := proxied()
	require.NoError(t, err)
	require.NotEmpty(t, resp.Header.Get("X-RateLimit-Limit"), "of Nango")
	_, err = nango.ProxyJSON[any](t.Context(), connection, nango.ProxyRequest{Path: "/x"})
	check(nango.ProviderRateLimit(err))
	for _, call := range []func() (*http.Response, error){
		proxied, func() (*http.Response, error) { return connection.HTTPClient(nil).Get("https://api.test/v1/x") },
	} {
		resp, err := call()
		require.NoError(t, err)
		check(nango.ResponseRateLimit(resp))
		check(nango.ResponseRateLimit(resp))
		body, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		assert.JSONEq(t, `{"ok":false,"error":"ratelimited"}`, string(body))
		resp.Body.Close()
	}
}

// A plain 403 that has Nango's own counter, with nothing left, is no limit of the provider.
func TestNangosOwnCounterIsNotTheProviders(t *testing.T) {
	api := provide(t, plainProvider)
	api.respond = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }
	api.srv.SetRateLimit(1)
	resp, err := api.srv.Client().Connection("c", "c").Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
	require.NoError(t, err)
	assert.Equal(t, []string{"0"}, resp.Header.Values("X-RateLimit-Remaining"))
	_, ok := nango.ResponseRateLimit(resp)
	assert.False(t, ok)
}

// Nango's own 429 has no body for HEAD, so it looks like the provider's.
func TestNangosOwnLimitForHeadIsNotTheProviders(t *testing.T) {
	api := provide(t, plainProvider)
	api.srv.SetRateLimit(1)
	connection := api.srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1})).Connection("c", "c")
	for range 2 {
		resp, err := connection.Proxy(t.Context(), nango.ProxyRequest{Method: http.MethodHead, Path: "/x"})
		require.NoError(t, err)
		assert.Equal(t, []string{"0"}, resp.Header.Values("X-RateLimit-Remaining"))
		_, ok := nango.ResponseRateLimit(resp)
		assert.False(t, ok, resp.Status)
		if resp.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	assert.Fail(t, "Nango did not refuse the second request")
}

// A large success is not read further than its beginning.
func TestResponseRateLimitReadsLittleOfASuccess(t *testing.T) {
	for start, limit := range map[string]int{`[{"errors":1},`: 2 << 10, `{"id":1,`: 2 << 10, `{"data":{"viewer":"`: 8 << 10, `{"errors":["`: 72 << 10} {
		reader, writer := io.Pipe()
		go func() {
			_, err := io.WriteString(writer, start)
			for err == nil {
				_, err = writer.Write(make([]byte, 1<<10))
			}
		}()
		counted := &countingBody{ReadCloser: reader}
		resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: counted}
		_, ok := nango.ResponseRateLimit(resp)
		assert.False(t, ok)
		assert.LessOrEqual(t, counted.read, limit, start)
		head := make([]byte, len(start))
		_, err := io.ReadFull(resp.Body, head)
		assert.NoError(t, err)
		assert.Equal(t, start, string(head))
		reader.Close()
	}
}

type countingBody struct {
	io.ReadCloser
	read int
}

func (c *countingBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.read += n
	return n, err
}
