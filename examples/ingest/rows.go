package ingest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// write writes a page and its cursor in one transaction. Replace its three statements with those of your own tables.
func (e *Engine) write(ctx context.Context, t *taken, page *consume.Page[json.RawMessage]) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := page.Save(ctx, cursors{tx, t}); err != nil { // first, so that a lost race writes nothing
			return err
		}
		ids, times, data := columns(page.Changed)
		if _, err := tx.Exec(ctx, `INSERT INTO ingest_records (key_id, id, data, modified_at, reading, stale)
			SELECT $1, id, data::jsonb, modified_at, $2, false FROM unnest($3::text[], $4::timestamptz[], $5::text[]) AS page (id, modified_at, data)
			ON CONFLICT (key_id, id) DO UPDATE SET data = excluded.data, modified_at = excluded.modified_at,
				reading = excluded.reading, stale = false`, t.id, t.reading, ids, times, data); err != nil {
			return err
		}
		if ids, _, _ := columns(page.Deleted); len(ids) > 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM ingest_records WHERE key_id = $1 AND id = ANY ($2)`, t.id, ids); err != nil {
				return err
			}
		}
		// Nango has deleted the data of these, and the provider still has them. A copy that is as new stays as it is.
		if ids, times, _ := columns(page.Pruned); len(ids) > 0 {
			_, err := tx.Exec(ctx, `INSERT INTO ingest_records (key_id, id, modified_at, reading, stale)
				SELECT $1, id, modified_at, $2, true FROM unnest($3::text[], $4::timestamptz[]) AS page (id, modified_at)
				ON CONFLICT (key_id, id) DO UPDATE SET reading = excluded.reading,
					stale = ingest_records.stale OR ingest_records.modified_at < excluded.modified_at`, t.id, t.reading, ids, times)
			return err
		}
		return nil
	})
}

// columns returns the columns of records.
func columns(records []nango.Record[json.RawMessage]) (ids []string, times []time.Time, data []string) {
	for _, record := range records {
		ids, times, data = append(ids, record.ID), append(times, record.Metadata.LastModifiedAt), append(data, string(record.Data))
	}
	return ids, times, data
}
