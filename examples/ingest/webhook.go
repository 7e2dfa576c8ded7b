package ingest

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

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

// onAuth begins the first import of a new connection, and inserts a job that deletes everything of one that was deleted. The API
// has confirmed the event.
func (e *Engine) onAuth(ctx context.Context, event *webhook.AuthEvent) error {
	switch {
	case event.Operation == webhook.AuthOperationDeletion:
		// A job, because the rows of a large customer take longer than Nango waits for a response.
		_, err := e.river.Insert(ctx, offBoardArgs{event.IntegrationID, event.ConnectionID}, &river.InsertOpts{Queue: queueUpkeep})
		return err
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
