package nango

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/dotpath"
)

const (
	testKey  = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	testBase = "https://nango.test"
)

// roundTrip is a server in memory.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// testClient returns a client of a server in memory.
func testClient(t *testing.T, server roundTrip, opts ...Option) *Client {
	t.Helper()
	opts = append([]Option{WithBaseURL(testBase), WithHTTPClient(&http.Client{Transport: server})}, opts...)
	client, err := New(testKey, opts...)
	require.NoError(t, err)
	return client
}

// send sends a request of the test's own through the chain of the client.
func send(ctx context.Context, c *Client, method, target, body string) (*http.Response, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.config.baseURL.String()+target, reader)
	if err != nil {
		return nil, err
	}
	return c.Generated().Client.Do(req)
}

// get is the request of most tests: the operation getConnection, which may always be repeated.
func get(ctx context.Context, c *Client) (*http.Response, error) {
	return send(ctx, c, "GET", "/connections/conn-1?provider_config_key=github", "")
}

// reply is a response of the server in memory; header holds names and values in turn.
func reply(status int, body string, header ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

// found is a success of the operations that the tests of the chain send: a connection, or that it was done.
const found = `{"connection_id":"a","success":true}`

// always is a server that gives the same response to everything.
func always(status int, body string, header ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

// failureOf returns the *Error that err is or wraps.
func failureOf(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	require.True(t, ok, "%T is no *Error: %v", err, err)
	return e
}

func TestChainOrder(t *testing.T) {
	t.Run("identified once, repeated, each attempt observed with its number", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var attempts []AttemptResult
			var sent []http.Header
			client := testClient(t, func(req *http.Request) (*http.Response, error) {
				sent = append(sent, req.Header)
				<-time.After(time.Second)
				if len(sent) < 3 {
					return reply(503, `{}`), nil
				}
				return reply(200, found), nil
			}, WithObserver(Observer{AttemptEnd: func(_ context.Context, a AttemptResult) { attempts = append(attempts, a) }}))
			resp, err := get(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, 200, resp.StatusCode)
			template := AttemptResult{Attempt: Attempt{Call: Call{Operation: "getConnection", Method: "GET", Path: "/connections/{connectionId}", BaseURL: testBase}}, Duration: time.Second}
			want := []AttemptResult{template, template, template}
			for i, status := range []int{503, 503, 200} {
				want[i].Number, want[i].StatusCode = i+1, status
				if status == 503 {
					want[i].Sentinel = ErrServer
				}
			}
			assert.Equal(t, want, attempts)
			for _, header := range sent {
				assert.Equal(t, []string{"Bearer " + testKey}, header["Authorization"])
			}
		})
	})
	t.Run("a refused request reaches neither the observer nor the network", func(t *testing.T) {
		client := testClient(t, func(*http.Request) (*http.Response, error) {
			t.Error("sent")
			return reply(200, found), nil
		}, WithObserver(Observer{
			CallStart:    func(ctx context.Context, _ Call) context.Context { t.Error("observed"); return ctx },
			AttemptStart: func(ctx context.Context, _ Attempt) context.Context { t.Error("observed"); return ctx },
		}))
		_, err := send(t.Context(), client, "GET", "/connections/%2e", "")
		assert.Equal(t, &ArgumentError{Name: "connectionId", Reason: dotpath.Reason}, err)
	})
}
