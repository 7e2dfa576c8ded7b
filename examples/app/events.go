package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

// receive makes the handler of Nango's webhooks.
func (a *app) receive() error {
	keys, err := webhook.NewKeyring(a.signingKeys[0], a.signingKeys[1:]...)
	if err != nil {
		return errors.Join(errors.New("set NANGO_WEBHOOK_SIGNING_KEY to the webhook signing key of the environment"), err)
	}
	a.webhooks, err = webhook.NewHandler(webhook.Config{
		KeysFunc: keys.Keys, Confirm: a.client.ConfirmAuthEvent, OnAuth: a.onAuth, OnSync: a.onSync,
	})
	return err
}

// onAuth is called with events that the API has confirmed, so that a late repetition does not undo what happened since.
func (a *app) onAuth(ctx context.Context, event *webhook.AuthEvent) error {
	c := connection{Integration: event.IntegrationID, ID: event.ConnectionID, Customer: event.Tags[customerTag]}
	switch {
	case event.Operation == webhook.AuthOperationDeletion: // the operation first: a deletion is a success too
		return a.forget(ctx, c)
	case event.Success:
		return a.keep(ctx, c)
	case event.Operation == webhook.AuthOperationCreation: // nothing was made
		return nil
	}
	return a.markBroken(ctx, c)
}

// onSync starts a pass if the connection is one of ours. If the event about the connection is still to come, that one starts it.
func (a *app) onSync(ctx context.Context, event *webhook.SyncEvent) error {
	_, err := a.db.connection(ctx, event.IntegrationID, event.ConnectionID)
	if errors.Is(err, sql.ErrNoRows) || event.Model != a.model || event.SyncVariant != "" && event.SyncVariant != "base" {
		return nil
	}
	return errors.Join(err, a.dispatcher.OnSync(ctx, event))
}

// keep stores a connection of a customer, and reads its records.
func (a *app) keep(ctx context.Context, c connection) error {
	if customers[c.Customer] == "" {
		return nil // another program shares the environment
	}
	if err := a.db.keep(ctx, c); err != nil {
		return err
	}
	a.live.publish(c.Customer, changed)
	return a.dispatcher.OnSync(ctx, &webhook.SyncEvent{Success: true, IntegrationID: c.Integration, ConnectionID: c.ID, Model: a.model})
}

func (a *app) markBroken(ctx context.Context, c connection) error {
	_, err := a.db.ExecContext(ctx, "UPDATE connections SET broken = TRUE WHERE integration = ? AND id = ?", c.Integration, c.ID)
	a.tell(ctx, c.Integration, c.ID)
	return err
}

func (a *app) forget(ctx context.Context, c connection) error {
	stored, err := a.db.connection(ctx, c.Integration, c.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	err = errors.Join(err, a.db.reset(ctx, a.db.key(c.Integration, c.ID), forget))
	a.live.publish(stored.Customer, changed)
	return err
}

// tell tells the pages of the customer that something of a connection has changed.
func (a *app) tell(ctx context.Context, integration, id string) {
	if c, err := a.db.connection(ctx, integration, id); err == nil {
		a.live.publish(c.Customer, changed)
	}
}

// consume prepares a consumer of the records of each integration.
func (a *app) consume(ctx context.Context) error {
	integrations, err := a.client.Integrations.List(ctx)
	if err != nil {
		return err
	}
	if a.dispatcher, err = consume.NewDispatcher(a.client, &consume.DispatcherParams{OnPass: a.onPass}); err != nil {
		return err
	}
	params := consume.Params{Name: a.db.key("", "").Name, Model: a.model, Store: a.db.cursors, MaxPages: 5} // onPass comes after each five
	for _, integration := range integrations {
		a.integrations[integration.IntegrationID] = integration.DisplayName
		if err := consume.Handle(a.dispatcher, integration.IntegrationID, params, a.db.savePage); err != nil {
			return err
		}
	}
	return nil
}

// onPass begins again where the cursor cannot be trusted, and deletes what a reading to the end did not bring.
func (a *app) onPass(key consume.Key, result consume.Result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, consume.ErrStale), errors.Is(err, consume.ErrUnreadableCursor):
		if err = a.db.reset(ctx, key, nextReading); err == nil {
			err = a.dispatcher.OnSync(ctx, &webhook.SyncEvent{Success: true, IntegrationID: key.IntegrationID, ConnectionID: key.ConnectionID, Model: key.Model})
		}
	case errors.Is(err, consume.ErrConflict), errors.Is(err, nango.ErrNotFound), errors.Is(err, context.Canceled):
		return // another pass has done it, the connection is gone, or the app ends
	case err == nil && result.ReachedEnd:
		err = a.db.sweep(ctx, key, result.Cursor)
	}
	a.tell(ctx, key.IntegrationID, key.ConnectionID)
	if err != nil {
		slog.ErrorContext(ctx, "records could not be read", "integration", key.IntegrationID, "error", err)
	}
}

// reconcileDaily compares with Nango at the start and once a day, since webhooks can be lost.
func (a *app) reconcileDaily(ctx context.Context) {
	for ctx.Err() == nil {
		if err := a.reconcile(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the connections could not be compared with Nango", "error", err)
		}
		select {
		case <-time.After(24 * time.Hour):
		case <-ctx.Done():
		}
	}
}

// reconcile stores what Nango has, reads the records of each connection, which keeps its cursor young, and forgets what is gone.
// The list can be a little behind, so what was stored a moment ago stays.
func (a *app) reconcile(ctx context.Context) error {
	stored, err := a.db.connections(ctx, "stored_at < ?", time.Now().Add(-time.Minute).Unix())
	if err != nil {
		return err
	}
	for listed, err := range a.client.Connections.All(ctx, nil) {
		if err != nil {
			return err
		}
		c := connection{Integration: listed.IntegrationID, ID: listed.ConnectionID, Customer: listed.Tags[customerTag]}
		c.Broken = slices.ContainsFunc(listed.Errors, func(e nango.ConnectionError) bool { return e.Type == "auth" })
		if err := a.keep(ctx, c); err != nil {
			return err
		}
		stored = slices.DeleteFunc(stored, func(s connection) bool { return s.Path() == c.Path() })
	}
	for _, gone := range stored {
		if err := a.forget(ctx, gone); err != nil {
			return err
		}
	}
	return nil
}

// changed is the event that makes pages renew themselves.
const changed = "event: changed\ndata: 1\n\n"

// hub passes events on to the open pages of a customer. It knows the pages of this process: several processes need a channel
// between them, such as LISTEN and NOTIFY of PostgreSQL.
type hub struct {
	mu      sync.Mutex
	streams map[chan string]string // to the id of the customer
}

// join returns the events of a customer. If they come faster than they are read, the channel is closed.
func (h *hub) join(customer string) (events chan string, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events = make(chan string, 32)
	h.streams[events] = customer
	return events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.streams, events)
	}
}

func (h *hub) publish(customer, event string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for events, whose := range h.streams {
		if whose == customer && len(events) < cap(events) {
			events <- event
		} else if whose == customer { // the browser connects again and renews the page, so nothing is lost
			delete(h.streams, events)
			close(events)
		}
	}
}

// events streams what happens (server-sent events). It ends now and then; the browser connects again if the session still counts.
func (a *app) events(w http.ResponseWriter, r *http.Request, customer string) error {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Minute)
	defer cancel()
	events, leave := a.live.join(customer)
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	event, open := changed, true // what happened before the stream began
	for open {
		_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(w, event); err != nil || control.Flush() != nil {
			return nil // the page was closed
		}
		select {
		case event, open = <-events:
		case <-a.closing.Done():
			return nil
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
