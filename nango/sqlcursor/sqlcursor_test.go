package sqlcursor_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/sqlcursor"
)

// These tests need no database. Those with PostgreSQL and SQLite are in test/sqlcursor.

// recorder is a DB that notes the statement, and returns what a test wants.
type recorder struct {
	sqlcursor.DB
	statement string
	args      []any
	result    sql.Result
	err       error
}

func (r *recorder) ExecContext(_ context.Context, statement string, args ...any) (sql.Result, error) {
	r.statement, r.args = statement, args
	return r.result, r.err
}

var (
	key  = consume.Key{Name: "name", IntegrationID: "integration", ConnectionID: "connection", Model: "Model", Variant: "base"}
	prev = &consume.SavedCursor{Value: "before"}
	next = consume.SavedCursor{Value: "after", ReadAt: time.Date(2026, 6, 1, 12, 0, 0, 5000, time.FixedZone("", 3600))}
)

func newStore(t *testing.T, db sqlcursor.DB, params sqlcursor.Params) *sqlcursor.Store {
	t.Helper()
	store, err := sqlcursor.New(db, params)
	require.NoError(t, err)
	return store
}

func TestStatements(t *testing.T) {
	for placeholders, mark := range map[sqlcursor.Placeholders]string{sqlcursor.Dollar: `\$\d+`, sqlcursor.Question: `\?`} {
		db := &recorder{result: driver.RowsAffected(1)}
		store := newStore(t, db, sqlcursor.Params{Placeholders: placeholders, Table: "app.cursors"})
		keys := []any{"name", "integration", "connection", "Model", "base"}
		for want, call := range map[*[]any]func() error{
			{"after", "2026-06-01T11:00:00.000005Z", keys[0], keys[1], keys[2], keys[3], keys[4]}: func() error {
				return store.Save(t.Context(), key, nil, next)
			},
			{"after", "2026-06-01T11:00:00.000005Z", keys[0], keys[1], keys[2], keys[3], keys[4], "before"}: func() error {
				return store.Save(t.Context(), key, prev, next)
			},
			&keys: func() error { return store.Delete(t.Context(), key) },
		} {
			require.NoError(t, call())
			assert.Equal(t, *want, db.args)
			assert.Contains(t, db.statement, " app.cursors ")
			marks := regexp.MustCompile(mark).FindAllString(db.statement, -1)
			assert.Len(t, marks, len(db.args), "%s", db.statement)
			if placeholders == sqlcursor.Dollar {
				assert.Equal(t, "$1", marks[0])
				assert.Equal(t, "$"+string(rune('0'+len(marks))), marks[len(marks)-1])
			}
		}
		assert.Contains(t, store.Schema(), "app.cursors")
	}
	assert.Contains(t, newStore(t, &recorder{}, sqlcursor.Params{Placeholders: sqlcursor.Dollar}).Schema(), "nango_cursors")
}

// state is an error of a driver that tells the SQLSTATE.
type state string

func (s state) Error() string    { return "the database says " + string(s) }
func (s state) SQLState() string { return string(s) }

func TestSaveFails(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		result   sql.Result
		err      error
		conflict bool
	}{
		"no row changed":          {result: driver.RowsAffected(0), conflict: true},
		"serialization failure":   {err: state("40001"), conflict: true},
		"deadlock":                {err: state("40P01"), conflict: true},
		"another state":           {err: state("42P01")},
		"another error":           {err: broken},
		"no number of rows known": {result: driver.ResultNoRows},
	} {
		store := newStore(t, &recorder{result: tt.result, err: tt.err}, sqlcursor.Params{Placeholders: sqlcursor.Dollar})
		for _, p := range []*consume.SavedCursor{nil, prev} {
			err := store.Save(t.Context(), key, p, next)
			require.Error(t, err, name)
			assert.Equal(t, tt.conflict, errors.Is(err, consume.ErrConflict), "%s: %v", name, err)
			if tt.err != nil {
				assert.ErrorIs(t, err, tt.err, name)
			}
		}
	}
	store := newStore(t, &recorder{err: broken}, sqlcursor.Params{Placeholders: sqlcursor.Dollar})
	assert.ErrorIs(t, store.Delete(t.Context(), key), broken)
	store = newStore(t, &recorder{result: driver.RowsAffected(0)}, sqlcursor.Params{Placeholders: sqlcursor.Dollar})
	assert.NoError(t, store.Delete(t.Context(), key), "there was none")
}

func TestWith(t *testing.T) {
	db, tx := &recorder{result: driver.RowsAffected(1)}, &recorder{result: driver.RowsAffected(1)}
	store := newStore(t, db, sqlcursor.Params{Placeholders: sqlcursor.Question})
	require.NoError(t, store.With(tx).Save(t.Context(), key, nil, next))
	assert.NotEmpty(t, tx.statement)
	assert.Empty(t, db.statement)
	require.NoError(t, store.Save(t.Context(), key, nil, next))
	assert.Equal(t, tx.statement, db.statement, "the store itself is as before")
}

func TestArguments(t *testing.T) {
	db := &recorder{}
	for name, params := range map[string]sqlcursor.Params{
		"Placeholders":  {},
		"Placeholders ": {Placeholders: 3},
		"Table":         {Placeholders: sqlcursor.Dollar, Table: "cursors; DROP TABLE users"},
		"Table ":        {Placeholders: sqlcursor.Dollar, Table: "a.b.c"},
		"Table  ":       {Placeholders: sqlcursor.Dollar, Table: "1a"},
	} {
		_, err := sqlcursor.New(db, params)
		requireArgument(t, name, err)
	}
	_, err := sqlcursor.New(nil, sqlcursor.Params{Placeholders: sqlcursor.Dollar})
	requireArgument(t, "db", err)
	store := newStore(t, db, sqlcursor.Params{Placeholders: sqlcursor.Dollar}).With(nil)
	_, _, err = store.Load(t.Context(), key)
	requireArgument(t, "db", err)
	requireArgument(t, "db", store.Save(t.Context(), key, nil, next))
	requireArgument(t, "db", store.Delete(t.Context(), key))
}

// requireArgument checks that an error names an argument; spaces tell cases of the same name apart.
func requireArgument(t *testing.T, name string, err error) {
	t.Helper()
	refused, ok := errors.AsType[*nango.ArgumentError](err)
	require.True(t, ok, "%s: %v", name, err)
	assert.Equal(t, regexp.MustCompile(` +$`).ReplaceAllString(name, ""), refused.Name)
}
