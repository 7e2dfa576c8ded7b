package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// tour is what the steps share.
type tour struct {
	set        settings
	client     *nango.Client
	session    *nango.ConnectSession
	connection *nango.ConnectionHandle
}

// connect makes the session with which a customer authorises the integration.
func (t *tour) connect(ctx context.Context) (string, error) {
	session, err := t.client.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{
		Tags:           map[string]string{"end_user_id": "quickstart"},
		IntegrationIDs: []string{t.set.integration},
	})
	if err != nil {
		return "", err
	}
	t.session = session
	t.set.invite(session)
	return "expires " + session.ExpiresAt.Format("15:04:05 MST"), nil
}

// wait polls until the customer has connected or the session expires.
func (t *tour) wait(ctx context.Context) (string, error) {
	found, err := t.client.Connections.WaitFor(ctx, nango.WaitForConnectionParams{Session: t.session, Wait: t.set.wait})
	if err != nil {
		return "", err
	}
	t.connection = t.client.Connection(found.IntegrationID, found.ConnectionID)
	return found.IntegrationID + " " + found.ConnectionID, nil
}

// token gets the provider's token, fresh. It prints masked; Reveal returns it.
func (t *tour) token(ctx context.Context) (string, error) {
	token, err := t.connection.Token(ctx, nil)
	switch {
	case errors.Is(err, nango.ErrNoToken), errors.Is(err, nango.ErrNoCredentials):
		return "", fmt.Errorf("%w: %w", errSkipped, err)
	case err != nil:
		return "", err
	case token.ExpiresAt.IsZero():
		return fmt.Sprintf("%v, does not expire", token.Value), nil
	}
	return fmt.Sprintf("%v, expires %s", token.Value, token.ExpiresAt.Format("15:04:05 MST")), nil
}

// proxy calls the provider's API; Nango adds the credentials.
func (t *tour) proxy(ctx context.Context) (string, error) {
	if t.set.proxyPath == "" {
		return "", fmt.Errorf("%w: set NANGO_PROXY_PATH", errSkipped)
	}
	response, err := nango.ProxyJSON[map[string]any](ctx, t.connection, nango.ProxyRequest{Path: t.set.proxyPath})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("GET %s: an object of %d keys", t.set.proxyPath, len(response)), nil
}

// receiver is the handler that Nango sends webhooks to.
func (t *tour) receiver(signingKey string) (http.Handler, error) {
	return webhook.NewHandler(webhook.Config{
		Keys:    []string{signingKey},
		Confirm: t.client.ConfirmAuthEvent,
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			t.set.webhooks <- fmt.Sprintf("%s of a connection", e.Operation)
			return nil
		},
		OnSync: func(_ context.Context, e *webhook.SyncEvent) error {
			if e.Success {
				t.set.webhooks <- fmt.Sprintf("sync %s, %d added", e.SyncName, e.Results.Added)
			}
			return nil
		},
	})
}

// webhook shows the two that come of it when a customer connects: the connection is there, and a sync has copied records.
func (t *tour) webhook(ctx context.Context) (string, error) {
	if t.set.webhooks == nil {
		return "", fmt.Errorf("%w: Nango sends them to a URL of yours", errSkipped)
	}
	outcome := "verified: "
	for _, between := range []string{"", "; "} {
		select {
		case event := <-t.set.webhooks:
			outcome += between + event
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return outcome, nil
}

// records reads what a sync has copied. A program would store the cursor after each page.
func (t *tour) records(ctx context.Context) (string, error) {
	if t.set.model == "" {
		return "", fmt.Errorf("%w: set NANGO_MODEL", errSkipped)
	}
	pages, records, removed, cursor := 0, 0, 0, ""
	params := nango.ListRecordsParams{Model: t.set.model, PageSize: 10}
	for page, err := range nango.RecordPages[json.RawMessage](ctx, t.connection, params) {
		if err != nil {
			return "", err
		}
		for _, record := range page.Records {
			switch {
			case record.Deleted(): // a program would remove its copy
				removed++
			case record.Pruned(): // and keep it here
			default:
				records++
			}
		}
		pages, cursor = pages+1, page.Cursor
	}
	return fmt.Sprintf("%d pages, %d records, %d to remove, cursor of %d bytes", pages, records, removed, len(cursor)), nil
}

// action runs a function on Nango's side and returns its result.
func (t *tour) action(ctx context.Context) (string, error) {
	if t.set.action == "" {
		return "", fmt.Errorf("%w: set NANGO_ACTION", errSkipped)
	}
	result, err := nango.TriggerAction[json.RawMessage](ctx, t.connection, t.set.action, map[string]any{"message": "hello"})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s returned %d bytes of JSON", t.set.action, len(result)), nil
}
