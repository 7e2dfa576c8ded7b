package nango

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the end of a context cuts short says so, whatever the status, the call and the transport are.
func TestTheEndOfTheContextIsFoundInEveryError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/connections/a": 200, "/connections/b": 503}[r.URL.Path]
		if status == 0 {
			status = map[string]int{"/proxy/ok": 200, "/proxy/stream": 503}[r.URL.Path]
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, `{"a":`)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	errCause := errors.New("the user went away")
	for name, transport := range map[string]http.RoundTripper{"net/http": newTransport(), "another": wrapped{newTransport()}} {
		client, err := New(testKey, WithBaseURL(server.URL), WithHTTPClient(&http.Client{Transport: transport}), WithRetry(RetryPolicy{MaxAttempts: 1}))
		require.NoError(t, err)
		handle := client.Connection("i", "c")
		for target, call := range map[string]func(context.Context) error{
			"a success": func(ctx context.Context) error { return done(send(ctx, client, "GET", "/connections/a", "")) },
			"a failure": func(ctx context.Context) error { return done(send(ctx, client, "GET", "/connections/b", "")) },
			"ProxyJSON": func(ctx context.Context) error {
				_, err := ProxyJSON[any](ctx, handle, ProxyRequest{Path: "/ok"})
				return err
			},
			"ProxyJSON, a failure": func(ctx context.Context) error {
				_, err := ProxyJSON[any](ctx, handle, ProxyRequest{Path: "/stream"})
				return err
			},
			"Proxy": func(ctx context.Context) error {
				resp, err := handle.Proxy(ctx, ProxyRequest{Path: "/ok"})
				require.NoError(t, err)
				defer resp.Body.Close()
				_, err = io.ReadAll(resp.Body)
				return err
			},
		} {
			t.Run(name+", "+target, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(50*time.Millisecond, func() { cancel(errCause) }).Stop()
				err := call(ctx)
				assert.ErrorIs(t, err, context.Canceled)
				assert.ErrorIs(t, err, errCause)
			})
		}
	}
}

// wrapped is a transport of somebody else's around one of net/http.
type wrapped struct{ next http.RoundTripper }

func (w wrapped) RoundTrip(req *http.Request) (*http.Response, error) { return w.next.RoundTrip(req) }
