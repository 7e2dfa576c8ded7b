package ingest

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/nango-go/sdk/nango"
)

type offBoardArgs struct {
	IntegrationID string `json:"integration_id"`
	ConnectionID  string `json:"connection_id"`
}

// Kind implements [river.JobArgs].
func (offBoardArgs) Kind() string { return "nango_off_board" }

// offBoardWorker deletes everything of a connection that Nango no longer has.
type offBoardWorker struct {
	river.WorkerDefaults[offBoardArgs]
	e *Engine
}

// Timeout implements [river.Worker].
func (*offBoardWorker) Timeout(*river.Job[offBoardArgs]) time.Duration { return offBoardTimeout }

// Work implements [river.Worker]. It asks the API, since a connection with the same ids can have been made meanwhile.
func (w *offBoardWorker) Work(ctx context.Context, job *river.Job[offBoardArgs]) error {
	for found, err := range w.e.client.Connections.All(ctx, &nango.ListConnectionsParams{ConnectionID: job.Args.ConnectionID}) {
		if err != nil {
			return err
		}
		if found.IntegrationID == job.Args.IntegrationID {
			return nil
		}
	}
	return w.e.offBoard(ctx, job.Args.IntegrationID, job.Args.ConnectionID)
}

// offBoard deletes the rows, the cursors and the waiting jobs of a connection. A job that is reading it then finds no row for
// its cursor, so it writes nothing more. A late webhook adds the key again; its job gives up when Nango does not know the
// connection, and the next reconciliation deletes the key.
func (e *Engine) offBoard(ctx context.Context, integrationID, connectionID string) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM ingest_keys WHERE (name, integration_id, connection_id) = ($1, $2, $3)`, // and its records
			e.params.Name, integrationID, connectionID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM river_job WHERE kind = $1 AND state IN ('available', 'scheduled', 'retryable')
			AND (args->>'name', args->>'integration_id', args->>'connection_id') = ($2, $3, $4)`,
			SliceArgs{}.Kind(), e.params.Name, integrationID, connectionID)
		return err
	})
}
