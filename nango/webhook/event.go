package webhook

import (
	"encoding/json"
	"strings"
	"time"
)

// Event is what Parse returns: *[AuthEvent], *[SyncEvent], *[AsyncActionEvent], *[ForwardEvent],
// *[RawEvent] or *[UnknownEvent], and nothing else.
//
// Every field of an event names its wire key. What a field has no place for is in the Extra of the
// object it came in: keys that this version of the package does not know, and known ones whose
// value the field cannot hold, such as a null. Extra is nil when there is nothing of the kind,
// which is the rule. An event encodes to the JSON it was read from, Extra included.
type Event interface{ event() }

func (*AuthEvent) event()        {}
func (*SyncEvent) event()        {}
func (*AsyncActionEvent) event() {}
func (*ForwardEvent) event()     {}
func (*RawEvent) event()         {}
func (*UnknownEvent) event()     {}

// AuthOperation is what happened to a connection. An event with an operation that is not one of the
// constants is an [UnknownEvent].
type AuthOperation string

// The operations that Nango sends.
const (
	AuthOperationCreation AuthOperation = "creation" // a connection was made, or could not be made
	AuthOperationOverride AuthOperation = "override" // a connection was authorized again, or could not be
	AuthOperationRefresh  AuthOperation = "refresh"  // credentials could not be refreshed; success is never sent
	AuthOperationDeletion AuthOperation = "deletion" // a connection was deleted; failure is never sent
)

func (o AuthOperation) known() bool {
	return o == AuthOperationCreation || o == AuthOperationOverride || o == AuthOperationRefresh || o == AuthOperationDeletion
}

// AuthEvent says that a connection was authorized, authorized again, could not be, or is gone
// ("type": "auth"). Look at Operation before Success: a deletion is a success too, after which
// there is no connection to store.
//
// Not everything sends an event. Creations, failed refreshes and deletions do only if the
// environment's settings ask for them. Deletions come from servers from 0.71.6 on, for a connection
// that was deleted by itself, not with its integration or environment. Many failures of an OAuth flow
// happen at the provider and send none, and neither does a refresh that works again. When a customer
// denies a reconnect, the server sends a failed creation that names the connection, which is still
// there and as it was.
type AuthEvent struct {
	// Operation is "operation".
	Operation AuthOperation `json:"operation"`
	// Success is "success".
	Success bool `json:"success"`
	// ConnectionID is "connectionId". After a failed creation and after a deletion there may be no
	// such connection.
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// AuthMode is "authMode": how the provider authorizes, such as OAUTH2 or API_KEY. It is not
	// always the type of the connection's credentials, and "unknown" where the integration is gone.
	AuthMode string `json:"authMode"`
	// Provider is "provider"; "unknown" where the server does not know it.
	Provider string `json:"provider"`
	// Environment is "environment": the environment's name.
	Environment string `json:"environment"`
	// Tags is "tags": those of the connection. It is nil where no connection is involved.
	Tags map[string]string `json:"tags,omitzero"`
	// EndUser is "endUser". It is sent only when a connect session with an end user succeeded.
	//
	// Deprecated: the same and more is in Tags.
	EndUser *EndUser `json:"endUser,omitzero"`
	// Error is "error", and nil on success.
	Error *AuthFailure `json:"error,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// EndUser is whom a connect session was made for.
type EndUser struct {
	// ID is "endUserId".
	ID string `json:"endUserId"`
	// Email is "endUserEmail", and nil where the session gave none.
	Email *string `json:"endUserEmail"`
	// OrganizationID is "organizationId", and empty where the session gave none.
	OrganizationID string `json:"organizationId,omitzero"`
	// Tags is "tags": those that the session gave to the end user.
	Tags map[string]string `json:"tags,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// AuthFailure is why an authorization or a refresh failed.
type AuthFailure struct {
	// Type is "type", from an open set: refresh_token_external_error, invalid_callback, ….
	Type string `json:"type"`
	// Description is "description", a sentence for people.
	Description string `json:"description"`
	// Payload is "payload", an object if present. It can quote the provider.
	Payload json.RawMessage `json:"payload,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// SyncType is the kind of a sync run. The set is open.
type SyncType string

// The types that Nango sends.
const (
	SyncTypeInitial     SyncType = "INITIAL"     // the first run, or the first after a reset
	SyncTypeIncremental SyncType = "INCREMENTAL" // every later run, also of a sync that always reads everything
	SyncTypeWebhook     SyncType = "WEBHOOK"     // records saved by a webhook script; deprecated by Nango
)

// SyncEvent says that a run of a sync ended ("type": "sync"): one event for each model when it
// succeeded, one for the run when it failed. Runs that changed nothing are left out, and failures
// too, unless the environment's settings ask for them.
type SyncEvent struct {
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// SyncName is "syncName".
	SyncName string `json:"syncName"`
	// SyncVariant is "syncVariant"; the default variant is "base".
	SyncVariant string `json:"syncVariant,omitzero"`
	// Model is "model". After a failure it is all models of the sync, joined by commas: see Models.
	Model string `json:"model"`
	// SyncType is "syncType".
	SyncType SyncType `json:"syncType,omitzero"`
	// Success is "success". It decides which of the fields below are set.
	Success bool `json:"success"`

	// ModifiedAfter is "modifiedAfter", on success: the start of the run. Records listed with it as
	// their lower bound include all that the run changed.
	ModifiedAfter time.Time `json:"modifiedAfter,omitzero"`
	// Results is "responseResults", on success.
	Results *SyncResults `json:"responseResults,omitzero"`
	// QueryTimestamp is "queryTimeStamp", on success.
	//
	// Deprecated: it equals ModifiedAfter.
	QueryTimestamp time.Time `json:"queryTimeStamp,omitzero"`

	// Error is "error", on failure.
	Error *SyncFailure `json:"error,omitzero"`
	// StartedAt is "startedAt", on failure. The server puts the time of the run before this one
	// here, or of the failure if there was none.
	StartedAt time.Time `json:"startedAt,omitzero"`
	// FailedAt is "failedAt", on failure.
	FailedAt time.Time `json:"failedAt,omitzero"`

	// Checkpoints is "checkpoints", and nil when the sync uses none.
	Checkpoints *Checkpoints `json:"checkpoints,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// Models returns the models that the event is about: the one in Model, or after a failure each of
// those that it joins.
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
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// Checkpoints are what a sync remembered of its progress: objects of the sync's own making, whose
// values are strings, numbers and booleans, or null.
type Checkpoints struct {
	// From is "from": before the run.
	From json.RawMessage `json:"from,omitzero"`
	// To is "to": after the run.
	To json.RawMessage `json:"to,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// SyncFailure is why a sync run failed.
type SyncFailure struct {
	// Type is "type", from an open set; script_error when the sync's own code failed.
	Type string `json:"type"`
	// Description is "description", a sentence for people.
	Description string `json:"description"`
	// Payload is "payload": an object with name, message and stacktrace after an exception, what
	// the provider answered after a failed request, or any other JSON.
	Payload json.RawMessage `json:"payload,omitzero"`
	// AdditionalProperties is "additional_properties": after a failed request an object whose
	// upstream_response holds the provider's status, headers and body.
	AdditionalProperties json.RawMessage `json:"additional_properties,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// AsyncActionEvent says that an action triggered in the background ended ("type": "async_action"),
// well or, after its last attempt, badly. Which of the two is in its result.
type AsyncActionEvent struct {
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Action is "payload": which run of an action ended.
	Action ActionReference `json:"payload"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// ActionReference names one run of an action.
type ActionReference struct {
	// ID is "id": what to ask for the result with (GET /action/{id}).
	ID string `json:"id"`
	// StatusURL is "statusUrl": the path of the same request, without a host. Build the request
	// from ID; a path from a body does not belong behind the host that holds your key.
	StatusURL string `json:"statusUrl,omitzero"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// ForwardEvent is a provider's webhook that Nango attributed to a connection ("type": "forward").
// One that fits several connections comes once for each.
type ForwardEvent struct {
	// Provider is "from": the provider's name, such as "hubspot".
	Provider string `json:"from"`
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Payload is "payload": what the provider sent, its keys sorted and its numbers printed anew as
	// JavaScript prints them. Form fields come as an object of strings.
	Payload json.RawMessage `json:"payload"`
	// Extra is described at [Event].
	Extra map[string]json.RawMessage `json:"-"`
}

// RawEvent is every body that is none of the other events: a provider's webhook that Nango could
// not attribute to a connection, passed on without an envelope. It can be any JSON, with keys that
// look like Nango's.
type RawEvent struct {
	// Body is the whole body, as it came.
	Body json.RawMessage `json:"-"`
}

// UnknownEvent is an event of Nango's own ("from": "nango") of a type that this package does not
// know, or an auth event of an operation that it does not know, which is Extra["operation"] then.
// Nango announces new ones as no breaking change, so acknowledge and ignore it.
type UnknownEvent struct {
	// Type is "type".
	Type string `json:"type"`
	// ConnectionID is "connectionId".
	ConnectionID string `json:"connectionId"`
	// IntegrationID is "providerConfigKey".
	IntegrationID string `json:"providerConfigKey"`
	// Extra is everything else.
	Extra map[string]json.RawMessage `json:"-"`
}
