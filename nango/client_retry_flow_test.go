package nango

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script is a server that answers what it was told, in turn, and counts.
type script struct {
	steps  []func() (*http.Response, error)
	bodies []string
}

func (s *script) serve(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	s.bodies = append(s.bodies, body)
	if len(s.bodies) > len(s.steps) {
		return nil, errors.New("one request too many")
	}
	resp, err := s.steps[len(s.bodies)-1]()
	if err == errDial { // as net/http does, a connection is asked for, and nothing written
		httptrace.ContextClientTrace(req.Context()).GetConn("nango.test:443")
	}
	return resp, err
}

func responds(status int, body string, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body, header...), nil }
}

func breaks(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

const notFoundBody = `{"error":{"code":"not_found","message":"gone"}}`

func TestRetryFlow(t *testing.T) {
	for _, test := range []struct {
		name           string
		method, target string
		body           string
		opts           []Option
		steps          []func() (*http.Response, error)
		status         int // of the last response; 0 for an error
		attempts       int
		least, most    time.Duration // of the whole call
	}{
		{name: "three attempts in all", method: "GET", target: "/connections/a", status: 503, attempts: 3, most: 1500 * time.Millisecond,
			steps: []func() (*http.Response, error){responds(503, ``), responds(503, ``), responds(503, ``)}},
		{name: "until it succeeds", method: "GET", target: "/connections/a", status: 200, attempts: 3, most: 1500 * time.Millisecond,
			steps: []func() (*http.Response, error){breaks(errReset), responds(500, ``), responds(200, found)}},
		{name: "Retry-After twice is waited for exactly", method: "POST", target: "/connect/sessions", body: `{}`, status: 201, attempts: 3,
			least: time.Minute, most: time.Minute,
			steps: []func() (*http.Response, error){responds(429, ``, "Retry-After", "30"), responds(429, ``, "Retry-After", "30"), responds(201, found)}},
		{name: "Retry-After 0 is a second", method: "GET", target: "/connections", status: 200, attempts: 2, least: time.Second, most: time.Second,
			steps: []func() (*http.Response, error){responds(429, ``, "Retry-After", "0"), responds(200, found)}},
		{name: "Retry-After past the cap comes back at once", method: "GET", target: "/connections", status: 429, attempts: 1,
			steps: []func() (*http.Response, error){responds(429, ``, "Retry-After", "31")}},
		{name: "MaxAttempts 1 turns it off", method: "GET", target: "/connections", opts: []Option{WithRetry(RetryPolicy{MaxAttempts: 1})}, status: 503, attempts: 1,
			steps: []func() (*http.Response, error){responds(503, ``)}},
		{name: "a policy of five", method: "GET", target: "/connections", opts: []Option{WithRetry(RetryPolicy{MaxAttempts: 5, BaseDelay: 1, MaxDelay: 1})}, status: 200, attempts: 5, most: 5,
			steps: []func() (*http.Response, error){responds(503, ``), responds(503, ``), responds(503, ``), responds(503, ``), responds(200, found)}},
		{name: "a creation is not repeated after a 503", method: "POST", target: "/connections", body: `{}`, status: 503, attempts: 1,
			steps: []func() (*http.Response, error){responds(503, ``)}},
		{name: "a creation is not repeated after a reset", method: "POST", target: "/connections", body: `{}`, attempts: 1,
			steps: []func() (*http.Response, error){breaks(errReset)}},
		{name: "a creation is repeated when there was no connection", method: "POST", target: "/connections", body: `{"a":1}`, status: 201, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){breaks(errDial), responds(201, found)}},
		{name: "an unknown operation is not repeated", method: "GET", target: "/config/github", status: 503, attempts: 1,
			steps: []func() (*http.Response, error){responds(503, ``)}},
		{name: "a failed refresh is not repeated", method: "GET", target: "/connections/a", status: 502, attempts: 1,
			steps: []func() (*http.Response, error){responds(502, `{"error":{"code":"invalid_credentials"}}`)}},
		{name: "a failed action's result is not asked for again", method: "GET", target: "/action/a", status: 500, attempts: 1,
			steps: []func() (*http.Response, error){responds(500, `{"error":{"code":"action_script_runtime_error"}}`)}},
		{name: "a bad cursor is not repeated", method: "GET", target: "/records?model=A&cursor=x", status: 500, attempts: 1,
			steps: []func() (*http.Response, error){responds(500, `{"error":{"code":"server_error","message":"Failed to fetch records"}}`)}},
		{name: "a body that breaks off is repeated", method: "GET", target: "/connections/a", status: 200, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){func() (*http.Response, error) {
				resp := reply(200, ``)
				resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"a":`), &failed{err: io.ErrUnexpectedEOF})), 100
				return resp, nil
			}, responds(200, found)}},

		{name: "the proxy: Nango's 429 is repeated", method: "POST", target: "/proxy/x", body: `{"b":2}`, status: 200, attempts: 2, least: 2 * time.Second, most: 2 * time.Second,
			steps: []func() (*http.Response, error){responds(429, `{"error":{"code":"too_many_request","method":"POST","path":"/proxy/x"}}`, "Retry-After", "2"), responds(200, found)}},
		{name: "the proxy: the provider's 429 is not", method: "GET", target: "/proxy/x", status: 429, attempts: 1,
			steps: []func() (*http.Response, error){responds(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "2")}},
		{name: "the proxy: nothing else is", method: "GET", target: "/proxy/x", status: 503, attempts: 1,
			steps: []func() (*http.Response, error){responds(503, `{}`)}},
		{name: "the proxy: a failure of the network is not", method: "GET", target: "/proxy/x", attempts: 1,
			steps: []func() (*http.Response, error){breaks(io.EOF)}},
		{name: "the proxy: a connection that could not be made is", method: "POST", target: "/proxy/x", body: `{}`, status: 200, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){breaks(errDial), responds(200, `{}`)}},

		{name: "DELETE: unknown after a 5xx is done", method: "DELETE", target: "/connections/a", status: 204, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(502, ``), responds(400, `{"error":{"code":"unknown_connection"}}`)}},
		{name: "DELETE: unknown after a reset is done", method: "DELETE", target: "/integrations/a", status: 204, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){breaks(errReset), responds(404, notFoundBody)}},
		{name: "DELETE: unknown after a reset and a 429 is done", method: "DELETE", target: "/integrations/a", status: 204, attempts: 3, least: time.Second, most: 2 * time.Second,
			steps: []func() (*http.Response, error){breaks(errReset), responds(429, ``, "Retry-After", "1"), responds(404, notFoundBody)}},
		{name: "DELETE: unknown after a failed dial is unknown", method: "DELETE", target: "/integrations/a", status: 404, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){breaks(errDial), responds(404, notFoundBody)}},
		{name: "DELETE: unknown at first is unknown", method: "DELETE", target: "/integrations/a", status: 404, attempts: 1,
			steps: []func() (*http.Response, error){responds(404, notFoundBody)}},
		{name: "DELETE: unknown after a 429 is unknown", method: "DELETE", target: "/integrations/a", status: 404, attempts: 2, least: time.Second, most: time.Second,
			steps: []func() (*http.Response, error){responds(429, ``, "Retry-After", "1"), responds(404, notFoundBody)}},
		{name: "DELETE: a page that is not Nango's is no proof", method: "DELETE", target: "/integrations/a", status: 404, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(502, ``), responds(404, `<html>`, "Content-Type", "text/html")}},
		{name: "GET: unknown after a 5xx is unknown", method: "GET", target: "/integrations/a", status: 404, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(502, ``), responds(404, notFoundBody)}},
		{name: "DELETE of a session: its token is unknown by then", method: "DELETE", target: "/connect/session", status: 204, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){breaks(io.EOF), responds(401, `{"error":{"code":"unknown_connect_session_token","message":"x"}}`)}},
		{name: "DELETE of a session: gone between the two", method: "DELETE", target: "/connect/session", status: 204, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(503, ``), responds(400, `{"error":{"code":"server_error"}}`)}},
		{name: "DELETE of a session: another 401 is one", method: "DELETE", target: "/connect/session", status: 401, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(503, ``), responds(401, `{"error":{"code":"missing_auth_header"}}`)}},
		{name: "DELETE of a session: a 500 server_error is one", method: "DELETE", target: "/connect/session", status: 500, attempts: 2, most: time.Second,
			steps: []func() (*http.Response, error){responds(503, ``), responds(500, `{"error":{"code":"server_error"}}`)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &script{steps: test.steps}
				start := time.Now()
				resp, err := send(t.Context(), testClient(t, server.serve, test.opts...), test.method, test.target, test.body)
				took := time.Since(start)
				assert.Len(t, server.bodies, test.attempts)
				assert.LessOrEqual(t, took, test.most)
				assert.GreaterOrEqual(t, took, test.least)
				for _, body := range server.bodies {
					assert.Equal(t, test.body, body, "every attempt sends the whole body")
				}
				if test.status == 0 {
					assert.Equal(t, 0, failureOf(t, err).StatusCode)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, test.status, resp.StatusCode)
				if test.status == 204 {
					assert.NoError(t, checkResponse(resp, err))
				}
			})
		})
	}
}

func TestBodyThatCannotBeSentAgain(t *testing.T) {
	server := &script{steps: []func() (*http.Response, error){responds(503, ``)}}
	client := testClient(t, server.serve)
	req, err := http.NewRequestWithContext(t.Context(), "PATCH", testBase+"/connections/a", io.NopCloser(strings.NewReader(`{}`)))
	require.NoError(t, err)
	require.Nil(t, req.GetBody)
	resp, err := client.Generated().Client.Do(req)
	require.NoError(t, err)
	assert.Equal(t, 503, resp.StatusCode)
	assert.Len(t, server.bodies, 1)
}

func TestContextEnds(t *testing.T) {
	errCause := errors.New("the user went away")
	unavailable := responds(503, `{"error":{"code":"execution_environment_unavailable","message":"later"}}`)
	const text = "nango: GET /connections/{connectionId}: 503 execution_environment_unavailable: later"

	t.Run("before the wait would: the response at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := &script{steps: []func() (*http.Response, error){responds(503, `{"error":{"code":"x"}}`, "Retry-After", "10")}}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			err := checkResponse(get(ctx, testClient(t, server.serve)))
			assert.Zero(t, time.Since(start))
			assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 503 x (retry after 10s)")
			assert.NotErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorIs(t, err, ErrServer)
		})
	})
	t.Run("during a wait: both, and the cause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := &script{steps: []func() (*http.Response, error){responds(503, `{"error":{"code":"execution_environment_unavailable","message":"later"}}`, "Retry-After", "10")}}
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(3*time.Second, func() { cancel(errCause) })
			start := time.Now()
			err := checkResponse(get(ctx, testClient(t, server.serve)))
			assert.Equal(t, 3*time.Second, time.Since(start))
			assert.EqualError(t, err, text+" (retry after 10s); then context canceled: the user went away")
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, errCause)
			assert.ErrorIs(t, err, ErrServer)
			assert.Equal(t, 503, failureOf(t, err).StatusCode)
			assert.Len(t, server.bodies, 1)
		})
	})
	t.Run("during a later attempt: the last response is still there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			server := &script{steps: []func() (*http.Response, error){unavailable, func() (*http.Response, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}}
			err := checkResponse(get(ctx, testClient(t, server.serve)))
			assert.EqualError(t, err, text+"; then context deadline exceeded")
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 503, failureOf(t, err).StatusCode)
			assert.Len(t, server.bodies, 2)
		})
	})
	t.Run("during the first attempt: no response, the context's error and its cause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			server := &script{steps: []func() (*http.Response, error){func() (*http.Response, error) {
				cancel(errCause)
				return nil, ctx.Err()
			}}}
			err := checkResponse(get(ctx, testClient(t, server.serve)))
			assert.EqualError(t, err, "nango: GET /connections/{connectionId}: context canceled: the user went away")
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, errCause)
			assert.Equal(t, 0, failureOf(t, err).StatusCode)
			assert.Len(t, server.bodies, 1, "the caller's context is never repeated against")
		})
	})
}

// On a real connection, the second attempt takes the connection of the first, whose answer was read and closed.
func TestRetryUsesTheSameConnection(t *testing.T) {
	for _, target := range []string{"/connections/a", "/proxy/a"} {
		t.Run(target, func(t *testing.T) {
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Content-Type", "application/json")
				if calls == 1 {
					w.WriteHeader(429)
					io.WriteString(w, `{"error":{"code":"too_many_request","method":"GET","path":"/"}}`+strings.Repeat(" ", 100_000))
					return
				}
				io.WriteString(w, `{}`)
			}))
			defer server.Close()
			client, err := New(testKey, WithBaseURL(server.URL), WithRetry(RetryPolicy{BaseDelay: 1}))
			require.NoError(t, err)
			var reused []bool
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GotConn: func(info httptrace.GotConnInfo) { reused = append(reused, info.Reused) },
			})
			resp, err := send(ctx, client, "GET", target, "")
			require.NoError(t, err)
			assert.NoError(t, resp.Body.Close())
			assert.Equal(t, 200, resp.StatusCode)
			assert.Equal(t, []bool{false, true}, reused)
		})
	}
}
