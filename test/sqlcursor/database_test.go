package sqlcursor_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/sqlcursor"
)

func TestMain(m *testing.M) {
	if os.Getenv("CONSUMER") != "" {
		consumer() // a process of TestKilled
		return
	}
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}

// database is an SQL database with a table of cursors and one of issues.
type database struct {
	*sql.DB
	driver, source string
	cursors        *sqlcursor.Store
}

// eachDatabase runs a test on a new database of each kind.
func eachDatabase(t *testing.T, test func(t *testing.T, db *database)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newDatabase(t, "sqlite", newSQLite(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, newDatabase(t, "pgx", newPostgres(t))) })
}

// newSQLite returns the name of a new database.
func newSQLite(t *testing.T) string {
	return "file:" + filepath.Join(t.TempDir(), "data.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_txlock=immediate"
}

func newDatabase(t *testing.T, driver, source string) *database {
	t.Helper()
	db, err := openDatabase(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		db.cursors.Schema(),
		"CREATE TABLE issues (id TEXT PRIMARY KEY, title TEXT NOT NULL, reading INTEGER NOT NULL)",
		"CREATE TABLE journal (record TEXT PRIMARY KEY)",
	} {
		_, err = db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	return db
}

func openDatabase(driver, source string) (*database, error) {
	opened, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	db := &database{DB: opened, driver: driver, source: source}
	params := sqlcursor.Params{Placeholders: sqlcursor.Question}
	if driver == "pgx" {
		params.Placeholders = sqlcursor.Dollar
	}
	db.cursors, err = sqlcursor.New(db, params)
	return db, err
}

// do runs a statement, with question marks, in db or in a transaction of it.
func (db *database) do(ctx context.Context, in sqlcursor.DB, statement string, args ...any) error {
	for n := 1; db.driver == "pgx" && strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	_, err := in.ExecContext(ctx, statement, args...)
	return err
}

// write copies a page into the table of issues, and gives the rows the number of the reading. after is called after each
// row.
func (db *database) write(ctx context.Context, in sqlcursor.DB, page *consume.Page[issue], reading int, after func()) error {
	apply := func(record nango.Record[issue], statement string, args ...any) error {
		if err := db.do(ctx, in, statement, args...); err != nil {
			return &consume.RecordError{ID: record.ID, Err: err}
		}
		after()
		return nil
	}
	for _, r := range page.Changed {
		if err := apply(r, `INSERT INTO issues (id, title, reading) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET title = excluded.title, reading = excluded.reading`, r.ID, r.Data.Title, reading); err != nil {
			return err
		}
	}
	for _, r := range page.Deleted {
		if err := apply(r, "DELETE FROM issues WHERE id = ?", r.ID); err != nil {
			return err
		}
	}
	for _, r := range page.Pruned {
		if err := apply(r, "UPDATE issues SET reading = ? WHERE id = ?", reading, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// inTransaction writes a page and its cursor together.
func (db *database) inTransaction(ctx context.Context, page *consume.Page[issue], write func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := page.Save(ctx, db.cursors.With(tx)); err != nil {
		return err
	}
	if err := write(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// rows returns the titles by id.
func (db *database) rows(t *testing.T) map[string]string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), "SELECT id, title FROM issues")
	require.NoError(t, err)
	defer found.Close()
	rows := map[string]string{}
	for found.Next() {
		var id, title string
		require.NoError(t, found.Scan(&id, &title))
		rows[id] = title
	}
	require.NoError(t, found.Err())
	return rows
}

// requireRows checks that the rows are what is at the provider.
func (db *database) requireRows(t *testing.T, want map[string]string) {
	t.Helper()
	got := db.rows(t)
	if !maps.Equal(want, got) {
		require.Fail(t, "the rows are not what is at the provider", fmt.Sprint("want ", want, "\ngot  ", got))
	}
}
