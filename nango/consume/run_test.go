package consume_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

var errBroken = errors.New("the database is broken")

func TestRunGoesOnWhereTheLastStopped(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		cursors := w.cursors(t)
		result, pages := w.run(t)
		assert.Equal(t, []string{"1,2", "3,4", "5"}, pages)
		assert.Equal(t, []string{cursors["2"], cursors["4"], cursors["5"]}, w.store.saves, "each page once, after its records")
		assert.Equal(t, consume.Result{Progress: consume.Progress{Pages: 3, Records: 5}, ReachedEnd: true, Cursor: cursors["5"]}, result)

		w.acme.SaveRecords("Issue", issue{"2", "new"})
		w.acme.SaveRecords("Issue", issue{"6", "new"})
		w.acme.DeleteRecords("Issue", "4")
		result, pages = w.run(t)
		assert.Equal(t, []string{"2,6", "4 deleted"}, pages)
		assert.Equal(t, map[string]string{"1": "old", "2": "new", "3": "old", "5": "old", "6": "new"}, w.rows)
		assert.Equal(t, consume.Progress{Pages: 2, Records: 3, Deletions: 1}, result.Progress)
		result, pages = w.run(t)
		assert.Empty(t, pages, "a page without records is not given to the function")
		assert.Equal(t, consume.Result{Progress: consume.Progress{Pages: 1}, ReachedEnd: true, Cursor: w.cursors(t)["4"]}, result)
	})
}

func TestModelWithoutRecords(t *testing.T) {
	inWorld(t, 0, func(t *testing.T, w *world) {
		result, pages := w.run(t)
		assert.Empty(t, pages)
		assert.Equal(t, consume.Result{Progress: consume.Progress{Pages: 1}, ReachedEnd: true}, result)
		assert.Empty(t, w.store.saves, "there is no cursor")
		w.acme.SaveRecords("Issue", issue{"1", "first"})
		_, pages = w.run(t)
		assert.Equal(t, []string{"1"}, pages)
	})
}

// Whatever fails at a page, the next run begins with this page.
func TestNoGapAfterAFailure(t *testing.T) {
	for name, tt := range map[string]struct{ process, save error }{
		"the function fails": {process: errBroken},
		"the store fails":    {save: errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 5, func(t *testing.T, w *world) {
				result, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
					if page.Changed[0].ID != "3" {
						return w.process(ctx, page)
					}
					w.store.onSave = func(context.Context) error { return tt.save }
					return errors.Join(w.process(ctx, page), tt.process)
				})
				require.ErrorIs(t, err, errBroken)
				assert.Equal(t, []string{"1,2", "3,4"}, w.pages)
				assert.False(t, result.ReachedEnd)
				assert.Equal(t, w.cursors(t)["2"], result.Cursor)
				assert.Equal(t, result.Cursor, w.saved(t).Value)
				w.store.onSave = nil
				_, pages := w.run(t)
				assert.Equal(t, []string{"3,4", "5"}, pages)
			})
		})
	}
}

func TestFailureOfAFunctionComesBackAsItIs(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.client, w.params, func(context.Context, *consume.Page[issue]) error { return errBroken })
		assert.Same(t, errBroken, err)
	})
}

func TestLoadFails(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		w.srv.ExpectOnly(t)
		w.params.Store = failingLoad{}
		_, err := consume.Run(t.Context(), w.client, w.params, w.process)
		assert.ErrorIs(t, err, errBroken)
		assert.Empty(t, w.pages, "without a cursor everything would come again")
	})
}

type failingLoad struct{ consume.Store }

func (failingLoad) Load(context.Context, consume.Key) (consume.SavedCursor, bool, error) {
	return consume.SavedCursor{}, false, errBroken
}

// Ctrl-C while the function works, or the end of the context before the store has written, does not bring the page again.
func TestSaveOutlivesTheContext(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		w.store.onSave = func(ctx context.Context) error { return ctx.Err() }
		result, err := consume.Run(ctx, w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			cancel()
			return w.process(ctx, page)
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, []string{"1,2"}, w.pages)
		assert.Equal(t, w.cursors(t)["2"], w.saved(t).Value)
		assert.Equal(t, consume.Result{Progress: consume.Progress{Pages: 1, Records: 2}, Cursor: w.cursors(t)["2"]}, result)

		_, pages := w.run(t)
		assert.Equal(t, []string{"3,4", "5"}, pages)
	})
}

func TestSaveOutlivesTheContextForASecondsOnly(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		w.store.onSave = func(ctx context.Context) error { // a database that does not respond
			<-ctx.Done()
			return ctx.Err()
		}
		began := time.Now()
		_, err := consume.Run(ctx, w.client, w.params, func(context.Context, *consume.Page[issue]) error {
			cancel()
			return nil
		})
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 5*time.Second, time.Since(began))
	})
}

// While the context lasts a store may take its time, as a database does in which another transaction has the row.
func TestSaveWaitsForTheStore(t *testing.T) {
	inWorld(t, 2, func(t *testing.T, w *world) {
		w.store.onSave = func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute):
				return nil
			}
		}
		w.run(t)
		assert.Equal(t, w.cursors(t)["2"], w.saved(t).Value)
	})
}

func TestLimits(t *testing.T) {
	inWorld(t, 7, func(t *testing.T, w *world) {
		w.params.MaxPages = 2
		result, pages := w.run(t)
		assert.Equal(t, []string{"1,2", "3,4"}, pages)
		assert.False(t, result.ReachedEnd)

		w.params.MaxPages, w.params.MaxDuration = 0, time.Minute
		slow := func(ctx context.Context, page *consume.Page[issue]) error {
			time.Sleep(2 * time.Minute) // a page is processed to its end, and each run makes progress
			return w.process(ctx, page)
		}
		w.pages = nil
		result, err := consume.Run(t.Context(), w.client, w.params, slow)
		require.NoError(t, err)
		assert.Equal(t, []string{"5,6"}, w.pages)
		assert.False(t, result.ReachedEnd)
		assert.Equal(t, 2*time.Minute, result.Elapsed)
		w.pages = nil
		result, err = consume.Run(t.Context(), w.client, w.params, slow)
		require.NoError(t, err)
		assert.Equal(t, []string{"7"}, w.pages)
		assert.True(t, result.ReachedEnd)
	})
}

// A run with a limit requests no page more than that.
func TestLimitsOfRequests(t *testing.T) {
	for limit := 1; limit <= 4; limit++ {
		for _, noReadAhead := range []bool{false, true} {
			inWorld(t, 9, func(t *testing.T, w *world) {
				w.params.MaxPages, w.params.NoReadAhead = limit, noReadAhead
				result, pages := w.run(t)
				assert.Len(t, pages, limit)
				assert.Equal(t, limit, result.Pages)
				assert.Len(t, w.srv.Requests("listRecords"), limit)
			})
		}
	}
}

// Without reading ahead a page is requested when the one before is stored, and the run is the same otherwise.
func TestNoReadAhead(t *testing.T) {
	inWorld(t, 9, func(t *testing.T, w *world) {
		requests := &timed{next: w.srv.HTTPClient().Transport}
		client := w.srv.Client(nango.WithHTTPClient(&http.Client{Transport: requests}))
		w.params.NoReadAhead = true
		began := time.Now()
		result, err := consume.Run(t.Context(), client.Connection("tracker", "acme"), w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			time.Sleep(time.Hour)
			return w.process(ctx, page)
		})
		require.NoError(t, err)
		assert.Equal(t, []string{"1,2", "3,4", "5,6", "7,8", "9"}, w.pages)
		assert.Equal(t, consume.Progress{Pages: 5, Records: 9, Elapsed: 5 * time.Hour}, result.Progress)
		assert.True(t, result.ReachedEnd)
		require.Len(t, requests.times, 5)
		for i, at := range requests.times {
			assert.Equal(t, time.Duration(i)*time.Hour, at.Sub(began))
		}
	})
}

func TestProgress(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		w.acme.DeleteRecords("Issue", "1")
		_, err := w.client.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: w.cursors(t)["2"]})
		require.NoError(t, err)
		var seen []consume.Progress
		w.params.OnProgress = func(p consume.Progress) { seen = append(seen, p) }
		result, err := consume.Run(t.Context(), w.client, w.params, func(context.Context, *consume.Page[issue]) error {
			time.Sleep(time.Second)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []consume.Progress{
			{Pages: 1, Records: 2, Pruned: 1, Elapsed: time.Second},
			{Pages: 2, Records: 4, Pruned: 1, Elapsed: 2 * time.Second},
			{Pages: 3, Records: 5, Pruned: 1, Deletions: 1, Elapsed: 3 * time.Second},
		}, seen)
		assert.Equal(t, seen[2], result.Progress)
		assert.InDelta(t, 5.0/3, result.Rate(), 1e-9)
		assert.Zero(t, consume.Progress{Records: 5}.Rate())
	})
}

func TestVariantsAndNamesHaveCursorsOfTheirOwn(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		w.acme.SaveRecords("Issue::german", issue{"7", "alt"})
		_, pages := w.run(t)
		assert.Equal(t, []string{"1"}, pages)
		w.params.Variant = "base" // the same as none
		_, pages = w.run(t)
		assert.Empty(t, pages)
		w.params.Variant = "german"
		_, pages = w.run(t)
		assert.Equal(t, []string{"7"}, pages)
		w.params.Name = "another"
		_, pages = w.run(t)
		assert.Equal(t, []string{"7"}, pages)
		assert.Equal(t, consume.Key{Name: "another", IntegrationID: "tracker", ConnectionID: "acme", Model: "Issue", Variant: "german"},
			w.params.Key(w.client))
	})
}

func TestUnknownConnection(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.srv.Client().Connection("tracker", "nobody"), w.params, w.process)
		assert.ErrorIs(t, err, nango.ErrNotFound)
	})
}

func TestArguments(t *testing.T) {
	srv := nangotest.Start(t)
	srv.ExpectOnly(t)
	h := srv.Client().Connection("tracker", "acme")
	process := func(context.Context, *consume.Page[issue]) error { return nil }
	good := consume.Params{Name: "n", Model: "M", Store: new(consume.MemoryStore)}
	for name, change := range map[string]func(p *consume.Params){
		"Name": func(p *consume.Params) { p.Name = "" }, "Model": func(p *consume.Params) { p.Model = "" },
		"Store": func(p *consume.Params) { p.Store = nil }, "MaxPages": func(p *consume.Params) { p.MaxPages = -1 },
		"MaxDuration": func(p *consume.Params) { p.MaxDuration = -1 }, "MaxIdle": func(p *consume.Params) { p.MaxIdle = -1 },
		"PageSize": func(p *consume.Params) { p.PageSize = 10001 }, "PageSize ": func(p *consume.Params) { p.PageSize = -1 },
		"Name   ": func(p *consume.Params) { p.Name = strings.Repeat("x", 256) },
		"Name ":   func(p *consume.Params) { p.Name = "a\x00" }, "Name  ": func(p *consume.Params) { p.Name = "\xff" },
	} {
		params := good
		change(&params)
		_, err := consume.Run(t.Context(), h, params, process)
		requireArgument(t, name, err)
		requireArgument(t, name, consume.Restart(t.Context(), h, params))
	}
	_, err := consume.Run(t.Context(), nil, good, process)
	requireArgument(t, "connection", err)
	_, err = consume.Run[issue](t.Context(), h, good, nil)
	requireArgument(t, "process", err)
	requireArgument(t, "connection", consume.Restart(t.Context(), nil, good))
	_, err = consume.Run(t.Context(), srv.Client().Connection("tracker", ".."), good, process)
	requireArgument(t, "connectionID", err)
}
