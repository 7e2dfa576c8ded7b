package sqlcursor_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/cursortest"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/sqlcursor"
)

func TestStore(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		cursortest.TestStore(t, db.cursors)
		cursortest.TestRaces(t, func() consume.Store { return db.cursors })
	})
}

// The cursor is as much a part of a transaction as the rows are.
func TestTransactions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		ctx, key := t.Context(), cursortest.Key()
		first, second := consume.SavedCursor{Value: "a", ReadAt: time.Unix(1, 0)}, consume.SavedCursor{Value: "b", ReadAt: time.Unix(2, 0)}
		var prev *consume.SavedCursor
		for _, next := range []consume.SavedCursor{first, second} {
			tx, err := db.BeginTx(ctx, nil)
			require.NoError(t, err)
			require.NoError(t, db.cursors.With(tx).Save(ctx, key, prev, next))
			got, ok, err := db.cursors.With(tx).Load(ctx, key)
			require.NoError(t, err)
			require.True(t, ok)
			assert.Equal(t, next.Value, got.Value)
			require.NoError(t, tx.Rollback())
			got, ok, err = db.cursors.Load(ctx, key)
			require.NoError(t, err)
			require.Equal(t, prev != nil, ok, "rolled back")
			if ok {
				assert.Equal(t, prev.Value, got.Value, "rolled back")
			}

			tx, err = db.BeginTx(ctx, nil)
			require.NoError(t, err)
			require.NoError(t, db.cursors.With(tx).Save(ctx, key, prev, next))
			require.NoError(t, tx.Commit())
			got, _, err = db.cursors.Load(ctx, key)
			require.NoError(t, err)
			assert.Equal(t, next.Value, got.Value)
			prev = &next
		}
		connection, err := db.Conn(ctx)
		require.NoError(t, err)
		defer connection.Close()
		require.NoError(t, db.cursors.With(connection).Delete(ctx, key))
		_, ok, err := db.cursors.Load(ctx, key)
		require.NoError(t, err)
		assert.False(t, ok)
	})
}

// A strict transaction that lost a race is ended by PostgreSQL with an error of its own, which is a lost race too.
func TestSerializationFailureIsAConflict(t *testing.T) {
	db := newDatabase(t, "pgx", newPostgres(t))
	ctx, key := t.Context(), cursortest.Key()
	first, second := consume.SavedCursor{Value: "a"}, consume.SavedCursor{Value: "b"}
	for _, isolation := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		require.NoError(t, db.cursors.Delete(ctx, key))
		for _, prev := range []*consume.SavedCursor{nil, &first} {
			loser, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: isolation})
			require.NoError(t, err)
			_, _, err = db.cursors.With(loser).Load(ctx, key) // from here on it sees the database as it is now
			require.NoError(t, err)
			next := first
			if prev != nil {
				next = second
			}
			require.NoError(t, db.cursors.Save(ctx, key, prev, next))
			err = db.cursors.With(loser).Save(ctx, key, prev, next)
			require.ErrorIs(t, err, consume.ErrConflict)
			assert.ErrorContains(t, err, "40001")
			require.NoError(t, loser.Rollback())
		}
	}
}

func TestOtherTable(t *testing.T) {
	db := newDatabase(t, "pgx", newPostgres(t))
	_, err := db.ExecContext(t.Context(), "CREATE SCHEMA app")
	require.NoError(t, err)
	cursors, err := sqlcursor.New(db, sqlcursor.Params{Placeholders: sqlcursor.Dollar, Table: "app.cursors"})
	require.NoError(t, err)
	for range 2 { // the second time it is there
		_, err = db.ExecContext(t.Context(), cursors.Schema())
		require.NoError(t, err)
	}
	cursortest.TestStore(t, cursors)
	require.NoError(t, cursors.Save(t.Context(), cursortest.Key(), nil, consume.SavedCursor{Value: "a", ReadAt: time.Unix(1e9, 5000).In(time.FixedZone("", 3600))}))
	var at time.Time
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT read_at::timestamptz FROM app.cursors").Scan(&at))
	assert.WithinDuration(t, time.Unix(1e9, 5000), at, 0)
	_, ok, err := db.cursors.Load(t.Context(), cursortest.Key())
	require.NoError(t, err)
	assert.False(t, ok, "the default table is another one")
}

func TestTableIsMissing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		params := sqlcursor.Params{Placeholders: sqlcursor.Question, Table: "nowhere"}
		if db.driver == "pgx" {
			params.Placeholders = sqlcursor.Dollar
		}
		cursors, err := sqlcursor.New(db, params)
		require.NoError(t, err)
		_, _, err = cursors.Load(t.Context(), cursortest.Key())
		assert.ErrorContains(t, err, "sqlcursor: load the cursor: ")
		err = cursors.Save(t.Context(), cursortest.Key(), nil, consume.SavedCursor{Value: "a"})
		assert.ErrorContains(t, err, "sqlcursor: save the cursor: ")
		assert.NotErrorIs(t, err, consume.ErrConflict)
		assert.ErrorContains(t, cursors.Delete(t.Context(), cursortest.Key()), "sqlcursor: delete the cursor: ")
	})
}

func TestTimeThatIsNone(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		require.NoError(t, db.cursors.Save(t.Context(), cursortest.Key(), nil, consume.SavedCursor{Value: "a"}))
		require.NoError(t, db.do(t.Context(), db, "UPDATE nango_cursors SET read_at = ?", "yesterday"))
		_, _, err := db.cursors.Load(t.Context(), cursortest.Key())
		assert.ErrorContains(t, err, "read_at")
	})
}
