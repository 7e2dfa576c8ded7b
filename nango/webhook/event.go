package webhook

import (
	"encoding/json"
	"strings"
	"time"
)

// Event is what Parse returns: *[AuthEvent], *[SyncEvent], *[AsyncActionEvent], *[ForwardEvent], *[RawEvent] or
// *[UnknownEvent], and nothing else.
//
// The comment of each field names its key in the JSON. A field whose value is missing, or is of another type than the
// server sends, is zero; the other fields are not affected.
//
// Raw, or Body of a RawEvent, is the whole body. Read from it what has no field: keys that are newer than this version
// of the package, and values that a field cannot hold. It is nil in an event that you make yourself.
//
// An event encodes to JSON and decodes from it, so you can queue it. The JSON is Raw with the fields as they are now:
// where you have changed a field, its new value is there and not the old one. After decoding, Raw is that JSON.
type Event interface{ event() }

func (*AuthEvent) event()        {}
func (*SyncEvent) event()        {}
func (*AsyncActionEvent) event() {}
func (*ForwardEvent) event()     {}
func (*RawEvent) event()         {}
func (*UnknownEvent) event()     {}

// AuthOperation is what happened to a connection. An event with another operation than these constants is an
// [UnknownEvent].
type AuthOperation string

// The operations that Nango sends.
const (
	AuthOperationCreation AuthOperation = "creation" // a connection was created, or could not be created
	AuthOperationOverride AuthOperation = "override" // a connection was reconnected, or could not be reconnected
	AuthOperationRefresh  AuthOperation = "refresh"  // credentials could not be refreshed; a success is never sent
	AuthOperationDeletion AuthOperation = "deletion" // a connection was deleted; a failure is never sent
)

func (o AuthOperation) known() bool {
	return o == AuthOperationCreation || o == AuthOperationOverride || o == AuthOperationRefresh || o == AuthOperationDeletion
}

// AuthEvent says that something happened to a connection ("type": "auth"): Operation says what, Success says whether it
// succeeded. Look at Operation before Success. A deletion is a success too, and after it there is no connection to
// store.
//
// Nango does not send an event for everything that happens:
//   - Creations, failed refreshes and deletions are sent only if the environment's settings ask for them.
//   - Deletions are sent by servers from 0.71.6 on, for a connection that was deleted by itself and not with its
//     integration or environment.
//   - An OAuth flow that fails at the provider often sends no event.
//   - A refresh that succeeds again after failures sends no event.
//
// When a customer denies a reconnect, the server sends a failed creation. It names the existing connection, which has
// not changed.
type AuthEvent struct {
	// Operation is "operation".
	Operation AuthOperation `json:"operation"`
	// Success is "success".
	Success bool `json:"success"`
	// ConnectionID is "connectionId". After a failed creation or a deletion there may be no such connection.
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// AuthMode is "authMode": how the provider authorizes, such as OAUTH2 or API_KEY. The credentials of the connection
	// can be of another type. It is "unknown" if the integration no longer exists.
	AuthMode string `json:"authMode"`
	// Provider is "provider". It is "unknown" if the server does not know it.
	Provider string `json:"provider"`
	// Environment is "environment": the name of the environment.
	Environment string `json:"environment"`
	// Tags is "tags": the tags of the connection. It is nil if there is no connection.
	Tags map[string]string `json:"tags,omitzero"`
	// EndUser is "endUser". It is sent only after the success of a connect session with an end user.
	//
	// Deprecated: Tags says the same and more.
	EndUser *EndUser `json:"endUser,omitzero"`
	// Error is "error". It is nil after a success.
	Error *AuthFailure `json:"error,omitzero"`
	// Raw is the whole body as it came; see [Event].
	Raw json.RawMessage `json:"-"`
}

// EndUser is the user for whom a connect session was created.
type EndUser struct {
	// ID is "endUserId".
	ID string `json:"endUserId"`
	// Email is "endUserEmail". It is nil if the session has none.
	Email *string `json:"endUserEmail"`
	// OrganizationID is "organizationId". It is empty if the session has none.
	OrganizationID string `json:"organizationId,omitzero"`
	// Tags is "tags": the tags of the end user in the session.
	Tags map[string]string `json:"tags,omitzero"`
}

// AuthFailure is why an authorization or a refresh failed.
type AuthFailure struct {
	// Type is "type", such as refresh_token_external_error or invalid_callback. The set is open.
	Type string `json:"type"`
	// Description is "description": a sentence for people.
	Description string `json:"description"`
	// Payload is "payload", an object if it is there. It can quote the provider.
	Payload json.RawMessage `json:"payload,omitzero"`
}

// SyncType is the kind of a sync run. The set is open.
type SyncType string

// The types that Nango sends.
const (
	SyncTypeInitial     SyncType = "INITIAL"     // the first run, or the first run after a reset
	SyncTypeIncremental SyncType = "INCREMENTAL" // every later run, even of a sync that always reads everything
	SyncTypeWebhook     SyncType = "WEBHOOK"     // records saved by a webhook script; deprecated by Nango
)

// SyncEvent says that a run of a sync ended ("type": "sync"). A run that succeeded sends an event for each model, and a
// run that failed sends one event. Nango sends events of failures, and of runs that changed nothing, only if the
// environment's settings ask for them.
type SyncEvent struct {
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// SyncName is "syncName".
	SyncName string `json:"syncName"`
	// SyncVariant is "syncVariant". The default variant is "base".
	SyncVariant string `json:"syncVariant,omitzero"`
	// Model is "model". After a failure it names all models of the sync, joined by commas: use Models.
	Model string `json:"model"`
	// SyncType is "syncType".
	SyncType SyncType `json:"syncType,omitzero"`
	// Success is "success". It decides which of the fields below are set.
	Success bool `json:"success"`

	// ModifiedAfter is "modifiedAfter", after a success: the start of the run. List the records with it as their
	// ModifiedAfter to get all that the run changed.
	ModifiedAfter time.Time `json:"modifiedAfter,omitzero"`
	// Results is "responseResults", after a success.
	Results *SyncResults `json:"responseResults,omitzero"`
	// QueryTimestamp is "queryTimeStamp", after a success.
	//
	// Deprecated: it equals ModifiedAfter.
	QueryTimestamp time.Time `json:"queryTimeStamp,omitzero"`

	// Error is "error", after a failure.
	Error *SyncFailure `json:"error,omitzero"`
	// StartedAt is "startedAt", after a failure. It is not the start of this run: the server sends the time of the run
	// before, or of the failure if there was no run before.
	StartedAt time.Time `json:"startedAt,omitzero"`
	// FailedAt is "failedAt", after a failure.
	FailedAt time.Time `json:"failedAt,omitzero"`

	// Checkpoints is "checkpoints". It is nil if the sync uses none.
	Checkpoints *Checkpoints `json:"checkpoints,omitzero"`
	// Raw is the whole body as it came; see [Event].
	Raw json.RawMessage `json:"-"`
}

// Models returns the models that Model names: one after a success, all models of the sync after a failure.
func (e *SyncEvent) Models() []string {
	return strings.FieldsFunc(e.Model, func(r rune) bool { return r == ',' })
}

// SyncResults counts the records that a run changed.
type SyncResults struct {
	// Added is "added".
	Added int64 `json:"added"`
	// Updated is "updated".
	Updated int64 `json:"updated"`
	// Deleted is "deleted".
	Deleted int64 `json:"deleted"`
}

// Checkpoints are what a sync stored about its progress. Each is null or an object whose keys the sync chooses, and
// whose values are strings, numbers and booleans.
type Checkpoints struct {
	// From is "from": the checkpoint before the run.
	From json.RawMessage `json:"from,omitzero"`
	// To is "to": the checkpoint after the run.
	To json.RawMessage `json:"to,omitzero"`
}

// SyncFailure is why a sync run failed.
type SyncFailure struct {
	// Type is "type", such as script_error when the code of the sync failed. The set is open.
	Type string `json:"type"`
	// Description is "description": a sentence for people.
	Description string `json:"description"`
	// Payload is "payload": after an exception an object with name, message and stacktrace, after a failed request the
	// response of the provider, else any JSON.
	Payload json.RawMessage `json:"payload,omitzero"`
	// AdditionalProperties is "additional_properties": after a failed request an object whose upstream_response has the
	// status, the headers and the body of the provider's response.
	AdditionalProperties json.RawMessage `json:"additional_properties,omitzero"`
}

// AsyncActionEvent says that an asynchronous action ended ("type": "async_action"): it succeeded, or its last attempt
// failed. Get the result to know which. Nango sends it only if the environment's settings ask for it, as they do unless
// someone changed them.
type AsyncActionEvent struct {
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Action is "payload": the run of the action.
	Action ActionReference `json:"payload"`
	// Raw is the whole body as it came; see [Event].
	Raw json.RawMessage `json:"-"`
}

// ActionReference names one run of an action.
type ActionReference struct {
	// ID is "id". Get the result with it (GET /action/{id}).
	ID string `json:"id"`
	// StatusURL is "statusUrl": the path of the request for the result, without a host. Use ID instead: do not send
	// your API key to a path that comes from a body.
	StatusURL string `json:"statusUrl,omitzero"`
}

// ForwardEvent is a provider's webhook that belongs to a connection ("type": "forward"). If it belongs to several
// connections, Nango sends an event for each.
type ForwardEvent struct {
	// Provider is "from": the name of the provider, such as "hubspot".
	Provider string `json:"from"`
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Payload is "payload": the JSON that the provider sent, with sorted keys and with numbers as JavaScript prints
	// them. A form is an object of strings.
	Payload json.RawMessage `json:"payload"`
	// Raw is the whole body as it came; see [Event].
	Raw json.RawMessage `json:"-"`
}

// RawEvent is every body that is none of the other events: a provider's webhook that belongs to no connection, which
// Nango forwards as it is. It can be any JSON, with keys that look like those of Nango.
type RawEvent struct {
	// Body is the whole body as it came.
	Body json.RawMessage `json:"-"`
}

// UnknownEvent is an event of Nango's own ("from": "nango") with a type that this package does not know, or of the type
// "auth" with an operation that it does not know. Nango can add types and operations at any time, so acknowledge the
// event and ignore it. What it says is in Raw.
type UnknownEvent struct {
	// Type is "type".
	Type string `json:"type"`
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Raw is the whole body as it came; see [Event].
	Raw json.RawMessage `json:"-"`
}
