package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	return private(pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := page.Save(ctx, cursors{tx, t}); err != nil { // first, so that a lost race writes nothing
			return err
		}
		ids, times, data := columns(page.Changed)
		if _, err := tx.Exec(ctx, `INSERT INTO ingest_records (key_id, id, data, modified_at, reading, incomplete)
			SELECT $1, id, data::jsonb, modified_at, $2, false FROM unnest($3::text[], $4::timestamptz[], $5::text[]) AS page (id, modified_at, data)
			ON CONFLICT (key_id, id) DO UPDATE SET data = excluded.data, modified_at = excluded.modified_at,
				reading = excluded.reading, incomplete = false`, t.id, t.reading, ids, times, data); err != nil {
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
	}))
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
