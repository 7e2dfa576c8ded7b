package nango

import (
	"bytes"
	"context"
	"encoding/json"
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
			answers(503, `{"secret":"hunter2-Secret"}`, "X-Secret", secretText), breaks(errReset),
			answers(200, `{"secret":"hunter2-Secret"}`, "X-Secret", secretText),
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
		broken["error"] = "nango: PATCH /connections/{connectionId}: read tcp: connection reset by peer"
		assert.Equal(t, []map[string]any{line(1, 503), broken, line(3, 200)}, lines(t, &out))
		assertHidden(t, out.String())
		assert.NotContains(t, out.String(), testKey)
	})
}

func TestLogLevel(t *testing.T) {
	var out bytes.Buffer
	client := testClient(t, always(200, found), WithLogger(slog.New(slog.NewTextHandler(&out, nil))))
	_, err := get(t.Context(), client)
	require.NoError(t, err)
	assert.Empty(t, out.String(), "the level is debug")
}

type contextKey struct{}

func TestObserver(t *testing.T) {
	var seen []Attempt
	client := testClient(t, func(*http.Request) (*http.Response, error) { return nil, errDial },
		WithRetry(RetryPolicy{MaxAttempts: 1}),
		WithObserver(func(ctx context.Context, a Attempt) {
			assert.Equal(t, "value", ctx.Value(contextKey{}), "the context is the caller's")
			seen = append(seen, a)
		}))
	_, err := get(context.WithValue(t.Context(), contextKey{}, "value"), client)
	require.Error(t, err)
	require.Len(t, seen, 1, "called before the request returns")
	assert.Same(t, err, seen[0].Err)
	seen[0].Err, seen[0].Duration = nil, 0
	assert.Equal(t, Attempt{Operation: "getConnection", Method: "GET", Path: "/connections/{connectionId}", Number: 1}, seen[0])
}

func TestObserverOfAnUnknownOperation(t *testing.T) {
	var seen Attempt
	client := testClient(t, always(200, found), WithObserver(func(_ context.Context, a Attempt) { seen = a }))
	_, err := send(t.Context(), client, "GET", "/config/hunter2-Secret", "")
	require.NoError(t, err)
	seen.Duration = 0
	assert.Equal(t, Attempt{Method: "GET", Number: 1, StatusCode: 200}, seen)
}
