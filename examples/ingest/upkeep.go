package ingest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/nango-go/sdk/nango/consume"
)

type sweepArgs struct{}

// Kind implements [river.JobArgs].
func (sweepArgs) Kind() string { return "nango_sweep" }

// sweepWorker inserts a job for each key that is due and has neither a job nor a holder, the longest due first. It also wants
// the keys for which no event came for long.
type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	e *Engine
}

// Work implements [river.Worker].
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepArgs]) error {
	p := w.e.params
	return pgx.BeginFunc(ctx, w.e.pool, func(tx pgx.Tx) error {
		var waiting int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM river_job WHERE state IN ('available', 'scheduled') AND kind = $1 LIMIT $2) AS jobs`,
			SliceArgs{}.Kind(), maxWaiting).Scan(&waiting)
		if err != nil || waiting >= maxWaiting {
			return err
		}
		rows, err := tx.Query(ctx, `WITH due AS (
				SELECT id FROM ingest_keys WHERE name = $1 AND (saved_at < wanted_at OR saved_at < clock_timestamp() - $2::interval)
					AND queued_until < clock_timestamp() AND taken_until < clock_timestamp()
				ORDER BY wanted_at LIMIT $3 FOR UPDATE SKIP LOCKED)
			UPDATE ingest_keys SET queued_until = clock_timestamp() + $4::interval,
				wanted_at = CASE WHEN saved_at < wanted_at THEN wanted_at ELSE `+next+` END
			FROM due WHERE ingest_keys.id = due.id
			RETURNING integration_id, connection_id, model, variant, saved_at = '-infinity'`,
			p.Name, p.ReadEvery, maxWaiting-waiting, p.Requeue)
		if err != nil {
			return err
		}
		var jobs []river.InsertManyParams
		args, first := SliceArgs{Name: p.Name}, false
		_, err = pgx.ForEachRow(rows, []any{&args.IntegrationID, &args.ConnectionID, &args.Model, &args.Variant, &first}, func() error {
			jobs = append(jobs, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: queue(first)}})
			return nil
		})
		if err != nil || len(jobs) == 0 {
			return err
		}
		_, err = w.e.river.InsertManyFastTx(ctx, tx, jobs)
		return err
	})
}

type reconcileArgs struct{}

// Kind implements [river.JobArgs].
func (reconcileArgs) Kind() string { return "nango_reconcile" }

// reconcileWorker compares the keys with Nango's list of connections, for creations and deletions whose webhook was lost. It
// is also the first import when the program is new.
type reconcileWorker struct {
	river.WorkerDefaults[reconcileArgs]
	e *Engine
}

// Work implements [river.Worker].
func (w *reconcileWorker) Work(ctx context.Context, _ *river.Job[reconcileArgs]) error {
	e := w.e
	rows, err := e.pool.Query(ctx, `SELECT integration_id, connection_id, model FROM ingest_keys WHERE name = $1`, e.params.Name)
	if err != nil {
		return err
	}
	models, key := map[offBoardArgs]map[string]bool{}, consume.Key{}
	_, err = pgx.ForEachRow(rows, []any{&key.IntegrationID, &key.ConnectionID, &key.Model}, func() error {
		at := offBoardArgs{key.IntegrationID, key.ConnectionID}
		if models[at] == nil {
			models[at] = map[string]bool{}
		}
		models[at][key.Model] = true
		return nil
	})
	if err != nil {
		return err
	}

	gone := map[offBoardArgs]bool{}
	for at := range models {
		gone[at] = true
	}
	for found, err := range e.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		at := offBoardArgs{found.IntegrationID, found.ConnectionID}
		delete(gone, at)
		for _, key := range e.keys(at.IntegrationID, at.ConnectionID) {
			if models[at][key.Model] {
				continue
			}
			if err := e.Want(ctx, key); err != nil {
				return err
			}
		}
	}
	if len(gone) > 0 && len(gone) == len(models) {
		return fmt.Errorf("ingest: Nango knows none of the %d connections that are stored: is this the API key of another environment? Nothing was deleted", len(gone))
	}
	for at := range gone {
		// The job asks for this one by itself, because a list can miss a connection while others are deleted.
		if _, err := e.river.Insert(ctx, at, &river.InsertOpts{Queue: queueUpkeep}); err != nil {
			return err
		}
	}
	return nil
}
