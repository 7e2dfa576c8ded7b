package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

// consume prepares a consumer of the records of each integration.
func (a *app) consume(ctx context.Context) (err error) {
	if a.integrations, err = a.client.Integrations.List(ctx); err != nil {
		return err
	}
	slices.SortFunc(a.integrations, func(x, y *nango.Integration) int { return x.CreatedAt.Compare(y.CreatedAt) })
	if a.dispatcher, err = consume.NewDispatcher(a.client, &consume.DispatcherParams{OnPass: a.onPass}); err != nil {
		return err
	}
	params := consume.Params{Name: a.db.key("", "").Name, Model: a.model, Store: a.db.cursors}
	for _, integration := range a.integrations {
		if err := consume.Handle(a.dispatcher, integration.IntegrationID, params, a.savePage); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) savePage(ctx context.Context, page *consume.Page[issue]) error {
	if err := a.db.savePage(ctx, page); err != nil {
		return err
	}
	a.tell(ctx, page.Key.IntegrationID, page.Key.ConnectionID)
	return nil
}

// onPass begins again where the cursor cannot be trusted, and deletes what a whole reading did not bring.
func (a *app) onPass(key consume.Key, result consume.Result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, consume.ErrStale), errors.Is(err, consume.ErrUnreadableCursor):
		if err = a.db.restart(ctx, key); err == nil {
			err = a.read(ctx, key.IntegrationID, key.ConnectionID)
		}
	case errors.Is(err, consume.ErrConflict), errors.Is(err, nango.ErrNotFound), errors.Is(err, context.Canceled):
		return // another pass does it, the connection is gone, or the app ends
	case err == nil && result.ReachedEnd:
		if err = a.db.sweep(ctx, key, result.Cursor); err == nil {
			a.tell(ctx, key.IntegrationID, key.ConnectionID)
		}
	}
	if err != nil {
		slog.ErrorContext(ctx, "records could not be read", "integration", key.IntegrationID, "error", err)
	}
}

// read starts a pass for a connection.
func (a *app) read(ctx context.Context, integration, id string) error {
	return a.dispatcher.OnSync(ctx, &webhook.SyncEvent{Success: true, IntegrationID: integration, ConnectionID: id, Model: a.model})
}

// onSync starts a pass if the connection is one of ours. If the webhook about the connection is still to come, that one starts it.
func (a *app) onSync(ctx context.Context, event *webhook.SyncEvent) error {
	_, err := a.db.owner(ctx, event.IntegrationID, event.ConnectionID)
	if errors.Is(err, sql.ErrNoRows) || event.Model != a.model || event.SyncVariant != "" && event.SyncVariant != "base" {
		return nil
	}
	if err != nil {
		return err
	}
	return a.dispatcher.OnSync(ctx, event)
}

// onAuth is called with events that the API has confirmed, so that a late repetition does not undo what happened since.
func (a *app) onAuth(ctx context.Context, event *webhook.AuthEvent) error {
	switch {
	case event.Operation == webhook.AuthOperationDeletion: // a success too
		return a.forget(ctx, event.IntegrationID, event.ConnectionID)
	case event.Success:
		return a.keep(ctx, connection{Integration: event.IntegrationID, ID: event.ConnectionID, Customer: event.Tags[customerTag]})
	case event.Operation == webhook.AuthOperationCreation: // nothing was made
		return nil
	}
	return a.markBroken(ctx, event.IntegrationID, event.ConnectionID)
}

// keep stores a connection of a customer of ours, and reads its records.
func (a *app) keep(ctx context.Context, c connection) error {
	if _, ok := customers[c.Customer]; !ok {
		return nil // another program shares the environment
	}
	if err := a.db.keep(ctx, c); err != nil {
		return err
	}
	a.live.publish(c.Customer, changed)
	return a.read(ctx, c.Integration, c.ID)
}

func (a *app) markBroken(ctx context.Context, integration, id string) error {
	_, err := a.db.ExecContext(ctx, "UPDATE connections SET broken = TRUE WHERE integration = ? AND id = ?", integration, id)
	a.tell(ctx, integration, id)
	return err
}

func (a *app) forget(ctx context.Context, integration, id string) error {
	customer, err := a.db.owner(ctx, integration, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = a.db.forget(ctx, integration, id)
	}
	if err == nil {
		a.live.publish(customer, changed)
	}
	return err
}

// tell tells the pages of the customer that something of a connection has changed.
func (a *app) tell(ctx context.Context, integration, id string) {
	if customer, err := a.db.owner(ctx, integration, id); err == nil {
		a.live.publish(customer, changed)
	}
}

// reconcileDaily compares with Nango at the start and once a day, since webhooks can be lost. Each connection is read, which keeps
// its cursor young.
func (a *app) reconcileDaily(ctx context.Context) {
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	for ctx.Err() == nil {
		if err := a.reconcile(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the connections could not be compared with Nango", "error", err)
		}
		select {
		case <-daily.C:
		case <-ctx.Done():
		}
	}
}

func (a *app) reconcile(ctx context.Context) error {
	gone := map[[2]string]bool{} // of those stored a minute ago: the list can be a little behind
	rows, err := a.db.QueryContext(ctx, "SELECT integration, id FROM connections WHERE stored_at < ?", time.Now().Add(-time.Minute).Unix())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key [2]string
		if err := rows.Scan(&key[0], &key[1]); err != nil {
			return err
		}
		gone[key] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for c, err := range a.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		delete(gone, [2]string{c.IntegrationID, c.ConnectionID})
		broken := slices.ContainsFunc(c.Errors, func(e nango.ConnectionError) bool { return e.Type == "auth" })
		if err := a.keep(ctx, connection{c.IntegrationID, c.ConnectionID, c.Tags[customerTag], broken, 0}); err != nil {
			return err
		}
	}
	for key := range gone {
		if err := a.forget(ctx, key[0], key[1]); err != nil {
			return err
		}
	}
	return nil
}
