package consume_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// A pass that fails is repeated with growing delays, until it reaches the end.
func TestFailedPassesAreRepeated(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		var seen passes
		var broken atomic.Bool
		broken.Store(true)
		d := w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, func(ctx context.Context, page *consume.Page[issue]) error {
			if broken.Load() {
				// An error of the function is not of the run, though it looks so.
				return errors.Join(errBroken, nango.ErrNotFound, consume.ErrStale)
			}
			return w.process(ctx, page)
		})
		began := time.Now()
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Hour)
		times := seen.times(began)
		require.Greater(t, len(times), 12)
		assert.Zero(t, times[0])
		for i, bound := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			pause := times[i+1] - times[i]
			assert.Greater(t, pause, bound*time.Second/2-1, "pause %d", i)
			assert.LessOrEqual(t, pause, bound*time.Second, "pause %d", i)
		}
		broken.Store(false)
		elapse(5 * time.Minute)
		assert.Equal(t, map[string]string{"1": "old"}, w.rows)
		before := len(seen.list)
		elapse(time.Hour)
		assert.Len(t, seen.list, before, "it is done")

		broken.Store(true) // the delays begin anew
		w.acme.SaveRecords("Issue", issue{"2", "new"})
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Second)
		assert.Len(t, seen.list, before+2)
	})
}

func TestPassWaitsForTheServer(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		var seen passes
		d := w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, w.process)
		w.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 1}, nangotest.RateLimited("60"))
		began := time.Now()
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Hour)
		assert.Equal(t, []time.Duration{0, time.Minute}, seen.times(began))
		assert.ErrorIs(t, seen.list[0].err, nango.ErrRateLimited)
		assert.Equal(t, []string{"1"}, w.pages)
	})
}

// What no repetition mends waits for the next event.
func TestPermanentFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, w *world)
		event   *webhook.SyncEvent
		want    error
	}{
		"stale": {func(*testing.T, *world) { time.Sleep(31 * day) }, event(), consume.ErrStale},
		"unreadable": {func(t *testing.T, w *world) {
			saved := w.saved(t)
			require.NoError(t, w.store.Save(t.Context(), w.params.Key(w.client), &saved, consume.SavedCursor{Value: "x", ReadAt: time.Now()}))
		}, event(), consume.ErrUnreadableCursor},
		"deleted":    {func(_ *testing.T, w *world) { w.acme.Delete() }, event(), nango.ErrNotFound},
		"forged ids": {func(*testing.T, *world) {}, event(func(e *webhook.SyncEvent) { e.ConnectionID = ".." }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 1, func(t *testing.T, w *world) {
				w.run(t)
				tt.prepare(t, w)
				var seen passes
				d := w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, w.process)
				for n := range 2 {
					require.NoError(t, d.OnSync(t.Context(), tt.event))
					elapse(time.Hour)
					require.Len(t, seen.list, n+1)
				}
				if tt.want == nil {
					requireArgument(t, "connectionID", seen.list[1].err)
				} else {
					assert.ErrorIs(t, seen.list[1].err, tt.want)
				}
			})
		})
	}
}

// An event that comes while a pass fails for good is about a state that may be mended.
func TestEventDuringAPermanentFailure(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		w.run(t)
		elapse(31 * day)
		var d *consume.Dispatcher
		var seen passes
		d = w.dispatcher(t, &consume.DispatcherParams{OnPass: func(key consume.Key, result consume.Result, err error) {
			if seen.note(key, result, err); errors.Is(err, consume.ErrStale) {
				assert.NoError(t, consume.Restart(context.Background(), w.client, w.params))
				assert.NoError(t, d.OnSync(context.Background(), event()))
			}
		}}, w.process)
		w.pages = nil
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Second)
		assert.Len(t, seen.list, 2)
		assert.Equal(t, []string{"1"}, w.pages)
	})
}

// Without a callback the log has the failures, but no lost races, which are normal.
func TestFailuresAreLogged(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		var log bytes.Buffer
		failures := []error{errBroken, consume.ErrConflict, nil}
		d := w.dispatcher(t, &consume.DispatcherParams{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(context.Context, *consume.Page[issue]) error {
			err := failures[0]
			failures = failures[1:]
			return err
		})
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Hour)
		assert.Empty(t, failures, "a lost race is repeated too")
		assert.Contains(t, log.String(), `level=ERROR msg="consume: a pass failed" consumer=test model=Issue error="the database is broken"`)
		assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")))
	})
}

// The end of the context ends a pass without a noise.
func TestStopIsNoFailure(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		var log bytes.Buffer
		d, err := consume.NewDispatcher(w.srv.Client(), &consume.DispatcherParams{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		require.NoError(t, consume.Handle(d, "tracker", w.params, func(ctx context.Context, _ *consume.Page[issue]) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		require.NoError(t, d.OnSync(t.Context(), event()))
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- d.Run(ctx) }()
		synctest.Wait()
		cancel()
		require.NoError(t, <-ran)
		assert.Empty(t, log.String())
	})
}

// A function that ends its goroutine, as the FailNow of a test does, takes no slot and no key with it.
func TestGoexitOfAPass(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		calls := 0
		d := w.dispatcher(t, &consume.DispatcherParams{MaxPasses: 1}, func(context.Context, *consume.Page[issue]) error {
			if calls++; calls == 1 {
				runtime.Goexit()
			}
			return nil
		})
		for range 2 {
			require.NoError(t, d.OnSync(t.Context(), event()))
			elapse(time.Minute)
		}
		assert.Equal(t, 2, calls)
	})
}

// OnPass hears of a pass that the end of the context ended, and Run waits for it.
func TestOnPassAtTheEnd(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		var told []error
		d, err := consume.NewDispatcher(w.srv.Client(), &consume.DispatcherParams{OnPass: func(_ consume.Key, _ consume.Result, err error) {
			time.Sleep(time.Second)
			told = append(told, err)
		}})
		require.NoError(t, err)
		require.NoError(t, consume.Handle(d, "tracker", w.params, func(ctx context.Context, _ *consume.Page[issue]) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		require.NoError(t, d.OnSync(t.Context(), event()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, d.Run(ctx))
		assert.Equal(t, []error{context.DeadlineExceeded}, told)
	})
}

// Failures count in a row: after a pass that went well the delays begin anew, also if the work goes on.
func TestDelaysBeginAnewAfterASuccess(t *testing.T) {
	inWorld(t, 4, func(t *testing.T, w *world) {
		w.params.MaxPages = 1
		var seen passes
		failures := map[string]int{"1": 5, "3": 1}
		d := w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, func(_ context.Context, page *consume.Page[issue]) error {
			if id := page.Changed[0].ID; failures[id] > 0 {
				failures[id]--
				return errBroken
			}
			return nil
		})
		began := time.Now()
		require.NoError(t, d.OnSync(t.Context(), event()))
		elapse(time.Hour)
		times := seen.times(began) // 5 failures, the first page, a failure, the second page
		require.Len(t, times, 8)
		assert.Greater(t, times[5]-times[4], 7*time.Second)
		assert.Equal(t, times[5], times[6])
		assert.LessOrEqual(t, times[7]-times[6], time.Second)
	})
}
