package nangotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// actor is a server with an action called "act" at the connection that its client is for.
func actor(t *testing.T, action nangotest.Action) (*nangotest.Server, *nango.ConnectionHandle) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "unauthenticated"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme", Metadata: map[string]any{"plan": "free"}})
	action.IntegrationID, action.Name = "crm", "act"
	srv.AddAction(action)
	return srv, srv.Client().Connection("crm", "acme")
}

func TestActionResults(t *testing.T) {
	for name, tt := range map[string]struct {
		result any
		want   string
	}{
		"object": {map[string]any{"a": 1.5}, `{"a":1.5}`},
		"list":   {[]int{}, `[]`},
		"text":   {"<b>", `"\u003cb\u003e"`},
		"true":   {true, `true`},
		"number": {7, `7`},
		"null":   {nil, `null`},
		"zero":   {0.0, `null`},
		"false":  {false, `null`},
		"empty":  {"", `null`},
	} {
		t.Run(name, func(t *testing.T) {
			_, acme := actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) { return tt.result, nil }})
			got, err := nango.TriggerAction[json.RawMessage](t.Context(), acme, "act", nil)
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(got))
		})
	}
}

func TestActionCall(t *testing.T) {
	var got []nangotest.ActionCall
	srv, acme := actor(t, nangotest.Action{Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
		got = append(got, call)
		return nil, nil
	}})
	_, err := nango.TriggerAction[any](t.Context(), acme, "act", map[string]int{"a": 1})
	require.NoError(t, err)
	_, err = nango.TriggerAction[any](t.Context(), acme, "act", nil)
	require.NoError(t, err)
	status, _ := exchange(t, srv, "POST", "/action/trigger", `{"action_name":"act","input":0}`, http.Header{
		"Connection-Id": {"acme"}, "Provider-Config-Key": {"crm"},
	})
	assert.Equal(t, http.StatusOK, status)
	call := nangotest.ActionCall{IntegrationID: "crm", ConnectionID: "acme", Metadata: json.RawMessage(`{"plan":"free"}`), Attempt: 1}
	with, without := call, call
	with.Input, without.Input = json.RawMessage(`{"a":1}`), json.RawMessage(`{}`)
	assert.Equal(t, []nangotest.ActionCall{with, without, without}, got)
}

func TestActionFailures(t *testing.T) {
	const empty = `{}`
	type failure struct {
		status        int
		code, payload string
	}
	tests := map[error]failure{
		&nangotest.ActionError{Payload: map[string]any{"why": "because"}}: {500, "action_script_runtime_error", `{"why":"because"}`},
		&nangotest.ActionError{Payload: "because"}:                        {500, "action_script_runtime_error", `{"message":"because"}`},
		fmt.Errorf("wrapped: %w", &nangotest.ActionError{Payload: []int{1}}): {
			500, "action_script_runtime_error", `{"message":[1]}`,
		},
		errors.New("boom"): {500, "script_internal_error", `{"message":"boom","name":"Error"}`},
		&nangotest.ActionFailure{Code: "script_network_error", Payload: map[string]any{"code": "ECONNRESET"}}: {
			500, "script_network_error", `{"code":"ECONNRESET"}`,
		},
		&nangotest.ActionFailure{Code: "script_api_rate_limit_error"}: {424, "script_api_rate_limit_error", empty},
		&nangotest.ActionFailure{Code: "something_new"}:               {500, "unhandled_something_new", empty},
	}
	for _, code := range []string{"invalid_action_input", "invalid_action_output", "script_output_too_large", "action_failure"} {
		tests[&nangotest.ActionFailure{Code: code}] = failure{400, code, empty}
	}
	for _, code := range []string{
		"action_script_failure", "execution_timeout", "function_runtime_out_of_memory", "function_runtime_timed_out", "function_runtime_other",
		"script_cancelled", "script_invalid_error",
	} {
		tests[&nangotest.ActionFailure{Code: code}] = failure{500, code, empty}
	}
	tests[&nangotest.ActionFailure{Code: "script_aborted", Message: "own words"}] = failure{410, "script_aborted", empty}
	for cause, want := range tests {
		_, acme := actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) { return "lost", cause }})
		_, err := nango.TriggerAction[any](t.Context(), acme, "act", nil)
		require.ErrorIs(t, err, nango.ErrAction, "%v", cause)
		got, _ := errors.AsType[*nango.Error](err)
		assert.Equal(t, want, failure{got.StatusCode, got.Code, string(got.Payload())})
		if want.code == "script_aborted" {
			assert.Equal(t, "own words", got.Message)
		} else {
			assert.NotEmpty(t, got.Message)
		}
	}
}

func TestActionUpstreamError(t *testing.T) {
	for name, tt := range map[string]struct{ body, want any }{
		"object": {map[string]any{"a": 1}, `{"a":1}`},
		"text":   {"busy", `{"message":"busy"}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, acme := actor(t, nangotest.Action{Run: func(context.Context, nangotest.ActionCall) (any, error) {
				return nil, &nangotest.UpstreamError{StatusCode: 418, Body: tt.body, Header: http.Header{
					"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"5"}, "Set-Cookie": {"secret"},
				}}
			}})
			_, err := nango.TriggerAction[any](t.Context(), acme, "act", nil)
			require.ErrorIs(t, err, nango.ErrAction)
			got, _ := errors.AsType[*nango.Error](err)
			assert.Equal(t, "script_http_error", got.Code)
			assert.Equal(t, http.StatusFailedDependency, got.StatusCode)
			assert.JSONEq(t, tt.want.(string), string(got.Payload()))
			require.NotNil(t, got.Upstream)
			assert.Equal(t, 418, got.Upstream.StatusCode)
			assert.Equal(t, http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"5"}}, got.Upstream.Header())
			assert.JSONEq(t, tt.want.(string), string(got.Upstream.Body()))
		})
	}
}

// An action that calls its provider through the client may return the client's error.
func TestActionReturnsTheErrorOfItsClient(t *testing.T) {
	for name, tt := range map[string]struct{ contentType, body, want string }{
		"JSON": {"application/json", `{"a":1}`, `{"a":1}`},
		"text": {"text/plain", "busy", `{"message":"busy"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var srv *nangotest.Server
			srv, acme := actor(t, nangotest.Action{Run: func(ctx context.Context, _ nangotest.ActionCall) (any, error) {
				request := nango.ProxyRequest{Path: "/x", BaseURLOverride: "https://crm.test"}
				return nango.ProxyJSON[any](ctx, srv.Client().Connection("crm", "acme"), request)
			}})
			srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "outer", Run: func(ctx context.Context, _ nangotest.ActionCall) (any, error) {
				return nango.TriggerAction[any](ctx, srv.Client().Connection("crm", "acme"), "act", nil)
			}})
			srv.HandleHost("crm.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.WriteHeader(http.StatusUnprocessableEntity)
				fmt.Fprint(w, tt.body)
			}))
			for _, action := range []string{"act", "outer"} {
				_, err := nango.TriggerAction[any](t.Context(), acme, action, nil)
				got, _ := errors.AsType[*nango.Error](err)
				require.NotNil(t, got, "%v", err)
				assert.Equal(t, "script_http_error", got.Code, string(got.Payload()))
				require.NotNil(t, got.Upstream)
				assert.Equal(t, http.StatusUnprocessableEntity, got.Upstream.StatusCode)
				assert.JSONEq(t, tt.want, string(got.Upstream.Body()))
			}
		})
	}
}

func TestActionsThatDoNotReturn(t *testing.T) {
	codeOf := func(action nangotest.Action) string {
		_, acme := actor(t, action)
		_, err := nango.TriggerAction[any](t.Context(), acme, "act", nil)
		failed, _ := errors.AsType[*nango.Error](err)
		return failed.Code + " " + string(failed.Payload())
	}
	assert.Equal(t, `script_internal_error {"message":"boom","name":"Error"}`, codeOf(nangotest.Action{
		Run: func(context.Context, nangotest.ActionCall) (any, error) { panic("boom") },
	}))
	assert.Equal(t, "disabled_resource ", codeOf(nangotest.Action{Details: nangotest.FunctionDetails{Disabled: true}}))
}

// An action may call the server, and lasts as long as it says.
func TestActionTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var srv *nangotest.Server
		srv, acme := actor(t, nangotest.Action{Takes: 20 * time.Minute, Run: func(ctx context.Context, call nangotest.ActionCall) (any, error) {
			_, err := srv.Client().Connection("crm", "acme").Get(ctx, nil)
			return "done", err
		}})
		began := time.Now()
		got, err := nango.TriggerAction[string](t.Context(), acme, "act", nil)
		require.NoError(t, err)
		assert.Equal(t, "done", got)
		assert.Equal(t, 20*time.Minute, time.Since(began))
	})
}

// The actions of an environment run one after another; until an action has ended, and when its result is null, there is none.
func TestAsyncActions(t *testing.T) {
	srv, acme := actor(t, nangotest.Action{Takes: 5 * time.Second, Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
		if string(call.Input) == "{}" {
			return nil, nil
		}
		return call.Input, nil
	}})
	srv.SetTime(midday)
	ids := []string{"11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"}
	srv.NextIDs(ids...)
	var actions []*nango.AsyncAction
	for _, input := range []any{"first", nil, "third"} {
		a, err := acme.TriggerActionAsync(t.Context(), "act", input, nil)
		require.NoError(t, err)
		actions = append(actions, a)
	}
	results := func() (got []string) {
		for i, a := range actions {
			assert.Equal(t, ids[i], a.ID())
			result, err := nango.ActionResult[string](t.Context(), a)
			if errors.Is(err, nango.ErrActionPending) {
				result = "pending"
			} else {
				require.NoError(t, err)
			}
			got = append(got, result)
		}
		return got
	}
	srv.Advance(5*time.Second - 1)
	assert.Equal(t, []string{"pending", "pending", "pending"}, results())
	srv.Advance(1)
	assert.Equal(t, []string{"first", "pending", "pending"}, results())
	srv.Advance(10*time.Second - 1)
	assert.Equal(t, []string{"first", "pending", "pending"}, results())
	srv.Advance(1)
	assert.Equal(t, []string{"first", "pending", "third"}, results())
}

func TestAsyncActionRetries(t *testing.T) {
	for retries, want := range map[int]string{1: "the second attempt failed", 2: "well"} {
		srv, acme := actor(t, nangotest.Action{Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
			if call.Attempt == 3 {
				return "well", nil
			}
			return nil, &nangotest.ActionError{Payload: call.Attempt}
		}})
		srv.SetTime(midday)
		a, err := acme.TriggerActionAsync(t.Context(), "act", nil, &nango.AsyncActionParams{MaxRetries: retries})
		require.NoError(t, err)
		srv.Advance(time.Second)
		got, err := nango.ActionResult[string](t.Context(), a)
		if errors.Is(err, nango.ErrAction) {
			failed, _ := errors.AsType[*nango.Error](err)
			assert.Equal(t, `{"message":2}`, string(failed.Payload()))
			got = "the second attempt failed"
		}
		assert.Equal(t, want, got)
	}
}

func TestWaitForActionResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, acme := actor(t, nangotest.Action{Takes: time.Minute, Run: func(context.Context, nangotest.ActionCall) (any, error) {
			return "done", nil
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		a, err := acme.TriggerActionAsync(ctx, "act", nil, nil)
		require.NoError(t, err)
		got, err := nango.WaitForActionResult[string](ctx, a, nil)
		require.NoError(t, err)
		assert.Equal(t, "done", got)
		assert.GreaterOrEqual(t, time.Since(began), time.Minute)
		assert.Less(t, time.Since(began), time.Minute+11*time.Second)
	})
}
