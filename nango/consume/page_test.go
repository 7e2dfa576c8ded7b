package consume_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// A record without data must not look like one whose fields are empty.
func TestPrunedRecordsAreNotChangedOnes(t *testing.T) {
	inWorld(t, 4, func(t *testing.T, w *world) {
		w.run(t)
		require.NoError(t, consume.Restart(t.Context(), w.client, w.params))
		w.acme.DeleteRecords("Issue", "1")
		prune := nango.PruneRecordsParams{Model: "Issue", UntilCursor: w.cursors(t)["2"]}
		_, err := w.client.PruneRecords(t.Context(), prune)
		require.NoError(t, err)
		prune.UntilCursor = w.cursors(t)["1"] // the deleted one is the last
		w.params.PageSize = 10
		_, pages := w.run(t)
		assert.Equal(t, []string{"3,4,1 deleted,2 pruned"}, pages)
		assert.Equal(t, map[string]string{"2": "old", "3": "old", "4": "old"}, w.rows)

		_, err = w.client.PruneRecords(t.Context(), prune)
		require.NoError(t, err)
		require.NoError(t, consume.Restart(t.Context(), w.client, w.params))
		var got *consume.Page[json.RawMessage]
		_, err = consume.Run(t.Context(), w.client, w.params, func(_ context.Context, page *consume.Page[json.RawMessage]) error {
			got = page
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, 4, got.Len())
		assert.Equal(t, w.params.Key(w.client), got.Key)
		require.Len(t, got.Deleted, 1, "deleted and pruned is deleted")
		require.Len(t, got.Pruned, 3)
		assert.Equal(t, "2", got.Pruned[0].ID)
		assert.False(t, got.Pruned[0].Metadata.PrunedAt.IsZero())
		assert.Nil(t, got.Pruned[0].Data, "there is none")
	})
}

// A function that stores the cursor itself, such as in its transaction.
func TestPageSave(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		var transactions recorder
		_, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			transactions.MemoryStore.Delete(ctx, page.Key)
			if saved, ok, _ := w.store.Load(ctx, page.Key); ok {
				require.NoError(t, transactions.MemoryStore.Save(ctx, page.Key, nil, saved))
			}
			require.NoError(t, page.Save(ctx, &transactions))
			saved, _, _ := transactions.Load(ctx, page.Key)
			previous, ok, _ := w.store.Load(ctx, page.Key)
			if !ok {
				return w.store.MemoryStore.Save(ctx, page.Key, nil, saved) // the commit
			}
			return w.store.MemoryStore.Save(ctx, page.Key, &previous, saved)
		})
		require.NoError(t, err)
		cursors := w.cursors(t)
		assert.Equal(t, []string{cursors["2"], cursors["3"]}, transactions.saves)
		assert.Empty(t, w.store.saves, "Run does not save the pages again")
		assert.Equal(t, cursors["3"], w.saved(t).Value)
	})
}

// A transaction that is rolled back leaves the cursor, whatever the function returns, on each page.
func TestPageSaveRolledBack(t *testing.T) {
	for n, pages := range [][]string{{"1,2", "3,4", "5"}, {"3,4", "5"}, {"5"}} {
		for name, failure := range map[string]error{"with an error": errBroken, "without": nil} {
			t.Run(name, func(t *testing.T) {
				inWorld(t, 5, func(t *testing.T, w *world) {
					result, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
						if page.Changed[0].ID != strings.Split(pages[0], ",")[0] {
							return w.process(ctx, page)
						}
						transaction := new(consume.MemoryStore) // of which nothing is committed
						if before, ok, _ := w.store.Load(ctx, page.Key); ok {
							require.NoError(t, transaction.Save(ctx, page.Key, nil, before))
						}
						require.NoError(t, page.Save(ctx, transaction))
						return failure
					})
					if failure == nil {
						failure = consume.ErrNotCommitted
					}
					require.ErrorIs(t, err, failure)
					assert.Len(t, w.store.saves, n)
					assert.Equal(t, w.saved(t).Value, result.Cursor, "not that of the page")
					_, again := w.run(t)
					assert.Equal(t, pages, again)
				})
			})
		}
	}
}

// What is written behind the stored cursor can be cut off by the cursor of each page.
func TestPageCursor(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		var cursors []string
		_, err := consume.Run(t.Context(), w.client, w.params, func(_ context.Context, page *consume.Page[issue]) error {
			cursors = append(cursors, page.Cursor)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, w.store.saves, cursors)
	})
}

// The second attempt at a transaction counts, not the first.
func TestPageSaveTwice(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			require.NoError(t, page.Save(ctx, new(consume.MemoryStore))) // rolled back
			w.store.onSave = func(context.Context) error { return errBroken }
			assert.ErrorIs(t, page.Save(ctx, w.store), errBroken)
			w.store.onSave = nil
			return nil // so that Run saves
		})
		require.NoError(t, err)
		assert.Equal(t, w.cursors(t)["1"], w.saved(t).Value)
	})
}

func TestPageSaveWithoutStore(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			return page.Save(ctx, nil)
		})
		requireArgument(t, "store", err)
	})
}

// strict is a type that does not take every record.
type strict struct {
	ID    string `json:"id"`
	Title int    `json:"title"`
}

func TestRecordThatDoesNotFit(t *testing.T) {
	inWorld(t, 0, func(t *testing.T, w *world) {
		w.params.PageSize = 3
		save := func(id string, title any) { w.acme.SaveRecords("Issue", map[string]any{"id": id, "title": title}) }
		for _, id := range []string{"1", "2", "3", "4"} {
			save(id, 1)
		}
		save("bad \"one\"", "a text")
		save("6", 1)
		var came []string
		process := func(_ context.Context, page *consume.Page[strict]) error {
			for _, r := range page.Changed {
				came = append(came, r.ID)
			}
			return nil
		}
		result, err := consume.Run(t.Context(), w.client, w.params, process)
		failed, ok := errors.AsType[*consume.RecordError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, `bad "one"`, failed.ID)
		assert.ErrorContains(t, err, `consume: record "bad \"one\"": nango: GET /records`)
		_, ok = errors.AsType[*nango.Error](err)
		assert.True(t, ok, "the cause is there")
		assert.Equal(t, []string{"1", "2", "3"}, came)
		assert.Equal(t, w.cursors(t)["3"], result.Cursor)
		assert.Equal(t, result.Cursor, w.saved(t).Value, "the page comes again")

		save("bad \"one\"", 1) // it moves to the end
		came = nil
		_, err = consume.Run(t.Context(), w.client, w.params, process)
		require.NoError(t, err)
		assert.Equal(t, []string{"4", "6", "bad \"one\""}, came)
	})
}

// A server that is older than ids as texts. The SDK reads a number as a text, so it is not the record without one.
func TestRecordThatDoesNotFitAmongNumericIDs(t *testing.T) {
	server := &pages{[]string{`{"records":[{"id":1,"title":1,"_nango_metadata":{"cursor":"b"}},{"id":2,"title":"x","_nango_metadata":{"cursor":"c"}}]}`}}
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithHTTPClient(server.client()))
	require.NoError(t, err)
	params := consume.Params{Name: "n", Model: "M", Store: new(consume.MemoryStore)}
	_, err = consume.Run(t.Context(), client.Connection("a", "b"), params, func(context.Context, *consume.Page[strict]) error { return nil })
	failed, ok := errors.AsType[*consume.RecordError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "2", failed.ID)
	assert.ErrorContains(t, err, "records[1]")
}

// What a function does to a page cannot put its cursor under another key.
func TestKeyOfAPageThatWasChanged(t *testing.T) {
	inWorld(t, 2, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.client, w.params, func(ctx context.Context, page *consume.Page[issue]) error {
			page.Key.Name = "another"
			return page.Save(ctx, w.store)
		})
		require.NoError(t, err)
		assert.Equal(t, w.cursors(t)["2"], w.saved(t).Value)
	})
}

func TestRecordErrorOfTheFunction(t *testing.T) {
	inWorld(t, 3, func(t *testing.T, w *world) {
		_, err := consume.Run(t.Context(), w.client, w.params, func(_ context.Context, page *consume.Page[issue]) error {
			return &consume.RecordError{ID: page.Changed[1].ID, Err: errBroken}
		})
		assert.ErrorIs(t, err, errBroken)
		assert.EqualError(t, err, `consume: record "2": the database is broken`)
		assert.Empty(t, w.store.saves)
	})
}
