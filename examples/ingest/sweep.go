package ingest

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

type sweepArgs struct{}

// Kind implements [river.JobArgs].
func (sweepArgs) Kind() string { return "nango_sweep" }

// sweepWorker inserts a job for each key that is due and has neither a job nor a holder, the longest due first. Before that,
// it marks the keys as due for which no event came for long.
type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	e *Engine
}

// isConfigured leaves out the models that are no longer copied.
const isConfigured = `name = $1 AND (integration_id, model) IN (SELECT * FROM unnest($2::text[], $3::text[]))`

const markOld = `WITH old AS (
		SELECT id FROM ingest_keys WHERE ` + isConfigured + ` AND saved_at >= wanted_at AND saved_at < now() - $4::interval
		ORDER BY saved_at LIMIT $5 FOR UPDATE SKIP LOCKED)
	UPDATE ingest_keys SET wanted_at = ` + later + `, due_since = now() FROM old WHERE ingest_keys.id = old.id`

const queueDue = `WITH due AS (
		SELECT id FROM ingest_keys WHERE ` + isConfigured + ` AND saved_at < wanted_at AND (saved_at = '-infinity') = $4
			AND queued_until < now() AND taken_until < now()
		ORDER BY due_since LIMIT $5 FOR UPDATE SKIP LOCKED)
	UPDATE ingest_keys SET queued_until = now() + $6::interval, repeated_job = 0 FROM due WHERE ingest_keys.id = due.id
	RETURNING integration_id, connection_id, model, variant`

// Work implements [river.Worker].
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepArgs]) error { return w.e.sweep(ctx) }

func (e *Engine) sweep(ctx context.Context) error {
	p := e.params
	var integrations, models []string
	for integration, names := range p.Models {
		for _, model := range names {
			integrations, models = append(integrations, integration), append(models, model)
		}
	}
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, markOld, p.Name, integrations, models, p.ReadEvery, maxWaiting); err != nil {
			return err
		}
		for _, first := range []bool{false, true} { // each queue by itself, so that many imports do not stop the events
			var waiting int
			// Those that wait for the limit count too: more jobs would wait with them.
			err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM river_job WHERE state IN ('available', 'scheduled') AND queue = $1 LIMIT $2) AS jobs`,
				queue(first), maxWaiting).Scan(&waiting)
			if err != nil {
				return err
			}
			rows, err := tx.Query(ctx, queueDue, p.Name, integrations, models, first, maxWaiting-waiting, p.Requeue)
			if err != nil {
				return err
			}
			var jobs []river.InsertManyParams
			args := SliceArgs{Name: p.Name}
			_, err = pgx.ForEachRow(rows, []any{&args.IntegrationID, &args.ConnectionID, &args.Model, &args.Variant}, func() error {
				jobs = append(jobs, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: queue(first)}})
				return nil
			})
			if err != nil {
				return err
			}
			if len(jobs) == 0 {
				continue
			}
			if _, err := e.river.InsertManyFastTx(ctx, tx, jobs); err != nil {
				return err
			}
		}
		return nil
	})
}
