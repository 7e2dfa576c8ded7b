package sqlcursor

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// DB runs statements. [*sql.DB], [*sql.Tx] and [*sql.Conn] are DBs.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Placeholders is how the database marks the arguments of a statement.
type Placeholders int

const (
	// Dollar is $1, $2, …, for PostgreSQL and its relatives.
	Dollar Placeholders = iota + 1
	// Question is ?, for SQLite.
	Question
)

// Params describe the database. Placeholders is required.
type Params struct {
	// Placeholders is how the database marks the arguments of a statement.
	Placeholders Placeholders
	// Table is the name of the table, with a schema before it if you like: "app.cursors". Each part has letters of
	// ASCII, digits and underscores, does not begin with a digit, and is no keyword of SQL. Empty means "nango_cursors".
	Table string
}

const defaultTable = "nango_cursors"

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$`)

// Store is a [consume.Store] in a table of an SQL database, with a row for each key. It is safe for concurrent use if
// its DB is: a [*sql.DB] is.
type Store struct {
	db                           DB
	table                        string
	load, insert, update, remove string
}

// New returns a store in the database db. It runs no statement. A db that is nil, Placeholders that are missing and a
// Table that is no plain name are an [*nango.ArgumentError].
func New(db DB, params Params) (*Store, error) {
	s := &Store{db: db, table: cmp.Or(params.Table, defaultTable)}
	switch {
	case db == nil:
		return nil, argument("db", "is nil")
	case params.Placeholders != Dollar && params.Placeholders != Question:
		return nil, argument("Placeholders", "is neither Dollar nor Question")
	case !tableName.MatchString(s.table):
		return nil, argument("Table", "is not a plain name of letters, digits and underscores, such as app.cursors")
	}
	const where = " WHERE name = ? AND integration_id = ? AND connection_id = ? AND model = ? AND variant = ?"
	statement := func(text string) string {
		text = strings.ReplaceAll(text, "TABLE", s.table)
		for n := 1; params.Placeholders == Dollar && strings.Contains(text, "?"); n++ {
			text = strings.Replace(text, "?", "$"+strconv.Itoa(n), 1)
		}
		return text
	}
	s.load = statement("SELECT cursor_value, read_at FROM TABLE" + where)
	s.insert = statement("INSERT INTO TABLE (cursor_value, read_at, name, integration_id, connection_id, model, variant)" +
		" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
	s.update = statement("UPDATE TABLE SET cursor_value = ?, read_at = ?" + where + " AND cursor_value = ?")
	s.remove = statement("DELETE FROM TABLE" + where)
	return s, nil
}

// With returns the same store whose statements run in db, such as your transaction. The transaction must be of the
// same database. Pass the store to [consume.Page.Save].
func (s *Store) With(db DB) *Store {
	in := *s
	in.db = db
	return &in
}

// Schema returns the statement that creates the table if it does not exist. Run it once, in your migrations.
//
// The column read_at has the time of the reading in UTC, as text in the form of RFC 3339: PostgreSQL reads it with
// read_at::timestamptz, SQLite with datetime(read_at).
func (s *Store) Schema() string {
	return "CREATE TABLE IF NOT EXISTS " + s.table + ` (
	name           TEXT NOT NULL,
	integration_id TEXT NOT NULL,
	connection_id  TEXT NOT NULL,
	model          TEXT NOT NULL,
	variant        TEXT NOT NULL,
	cursor_value   TEXT NOT NULL,
	read_at        TEXT NOT NULL,
	PRIMARY KEY (name, integration_id, connection_id, model, variant)
)`
}

// Load implements [consume.Store].
func (s *Store) Load(ctx context.Context, key consume.Key) (consume.SavedCursor, bool, error) {
	if s.db == nil {
		return consume.SavedCursor{}, false, errNoDB
	}
	var value, readAt string
	err := s.db.QueryRowContext(ctx, s.load, key.Name, key.IntegrationID, key.ConnectionID, key.Model, key.Variant).Scan(&value, &readAt)
	if errors.Is(err, sql.ErrNoRows) {
		return consume.SavedCursor{}, false, nil
	}
	if err != nil {
		return consume.SavedCursor{}, false, fmt.Errorf("sqlcursor: load the cursor: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, readAt)
	if err != nil {
		return consume.SavedCursor{}, false, fmt.Errorf("sqlcursor: the column read_at: %w", err)
	}
	return consume.SavedCursor{Value: value, ReadAt: at}, true, nil
}

// Save implements [consume.Store]. If another transaction is saving the cursor of the same key, PostgreSQL lets this
// one wait until the other has ended.
//
// The error also matches [consume.ErrConflict] if the database ends this transaction because of another one:
// serialization_failure (40001) and deadlock_detected (40P01). At an isolation level above READ COMMITTED, your own
// statements and Commit can fail with these as well: then they mean the same.
func (s *Store) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	args := []any{
		next.Value, next.ReadAt.UTC().Format(time.RFC3339Nano),
		key.Name, key.IntegrationID, key.ConnectionID, key.Model, key.Variant,
	}
	statement := s.insert
	if prev != nil {
		statement, args = s.update, append(args, prev.Value)
	}
	changed, err := s.exec(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("sqlcursor: save the cursor: %w", err)
	}
	if changed == 0 {
		return consume.ErrConflict
	}
	return nil
}

// Delete implements [consume.Store].
func (s *Store) Delete(ctx context.Context, key consume.Key) error {
	_, err := s.exec(ctx, s.remove, key.Name, key.IntegrationID, key.ConnectionID, key.Model, key.Variant)
	if err != nil {
		return fmt.Errorf("sqlcursor: delete the cursor: %w", err)
	}
	return nil
}

// stateError is an error of a driver that tells the SQLSTATE, as those of pgx and lib/pq do.
type stateError interface {
	error
	SQLState() string
}

// exec runs a statement and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	if s.db == nil {
		return 0, errNoDB
	}
	result, err := s.db.ExecContext(ctx, statement, args...)
	if state, ok := errors.AsType[stateError](err); ok && (state.SQLState() == "40001" || state.SQLState() == "40P01") {
		return 0, fmt.Errorf("%w: %w", consume.ErrConflict, err)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

var errNoDB = argument("db", "is nil")

func argument(name, reason string) error { return &nango.ArgumentError{Name: name, Reason: reason} }
