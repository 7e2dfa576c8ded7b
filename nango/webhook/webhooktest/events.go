package webhooktest

import (
	"encoding/json"
	"time"

	"github.com/nango-go/sdk/nango/webhook"
)

const (
	connectionID  = "35510e37-0817-4506-ae08-7867687a565c"
	integrationID = "github"
	provider      = "github"
)

// now returns the time to the millisecond, as the server writes it. It is no constant, since the API refuses old times
// in a request for records.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func authEvent(operation webhook.AuthOperation) *webhook.AuthEvent {
	return &webhook.AuthEvent{
		Operation: operation, Success: true, ConnectionID: connectionID, IntegrationID: integrationID,
		AuthMode: "OAUTH2", Provider: provider, Environment: "dev", Tags: map[string]string{"end_user_id": "user-1"},
	}
}

// AuthCreation returns the event of a connection that a user has created. For a creation that failed, clear Success and
// Tags and set Error.
func AuthCreation() *webhook.AuthEvent { return authEvent(webhook.AuthOperationCreation) }

// AuthOverride returns the event of a connection that a user has reconnected.
func AuthOverride() *webhook.AuthEvent { return authEvent(webhook.AuthOperationOverride) }

// AuthRefreshFailure returns the event of a connection whose credentials could not be refreshed.
func AuthRefreshFailure() *webhook.AuthEvent {
	event := authEvent(webhook.AuthOperationRefresh)
	event.Success = false
	event.Error = &webhook.AuthFailure{
		Type:        "refresh_token_external_error",
		Description: "The provider refused to refresh the access token.",
	}
	return event
}

// AuthDeletion returns the event of a connection that was deleted. Servers from 0.71.6 on send it.
func AuthDeletion() *webhook.AuthEvent { return authEvent(webhook.AuthOperationDeletion) }

func syncEvent() *webhook.SyncEvent {
	return &webhook.SyncEvent{
		ConnectionID: connectionID, IntegrationID: integrationID,
		SyncName: "issues", SyncVariant: "base", Model: "Issue", SyncType: webhook.SyncTypeIncremental,
	}
}

// SyncSuccess returns the event of a sync run that changed records of one model, a second ago.
func SyncSuccess() *webhook.SyncEvent {
	event := syncEvent()
	event.Success = true
	event.ModifiedAfter = now().Add(-time.Second)
	//lint:ignore SA1019 deprecated, but always sent
	event.QueryTimestamp = event.ModifiedAfter
	event.Results = &webhook.SyncResults{Added: 2, Updated: 1}
	return event
}

// SyncError returns the event of a sync run that failed just now. The run before it was an hour ago.
func SyncError() *webhook.SyncEvent {
	event := syncEvent()
	event.Model = "Issue,Comment"
	event.FailedAt = now()
	event.StartedAt = event.FailedAt.Add(-time.Hour)
	event.Error = &webhook.SyncFailure{
		Type:        "script_error",
		Description: "The sync failed.",
		Payload:     json.RawMessage(`{"message":"no such repository","name":"Error","stacktrace":["Error: no such repository"]}`),
	}
	return event
}

// AsyncAction returns the event of an asynchronous action that has ended.
func AsyncAction() *webhook.AsyncActionEvent {
	const id = "17a9a300-5c1d-42d5-8df4-a30bd28e7210"
	return &webhook.AsyncActionEvent{
		ConnectionID: connectionID, IntegrationID: integrationID,
		Action: webhook.ActionReference{ID: id, StatusURL: "/action/" + id},
	}
}

// Forward returns a provider's webhook that belongs to a connection.
func Forward() *webhook.ForwardEvent {
	return &webhook.ForwardEvent{
		Provider: provider, ConnectionID: connectionID, IntegrationID: integrationID,
		Payload: json.RawMessage(`{"action":"opened","issue":{"number":7,"title":"It is broken"}}`),
	}
}

// Raw returns a provider's webhook that belongs to no connection.
func Raw() *webhook.RawEvent {
	return &webhook.RawEvent{Body: json.RawMessage(`{"action":"created","installation":{"id":7},"type":"installation"}`)}
}

// Unknown returns an event of Nango's own with a type that package webhook does not know. For an auth event with an
// operation that it does not know, set Type to "auth" and Raw to {"operation":"merge"}.
func Unknown() *webhook.UnknownEvent {
	return &webhook.UnknownEvent{Type: "connection_archived", ConnectionID: connectionID, IntegrationID: integrationID}
}
