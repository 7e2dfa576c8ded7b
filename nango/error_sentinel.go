package nango

import (
	"errors"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// The sentinels are for [errors.Is], which distinguishes the kinds of failure. An [*Error] matches at most one of the
// sentinels from ErrRefreshFailed to ErrServer: the first that applies, in the order of this list. A request without a
// response matches none of these; its error wraps the cause.
var (
	// ErrRefreshFailed: Nango could not refresh the credentials of the connection. Let the customer reconnect with
	// [ConnectionHandle.Reconnect]. A new attempt soon after has no effect, because Nango pauses between two attempts.
	ErrRefreshFailed = errors.New("nango: the credentials of the connection could not be refreshed")
	// ErrAction: the action ran and failed, or Nango could not run it to its end. [Error.Payload] is the value that the
	// action threw. [Error.Upstream] is the response that made it fail. What the action did before it failed is not
	// undone, so another run can do it twice.
	ErrAction = errors.New("nango: the action failed")
	// ErrUnauthorized (401): the API key or the session token is unknown, revoked, expired or malformed.
	ErrUnauthorized = errors.New("nango: the key or token was refused")
	// ErrForbidden (403): the key lacks a scope, which [Error.Scopes] names; or the plan lacks a feature.
	ErrForbidden = errors.New("nango: the key may not do this")
	// ErrRateLimited (429): this account sent too many requests to Nango in a minute. [Error.RetryAfter] says how long to
	// wait. For the limit of a provider see [ProviderRateLimit].
	ErrRateLimited = errors.New("nango: too many requests")
	// ErrActionPending: there is no result of the asynchronous action. Either it has not ended, or it ended without a
	// result, or its id is unknown or expired. The server does not distinguish these cases, so poll with a deadline.
	ErrActionPending = errors.New("nango: the action has no result yet")
	// ErrNotFound: the connection, integration, function or other object does not exist. The server has several
	// statuses and codes for this, and the sentinel covers all of them. It does not match a 404 that is not Nango's
	// own, such as one from a wrong base URL.
	ErrNotFound = errors.New("nango: not found")
	// ErrConflict (409, or 400 with a code for this): the object exists already, or another change is in progress.
	ErrConflict = errors.New("nango: conflict")
	// ErrInvalid (400): the server did not accept the request; [Error.Fields] or [Error.Message] says why.
	ErrInvalid = errors.New("nango: invalid request")
	// ErrServer (500 and above): the server, or a gateway in front of it, failed. The client has retried the request if
	// that was safe.
	ErrServer = errors.New("nango: the server failed")

	// ErrNoCredentials: the server returned the connection without credentials. Either its integration needs no
	// authentication, or the API key lacks the scope environment:connections:read_credentials.
	ErrNoCredentials = errors.New("nango: the connection has no credentials: its integration needs no authentication, " +
		"or the API key lacks the scope environment:connections:read_credentials")
	// ErrLoosePercent: the body of a proxied call contains a percent sign that does not begin an escape of UTF-8 text,
	// and Nango failed on it. This happens for providers whose definition has headers. The provider received nothing.
	// The text of the error says what to do. The error also matches [ErrServer].
	ErrLoosePercent = errors.New("nango: Nango stopped on a percent sign in the body")
	// ErrNoToken: the connection's credentials have a type that is not a single token, or that has no token response.
	ErrNoToken = errors.New("nango: the credentials hold no single token")
	// ErrSessionExpired: the connect session ended before the customer made a connection. Create a new session.
	ErrSessionExpired = errors.New("nango: the connect session has expired")
	// ErrUnconfirmed: the API contradicts a webhook's event or cannot confirm it; the text of the error says why. See
	// [Client.ConfirmAuthEvent].
	ErrUnconfirmed = errors.New("nango: the API does not confirm the event")
)

// sentinels maps errors to their sentinel: the first entry that matches.
var sentinels = []struct {
	err     error
	matches func(*Error) bool
}{
	{ErrRefreshFailed, refreshFailed},
	{ErrAction, actionFailed},
	{ErrUnauthorized, hasStatus(http.StatusUnauthorized)},
	{ErrForbidden, hasStatus(http.StatusForbidden)},
	{ErrRateLimited, hasStatus(http.StatusTooManyRequests)},
	{ErrActionPending, actionPending},
	{ErrNotFound, notFound},
	{ErrConflict, func(e *Error) bool {
		return e.StatusCode == http.StatusConflict || e.code() == "sync_variant_already_exists"
	}},
	{ErrInvalid, hasStatus(http.StatusBadRequest)},
	{ErrServer, func(e *Error) bool { return e.StatusCode >= http.StatusInternalServerError }},
}

// Is reports whether target is the sentinel of this error.
func (e *Error) Is(target error) bool {
	found := e.sentinel()
	return found != nil && found == target
}

// sentinel returns the sentinel of this error, or nil.
func (e *Error) sentinel() error {
	for _, sentinel := range sentinels {
		if sentinel.matches(e) {
			return sentinel.err
		}
	}
	return nil
}

// code returns the error code of a response in Nango's envelope. The codes of other bodies mean nothing here.
func (e *Error) code() string {
	if e.foreign {
		return ""
	}
	return e.Code
}

func hasStatus(code int) func(*Error) bool {
	return func(e *Error) bool { return e.StatusCode == code }
}

func refreshFailed(e *Error) bool {
	switch e.code() {
	case "invalid_credentials", "connection_refresh_backoff":
		return true
	case "server_error":
		return e.proxied() && strings.HasPrefix(e.Message, proxyNoCredentials)
	}
	return false
}

// actionCodes are the codes of an action that started and did not succeed.
var actionCodes = map[string]bool{
	"script_http_error":              true,
	"script_api_rate_limit_error":    true,
	"action_script_runtime_error":    true,
	"script_internal_error":          true,
	"script_network_error":           true,
	"invalid_action_input":           true,
	"invalid_action_output":          true,
	"script_output_too_large":        true,
	"action_failure":                 true,
	"action_script_failure":          true,
	"execution_timeout":              true,
	"function_runtime_out_of_memory": true,
	"function_runtime_timed_out":     true,
	"function_runtime_other":         true,
	"script_cancelled":               true,
	"script_invalid_error":           true,
	"script_aborted":                 true,
}

// actionFailed also recognises the codes that Nango builds for unknown failures: unhandled_ and the inner type. Only
// one such code can come from any operation; it is about the account's plan.
func actionFailed(e *Error) bool {
	return actionCodes[e.code()] || runsAction(e.Operation) &&
		strings.HasPrefix(e.code(), "unhandled_") && e.code() != "unhandled_plan_not_found"
}

// runsAction reports whether an operation can return the failure of an action.
func runsAction(operation gen.OperationID) bool {
	return operation == gen.OperationTriggerAction || operation == gen.OperationGetActionResult
}

func actionPending(e *Error) bool {
	return e.Operation == gen.OperationGetActionResult && e.StatusCode == http.StatusNotFound && e.code() != ""
}

// notFound recognises all responses for an object that does not exist. Most are a 404. Some are a 400 with a code of
// their own. For three, only the message is specific.
func notFound(e *Error) bool {
	switch e.StatusCode {
	case http.StatusNotFound:
		return e.code() != ""
	case http.StatusBadRequest:
	default:
		return false
	}
	switch e.code() {
	case "unknown_connection", "unknown_provider_config", "unknown_provider", "unknown_sync":
		return true
	case "invalid_body":
		return e.Operation == gen.OperationGetSyncStatus && e.Message == "Connection not found" ||
			e.Operation == gen.OperationCreateReconnectSession && e.Message == "ConnectionID or IntegrationId does not exists"
	case "server_error":
		return e.proxied() && e.Message == proxyNoConnection
	}
	return false
}
