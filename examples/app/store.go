package main

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	_ "modernc.org/sqlite"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/sqlcursor"
)

const schema = `
CREATE TABLE IF NOT EXISTS connections (
	integration TEXT NOT NULL, id TEXT NOT NULL, customer TEXT NOT NULL,
	broken BOOLEAN NOT NULL,            -- the customer has to connect again
	reading INTEGER NOT NULL DEFAULT 1, -- how often the records were read from the beginning
	stored_at INTEGER NOT NULL,
	PRIMARY KEY (integration, id)
);
CREATE TABLE IF NOT EXISTS issues (
	integration TEXT NOT NULL, connection TEXT NOT NULL, id TEXT NOT NULL,
	title TEXT NOT NULL, state TEXT NOT NULL, modified_at TIMESTAMP NOT NULL,
	reading INTEGER NOT NULL, -- in which the row came last
	PRIMARY KEY (integration, connection, id),
	FOREIGN KEY (integration, connection) REFERENCES connections (integration, id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS connections_customer ON connections (customer);
CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expiry);`

// connection is a row: a connection of Nango and the customer whose it is.
type connection struct {
	Integration, ID, Customer string
	Broken                    bool
	Issues                    int
}

// Path is the path of the connection's page.
func (c connection) Path() string {
	return "/connections/" + url.PathEscape(c.Integration) + "/" + url.PathEscape(c.ID)
}

// issue is a record as the sync saves it, and a row.
type issue struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	State    string    `json:"state"`
	Modified time.Time `json:"-"`
}

// store holds all that the app knows. What belongs together is written in one transaction.
type store struct {
	*sql.DB
	model    string
	cursors  *sqlcursor.Store
	sessions *sqlite3store.SQLite3Store
}

func openStore(ctx context.Context, file, model string) (*store, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	cursors, err := sqlcursor.New(db, sqlcursor.Params{Placeholders: sqlcursor.Question})
	if err == nil {
		_, err = db.ExecContext(ctx, cursors.Schema()+";"+schema)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &store{db, model, cursors, sqlite3store.New(db)}, nil
}

func (s *store) close() error {
	s.sessions.StopCleanup()
	return s.Close()
}

// within does something in a transaction.
func (s *store) within(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// list returns the rows of a query.
func list[T any](ctx context.Context, s *store, columns func(*T) []any, query string, args ...any) (found []T, err error) {
	rows, err := s.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := rows.Scan(columns(&row)...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func (s *store) connections(ctx context.Context, where string, args ...any) ([]connection, error) {
	return list(ctx, s, func(c *connection) []any {
		return []any{&c.Integration, &c.ID, &c.Customer, &c.Broken, &c.Issues}
	}, `SELECT integration, id, customer, broken, (SELECT count(*) FROM issues i WHERE i.integration = c.integration AND i.connection = c.id)
		FROM connections c WHERE `+where+` ORDER BY stored_at, id`, args...)
}

// connection returns the one with the ids, whose ever it is. If it is not stored, the error is sql.ErrNoRows.
func (s *store) connection(ctx context.Context, integration, id string) (connection, error) {
	found, err := s.connections(ctx, "integration = ? AND id = ?", integration, id)
	if err != nil || len(found) == 0 {
		return connection{}, errors.Join(err, sql.ErrNoRows)
	}
	return found[0], nil
}

// keep stores a connection, or what has changed of it.
func (s *store) keep(ctx context.Context, c connection) error {
	_, err := s.ExecContext(ctx, `INSERT INTO connections (integration, id, customer, broken, stored_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET customer = excluded.customer, broken = excluded.broken`,
		c.Integration, c.ID, c.Customer, c.Broken, time.Now().Unix())
	return err
}

func (s *store) issues(ctx context.Context, c connection, most int) ([]issue, error) {
	return list(ctx, s, func(i *issue) []any { return []any{&i.ID, &i.Title, &i.State, &i.Modified} },
		"SELECT id, title, state, modified_at FROM issues WHERE integration = ? AND connection = ? ORDER BY modified_at DESC, id DESC LIMIT ?",
		c.Integration, c.ID, most)
}

func (s *store) key(integration, id string) consume.Key {
	return consume.Key{Name: "app", IntegrationID: integration, ConnectionID: id, Model: s.model, Variant: "base"}
}

// savePage writes the rows of a page and its cursor in one transaction.
func (s *store) savePage(ctx context.Context, page *consume.Page[issue]) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if err := page.Save(ctx, s.cursors.With(tx)); err != nil {
			return err
		}
		integration, id, reading := page.Key.IntegrationID, page.Key.ConnectionID, 0
		err := tx.QueryRowContext(ctx, "SELECT reading FROM connections WHERE integration = ? AND id = ?", integration, id).Scan(&reading)
		if errors.Is(err, sql.ErrNoRows) {
			return nango.ErrNotFound // it was deleted, which the next try finds at Nango
		}
		write := func(query string, args ...any) {
			if err == nil {
				_, err = tx.ExecContext(ctx, query, args...)
			}
		}
		for _, r := range page.Changed {
			write(`INSERT INTO issues VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
				title = excluded.title, state = excluded.state, modified_at = excluded.modified_at, reading = excluded.reading`,
				integration, id, r.ID, r.Data.Title, r.Data.State, r.Metadata.LastModifiedAt.UTC(), reading)
		}
		for _, r := range page.Deleted {
			write("DELETE FROM issues WHERE integration = ? AND connection = ? AND id = ?", integration, id, r.ID)
		}
		for _, r := range page.Pruned { // it still exists at the provider
			write("UPDATE issues SET reading = ? WHERE integration = ? AND connection = ? AND id = ?", reading, integration, id, r.ID)
		}
		return err
	})
}

// The changes of reset. After nextReading the rows get a new number, so that sweep finds those that no longer come.
const (
	forget      = "DELETE FROM connections" // and the issues with it
	nextReading = "UPDATE connections SET reading = reading + 1"
)

// reset deletes the cursor of a connection, which ends a pass that is active, and changes the row of the connection.
func (s *store) reset(ctx context.Context, key consume.Key, change string) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if err := s.cursors.With(tx).Delete(ctx, key); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, change+" WHERE integration = ? AND id = ?", key.IntegrationID, key.ConnectionID)
		return err
	})
}

// sweep deletes the rows that a reading to the end did not bring. If the cursor is not that of the pass any more, somebody has
// restarted the reading, and sweep leaves the rows alone.
func (s *store) sweep(ctx context.Context, key consume.Key, cursor string) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		saved, _, err := s.cursors.With(tx).Load(ctx, key)
		if err != nil || saved.Value != cursor {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM issues WHERE integration = ?1 AND connection = ?2 AND reading <
			(SELECT reading FROM connections WHERE integration = ?1 AND id = ?2)`, key.IntegrationID, key.ConnectionID)
		return err
	})
}
