package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// The four statements of this file are those about ingest_records. Replace them with those of your own tables, which also need
// key_id, with ON DELETE CASCADE as in migrations/001.sql, and reading.

// write writes a page and its cursor in one transaction.
func (e *Engine) write(ctx context.Context, t *taken, page *consume.Page[json.RawMessage]) error {
	var refused error
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := page.Save(ctx, cursors{tx, t}); err != nil { // first, so that a lost race writes nothing
			return err
		}
		if err := upsert(ctx, tx, t, page.Changed); err != nil {
			refused = err
			return err
		}
		if ids, _, _ := columns(page.Deleted); len(ids) > 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM ingest_records WHERE key_id = $1 AND id = ANY ($2)`, t.id, ids); err != nil {
				return err
			}
		}
		// Nango has deleted the data of these, and the provider still has them. A copy that is as new stays as it is.
		if ids, times, _ := columns(page.Pruned); len(ids) > 0 {
			_, err := tx.Exec(ctx, `INSERT INTO ingest_records (key_id, id, modified_at, reading, incomplete)
				SELECT $1, id, modified_at, $2, true FROM unnest($3::text[], $4::timestamptz[]) AS page (id, modified_at)
				ON CONFLICT (key_id, id) DO UPDATE SET reading = excluded.reading,
					incomplete = ingest_records.incomplete OR ingest_records.modified_at < excluded.modified_at`, t.id, t.reading, ids, times)
			return err
		}
		return nil
	})
	if refused != nil {
		return e.culprit(ctx, t, page.Changed, refused)
	}
	return private(err)
}

func upsert(ctx context.Context, db querier, t *taken, changed []nango.Record[json.RawMessage]) error {
	ids, times, data := columns(changed)
	_, err := db.Exec(ctx, `INSERT INTO ingest_records (key_id, id, data, modified_at, reading, incomplete)
		SELECT $1, id, data::jsonb, modified_at, $2, false FROM unnest($3::text[], $4::timestamptz[], $5::text[]) AS page (id, modified_at, data)
		ON CONFLICT (key_id, id) DO UPDATE SET data = excluded.data, modified_at = excluded.modified_at,
			reading = excluded.reading, incomplete = false`, t.id, t.reading, ids, times, data)
	return err
}

// culprit names the first record with which the database refuses a page because of a value. Records before it can be what it
// needs, so it looks for the shortest beginning of the page that is refused.
func (e *Engine) culprit(ctx context.Context, t *taken, changed []nango.Record[json.RawMessage], cause error) error {
	code := pgCode(cause)
	if !slices.Contains([]string{"22", "23", "54", "P0"}, pgClass(code)) { // data, constraints, limits and RAISE
		return private(cause)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // much shorter than the lease
	defer cancel()
	sure := true
	n := sort.Search(len(changed), func(n int) bool {
		err := e.attempt(ctx, t, changed[:n+1])
		sure = sure && (err == nil || pgCode(err) == code)
		return err != nil
	})
	if n == len(changed) || !sure {
		return private(cause)
	}
	return fmt.Errorf("the record %q: %w", changed[n].ID, private(cause))
}

// attempt writes records without keeping them.
func (e *Engine) attempt(ctx context.Context, t *taken, changed []nango.Record[json.RawMessage]) error {
	tx, err := e.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	return upsert(ctx, tx, t, changed)
}

// leftovers deletes the rows that came in an earlier reading only, in batches, so that no transaction is long.
func (e *Engine) leftovers(ctx context.Context, keyID int64, reading int) error {
	for {
		tag, err := e.pool.Exec(ctx, `DELETE FROM ingest_records WHERE key_id = $1 AND id IN (
			SELECT id FROM ingest_records WHERE key_id = $1 AND reading < $2 LIMIT 10000)`, keyID, reading)
		if err != nil || tag.RowsAffected() == 0 {
			return private(err)
		}
	}
}

// pgCode is the SQLSTATE of an error, empty if PostgreSQL did not send it.
func pgCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// pgClass is the class of a SQLSTATE, its first two characters.
func pgClass(code string) string { return code[:min(2, len(code))] }

// private returns an error of PostgreSQL without its text, which can have values of the record: the error is stored with the
// key and with the job.
func private(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("ingest: PostgreSQL refuses a statement: SQLSTATE %s, table %q, column %q, constraint %q",
			e.Code, e.TableName, e.ColumnName, e.ConstraintName)
	}
	return err
}

// columns returns the columns of records.
func columns(records []nango.Record[json.RawMessage]) (ids []string, times []time.Time, data []string) {
	for _, record := range records {
		ids, times, data = append(ids, record.ID), append(times, record.Metadata.LastModifiedAt), append(data, string(record.Data))
	}
	return ids, times, data
}
