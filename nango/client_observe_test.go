package nango

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lines decodes what a JSON handler has written.
func lines(t *testing.T, out *bytes.Buffer) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range bytes.Lines(out.Bytes()) {
		var decoded map[string]any
		require.NoError(t, json.Unmarshal(line, &decoded))
		delete(decoded, "time")
		list = append(list, decoded)
	}
	return list
}

func TestEachAttemptIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		steps := &script{steps: []func() (*http.Response, error){
			responds(503, `{"secret":"hunter2-Secret"}`, "X-Secret", secretText), breaks(errReset),
			responds(200, `{"secret":"hunter2-Secret"}`, "X-Secret", secretText),
		}}
		client := testClient(t, func(req *http.Request) (*http.Response, error) {
			<-time.After(250 * time.Millisecond)
			return steps.serve(req)
		}, WithLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		_, err := send(t.Context(), client, "PATCH", "/connections/hunter2-Secret?provider_config_key=hunter2-Secret", `{"x":"hunter2-Secret"}`)
		require.NoError(t, err)
		line := func(attempt, status float64) map[string]any {
			return map[string]any{"level": "DEBUG", "msg": "nango: attempt", "operation": "updateConnection",
				"attempt": attempt, "status": status, "duration": float64(250 * time.Millisecond)}
		}
		broken := line(2, 0)
		broken["error"] = "nango: PATCH /connections/{connectionId}: read tcp: connection reset by peer (the server may have carried it out)"
		assert.Equal(t, []map[string]any{line(1, 503), broken, line(3, 200)}, lines(t, &out))
		assertHidden(t, out.String())
		assert.NotContains(t, out.String(), testKey)
	})
}

// A transport that panics leaves no call and no attempt without an end.
func TestObserverOfAPanic(t *testing.T) {
	var ends []string
	client := testClient(t, func(*http.Request) (*http.Response, error) { panic("of the transport") }, WithObserver(Observer{
		CallEnd:    func(_ context.Context, r CallResult) { ends = append(ends, "call: "+r.Err.Error()) },
		AttemptEnd: func(_ context.Context, r AttemptResult) { ends = append(ends, "attempt: "+r.Err.Error()) },
	}))
	assert.PanicsWithValue(t, "of the transport", func() { _, _ = get(t.Context(), client) })
	require.Len(t, ends, 2)
	assert.Contains(t, ends[0], "attempt: nango: GET /connections/{connectionId}: the transport panicked")
	assert.Contains(t, ends[1], "call: nango: GET /connections/{connectionId}: the transport panicked")
}

func TestLogLevel(t *testing.T) {
	var out bytes.Buffer
	client := testClient(t, always(200, found), WithLogger(slog.New(slog.NewTextHandler(&out, nil))))
	_, err := get(t.Context(), client)
	require.NoError(t, err)
	assert.Empty(t, out.String(), "the level is debug")
}

type contextKey struct{}

// recorder is an observer that keeps what it is told, in order, and counts how deep the contexts are.
type recorder struct{ told []any }

func (r *recorder) observer() Observer {
	deeper := func(ctx context.Context) context.Context {
		depth, _ := ctx.Value(contextKey{}).(int)
		return context.WithValue(ctx, contextKey{}, depth+1)
	}
	keep := func(ctx context.Context, v any) {
		r.told = append(r.told, v, ctx.Value(contextKey{}))
	}
	return Observer{
		CallStart:    func(ctx context.Context, c Call) context.Context { keep(ctx, c); return deeper(ctx) },
		CallEnd:      func(ctx context.Context, c CallResult) { keep(ctx, c) },
		AttemptStart: func(ctx context.Context, a Attempt) context.Context { keep(ctx, a); return deeper(ctx) },
		AttemptEnd:   func(ctx context.Context, a AttemptResult) { keep(ctx, a) },
	}
}

// The observer is told of the call and of each attempt, at the start and at the end, and each context it returns goes on to the end of
// the same thing and to the transport.
func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen recorder
		steps := &script{steps: []func() (*http.Response, error){
			breaks(errReset), responds(429, `{"error":{"code":"too_many_request","message":"hunter2-Secret"}}`, "Retry-After", "2",
				"X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1790000000"),
			responds(404, `{"error":{"code":"unknown_connection","message":"hunter2-Secret"}}`, "X-RateLimit-Limit", "200", "X-Secret", secretText),
		}}
		client := testClient(t, func(req *http.Request) (*http.Response, error) {
			<-time.After(250 * time.Millisecond)
			assert.Equal(t, 3, req.Context().Value(contextKey{}))
			operation, ok := OperationFrom(req.Context())
			assert.Equal(t, OperationID("getConnection"), operation)
			assert.True(t, ok)
			return steps.serve(req)
		}, WithObserver(seen.observer()), WithRetry(RetryPolicy{BaseDelay: time.Nanosecond}))
		started := time.Now()
		_, err := send(context.WithValue(t.Context(), contextKey{}, 1), client, "GET", "/connections/hunter2-Secret?provider_config_key=hunter2-Secret", "")
		require.NoError(t, err)

		call := Call{Operation: "getConnection", Method: "GET", Path: "/connections/{connectionId}", BaseURL: testBase}
		require.Len(t, seen.told, 16)
		broken := seen.told[4].(AttemptResult)
		assert.EqualError(t, broken.Err, "nango: GET /connections/{connectionId}: read tcp: connection reset by peer")
		end := seen.told[14].(CallResult)
		assert.Equal(t, time.Since(started), end.Duration)
		end.Duration, seen.told[14] = 0, CallResult{Call: call, Attempts: 3, StatusCode: 404, Code: "unknown_connection", Sentinel: ErrNotFound}
		assert.Equal(t, seen.told[14], end)
		quarter := 250 * time.Millisecond
		assert.Equal(t, []any{
			call, 1,
			Attempt{call, 1}, 2,
			AttemptResult{Attempt: Attempt{call, 1}, Duration: quarter, Err: broken.Err}, 3,
			Attempt{call, 2}, 2,
			AttemptResult{Attempt: Attempt{call, 2}, StatusCode: 429, Code: "too_many_request", Sentinel: ErrRateLimited, Duration: quarter,
				RateLimit: &RateLimit{Limit: 200, Reset: time.Unix(1790000000, 0)}}, 3,
			Attempt{call, 3}, 2,
			AttemptResult{Attempt: Attempt{call, 3}, StatusCode: 404, Code: "unknown_connection", Sentinel: ErrNotFound, Duration: quarter}, 3,
			seen.told[14], 2,
		}, seen.told)
		assertHidden(t, fmt.Sprintf("%+v", seen.told))
	})
}

// A context that is not made from the given one loses what the caller put in, and no more. Nil loses nothing.
func TestObserverWithAContextOfItsOwn(t *testing.T) {
	type key struct{}
	for name, test := range map[string]struct {
		returned context.Context
		want     any
	}{"another": {context.Background(), nil}, "nil": {nil, "mine"}} {
		t.Run(name, func(t *testing.T) {
			var got any
			client := testClient(t, func(req *http.Request) (*http.Response, error) {
				got = req.Context().Value(key{})
				return reply(200, found), nil
			}, WithObserver(Observer{
				CallStart:    func(context.Context, Call) context.Context { return test.returned },
				AttemptStart: func(context.Context, Attempt) context.Context { return test.returned },
			}))
			_, err := get(context.WithValue(t.Context(), key{}, "mine"), client)
			assert.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

// Each func can be left out.
func TestObserverInPart(t *testing.T) {
	var calls, attempts int
	client := testClient(t, always(200, found))
	for _, observer := range []Observer{
		{CallEnd: func(context.Context, CallResult) { calls++ }}, {AttemptEnd: func(context.Context, AttemptResult) { attempts++ }},
		{CallStart: func(ctx context.Context, _ Call) context.Context { calls++; return ctx }},
		{AttemptStart: func(ctx context.Context, _ Attempt) context.Context { attempts++; return ctx }},
	} {
		observed, err := client.With(WithObserver(observer))
		require.NoError(t, err)
		_, err = get(t.Context(), observed)
		require.NoError(t, err)
	}
	assert.Equal(t, []int{2, 2}, []int{calls, attempts})
}

// Of the proxy's responses the provider's own code and rate limit are none of Nango's.
func TestObserverOfTheProxy(t *testing.T) {
	for body, code := range map[string]string{
		`{"error":{"code":"too_many_request","message":"m"}}`:                                  "",
		`{"error":{"code":"too_many_request","message":"m","method":"GET","path":"/proxy/x"}}`: "too_many_request",
	} {
		var seen recorder
		client := testClient(t, always(429, body, "X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "1"),
			WithObserver(seen.observer()), WithRetry(RetryPolicy{MaxAttempts: 1}))
		_, err := send(t.Context(), client, "GET", "/proxy/hunter2-Secret", "")
		require.NoError(t, err)
		require.Len(t, seen.told, 8)
		attempt := seen.told[4].(AttemptResult)
		attempt.Duration = 0
		var sentinel error
		if code != "" {
			sentinel = ErrRateLimited
		}
		assert.Equal(t, AttemptResult{Attempt: Attempt{Call{Operation: "proxyGet", Method: "GET", Path: "/proxy/{path}", BaseURL: testBase, Proxied: true}, 1},
			StatusCode: 429, Code: code, Sentinel: sentinel}, attempt)
	}
}

func TestObserverOfAnUnknownOperation(t *testing.T) {
	var seen AttemptResult
	client := testClient(t, always(200, found), WithObserver(Observer{AttemptEnd: func(_ context.Context, a AttemptResult) { seen = a }}))
	_, err := send(t.Context(), client, "GET", "/config/hunter2-Secret", "")
	require.NoError(t, err)
	seen.Duration = 0
	assert.Equal(t, AttemptResult{Attempt: Attempt{Call{Method: "GET", BaseURL: testBase}, 1}, StatusCode: 200}, seen)
}

func TestOperationFromAnotherContext(t *testing.T) {
	_, ok := OperationFrom(t.Context())
	assert.False(t, ok)
}
