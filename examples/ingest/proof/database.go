package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nango-go/sdk/examples/ingest"
	"github.com/nango-go/sdk/internal/pgserver"
)

// newDatabase makes a database with the tables of the example, and returns its URL.
func newDatabase(ctx context.Context, postgres *pgserver.Server, name string) (string, error) {
	admin, err := pgx.Connect(ctx, postgres.URL+"/postgres")
	if err != nil {
		return "", err
	}
	_, err = admin.Exec(ctx, "CREATE DATABASE "+name)
	if err := errors.Join(err, admin.Close(ctx)); err != nil {
		return "", err
	}
	url := postgres.URL + "/" + name
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return url, ingest.Migrate(ctx, pool)
}

// journal refuses a page that is committed a second time: each cursor may become the cursor of a key once in a reading.
const journal = `
CREATE TABLE journal (key_id bigint, reading integer, cursor_value text, PRIMARY KEY (key_id, reading, cursor_value));
CREATE FUNCTION journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO journal VALUES (NEW.id, NEW.reading, NEW.cursor_value);
	RETURN NULL;
END $$;
CREATE TRIGGER journal AFTER UPDATE OF cursor_value ON ingest_keys FOR EACH ROW
	WHEN (NEW.cursor_value IS NOT NULL AND NEW.cursor_value IS DISTINCT FROM OLD.cursor_value) EXECUTE FUNCTION journal();`

// difference compares the rows with the records of the server, row by row, and says what the first difference is; an empty text
// means that there is none. It also wants a key for each connection and no other, and no copy to be incomplete.
func (w *world) difference(ctx context.Context, db *pgxpool.Pool) (string, error) {
	rows, err := db.Query(ctx, `SELECT connection_id, r.id, coalesce(data->>'title', ''), incomplete FROM ingest_records r JOIN ingest_keys k ON k.id = key_id`)
	if err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	found := map[string]int{}
	var difference, name, id, title string
	var incomplete bool
	_, err = pgx.ForEachRow(rows, []any{&name, &id, &title, &incomplete}, func() error {
		found[name]++
		want, ok := w.truth[name][id]
		switch {
		case difference != "":
		case !ok:
			difference = fmt.Sprintf("%s has the row %s, and the server does not", name, id)
		case incomplete || title != want:
			difference = fmt.Sprintf("%s has in row %s %q (incomplete: %t), and the server %q", name, id, title, incomplete, want)
		}
		return nil
	})
	if err != nil || difference != "" {
		return difference, err
	}
	for name, records := range w.truth {
		if found[name] != len(records) {
			return fmt.Sprintf("%s has %d rows, and the server %d", name, found[name], len(records)), nil
		}
	}
	var keys int
	err = db.QueryRow(ctx, `SELECT count(*) FROM ingest_keys`).Scan(&keys)
	if err == nil && keys != len(w.truth) {
		return fmt.Sprintf("there are %d keys, and the server has %d connections", keys, len(w.truth)), nil
	}
	return "", err
}

// await asks until a condition holds. An error is only an error if it lasts, since the database is restarted.
func await(ctx context.Context, limit time.Duration, condition func() (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		missing, err := condition()
		if err == nil && missing == "" {
			return nil
		}
		if !pause(ctx, 50*time.Millisecond) {
			if err == nil {
				err = errors.New(missing)
			}
			return fmt.Errorf("after %s: %w", limit, err)
		}
	}
}
