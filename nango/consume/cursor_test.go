package consume_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

const day = 24 * time.Hour

// The age of a cursor counts from the last run that read at it, with or without news.
func TestStaleCursor(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		w.run(t)
		for range 3 {
			time.Sleep(30 * day)
			began := time.Now()
			result, pages := w.run(t)
			assert.True(t, result.ReachedEnd)
			assert.Empty(t, pages)
			assert.Equal(t, began, w.saved(t).ReadAt, "nothing was new, and still it was read")
		}
		w.acme.SaveRecords("Issue", issue{"4", "new"})
		time.Sleep(30*day + 1)
		before := w.saved(t)
		asked := len(w.srv.Requests())
		result, err := consume.Run(t.Context(), w.client, w.params, w.process)
		require.ErrorIs(t, err, consume.ErrStale)
		assert.ErrorContains(t, err, before.ReadAt.UTC().Format(time.RFC3339))
		assert.Equal(t, consume.Result{Cursor: before.Value}, result)
		assert.Len(t, w.srv.Requests(), asked, "no request")
		assert.Equal(t, before, w.saved(t), "it is not renewed")

		w.params.MaxIdle = 31 * day
		w.params.MaxPages = 1
		_, pages := w.run(t)
		assert.Equal(t, []string{"4"}, pages)
		w.params.MaxIdle = time.Hour
		time.Sleep(time.Hour + 1)
		_, err = consume.Run(t.Context(), w.client, w.params, w.process)
		require.ErrorIs(t, err, consume.ErrStale)
		time.Sleep(100 * 365 * day)
		w.params.MaxIdle = consume.NeverStale
		result, _ = w.run(t)
		assert.True(t, result.ReachedEnd)
	})
}

// timed notes when requests were made.
type timed struct {
	next  http.RoundTripper
	mu    sync.Mutex
	times []time.Time
}

func (r *timed) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.times = append(r.times, time.Now())
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

// The time of a page is not later than its request: what the server changed since can be missing. And it is not much
// earlier, or a long run would end with a cursor that is too old.
func TestTimeOfAPage(t *testing.T) {
	inWorld(t, 9, func(t *testing.T, w *world) {
		w.srv.Inject(nangotest.Rule{Operation: "listRecords"}, nangotest.Latency(time.Second))
		requests := &timed{next: w.srv.HTTPClient().Transport}
		client := w.srv.Client(nango.WithHTTPClient(&http.Client{Transport: requests}))
		var saved []time.Time
		w.params.OnProgress = func(consume.Progress) { saved = append(saved, w.saved(t).ReadAt) }
		_, err := consume.Run(t.Context(), client.Connection("tracker", "acme"), w.params, func(context.Context, *consume.Page[issue]) error {
			time.Sleep(time.Hour)
			return nil
		})
		require.NoError(t, err)
		require.Len(t, requests.times, 5)
		require.Len(t, saved, 5)
		for i, at := range saved {
			assert.False(t, at.After(requests.times[i]), "page %d", i)
			assert.Less(t, requests.times[i].Sub(at), 2*time.Hour, "page %d", i)
		}
	})
}

// Two runs that read the same page: the slower one ends, and the cursor of the faster one stays.
func TestConflict(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		result, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			faster := w.params
			faster.MaxPages = 2
			_, err := consume.Run(ctx, w.client, faster, w.process)
			return err
		})
		require.ErrorIs(t, err, consume.ErrConflict)
		assert.Equal(t, consume.Progress{Pages: 1, Records: 2}, result.Progress)
		assert.Empty(t, result.Cursor, "it stored none")
		assert.Equal(t, w.cursors(t)["4"], w.saved(t).Value)
		_, pages := w.run(t)
		assert.Equal(t, []string{"5"}, pages)

		_, err = consume.Run(t.Context(), w.client, w.params, w.process) // nobody else: no conflict
		require.NoError(t, err)
	})
}

// A run must not bring a cursor back that was deleted while it read.
func TestRestartDuringARun(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		w.run(t)
		w.acme.SaveRecords("Issue", issue{"4", "new"})
		_, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, _ *consume.Page[issue]) error {
			return consume.Restart(ctx, w.client, w.params)
		})
		require.ErrorIs(t, err, consume.ErrConflict)
		_, pages := w.run(t)
		assert.Equal(t, []string{"1,2", "3,4"}, pages)
	})
}

// After Restart what is gone at Nango does not come: the rows of the earlier reading are found by its number.
func TestRestart(t *testing.T) {
	inWorld(t, 4, func(t *testing.T, w *world) {
		reading, readings := 1, map[string]int{} // per id
		process := func(_ context.Context, page *consume.Page[issue]) error {
			for _, r := range page.Changed {
				readings[r.ID] = reading
			}
			for _, r := range page.Deleted {
				delete(readings, r.ID)
			}
			for _, r := range page.Pruned {
				if readings[r.ID] != 0 {
					readings[r.ID] = reading
				}
			}
			return nil
		}
		_, err := consume.Run(t.Context(), w.client, w.params, process)
		require.NoError(t, err)

		w.acme.ClearRecords("Issue") // and all that is still at the provider is saved anew
		w.acme.SaveRecords("Issue", issue{"1", "old"}, issue{"2", "old"}, issue{"3", "old"}, issue{"5", "new"})
		_, err = w.client.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: w.cursors(t)["2"]})
		require.NoError(t, err)
		reading++
		require.NoError(t, consume.Restart(t.Context(), w.client, w.params))
		result, err := consume.Run(t.Context(), w.client, w.params, process)
		require.NoError(t, err)
		require.True(t, result.ReachedEnd)
		assert.Equal(t, map[string]int{"1": 2, "2": 2, "3": 2, "4": 1, "5": 2}, readings, "4 is left over")
	})
}

func TestCursorThatTheServerCannotRead(t *testing.T) {
	cursorFails := nangotest.Respond(500, "application/json", `{"error":{"code":"server_error","message":"Failed to fetch records"}}`)
	for name, tt := range map[string]struct {
		spoilt     bool                    // the cursor in the store
		faults     map[int]nangotest.Fault // of the requests for records; 0 means all
		unreadable bool
	}{
		"a spoilt cursor":                 {spoilt: true, unreadable: true},
		"the server fails":                {faults: map[int]nangotest.Fault{0: cursorFails}},
		"the server failed once":          {faults: map[int]nangotest.Fault{1: cursorFails}},
		"another code":                    {faults: map[int]nangotest.Fault{0: nangotest.Respond(500, "application/json", `{"error":{"code":"x"}}`)}},
		"a gateway":                       {faults: map[int]nangotest.Fault{0: nangotest.Respond(502, "text/html", "x")}},
		"the server fails without cursor": {spoilt: true, faults: map[int]nangotest.Fault{2: nangotest.Respond(501, "text/html", "x")}},
		"the server fails in another way": {spoilt: true, faults: map[int]nangotest.Fault{4: nangotest.Respond(501, "text/html", "x")}},
		"another status with its code":    {faults: map[int]nangotest.Fault{0: nangotest.Respond(501, "application/json", `{"error":{"code":"server_error"}}`)}},
		"every second request fails":      {faults: map[int]nangotest.Fault{1: cursorFails, 3: cursorFails, 5: cursorFails, 7: cursorFails}},
		"an outage":                       {faults: map[int]nangotest.Fault{1: cursorFails, 3: cursorFails}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 3, func(t *testing.T, w *world) {
				w.run(t)
				if saved := w.saved(t); tt.spoilt {
					spoilt := consume.SavedCursor{Value: "spoilt", ReadAt: saved.ReadAt}
					require.NoError(t, w.store.Save(t.Context(), w.params.Key(w.client), &saved, spoilt))
				}
				for nth, fault := range tt.faults {
					w.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: nth}, fault)
				}
				before := w.saved(t)
				_, err := consume.Run(t.Context(), w.client, w.params, w.process)
				require.ErrorIs(t, err, nango.ErrServer)
				assert.Equal(t, tt.unreadable, errors.Is(err, consume.ErrUnreadableCursor), "%v", err)
				assert.Equal(t, before, w.saved(t), "the cursor stays")
			})
		})
	}
}

// The server takes no cursor of this length, and would say that a parameter is invalid.
func TestCursorThatIsTooLong(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		long := consume.SavedCursor{Value: strings.Repeat("x", 1001), ReadAt: time.Now()}
		require.NoError(t, w.store.Save(t.Context(), w.params.Key(w.client), nil, long))
		_, err := consume.Run(t.Context(), w.client, w.params, w.process)
		require.ErrorIs(t, err, consume.ErrUnreadableCursor)
		assert.Empty(t, w.srv.Requests("listRecords"))
	})
}

// Only the stored cursor can be spoilt. One that the server itself has sent on the page before is not examined.
func TestFailureBetweenPages(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		w.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 2}, nangotest.Respond(500, "application/json", `{"error":{"code":"server_error"}}`))
		result, err := consume.Run(t.Context(), w.client, w.params, w.process)
		require.ErrorIs(t, err, nango.ErrServer)
		assert.NotErrorIs(t, err, consume.ErrUnreadableCursor)
		assert.Len(t, w.srv.Requests("listRecords"), 2)
		assert.Equal(t, w.cursors(t)["2"], result.Cursor)
	})
}

// pages is a server that responds with one page after the other.
type pages struct{ bodies []string }

func (p *pages) RoundTrip(req *http.Request) (*http.Response, error) {
	body := p.bodies[0]
	if len(p.bodies) > 1 {
		p.bodies = p.bodies[1:]
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}, nil
}

func (p *pages) client() *http.Client { return &http.Client{Transport: p} }

// run runs over the pages, with a store that has a cursor "a" already.
func (p *pages) run(t *testing.T, store *recorder, process func(context.Context, *consume.Page[issue]) error, change ...func(*consume.Params)) (consume.Result, error) {
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithHTTPClient(p.client()))
	require.NoError(t, err)
	h, params := client.Connection("tracker", "acme"), consume.Params{Name: "n", Model: "M", Store: store}
	for _, c := range change {
		c(&params)
	}
	require.NoError(t, store.Save(t.Context(), params.Key(h), nil, consume.SavedCursor{Value: "a", ReadAt: time.Now()}))
	return consume.Run(t.Context(), h, params, process)
}

// An empty page that is not the last goes on, and its cursor is as good as any.
func TestEmptyPageInBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &pages{[]string{`{"records":[],"next_cursor":"b"}`, `{"records":[],"next_cursor":null}`}}
		store := new(recorder)
		result, err := server.run(t, store, func(context.Context, *consume.Page[issue]) error { panic("there are no records") })
		require.NoError(t, err)
		assert.Equal(t, consume.Result{Progress: consume.Progress{Pages: 2}, ReachedEnd: true, Cursor: "b"}, result)
		assert.Equal(t, []string{"a", "b", "b"}, store.saves)
	})
}

// Records without a cursor, as from a server that is older than cursors, would come with every run without an end.
func TestRecordsWithoutCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &pages{[]string{`{"records":[{"id":"1","_nango_metadata":{}}],"next_cursor":null}`}}
		store := new(recorder)
		_, err := server.run(t, store, func(context.Context, *consume.Page[issue]) error { panic("they are not processed") })
		assert.ErrorContains(t, err, "without a new cursor")
		assert.Equal(t, []string{"a"}, store.saves)
	})
}

func noReadAhead(p *consume.Params) { p.NoReadAhead = true }

// A server that goes round in a circle.
func TestRepeatedCursor(t *testing.T) {
	for name, change := range map[string]func(*consume.Params){"ahead": func(*consume.Params) {}, "not ahead": noReadAhead} {
		synctest.Test(t, func(t *testing.T) {
			server := &pages{[]string{`{"records":[],"next_cursor":"b"}`, `{"records":[],"next_cursor":"c"}`, `{"records":[],"next_cursor":"a"}`}}
			result, err := server.run(t, new(recorder), func(context.Context, *consume.Page[issue]) error { return nil }, change)
			assert.ErrorContains(t, err, "second time", name)
			assert.Equal(t, "c", result.Cursor, name)
		})
	}
}
