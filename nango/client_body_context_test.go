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
			"a success": func(ctx context.Context) error { return checkResponse(send(ctx, client, "GET", "/connections/a", "")) },
			"a failure": func(ctx context.Context) error { return checkResponse(send(ctx, client, "GET", "/connections/b", "")) },
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
				if err != nil { // on a slow machine
					return err
				}
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

// stuck is a body that knows no context and no end.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { select {} }
func (stuck) Close() error             { return nil }

// Whatever the status is, a redirect that would be followed too, and whichever way the transport comes in.
func TestBodiesOfForeignTransportsEndWithTheContext(t *testing.T) {
	for _, status := range []int{200, 302, 303, 404, 500} {
		foreign := roundTrip(func(req *http.Request) (*http.Response, error) {
			resp := reply(status, ``, "Location", "/gw/connections/b")
			resp.Body, resp.ContentLength = stuck{}, -1
			return resp, nil
		})
		before := http.DefaultTransport
		http.DefaultTransport = foreign
		defer func() { http.DefaultTransport = before }()
		for _, httpClient := range []*http.Client{{Transport: foreign}, {}, {Transport: foreign, Timeout: 20 * time.Millisecond}} {
			client, err := New(testKey, WithBaseURL(testBase), WithHTTPClient(httpClient), WithRetry(RetryPolicy{MaxAttempts: 1}))
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err = checkResponse(get(ctx, client))
			cancel()
			if status == 302 || status == 303 { // followed to the last, and never read
				assert.Equal(t, status, failureOf(t, err).StatusCode)
				continue
			}
			assert.ErrorIs(t, err, context.DeadlineExceeded, "%d", status)
			assert.Equal(t, status, failureOf(t, err).StatusCode)
		}
	}
}

func TestNoResponseOfTheProxyAfterTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := testClient(t, func(*http.Request) (*http.Response, error) {
		cancel() // and the transport goes on
		return reply(200, `{}`), nil
	})
	_, err := client.Connection("i", "c").Proxy(ctx, ProxyRequest{Path: "/x"})
	assert.ErrorIs(t, err, context.Canceled)
}
