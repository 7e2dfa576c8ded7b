// Package cursortest has what the tests of every store of cursors need: what package consume asks of a store.
package cursortest

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/consume"
)

// Key is a key whose fields hold what stores could trip over.
func Key() consume.Key {
	return consume.Key{Name: "tracker'; --", IntegrationID: "git hub", ConnectionID: `we/ird "id" ü`, Model: "Issue", Variant: "base"}
}

// TestStore checks all that the documentation of consume.Store promises.
func TestStore(t *testing.T, store consume.Store) {
	ctx, key := t.Context(), Key()
	first := consume.SavedCursor{Value: "a+/=", ReadAt: time.Date(2026, 6, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))}
	second := consume.SavedCursor{Value: "b", ReadAt: first.ReadAt.Add(time.Hour)}
	requireCursor := func(want *consume.SavedCursor) {
		t.Helper()
		got, ok, err := store.Load(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want != nil, ok)
		if want != nil {
			assert.Equal(t, want.Value, got.Value)
			assert.WithinDuration(t, want.ReadAt, got.ReadAt, 0)
		}
	}
	requireCursor(nil)
	require.NoError(t, store.Delete(ctx, key), "of a key without a cursor")
	require.ErrorIs(t, store.Save(ctx, key, &first, second), consume.ErrConflict, "there is none to replace")
	requireCursor(nil)

	require.NoError(t, store.Save(ctx, key, nil, first))
	requireCursor(&first)
	require.ErrorIs(t, store.Save(ctx, key, nil, second), consume.ErrConflict, "there is one already")
	require.ErrorIs(t, store.Save(ctx, key, &second, second), consume.ErrConflict, "there is another one")
	requireCursor(&first)
	require.NoError(t, store.Save(ctx, key, &consume.SavedCursor{Value: first.Value}, second), "Value alone is compared")
	requireCursor(&second)
	renewed := consume.SavedCursor{Value: second.Value, ReadAt: second.ReadAt.Add(time.Minute)}
	require.NoError(t, store.Save(ctx, key, &second, renewed))
	requireCursor(&renewed)
	require.NoError(t, store.Save(ctx, key, &renewed, renewed), "the same again is no conflict")

	for i := range reflect.TypeFor[consume.Key]().NumField() {
		other := key
		reflect.ValueOf(&other).Elem().Field(i).SetString("other")
		_, ok, err := store.Load(ctx, other)
		require.NoError(t, err)
		assert.False(t, ok, "the field %s makes no difference", reflect.TypeFor[consume.Key]().Field(i).Name)
	}
	for i := range reflect.TypeFor[consume.Key]().NumField() { // two keys side by side
		other := key
		reflect.ValueOf(&other).Elem().Field(i).SetString("z")
		beside := consume.SavedCursor{Value: fmt.Sprint("beside ", i), ReadAt: first.ReadAt}
		require.NoError(t, store.Save(ctx, other, nil, beside))
		requireCursor(&renewed)
		got, _, err := store.Load(ctx, other)
		require.NoError(t, err)
		assert.Equal(t, beside.Value, got.Value)
		require.NoError(t, store.Delete(ctx, other))
	}
	require.NoError(t, store.Delete(ctx, key))
	requireCursor(nil)
	require.ErrorIs(t, store.Save(ctx, key, &renewed, first), consume.ErrConflict, "it was deleted")
	requireCursor(nil)
}

// TestRaces lets goroutines save at the same time, each with a store of its own on the same data. Of those that replace
// the same cursor exactly one wins.
func TestRaces(t *testing.T, open func() consume.Store) {
	const racers, rounds = 8, 5
	ctx, key := t.Context(), Key()
	var prev *consume.SavedCursor
	for round := range rounds {
		var wins atomic.Int32
		var group sync.WaitGroup
		for racer := range racers {
			group.Go(func() {
				next := consume.SavedCursor{Value: fmt.Sprint(round, " ", racer), ReadAt: time.Unix(int64(racer), 0)}
				switch err := open().Save(ctx, key, prev, next); {
				case err == nil:
					wins.Add(1)
				default:
					assert.ErrorIs(t, err, consume.ErrConflict)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 1, wins.Load(), "round %d", round)
		saved, ok, err := open().Load(ctx, key)
		require.NoError(t, err)
		require.True(t, ok)
		prev = &saved
	}
}
