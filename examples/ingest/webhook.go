package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

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

// onAuth inserts a job for a connection that was made, connected again, or deleted. The job asks the API whether that is true.
// So no event is lost while the limit is used up, and no large deletion takes longer than Nango waits for a response.
func (e *Engine) onAuth(ctx context.Context, event *webhook.AuthEvent) error {
	if !event.Success {
		return nil
	}
	return e.changed(ctx, event.IntegrationID, event.ConnectionID, event.Operation == webhook.AuthOperationDeletion)
}

// changed inserts a job for a connection. Imports go first when many connections are deleted.
func (e *Engine) changed(ctx context.Context, integrationID, connectionID string, gone bool) error {
	priority := 1
	if gone {
		priority = 2
	} else if len(e.params.Models[integrationID]) == 0 {
		return nil
	}
	_, err := e.river.Insert(ctx, connectionArgs{integrationID, connectionID, gone}, &river.InsertOpts{Queue: queueConnections, Priority: priority})
	return err
}

// keys returns a key of a connection for each of its models, in the default variant. The keys of other variants begin with
// their first event.
func (e *Engine) keys(integrationID, connectionID string) []consume.Key {
	var keys []consume.Key
	for _, model := range e.params.Models[integrationID] {
		keys = append(keys, consume.Key{IntegrationID: integrationID, ConnectionID: connectionID, Model: model, Variant: "base"})
	}
	return keys
}

// Want makes sure that each key is read from now on, or once more. The engine sets the names of the keys.
func (e *Engine) Want(ctx context.Context, keys ...consume.Key) error {
	return e.want(ctx, "", true, keys...)
}

// want does it for a connection whose identity is known, or empty, with a job or by the next sweep. Two that want the same keys
// lock them in the same order.
func (e *Engine) want(ctx context.Context, identity string, now bool, keys ...consume.Key) error {
	var requeue time.Duration
	if now {
		requeue = e.params.Requeue
	}
	keys = slices.SortedFunc(slices.Values(keys), func(a, b consume.Key) int {
		return cmp.Or(cmp.Compare(a.IntegrationID, b.IntegrationID), cmp.Compare(a.ConnectionID, b.ConnectionID),
			cmp.Compare(a.Model, b.Model), cmp.Compare(a.Variant, b.Variant))
	})
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		for _, key := range keys {
			key.Name = e.params.Name
			first, repeated, err := want(ctx, tx, key, identity, requeue)
			if err != nil {
				return err
			}
			if !now || repeated { // a second job would be a second chain of attempts
				continue
			}
			if err := e.enqueue(ctx, tx, key, first); err != nil {
				return err
			}
		}
		return nil
	})
}
