package ingest

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

// onSync notes that there are new records, and inserts a job, in one transaction. An error is a 500, and Nango delivers again.
func (e *Engine) onSync(ctx context.Context, event *webhook.SyncEvent) error {
	if !event.Success || !slices.Contains(e.params.Models[event.IntegrationID], event.Model) {
		return nil
	}
	return e.Want(ctx, consume.Key{
		IntegrationID: event.IntegrationID, ConnectionID: event.ConnectionID, Model: event.Model, Variant: event.SyncVariant,
	})
}

// onAuth begins the first import of a new connection, and deletes everything of one that was deleted. The API has confirmed
// the event.
func (e *Engine) onAuth(ctx context.Context, event *webhook.AuthEvent) error {
	switch {
	case event.Operation == webhook.AuthOperationDeletion:
		return e.OffBoard(ctx, event.IntegrationID, event.ConnectionID)
	case event.Success:
		return e.Want(ctx, e.keys(event.IntegrationID, event.ConnectionID)...)
	}
	return nil
}

// keys returns a key of a connection for each of its models, in the default variant. The keys of other variants begin with
// their first event.
func (e *Engine) keys(integrationID, connectionID string) []consume.Key {
	var keys []consume.Key
	for _, model := range e.params.Models[integrationID] {
		keys = append(keys, consume.Key{Name: e.params.Name, IntegrationID: integrationID, ConnectionID: connectionID, Model: model, Variant: "base"})
	}
	return keys
}

// Want makes sure that each key is read from now on, or once more. The engine sets the names of the keys.
func (e *Engine) Want(ctx context.Context, keys ...consume.Key) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		for _, key := range keys {
			key.Name = e.params.Name
			first, err := want(ctx, tx, key, e.params.Requeue)
			if err != nil {
				return err
			}
			if err := e.enqueue(ctx, tx, key, first); err != nil {
				return err
			}
		}
		return nil
	})
}

// OffBoard deletes the rows, the cursors and the waiting jobs of a connection. A job that is reading it then finds no row for
// its cursor, so it writes nothing more. A late webhook adds the key again; its job gives up when Nango does not know the
// connection.
func (e *Engine) OffBoard(ctx context.Context, integrationID, connectionID string) error {
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
