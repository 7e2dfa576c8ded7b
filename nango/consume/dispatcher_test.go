package consume_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// event says that a sync of acme has saved issues.
func event(change ...func(*webhook.SyncEvent)) *webhook.SyncEvent {
	e := &webhook.SyncEvent{Success: true, IntegrationID: "tracker", ConnectionID: "acme", Model: "Issue"}
	for _, c := range change {
		c(e)
	}
	return e
}

// passes notes how passes ended.
type passes struct {
	mu   sync.Mutex
	list []ended
}

type ended struct {
	key    consume.Key
	result consume.Result
	err    error
	at     time.Time
}

func (p *passes) note(key consume.Key, result consume.Result, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, ended{key, result, err, time.Now()})
}

// times returns how long after a moment each pass ended.
func (p *passes) times(since time.Time) (times []time.Duration) {
	for _, e := range p.list {
		times = append(times, e.at.Sub(since))
	}
	return times
}

// dispatcher returns a dispatcher with a consumer of issues, which runs until the end of the test.
func (w *world) dispatcher(t *testing.T, params *consume.DispatcherParams, process func(context.Context, *consume.Page[issue]) error) *consume.Dispatcher {
	t.Helper()
	d, err := consume.NewDispatcher(w.srv.Client(), params)
	require.NoError(t, err)
	require.NoError(t, consume.Handle(d, "tracker", w.params, process))
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- d.Run(ctx) }()
	synctest.Wait()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ran)
	})
	return d
}

// What a sync saves while the last page is processed comes with the next pass: the event must not be lost.
func TestEventWhileTheLastPageIsProcessed(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		var d *consume.Dispatcher
		var seen passes
		d = w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, func(ctx context.Context, page *consume.Page[issue]) error {
			if page.Changed[0].ID == "3" {
				w.acme.SaveRecords("Issue", issue{"4", "new"})
				for range 10 {
					assert.NoError(t, d.OnSync(ctx, event()))
				}
			}
			return w.process(ctx, page)
		})
		require.NoError(t, d.OnSync(t.Context(), event()))
		synctest.Wait()
		assert.Equal(t, []string{"1,2", "3", "4"}, w.pages)
		assert.Len(t, seen.list, 2, "ten events are one more pass")

		require.NoError(t, d.OnSync(t.Context(), event()))
		synctest.Wait()
		require.Len(t, seen.list, 3)
		assert.True(t, seen.list[2].result.ReachedEnd)
		assert.Equal(t, w.params.Key(w.client), seen.list[2].key)
	})
}

func TestOnePassOfAKeyAtATime(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		var mu sync.Mutex
		active, most := map[string]int{}, 0
		process := func(_ context.Context, page *consume.Page[issue]) error {
			mu.Lock()
			active[page.Key.ConnectionID]++
			most = max(most, len(active))
			assert.Equal(t, 1, active[page.Key.ConnectionID])
			mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			delete(active, page.Key.ConnectionID)
			mu.Unlock()
			return nil
		}
		var seen passes
		d := w.dispatcher(t, &consume.DispatcherParams{MaxPasses: 3, OnPass: seen.note}, process)
		began := time.Now()
		for i := range 6 {
			id := fmt.Sprint("c", i)
			w.srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: id}).SaveRecords("Issue", issue{"1", "x"})
			for range 2 {
				require.NoError(t, d.OnSync(t.Context(), event(func(e *webhook.SyncEvent) { e.ConnectionID = id })))
			}
		}
		elapse(time.Hour)
		assert.Equal(t, 3, most, "three keys at a time")
		assert.Equal(t, []time.Duration{1, 1, 1, 2, 2, 2}, inMinutes(seen.times(began)), "two events before a pass are one pass")
	})
}

func inMinutes(times []time.Duration) (minutes []time.Duration) {
	for _, d := range times {
		minutes = append(minutes, d/time.Minute)
	}
	return minutes
}

// A limit ends a pass, not the work; and the keys take turns.
func TestLimitedPassesTakeTurns(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		w.srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "globex"}).
			SaveRecords("Issue", issue{"a", "x"}, issue{"b", "x"}, issue{"c", "x"})
		w.params.PageSize, w.params.MaxPages = 1, 1
		var turns []string
		d := w.dispatcher(t, &consume.DispatcherParams{MaxPasses: 1}, func(_ context.Context, page *consume.Page[issue]) error {
			time.Sleep(time.Second)
			turns = append(turns, page.Key.ConnectionID)
			return nil
		})
		require.NoError(t, d.OnSync(t.Context(), event()))
		require.NoError(t, d.OnSync(t.Context(), event(func(e *webhook.SyncEvent) { e.ConnectionID = "globex" })))
		elapse(time.Hour)
		require.Len(t, turns, 6)
		for i := range 3 {
			assert.NotEqual(t, turns[2*i], turns[2*i+1], "%v", turns)
		}
	})
}

func TestEventsBeforeAndAfterRun(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		d, err := consume.NewDispatcher(w.srv.Client(), nil)
		require.NoError(t, err)
		stopping := false
		require.NoError(t, consume.Handle(d, "tracker", w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			<-ctx.Done()
			time.Sleep(time.Minute) // it ends later than its context
			stopping = true
			return w.process(ctx, page)
		}))
		require.NoError(t, d.OnSync(t.Context(), event()))
		synctest.Wait()
		assert.Empty(t, w.srv.Requests("listRecords"), "nothing runs before Run")

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		require.NoError(t, d.Run(ctx))
		assert.True(t, stopping, "Run returns when everything has stopped")
		assert.Equal(t, time.Hour+time.Minute, time.Since(began))
		assert.Equal(t, []string{"1,2"}, w.pages)
		assert.Equal(t, w.cursors(t)["2"], w.saved(t).Value)

		assert.ErrorContains(t, d.OnSync(t.Context(), event()), "stopped", "Nango has to deliver it to another process")
		assert.ErrorContains(t, d.Run(t.Context()), "called before")
	})
}

// The whole way: a sync saves records, Nango sends its webhook, and the rows are there.
func TestWebhooksDriveRuns(t *testing.T) {
	inWorld(t, 0, func(t *testing.T, w *world) {
		d := w.dispatcher(t, nil, w.process)
		handler, err := webhook.NewHandler(webhook.Config{Keys: []string{w.srv.SigningKey()}, OnSync: d.OnSync})
		require.NoError(t, err)
		w.srv.SetWebhookHandler(handler)
		w.srv.AddSync(nangotest.Sync{
			IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true,
			Run: func(_ context.Context, run *nangotest.SyncRun) error {
				run.Save("Issue", issue{time.Now().Format("15:04"), "of the sync"})
				return nil
			},
		})
		elapse(3*time.Hour + time.Minute)
		assert.Len(t, w.rows, 4, "%v", w.rows)
		assert.Len(t, w.pages, 4, "a page for each run of the sync")
	})
}

func TestVariantsOfEvents(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		w.acme.SaveRecords("Issue::german", issue{"7", "alt"})
		var keys []consume.Key
		d := w.dispatcher(t, nil, func(_ context.Context, page *consume.Page[issue]) error {
			keys = append(keys, page.Key)
			return nil
		})
		for _, variant := range []string{"german", "base", ""} {
			require.NoError(t, d.OnSync(t.Context(), event(func(e *webhook.SyncEvent) { e.SyncVariant = variant })))
			synctest.Wait()
		}
		want := w.params.Key(w.client)
		german := want
		german.Variant = "german"
		assert.Equal(t, []consume.Key{german, want}, keys)
	})
}

// Each consumer of a model has a cursor of its own, and a pass for each event.
func TestTwoConsumersOfAModel(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		var seen passes
		d := w.dispatcher(t, &consume.DispatcherParams{OnPass: seen.note}, w.process)
		search := w.params
		search.Name = "search"
		var mu sync.Mutex
		found := 0
		require.NoError(t, consume.Handle(d, "tracker", search, func(_ context.Context, page *consume.Page[issue]) error {
			mu.Lock()
			defer mu.Unlock()
			found += page.Len()
			return nil
		}))
		require.NoError(t, d.OnSync(t.Context(), event()))
		synctest.Wait()
		assert.Len(t, seen.list, 2)
		assert.Len(t, w.rows, 3)
		assert.Equal(t, 3, found)
	})
}

func TestEventsWithoutConsumer(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		var log bytes.Buffer
		d := w.dispatcher(t, &consume.DispatcherParams{Logger: slog.New(slog.NewTextHandler(&log, nil))}, w.process)
		failed := event(func(e *webhook.SyncEvent) { e.Success = false })
		other := event(func(e *webhook.SyncEvent) { e.Model = "Other" })
		foreign := event(func(e *webhook.SyncEvent) { e.IntegrationID = "another" })
		for _, e := range []*webhook.SyncEvent{failed, other, other, foreign} {
			assert.NoError(t, d.OnSync(t.Context(), e), "the delivery is acknowledged")
		}
		for i := range 200 {
			assert.NoError(t, d.OnSync(t.Context(), event(func(e *webhook.SyncEvent) { e.Model = fmt.Sprint("Forged", i) })))
		}
		synctest.Wait()
		assert.Empty(t, w.pages)
		assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("model=Other")))
		assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("model=Issue")))
		assert.Equal(t, 100, bytes.Count(log.Bytes(), []byte("\n")), "not without an end")
		assert.NotContains(t, log.String(), "acme")
		requireArgument(t, "event", d.OnSync(t.Context(), nil))
	})
}

func TestDispatcherArguments(t *testing.T) {
	client := nangotest.Start(t).Client()
	_, err := consume.NewDispatcher(nil, nil)
	requireArgument(t, "client", err)
	_, err = consume.NewDispatcher(client, &consume.DispatcherParams{MaxPasses: -1})
	requireArgument(t, "MaxPasses", err)

	d, err := consume.NewDispatcher(client, nil)
	require.NoError(t, err)
	params := consume.Params{Name: "n", Model: "M", Store: new(consume.MemoryStore)}
	process := func(context.Context, *consume.Page[issue]) error { return nil }
	requireArgument(t, "dispatcher", consume.Handle(nil, "tracker", params, process))
	requireArgument(t, "integrationID", consume.Handle(d, "", params, process))
	requireArgument(t, "process", consume.Handle[issue](d, "tracker", params, nil))
	withVariant, withoutName := params, params
	withVariant.Variant, withoutName.Name = "german", ""
	requireArgument(t, "Variant", consume.Handle(d, "tracker", withVariant, process))
	requireArgument(t, "Name", consume.Handle(d, "tracker", withoutName, process))
	require.NoError(t, consume.Handle(d, "tracker", params, process))
	requireArgument(t, "Name", consume.Handle(d, "tracker", params, process))
	require.NoError(t, consume.Handle(d, "another", params, process))
}
