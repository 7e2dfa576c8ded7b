package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const timedOut = `level=ERROR msg="webhook: failed" what=sync duration=15s status=503 error="webhook: timed out: context deadline exceeded"`

// In these tests the clock is synctest's, and a goroutine that is left behind fails them.
func TestHandlerTimeout(t *testing.T) {
	slow := func(d time.Duration, err error) webhook.Config { // deaf to its context
		return webhook.Config{OnSync: func(context.Context, *webhook.SyncEvent) error { time.Sleep(d); return err }}
	}
	for _, tt := range []struct {
		name   string
		config webhook.Config
		status int
		after  time.Duration
		log    []string
	}{
		{"just in time", slow(15*time.Second-1, nil), 200, 15*time.Second - 1, nil},
		{"honours its context", webhook.Config{OnSync: func(ctx context.Context, _ *webhook.SyncEvent) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			return ctx.Err()
		}}, 503, 15 * time.Second, []string{timedOut, `level=ERROR msg="webhook: late result" what=sync duration=16s error="context deadline exceeded"`}},
		{"late success", slow(time.Minute, nil), 503, 15 * time.Second, []string{timedOut, `level=WARN msg="webhook: late result" what=sync duration=1m0s`}},
		{"late error", slow(time.Minute, errors.New("no database")), 503, 15 * time.Second, []string{timedOut, `level=ERROR msg="webhook: late result" what=sync duration=1m0s error="no database"`}},
		{"late panic", webhook.Config{OnSync: func(context.Context, *webhook.SyncEvent) error { time.Sleep(time.Minute); panic("at last") }}, 503, 15 * time.Second,
			[]string{timedOut, `level=ERROR msg="webhook: late result" what=sync duration=1m0s error="webhook: panic: at last" stack=`}},
		{"another limit", webhook.Config{Timeout: time.Second, OnSync: slow(2*time.Second, nil).OnSync}, 503, time.Second,
			[]string{strings.Replace(timedOut, "15s", "1s", 1), `level=WARN msg="webhook: late result" what=sync duration=2s`}},
		{"keys and callback together", webhook.Config{OnSync: slow(10*time.Second, nil).OnSync, KeysFunc: func(context.Context) ([]string, error) {
			time.Sleep(10 * time.Second)
			return []string{vectorKey}, nil
		}}, 503, 15 * time.Second, []string{timedOut, `level=WARN msg="webhook: late result" what=sync duration=10s`}},
		{"keys", webhook.Config{KeysFunc: func(context.Context) ([]string, error) { time.Sleep(time.Minute); return nil, nil }}, 503, 15 * time.Second,
			[]string{strings.Replace(timedOut, "sync", "keys", 1), `level=WARN msg="webhook: late result" what=keys duration=1m0s`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log logBuffer
				tt.config.Keys, tt.config.Logger = []string{vectorKey}, log.logger()
				start := time.Now()
				response := webhooktest.Deliver(t, newHandler(t, tt.config), vectorKey, webhooktest.SyncSuccess())
				assert.Equal(t, tt.status, response.StatusCode)
				assert.Equal(t, tt.after, time.Since(start))
				time.Sleep(time.Hour)
				requireLines(t, log.String(), tt.log)
			})
		})
	}
}

// A callback that ends at once with its context races with the handler; the response and its reason are the same
// whoever wins.
func TestHandlerTimeoutAndResultAtOnce(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			var log logBuffer
			h := newHandler(t, webhook.Config{Keys: []string{vectorKey}, Logger: log.logger(), OnSync: func(ctx context.Context, _ *webhook.SyncEvent) error {
				<-ctx.Done()
				return ctx.Err()
			}})
			require.Equal(t, http.StatusServiceUnavailable, webhooktest.Deliver(t, h, vectorKey, webhooktest.SyncSuccess()).StatusCode)
			synctest.Wait()
			require.Contains(t, log.String(), timedOut+"\n")
		})
	}
}

// requireLines checks how each line begins.
func requireLines(t *testing.T, text string, want []string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	require.Len(t, lines, len(want)+1, text)
	for i, line := range want {
		assert.Equal(t, line, lines[i][:min(len(line), len(lines[i]))])
	}
}

// An event whose confirmation took all the time is not handed on, since it comes again.
func TestHandlerDoesNotBeginLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		h := newHandler(t, webhook.Config{
			Keys: []string{vectorKey}, Logger: log.logger(),
			Confirm: func(context.Context, *webhook.AuthEvent) error { time.Sleep(time.Minute); return nil },
			OnAuth:  func(context.Context, *webhook.AuthEvent) error { t.Error("begun"); return nil },
		})
		assert.Equal(t, http.StatusServiceUnavailable, webhooktest.Deliver(t, h, vectorKey, webhooktest.AuthCreation()).StatusCode)
		time.Sleep(time.Hour)
		requireLines(t, log.String(), []string{strings.Replace(timedOut, "sync", "auth", 1),
			`level=ERROR msg="webhook: late result" what=auth duration=1m0s error="context deadline exceeded"`})
	})
}

// Nor is one whose sender has gone.
func TestHandlerEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		h := newHandler(t, webhook.Config{Keys: []string{vectorKey}, Logger: log.logger(), OnSync: func(ctx context.Context, _ *webhook.SyncEvent) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			return ctx.Err()
		}})
		for range 2 { // while the callback runs, and before
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			req, err := webhooktest.NewRequest(ctx, "/", vectorKey, webhooktest.SyncSuccess())
			require.NoError(t, err)
			if log.String() != "" {
				cancel()
			}
			h.ServeHTTP(httptest.NewRecorder(), req)
			time.Sleep(time.Minute)
			cancel()
		}
		requireLines(t, log.String(), []string{
			`level=ERROR msg="webhook: failed" what=sync duration=1s status=503 error="webhook: timed out: context deadline exceeded"`,
			`level=ERROR msg="webhook: late result" what=sync duration=2s error="context deadline exceeded"`,
			`level=ERROR msg="webhook: failed" what=sync duration=0s status=503 error="webhook: timed out: context canceled"`,
		})
	})
}

// The context of a callback has a deadline, and ends when the handler has responded.
func TestHandlerContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var saved context.Context
		h := newHandler(t, webhook.Config{Keys: []string{vectorKey}, OnSync: func(ctx context.Context, _ *webhook.SyncEvent) error {
			saved = ctx
			return ctx.Err()
		}})
		req, err := webhooktest.NewRequest(context.WithValue(t.Context(), key{}, "of the request"), "/", vectorKey, webhooktest.SyncSuccess())
		require.NoError(t, err)
		h.ServeHTTP(httptest.NewRecorder(), req)
		deadline, _ := saved.Deadline()
		assert.Equal(t, 15*time.Second, time.Until(deadline))
		assert.Equal(t, "of the request", saved.Value(key{}))
		assert.ErrorIs(t, saved.Err(), context.Canceled)
	})
}
