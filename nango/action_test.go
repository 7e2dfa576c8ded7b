package nango_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// exchange is a response that was not recorded; header holds names and values in turn.
func exchange(status int, body string, header ...string) *recordings.Exchange {
	e := &recordings.Exchange{}
	e.Response.Status, e.Response.Body = status, body
	e.Response.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for i := 0; i < len(header); i += 2 {
		e.Response.Header.Set(header[i], header[i+1])
	}
	return e
}

// transportFunc is a transport of the test's own.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

var recordedActions = map[string]struct {
	name  string
	input any
	want  any
}{
	"action/trigger-sync-echo": {"echo", map[string]any{"message": "héllo", "times": 3},
		map[string]any{"message": "héllo", "times": json.Number("3"), "connectionId": "conn-none-1"}},
	"action/trigger-missing-input": {"echo", nil, map[string]any{"times": json.Number("1"), "connectionId": "conn-none-1"}},
	"action/trigger-invalid-input": {"echo", map[string]int{"message": 5},
		map[string]any{"message": json.Number("5"), "times": json.Number("1"), "connectionId": "conn-none-1"}},
	"action/trigger-input-primitive":      {"no-output", "str", nil},
	"action/trigger-no-output-null-input": {"no-output", (*int)(nil), nil},
}

func TestRecordedActions(t *testing.T) {
	for name, test := range recordedActions {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t, name)
			got, err := nango.TriggerAction[any](t.Context(), client.Connection("demo-none", "conn-none-1"), test.name, test.input)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			server.requireRecorded()
		})
	}
}

func TestRecordedActionFailures(t *testing.T) {
	badName := nango.FieldError{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-zA-Z0-9_-]+$/", Path: []string{"action_name"}}
	for name, test := range map[string]struct {
		integration, action string
		input               any
		is                  error
		code, payload       string
		fields              []nango.FieldError
	}{
		"action/trigger-action-error": {action: "fail-action", input: map[string]string{"reason": "because"},
			is: nango.ErrAction, code: "action_script_runtime_error", payload: `{"hint":"custom payload","reason":"because"}`},
		"action/trigger-input-array": {action: "fail-action", input: []int{1, 2},
			is: nango.ErrAction, code: "action_script_runtime_error", payload: `{"hint":"custom payload","reason":"none"}`},
		"action/trigger-crash-upstream-418": {action: "crash-action", input: struct{}{},
			is: nango.ErrAction, code: "script_http_error", payload: `{"error":{"code":"upstream_418","message":"Upstream says 418"}}`},
		"action/trigger-unknown-action":      {action: "zzz", is: nango.ErrNotFound, code: "not_found"},
		"action/trigger-is-sync-as-action":   {action: "fetch-items", is: nango.ErrNotFound, code: "not_found"},
		"action/trigger-unknown-integration": {integration: "zzz", action: "echo", input: map[string]string{"message": "x"}, is: nango.ErrNotFound, code: "unknown_connection"},
		"action/trigger-bad-action-name":     {action: "a b", is: nango.ErrInvalid, code: "invalid_body", fields: []nango.FieldError{badName}},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := refused(t, name)
			if test.integration == "" {
				test.integration = "demo-none"
			}
			got, err := nango.TriggerAction[any](t.Context(), client.Connection(test.integration, "conn-none-1"), test.action, test.input)
			assert.Nil(t, got)
			requireFailure(t, err, test.is, test.code, test.fields...)
			server.requireRecorded()
			failure, _ := errors.AsType[*nango.Error](err)
			assert.Equal(t, test.payload, string(failure.Payload()))
		})
	}
}

func TestActionThatFailsOfAnotherAPI(t *testing.T) {
	client, _ := serve(t, "action/trigger-crash-upstream-418")
	_, err := nango.TriggerAction[any](t.Context(), client.Connection("demo-none", "conn-none-1"), "crash-action", struct{}{})
	upstream, ok := errors.AsType[*nango.UpstreamError](err)
	require.True(t, ok)
	assert.Equal(t, 418, upstream.StatusCode)
	assert.Equal(t, http.Header{"Content-Type": {"application/json"}}, upstream.Header())
	assert.Equal(t, `{"error":{"code":"upstream_418","message":"Upstream says 418"}}`, string(upstream.Body()))
}

// requireResult triggers an action that responds with body.
func requireResult[T any](t *testing.T, body string, want T) {
	t.Helper()
	client, _ := serveBodies(t, body)
	got, err := nango.TriggerAction[T](t.Context(), client.Connection("github", "conn"), "act", nil)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestActionResults(t *testing.T) {
	requireResult[any](t, `null`, nil)
	requireResult(t, `null`, "")
	requireResult(t, `null`, 0)
	requireResult(t, `null`, false)
	requireResult(t, `null`, (*issue)(nil))
	requireResult(t, `null`, issue{})
	requireResult(t, `"text"`, "text")
	requireResult(t, `9007199254740993`, int64(9007199254740993))
	requireResult[any](t, `9007199254740993`, json.Number("9007199254740993"))
	requireResult(t, `true`, true)
	requireResult(t, `[1,null,{"a":2}]`, []any{json.Number("1"), nil, map[string]any{"a": json.Number("2")}})
	requireResult(t, `{"id":"7","number":1,"Title":"t","more":{}}`, issue{"7", 1, "t"})
	requireResult(t, `{"a" : 1}`, json.RawMessage(`{"a" : 1}`))
}

func TestActionResultThatDoesNotFit(t *testing.T) {
	client, _ := serveBodies(t, `{"id":5}`)
	got, err := nango.TriggerAction[issue](t.Context(), client.Connection("github", "conn"), "act", nil)
	assert.Equal(t, issue{}, got)
	require.EqualError(t, err, "nango: POST /action/trigger: 200 OK: json: cannot decode JSON number into Go string at ID (offset 7)")
}

type count int

type zero struct{}

func (zero) MarshalJSON() ([]byte, error) { return []byte(" 0 "), nil }

func TestFalsyInputsAreRefused(t *testing.T) {
	for _, input := range []any{
		0, false, "", 0.0, math.Copysign(0, -1), count(0), uint8(0), new(0), new(false), new(""), new(count(0)), zero{},
		json.Number("-0"), json.RawMessage("0"), json.RawMessage("-0.00"), json.RawMessage("0e7"), json.RawMessage("1e-400"),
		json.RawMessage(" false"), json.RawMessage(`"" `),
	} {
		client, server := serve(t)
		_, err := nango.TriggerAction[any](t.Context(), client.Connection("github", "conn"), "act", input)
		requireArgument(t, err, "input", `is 0, false or ""`)
		server.requireSent()
	}
}

func TestActionInputs(t *testing.T) {
	for _, test := range []struct {
		input any
		body  string
	}{
		{nil, `{"action_name":"act"}`},
		{(*issue)(nil), `{"action_name":"act","input":null}`},
		{map[string]any(nil), `{"action_name":"act","input":null}`},
		{json.RawMessage("null"), `{"action_name":"act","input":null}`},
		{struct{}{}, `{"action_name":"act","input":{}}`},
		{[]int{}, `{"action_name":"act","input":[]}`},
		{"0", `{"action_name":"act","input":"0"}`},
		{" ", `{"action_name":"act","input":" "}`},
		{true, `{"action_name":"act","input":true}`},
		{-1, `{"action_name":"act","input":-1}`},
		{int64(9007199254740993), `{"action_name":"act","input":9007199254740993}`},
		{new(issue{ID: "1"}), `{"action_name":"act","input":{"id":"1","number":0,"Title":""}}`},
	} {
		client, server := serveBodies(t, `null`)
		_, err := nango.TriggerAction[any](t.Context(), client.Connection("github", "conn"), "act", test.input)
		require.NoError(t, err)
		server.requireSent(sent{Method: "POST", Path: "/action/trigger", Body: test.body,
			Header: http.Header{"Content-Type": {"application/json"}, "Connection-Id": {"conn"}, "Provider-Config-Key": {"github"}}})
		assert.Equal(t, test.body, server.requests[0].Body, "byte for byte")
	}
}

func TestTriggerActionRefuses(t *testing.T) {
	for _, test := range []struct {
		integration, connection, name string
		input                         any
		argument, reason              string
	}{
		{"github", "conn", "", nil, "name", "is empty"},
		{"github", "conn", "act", make(chan int), "input", "cannot be encoded as JSON"},
		{" github", "conn", "act", nil, "integrationID", "begins or ends with a space"},
		{"github", "conn ", "act", nil, "connectionID", "begins or ends with a space"},
		{"github", "", "act", nil, "connectionID", isEmpty},
		{"github", "a\nb", "act", nil, "connectionID", "holds a control character"},
	} {
		client, server := serve(t)
		_, err := nango.TriggerAction[any](t.Context(), client.Connection(test.integration, test.connection), test.name, test.input)
		requireArgument(t, err, test.argument, test.reason)
		server.requireSent()
	}
}

func TestActionsAreNotRepeated(t *testing.T) {
	for _, failed := range []*recordings.Exchange{
		exchange(500, `{"error":{"code":"action_script_runtime_error"}}`),
		exchange(500, `{"error":{"code":"internal_server_error"}}`),
		exchange(424, `{"error":{"code":"script_http_error"}}`, "Retry-After", "1"),
		exchange(500, ``), exchange(502, `<html>`, "Content-Type", "text/html"), exchange(503, `{}`, "Retry-After", "1"), exchange(504, ``),
	} {
		server := &server{t: t, responses: []*recordings.Exchange{failed}}
		client := server.client(nango.WithRetry(nango.RetryPolicy{}))
		_, err := nango.TriggerAction[any](t.Context(), client.Connection("github", "conn"), "act", nil)
		assert.Error(t, err)
		assert.Len(t, server.requests, 1, "%d %s", failed.Response.Status, failed.Response.Body)
	}
	calls := 0
	client := (&server{t: t}).client(nango.WithRetry(nango.RetryPolicy{}), nango.WithHTTPClient(&http.Client{
		Transport: transportFunc(func(*http.Request) (*http.Response, error) { calls++; return nil, io.ErrUnexpectedEOF })}))
	_, err := nango.TriggerAction[any](t.Context(), client.Connection("github", "conn"), "act", nil)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, 1, calls, "it may have begun")
}

// A rate limit, and a connection that could not be made, come before the action begins.
func TestActionsAreRepeatedBeforeTheyBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		server := &server{t: t, responses: []*recordings.Exchange{exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "7"), exchange(200, `1`)}}
		transport := transportFunc(func(req *http.Request) (*http.Response, error) {
			if time.Since(started) == 0 {
				time.Sleep(time.Second)
				httptrace.ContextClientTrace(req.Context()).GetConn("nango.test:443")
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
			}
			return server.RoundTrip(req)
		})
		client := server.client(nango.WithRetry(nango.RetryPolicy{BaseDelay: 1}), nango.WithHTTPClient(&http.Client{Transport: transport}))
		got, err := nango.TriggerAction[int](t.Context(), client.Connection("github", "conn"), "act", "x")
		require.NoError(t, err)
		assert.Equal(t, 1, got)
		want := sent{Method: "POST", Path: "/action/trigger", Body: `{"action_name":"act","input":"x"}`,
			Header: http.Header{"Content-Type": {"application/json"}, "Connection-Id": {"conn"}, "Provider-Config-Key": {"github"}}}
		server.requireSent(want, want)
		assert.Equal(t, 8*time.Second, time.Since(started).Truncate(time.Second))
	})
}

func TestActionsHaveTheTimeThatTheyNeed(t *testing.T) {
	slow := transportFunc(func(req *http.Request) (*http.Response, error) {
		select {
		case <-time.After(14 * time.Minute):
			return exchange(200, `"done"`).Respond(req), nil
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	})
	synctest.Test(t, func(t *testing.T) {
		client := (&server{t: t}).client(nango.WithHTTPClient(&http.Client{Transport: slow}), nango.WithAttemptTimeout(time.Second))
		got, err := nango.TriggerAction[string](t.Context(), client.Connection("github", "conn"), "act", nil)
		require.NoError(t, err)
		assert.Equal(t, "done", got)

		ctx, cancel := context.WithTimeout(t.Context(), 13*time.Minute)
		defer cancel()
		_, err = nango.TriggerAction[string](ctx, client.Connection("github", "conn"), "act", nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestActionsAreRateLimited(t *testing.T) {
	client, _ := serve(t, "ratelimit/429-post-action")
	_, err := nango.TriggerAction[any](t.Context(), client.Connection("github", "conn"), "echo", nil)
	requireFailure(t, err, nango.ErrRateLimited, "too_many_request")
	assert.True(t, strings.HasSuffix(err.Error(), "(retry after 59s)"), "%v", err)
}
