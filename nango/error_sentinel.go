package nango

import (
	"errors"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// The sentinels tell failures apart with [errors.Is]. At most one of those up to [ErrServer] matches an [*Error]: the
// first of their list that fits. A request that had no response matches none of them; it wraps its cause.
var (
	// ErrRefreshFailed: Nango could not refresh the credentials of the connection. Let the user connect again with
	// [ConnectionHandle.Reconnect]; asking again soon only meets Nango's pause between two attempts.
	ErrRefreshFailed = errors.New("nango: the credentials of the connection could not be refreshed")
	// ErrAction: the action ran and failed, or could not be run to its end. [Error.Payload] is what it threw, and
	// [Error.Upstream] the response that it failed of. What it did until then is done, so repeating it can do it twice.
	ErrAction = errors.New("nango: the action failed")
	// ErrUnauthorized (401): the API key or the session token is unknown, revoked, expired or malformed.
	ErrUnauthorized = errors.New("nango: the key or token was refused")
	// ErrForbidden (403): the key lacks a scope, and [Error.Scopes] says which; or the plan lacks a feature.
	ErrForbidden = errors.New("nango: the key may not do this")
	// ErrRateLimited (429): too many requests in a minute of this account. [Error.RetryAfter] says how long to wait.
	ErrRateLimited = errors.New("nango: too many requests")
	// ErrActionPending: there is no result of the asynchronous action. It has not ended, or it ended without a
	// result, or its id is unknown or expired: the server does not tell these apart, so poll with a deadline.
	ErrActionPending = errors.New("nango: the action has no result yet")
	// ErrNotFound: the connection, integration, function or other thing does not exist, under any of the statuses and
	// codes that the server has for it. A 404 that is not Nango's own, as of a wrong base URL, does not match.
	ErrNotFound = errors.New("nango: not found")
	// ErrConflict (409, or 400 with a code that says so): there is one already, or another change is going on.
	ErrConflict = errors.New("nango: conflict")
	// ErrInvalid (400): the server did not accept the request; [Error.Fields] or [Error.Message] says why.
	ErrInvalid = errors.New("nango: invalid request")
	// ErrServer (500 and above): the server, or what stands before it, failed. The client has repeated the request
	// where that was safe.
	ErrServer = errors.New("nango: the server failed")

	// ErrNoCredentials: the connection came without credentials. Either its integration needs no authentication, or
	// the API key lacks the scope environment:connections:read_credentials.
	ErrNoCredentials = errors.New("nango: the connection has no credentials: its integration needs no authentication, " +
		"or the API key lacks the scope environment:connections:read_credentials")
	// ErrLoosePercent: the body of a proxied call holds a percent sign that begins no escape of UTF-8 text, on which Nango stopped,
	// as it does for providers whose definition has headers. The provider got nothing; the text says what to do. The error
	// matches [ErrServer] too.
	ErrLoosePercent = errors.New("nango: Nango stopped on a percent sign in the body")
	// ErrNoToken: the connection's credentials are of a type that is no single token, or that carries no token response.
	ErrNoToken = errors.New("nango: the credentials hold no single token")
	// ErrSessionExpired: the connect session ended before the user had made a connection. Create another one.
	ErrSessionExpired = errors.New("nango: the connect session has expired")
	// ErrUnconfirmed: the API does not bear out a webhook's event, or cannot; the text says why. See [Client.ConfirmAuthEvent].
	ErrUnconfirmed = errors.New("nango: the API does not confirm the event")
)

// sentinels says which error is which, by the first line that fits.
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
	for _, sentinel := range sentinels {
		if sentinel.matches(e) {
			return sentinel.err == target
		}
	}
	return false
}

// code is the code of a response in Nango's envelope; other bodies have none that means anything here.
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

// actionCodes are the codes of an action that was begun and did not succeed.
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

// actionFailed also knows the codes that Nango makes up for what it has no name for: unhandled_ and the inner type. The
// one such code that any operation can answer is about the account's plan.
func actionFailed(e *Error) bool {
	return actionCodes[e.code()] || runsAction(e.Operation) &&
		strings.HasPrefix(e.code(), "unhandled_") && e.code() != "unhandled_plan_not_found"
}

// runsAction reports whether an action's own failure can be the response of an operation.
func runsAction(operation gen.OperationID) bool {
	return operation == gen.OperationTriggerAction || operation == gen.OperationGetActionResult
}

func actionPending(e *Error) bool {
	return e.Operation == gen.OperationGetActionResult && e.StatusCode == http.StatusNotFound && e.code() != ""
}

// notFound knows the faces of "unknown": most are a 404, some a 400 with a code of their own, and three are told by
// their message alone.
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
