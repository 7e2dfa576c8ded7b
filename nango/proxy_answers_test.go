package nango_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// proxying returns a handle whose proxied calls a handler answers over the loopback.
func proxying(t *testing.T, handler http.HandlerFunc) *nango.ConnectionHandle {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := nango.New(apiKey, nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	return client.Connection("github", "conn")
}

// A failure that streams is handed out when its headers have come, since none of Nango's own streams.
func TestProxyDoesNotWaitForFailuresThatStream(t *testing.T) {
	for contentType, begun := range map[string]string{"text/event-stream": ": ping\n\n", "text/plain": "", "application/json": `{"progress":`} {
		for _, status := range []int{404, 429, 503} {
			ended := make(chan struct{})
			handle := proxying(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", contentType)
				w.WriteHeader(status)
				io.WriteString(w, begun)
				http.NewResponseController(w).Flush()
				<-ended
			})
			resp, err := handle.Proxy(t.Context(), nango.ProxyRequest{Method: "POST", Path: "/x"})
			require.NoError(t, err)
			assert.Equal(t, status, resp.StatusCode)
			close(ended)
			data, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, begun, string(data))
			require.NoError(t, resp.Body.Close())
		}
	}
}

// The page of Nango's dashboard is what a wrong base URL leads to, and no answer of a provider.
func TestProxyTellsTheDashboard(t *testing.T) {
	const page = `<!doctype html><html lang="en"><head><title>Nango</title></head><body></body></html>`
	for name, write := range map[string]func(w http.ResponseWriter, text string){
		"plain": func(w http.ResponseWriter, text string) { io.WriteString(w, text) },
		"gzip": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, text)
			z.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := page
			handle := proxying(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				write(w, text)
			})
			_, err := handle.Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
			failure, ok := errors.AsType[*nango.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, 200, failure.StatusCode)
			assert.Equal(t, page, string(failure.Body))
			assert.ErrorContains(t, err, "the page of Nango's dashboard: is the base URL right?")

			text = `<!doctype html><title>Nango fruit</title>`
			resp, err := handle.Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
			require.NoError(t, err)
			data, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, text, string(data), "any other page is the provider's")
			require.NoError(t, resp.Body.Close())
		})
	}
}

// A small answer that unpacks to a huge one costs no more memory than the limit.
func TestProxyJSONBoundsWhatItUnpacks(t *testing.T) {
	handle := proxying(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		spaces := make([]byte, 1<<20)
		for i := range spaces {
			spaces[i] = ' '
		}
		for range 200 {
			if _, err := z.Write(spaces); err != nil {
				return
			}
		}
		z.Close()
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := nango.ProxyJSON[any](t.Context(), handle, nango.ProxyRequest{Path: "/x", MaxResponseBytes: 8 << 20})
	runtime.ReadMemStats(&after)
	assert.ErrorContains(t, err, "the answer is longer than 8 MiB; ProxyRequest.MaxResponseBytes changes that")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100<<20))
}
