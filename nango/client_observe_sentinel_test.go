package nango

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An observer is told which sentinel a failure matches, also if it is Nango's own failure of a proxied call.
func TestObserverIsToldTheSentinel(t *testing.T) {
	for _, test := range []struct {
		method, path string
		steps        []func() (*http.Response, error)
		want         error
		code         string
	}{
		{"GET", "/connections/c", []func() (*http.Response, error){responds(200, found)}, nil, ""},
		{"GET", "/connections/c", []func() (*http.Response, error){responds(404, `{"error":{"code":"unknown_connection","message":"m"}}`)}, ErrNotFound, "unknown_connection"},
		{"GET", "/connections/c", []func() (*http.Response, error){responds(418, `{"error":{"code":"teapot"}}`)}, nil, "teapot"},
		{"GET", "/connections/c", []func() (*http.Response, error){breaks(errReset)}, nil, ""},
		{"GET", "/proxy/x", []func() (*http.Response, error){responds(200, `{}`)}, nil, ""},
		{"GET", "/proxy/x", []func() (*http.Response, error){responds(404, `{"message":"the provider's"}`)}, nil, ""},
		{"GET", "/proxy/x", []func() (*http.Response, error){responds(404, `{"error":{"code":"unknown_provider_config","message":"m"}}`)}, ErrNotFound, "unknown_provider_config"},
		{"POST", "/proxy/x", []func() (*http.Response, error){responds(424, `{"error":{"code":"connection_refresh_backoff","message":"m"}}`)}, ErrRefreshFailed, "connection_refresh_backoff"},
		{"GET", "/proxy/x", []func() (*http.Response, error){responds(500, `{"message":"connect ECONNREFUSED","code":"ECONNREFUSED","method":"get"}`)}, ErrServer, ""},
	} {
		var call CallResult
		var attempt AttemptResult
		steps := &script{steps: test.steps}
		client := testClient(t, steps.serve, WithRetry(RetryPolicy{MaxAttempts: 1}), WithObserver(Observer{
			CallEnd:    func(_ context.Context, r CallResult) { call = r },
			AttemptEnd: func(_ context.Context, r AttemptResult) { attempt = r },
		}))
		resp, err := send(t.Context(), client, test.method, test.path, "")
		name := test.path + " " + test.code
		assert.Equal(t, []any{test.want, test.want, test.code, test.code}, []any{call.Sentinel, attempt.Sentinel, call.Code, attempt.Code}, name)
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.NotEmpty(t, body, name)
		}
	}
}

// Headers of an observer are added to each attempt. What the SDK or the caller has set stays.
func TestObserverAddsHeaders(t *testing.T) {
	var sent []http.Header
	steps := &script{steps: []func() (*http.Response, error){responds(503, `{}`), responds(200, found)}}
	client := testClient(t, func(req *http.Request) (*http.Response, error) {
		sent = append(sent, req.Header.Clone())
		return steps.serve(req)
	}, WithRetry(RetryPolicy{BaseDelay: 1}), WithObserver(Observer{
		AttemptStart: func(ctx context.Context, a Attempt) context.Context {
			return context.WithValue(ctx, contextKey{}, a.Number)
		},
		Headers: func(ctx context.Context, a Attempt) http.Header {
			number := string(rune('0' + ctx.Value(contextKey{}).(int)))
			added := http.Header{"traceparent": {"span " + number}, "Authorization": {"no"}, "Accept": {"no"}, "User-Agent": {"no"}, "Mine": {"no"}}
			if a.Number == 1 {
				added.Set("Once", "yes")
			}
			return added
		},
	}))
	req, err := http.NewRequestWithContext(t.Context(), "GET", testBase+"/connections/c", nil)
	require.NoError(t, err)
	req.Header.Set("Mine", "yes")
	_, err = client.Generated().Client.Do(req)
	require.NoError(t, err)
	require.Len(t, sent, 2)
	for i, header := range sent {
		assert.Equal(t, []string{"span " + string(rune('1'+i))}, header["Traceparent"])
		assert.Equal(t, []string{"Bearer " + testKey}, header["Authorization"])
		assert.Equal(t, []string{"application/json"}, header["Accept"])
		assert.Equal(t, []string{"yes"}, header["Mine"])
		assert.Contains(t, header.Get("User-Agent"), "nango")
	}
	assert.Equal(t, []string{"yes", ""}, []string{sent[0].Get("Once"), sent[1].Get("Once")})
	assert.Equal(t, http.Header{"Mine": {"yes"}}, req.Header, "the caller's request")
}
