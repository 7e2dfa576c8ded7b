package nango_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// A failure that streams is handed out when its headers have come, or at the latest when it could not be told for a while that
// it is none of Nango's, which come whole.
func TestProxyDoesNotWaitForFailuresThatStream(t *testing.T) {
	for _, test := range []struct {
		contentType, begun string
		waits              bool
	}{
		{"text/event-stream", ": ping\n\n", false}, {"text/plain", "", false}, {"application/json", `{"progress":`, false}, {"application/json", `[`, false},
		{"application/json", `{"error":"x`, false}, {"application/json", `{"error":{"code":"x","message":`, false}, {"application/json", `{"error":{"code":"x","message":"m"}}`, false},
		{"application/json", ``, true}, {"application/json", `{"error":{`, true},
	} {
		for _, status := range []int{404, 429, 503} {
			synctest.Test(t, func(t *testing.T) {
				reader, writer := io.Pipe()
				ended := make(chan struct{})
				transport := transportFunc(func(*http.Request) (*http.Response, error) {
					go func() {
						io.WriteString(writer, test.begun)
						<-ended
						io.WriteString(writer, "the end")
						writer.Close()
					}()
					return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {test.contentType}}, Body: reader, ContentLength: -1}, nil
				})
				client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}))
				require.NoError(t, err)
				began := time.Now()
				resp, err := client.Connection("i", "c").Proxy(t.Context(), nango.ProxyRequest{Method: "POST", Path: "/x"})
				require.NoError(t, err)
				assert.Equal(t, status, resp.StatusCode)
				assert.Equal(t, test.waits, time.Since(began) > 0, "%s", test.begun)
				assert.LessOrEqual(t, time.Since(began), 4*time.Second) // a 429 is looked at by the retries too
				close(ended)
				data, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, test.begun+"the end", string(data))
				require.NoError(t, resp.Body.Close())
			})
		}
	}
}

// Nango's own failures are told from a provider's however long their payload is.
func TestProxyTellsLongFailuresOfNango(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for body, is := range map[string]error{
		`{"error":{"code":"connection_refresh_backoff","message":"m","payload":"` + long + `"}}`:                                   nango.ErrRefreshFailed,
		`{"error":{"code":"connection_refresh_backoff","message":"m","payload":"` + long[:100<<10] + `"}}`:                         nango.ErrRefreshFailed,
		`{"error":{"code":"server_error","message":"Failed to get connection credentials: x","payload":"` + long[:100<<10] + `"}}`: nango.ErrRefreshFailed,
		`{"error":{"code":"its_own","message":"m","payload":"` + long + `"}}`:                                                      nil,
		`{"error":{"code":"connection_refresh_backoff"},"also":"` + long[:100<<10] + `"}`:                                          nil,
	} {
		handle := overTheNet(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(424)
			io.WriteString(w, body)
		})
		_, err := nango.ProxyJSON[any](t.Context(), handle, nango.ProxyRequest{Path: "/x"})
		if is != nil {
			assert.ErrorIs(t, err, is, "%.100s", body)
			continue
		}
		provider, ok := errors.AsType[*nango.ProviderError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 424, provider.StatusCode)
		assert.Equal(t, body[:64<<10], string(provider.Body()))
	}
}

// The page of Nango's dashboard is what a wrong base URL leads to, and no response of a provider.
func TestProxyTellsTheDashboard(t *testing.T) {
	const page = `<!doctype html><html lang="en"><head><title>Nango</title></head><body></body></html>`
	for name, write := range map[string]func(w http.ResponseWriter, text string){
		"plain": func(w http.ResponseWriter, text string) { io.WriteString(w, text) },
		"chunked": func(w http.ResponseWriter, text string) {
			io.WriteString(w, text[:30])
			http.NewResponseController(w).Flush()
			io.WriteString(w, text[30:])
		},
		"gzip": func(w http.ResponseWriter, text string) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, text)
			z.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := page
			handle := overTheNet(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				write(w, text)
			})
			_, err := handle.Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
			failure, ok := errors.AsType[*nango.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, 200, failure.StatusCode)
			assert.Equal(t, page, string(failure.Body()))
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
	handle := overTheNet(t, func(w http.ResponseWriter, _ *http.Request) {
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
	assert.ErrorContains(t, err, "the response is longer than 8 MiB; ProxyRequest.MaxResponseBytes changes that")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100<<20))
}
