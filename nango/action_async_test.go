package nango_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const echoRun = "ffbc7526-95fe-48c4-876d-9d366285604f"

type echoed struct {
	Message      string `json:"message"`
	Times        int    `json:"times"`
	ConnectionID string `json:"connectionId"`
}

func TestTriggerActionAsync(t *testing.T) {
	client, server := serve(t, "action/trigger-async", "action/trigger-async-no-output")
	h := client.Connection("demo-none", "conn-none-1")
	echo, err := h.TriggerActionAsync(t.Context(), "echo", map[string]string{"message": "async"}, nil)
	require.NoError(t, err)
	assert.Equal(t, echoRun, echo.ID())
	none, err := h.TriggerActionAsync(t.Context(), "no-output", nil, &nango.AsyncActionParams{})
	require.NoError(t, err)
	assert.Equal(t, "cc99cbd9-dc56-42f0-a1ee-826ee7319fb2", none.ID())
	server.requireRecorded()
}

func TestTriggerActionAsyncMaxRetries(t *testing.T) {
	client, server := serve(t, "action/trigger-async")
	_, err := client.Connection("demo-none", "conn-none-1").TriggerActionAsync(t.Context(), "echo", nil, &nango.AsyncActionParams{MaxRetries: 5})
	require.NoError(t, err)
	server.requireSent(sent{Method: "POST", Path: "/action/trigger", Body: `{"action_name":"echo"}`, Header: http.Header{
		"Content-Type": {"application/json"}, "Connection-Id": {"conn-none-1"}, "Provider-Config-Key": {"demo-none"},
		"X-Async": {"true"}, "X-Max-Retries": {"5"},
	}})
}

func TestTriggerActionAsyncErrors(t *testing.T) {
	client, server := serve(t, "action/trigger-unknown-action", "action/trigger-unknown-integration", "auth/scoped-action-403")
	h := client.Connection("i", "c")
	requireFailure(t, failed(h.TriggerActionAsync(t.Context(), "zzz", nil, nil)), nango.ErrNotFound, "not_found")
	requireFailure(t, failed(h.TriggerActionAsync(t.Context(), "echo", nil, nil)), nango.ErrNotFound, "unknown_connection")
	requireFailure(t, failed(h.TriggerActionAsync(t.Context(), "echo", nil, nil)), nango.ErrForbidden, "forbidden")
	assert.Len(t, server.requests, 3)
}

// Without the header that a proxy took away the action runs synchronously: its result is no reference.
func TestTriggerActionAsyncThatWasNot(t *testing.T) {
	for _, result := range []string{`{"message":"async","times":1}`, `null`, `{"id":""}`} {
		client, _ := serveBodies(t, result)
		action, err := client.Connection("i", "c").TriggerActionAsync(t.Context(), "echo", nil, nil)
		assert.Nil(t, action)
		assert.EqualError(t, err, "nango: POST /action/trigger: 200 OK: the response has no id: a proxy on the way may have removed the header X-Async", result)
	}
}

func TestAsyncActionArguments(t *testing.T) {
	deadline, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, server := serve(t)
	h, run := client.Connection("i", "c"), client.AsyncAction(echoRun)
	for _, test := range []struct {
		err              error
		argument, reason string
	}{
		{failed(h.TriggerActionAsync(t.Context(), "", nil, nil)), "name", "is empty"},
		{failed(h.TriggerActionAsync(t.Context(), "a", 0, nil)), "input", `is 0, false or ""`},
		{failed(h.TriggerActionAsync(t.Context(), "a", make(chan int), nil)), "input", "cannot be encoded"},
		{failed(h.TriggerActionAsync(t.Context(), "a", nil, &nango.AsyncActionParams{MaxRetries: 6})), "MaxRetries", "must be from 0 to 5"},
		{failed(h.TriggerActionAsync(t.Context(), "a", nil, &nango.AsyncActionParams{MaxRetries: -1})), "MaxRetries", "must be from 0 to 5"},
		{failed(client.Connection("", "c").TriggerActionAsync(t.Context(), "a", nil, nil)), "integrationID", isEmpty},
		{failed(client.Connection("i", "c ").TriggerActionAsync(t.Context(), "a", nil, nil)), "connectionID", "begins or ends with a space"},
		{failed(nango.ActionResult[any](t.Context(), client.AsyncAction(""))), "id", isEmpty},
		{failed(nango.ActionResult[any](t.Context(), client.AsyncAction(".."))), "id", hasDots},
		{failed(nango.WaitForActionResult[any](t.Context(), run, nil)), "ctx", "has no deadline"},
		{failed(nango.WaitForActionResult[any](deadline, run, &nango.WaitParams{MinDelay: -1})), "Wait", "holds a negative value"},
		{failed(nango.WaitForActionResult[any](deadline, run, &nango.WaitParams{MinDelay: 2, MaxDelay: 1})), "Wait", "has a MaxDelay below MinDelay"},
	} {
		requireArgument(t, test.err, test.argument, test.reason)
	}
	server.requireSent()

	_, err := nango.WaitForActionResult[any](deadline, client.AsyncAction("."), nil)
	var refused *nango.ArgumentError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "id", refused.Name)
	server.requireSent()
}

func TestActionResult(t *testing.T) {
	client, server := serve(t, "action/result-success")
	got, err := nango.ActionResult[echoed](t.Context(), client.AsyncAction(echoRun))
	require.NoError(t, err)
	assert.Equal(t, echoed{"async", 1, "conn-none-1"}, got)
	server.requireRecorded()
	loose, err := nango.ActionResult[any](t.Context(), client.AsyncAction(echoRun))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"message": "async", "times": json.Number("1"), "connectionId": "conn-none-1"}, loose)
}

func TestActionResultErrors(t *testing.T) {
	for recording, test := range map[string]struct {
		id   string
		is   error
		code string
	}{
		"action/result-immediately":     {echoRun, nango.ErrActionPending, "not_found"},
		"action/result-no-output-later": {"cc99cbd9-dc56-42f0-a1ee-826ee7319fb2", nango.ErrActionPending, "not_found"},
		"action/result-unknown":         {"4c3a3242-2496-420d-a1b0-8c9bfccae57a", nango.ErrActionPending, "not_found"},
		"action/result-failed-later":    {"9da7d5e4-97ee-47f8-a045-334b555d4154", nango.ErrAction, "action_script_runtime_error"},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			got, err := nango.ActionResult[echoed](t.Context(), client.AsyncAction(test.id))
			requireFailure(t, err, test.is, test.code)
			assert.NotErrorIs(t, err, nango.ErrNotFound)
			assert.Equal(t, echoed{}, got)
			server.requireRecorded()
		})
	}
	client, server := refused(t, "action/result-bad-id")
	_, err := nango.ActionResult[any](t.Context(), client.AsyncAction("not-a-uuid"))
	requireFailure(t, err, nango.ErrInvalid, "invalid_uri_params",
		nango.FieldError{Code: "invalid_format", Message: "Invalid UUID", Path: []string{"id"}})
	server.requireRecorded()
}

// waitForEcho waits for at most a minute and returns how long it took.
func waitForEcho(t *testing.T, client *nango.Client, params *nango.WaitParams) (got echoed, took time.Duration, err error) {
	t.Helper()
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err = nango.WaitForActionResult[echoed](ctx, client.AsyncAction(echoRun), params)
	return got, time.Since(started), err
}

func TestWaitForActionResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "action/result-immediately", "action/result-immediately", "action/result-success")
		got, took, err := waitForEcho(t, client, nil)
		require.NoError(t, err)
		assert.Equal(t, echoed{"async", 1, "conn-none-1"}, got)
		assert.Equal(t, 2500*time.Millisecond, took)
		server.requireRecorded()
	})
}

// The deadline is told, and that the server said to the end that there is no result; also after a failure in between.
func TestWaitForActionResultEndsAtTheDeadline(t *testing.T) {
	pending, down := "action/result-immediately", exchange(503, ``)
	for name, responses := range map[string]func(*server){
		"pending":                     func(*server) {},
		"a failure, then pending":     func(s *server) { s.responses = append([]*recordings.Exchange{down}, s.responses...) },
		"pending, then only failures": func(s *server) { s.responses = append(s.responses, down) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := serve(t, pending)
				responses(server)
				got, took, err := waitForEcho(t, client, &nango.WaitParams{MinDelay: 13 * time.Second, MaxDelay: 13 * time.Second, MaxFailures: 10})
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorIs(t, err, nango.ErrActionPending)
				assert.EqualError(t, err, "nango: waiting for the result of an action ended after 5 polls in 1m0s: context deadline exceeded "+
					"(last error: nango: GET /action/{id}: 404 not_found: No action 'ffbc7526-95fe-48c4-876d-9d366285604f' found (there is no result yet, or no such action))")
				assert.Equal(t, time.Minute, took)
				assert.Equal(t, echoed{}, got)
				assert.Len(t, server.requests, 5)
			})
		})
	}
}

func TestWaitForActionResultFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "action/result-immediately", "action/result-failed-later")
		_, took, err := waitForEcho(t, client, nil)
		requireFailure(t, err, nango.ErrAction, "action_script_runtime_error")
		assert.NotErrorIs(t, err, nango.ErrActionPending)
		wait, ok := err.(*nango.WaitError)
		require.True(t, ok)
		assert.Equal(t, 2, wait.Polls)
		assert.Equal(t, time.Second, took)
		assert.Len(t, server.requests, 2)
	})
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "action/result-bad-id")
		_, took, err := waitForEcho(t, client, nil)
		assert.ErrorIs(t, err, nango.ErrInvalid)
		assert.Equal(t, time.Duration(0), took)
		assert.Len(t, server.requests, 1)
	})
}

// Passing errors do not end the wait until there are too many in a row; the result after them counts.
func TestWaitForActionResultToleratesPassingErrors(t *testing.T) {
	passing := []*recordings.Exchange{
		exchange(503, ``), exchange(502, `<html>`, "Content-Type", "text/html"),
		exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "20"), exchange(500, `{"error":{"code":"server_error"}}`),
	}
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "action/result-success")
		server.responses = append(passing[:4:4], server.responses...)
		got, took, err := waitForEcho(t, client, nil)
		require.NoError(t, err)
		assert.Equal(t, "async", got.Message)
		assert.Equal(t, time.Second+1500*time.Millisecond+20*time.Second+3375*time.Millisecond, took)
	})
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "action/result-immediately")
		server.responses = append(server.responses, passing[:2]...)
		_, _, err := waitForEcho(t, client, &nango.WaitParams{MaxFailures: 2})
		assert.ErrorIs(t, err, nango.ErrServer)
		assert.NotErrorIs(t, err, nango.ErrActionPending, "what ended the wait is told")
		assert.Len(t, server.requests, 4)
	})
}
