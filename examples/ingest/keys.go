package ingest

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nango-go/sdk/nango/consume"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, statement string, args ...any) pgx.Row
}

// args returns the arguments $1 to $5 of the statements about a key.
func args(key consume.Key, more ...any) []any {
	return append([]any{key.Name, key.IntegrationID, key.ConnectionID, key.Model, cmp.Or(key.Variant, "base")}, more...)
}

const isKey = `(name, integration_id, connection_id, model, variant) = ($1, $2, $3, $4, $5)`

// later makes wanted_at greater than it was, even if the clock of the database went back, as it can at a failover.
const later = `greatest(clock_timestamp(), ingest_keys.wanted_at + interval '1 microsecond')`

// anew lets a key begin at its oldest record, as due as after an event. A slice that runs saves nothing more, because the reading
// is another one. The new reading and the deleted cursor are one statement.
const anew = `cursor_value = NULL, read_at = NULL, reading = reading + 1, saved_at = '-infinity', wanted_at = ` + later + `, due_since = now(),
	taken_by = '', taken_until = '-infinity', queued_until = '-infinity', repeated_job = 0`

// want notes that there can be something new to read. It reports whether the key was never read to its end, and whether River
// repeats a job of it. A known identity stays. The sweep leaves the key alone for the time requeue.
func want(ctx context.Context, tx pgx.Tx, key consume.Key, identity string, requeue time.Duration) (first, repeated bool, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO ingest_keys (name, integration_id, connection_id, model, variant, identity, wanted_at, due_since, queued_until)
		VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), now(), clock_timestamp() + $7::interval)
		ON CONFLICT (name, integration_id, connection_id, model, variant) DO UPDATE SET wanted_at = `+later+`,
			identity = CASE ingest_keys.identity WHEN '' THEN excluded.identity ELSE ingest_keys.identity END,
			due_since = CASE WHEN ingest_keys.saved_at < ingest_keys.wanted_at THEN ingest_keys.due_since ELSE excluded.due_since END,
			queued_until = CASE ingest_keys.repeated_job WHEN 0 THEN excluded.queued_until ELSE ingest_keys.queued_until END
		RETURNING saved_at = '-infinity', repeated_job <> 0`, args(key, identity, requeue)...).Scan(&first, &repeated)
	return first, repeated, err
}

// taken is a key that a job has taken. Nobody else reads it until the lease ends. If a slow job goes on after that, two jobs
// read the same page, and the cursor lets one of them save it.
type taken struct {
	id       int64
	key      consume.Key
	identity string
	job      int64
	token    string
	lease    time.Duration
	wantedAt time.Time // of the latest event before the slice began
	reading  int
	unclean  bool // there can be rows of an earlier reading
	first    bool // it was never read to its end
}

// take takes a key that is due and free, or returns nil. SKIP LOCKED: whoever has the row locked will read on, or insert a job. An
// event of a key that River repeats inserts none; if it is just then that River repeats it, the sweep goes on at queued_until.
//
// Another job does not take a key whose job River repeats: each would become a chain of attempts.
func take(ctx context.Context, db querier, key consume.Key, job int64, token string, lease time.Duration) (*taken, error) {
	t := &taken{key: key, job: job, token: token, lease: lease}
	err := db.QueryRow(ctx, `WITH free AS (
			SELECT id FROM ingest_keys WHERE `+isKey+` AND saved_at < wanted_at AND taken_until < clock_timestamp()
				AND (repeated_job IN (0, $8) OR queued_until < clock_timestamp())
			FOR UPDATE SKIP LOCKED)
		UPDATE ingest_keys SET taken_by = $6, taken_until = clock_timestamp() + $7::interval, queued_until = '-infinity'
		FROM free WHERE ingest_keys.id = free.id
		RETURNING ingest_keys.id, identity, wanted_at, reading, reading > clean_reading, saved_at = '-infinity'`,
		args(key, token, lease, job)...).Scan(&t.id, &t.identity, &t.wantedAt, &t.reading, &t.unclean, &t.first)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return t, err
}

// finish ends a slice that got to the end, in the transaction that also completes its job. It reports whether the key is
// due again, since an event has come meanwhile. ErrConflict says that the key is no longer taken.
func (t *taken) finish(ctx context.Context, tx pgx.Tx) (due bool, err error) {
	err = tx.QueryRow(ctx, `UPDATE ingest_keys SET saved_at = $4, due_since = now(), clean_reading = reading, failure = '', repeated_job = 0,
			taken_by = '', taken_until = '-infinity'
		WHERE id = $1 AND taken_by = $2 AND reading = $3 RETURNING wanted_at > $4`, t.id, t.token, t.reading, t.wantedAt).Scan(&due)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, consume.ErrConflict
	}
	return due, err
}

// release gives the key back, and lets the sweep leave it alone for some time, since there is a job for then: this one, or another.
func (t *taken) release(ctx context.Context, db querier, leave time.Duration, repeated bool, failure string) error {
	_, err := db.Exec(ctx, `UPDATE ingest_keys SET taken_by = '', taken_until = '-infinity', failure = $4,
		repeated_job = CASE WHEN $3 THEN $6::bigint ELSE 0 END, queued_until = clock_timestamp() + $5::interval WHERE id = $1 AND taken_by = $2`,
		t.id, t.token, repeated, failure, leave, t.job)
	return err
}

// restart lets the key begin at its oldest record again.
func (t *taken) restart(ctx context.Context, tx pgx.Tx, failure string) error {
	_, err := tx.Exec(ctx, `UPDATE ingest_keys SET failure = $3, `+anew+` WHERE id = $1 AND taken_by = $2`, t.id, t.token, failure)
	return err
}

// cursors is the [consume.Store] of a key that is taken. It is on pgx and not package sqlcursor on database/sql, because the
// cursor is a column of the row that is taken, and because River's driver for pgx has LISTEN and database/sql has not.
type cursors struct {
	db querier
	*taken
}

// Load implements [consume.Store].
func (c cursors) Load(ctx context.Context, _ consume.Key) (saved consume.SavedCursor, ok bool, err error) {
	err = c.db.QueryRow(ctx, `SELECT cursor_value, read_at FROM ingest_keys WHERE id = $1 AND cursor_value IS NOT NULL`, c.id).
		Scan(&saved.Value, &saved.ReadAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return consume.SavedCursor{}, false, nil
	}
	return saved, err == nil, err
}

// Save implements [consume.Store]. It extends the lease. A key that was deleted is a conflict.
func (c cursors) Save(ctx context.Context, _ consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	var before *string
	if prev != nil {
		before = &prev.Value
	}
	tag, err := c.db.Exec(ctx, `UPDATE ingest_keys SET cursor_value = $2, read_at = $3, taken_until = CASE taken_by
			WHEN $4 THEN clock_timestamp() + $5::interval ELSE taken_until END
		WHERE id = $1 AND reading = $6 AND cursor_value IS NOT DISTINCT FROM $7`,
		c.id, next.Value, next.ReadAt, c.token, c.lease, c.reading, before)
	if err == nil && tag.RowsAffected() == 0 {
		return consume.ErrConflict
	}
	return err
}

// Delete implements [consume.Store]. Nothing here calls it: restart also counts the reading.
func (c cursors) Delete(context.Context, consume.Key) error { return errors.ErrUnsupported }
