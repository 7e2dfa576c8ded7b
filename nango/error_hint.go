package nango

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// hintFor says what to do about a response, if this package knows it and the server does not say it.
func hintFor(e *Error, req *http.Request) string {
	switch {
	case refreshFailed(e):
		return "the customer has to connect again, with a session of ConnectionHandle.Reconnect, unless the provider was down for a moment only"
	case isBadCursor(callOf(req.Context()).op, req, e):
		return "if this stays, the server cannot read the cursor: read again without one, from the beginning"
	case actionPending(e):
		return "there is no result yet, or no such action"
	case e.Upstream != nil && e.Upstream.StatusCode != 0:
		return "the API that the action called responded with " + strconv.Itoa(e.Upstream.StatusCode) + ", see Upstream"
	}
	return hints[e.code()]
}

// sinceFor returns the first release that has an operation, if the response can be that of a server that does not have
// it, and "" otherwise. Such a server responds with a page: 404, or to a GET the dashboard. A server without a
// dashboard fails with 500 on a GET that it does not know.
func sinceFor(e *Error, op *gen.Operation) string {
	since, byNumber := op.Since, false
	if op.ID == gen.OperationDeleteEnvironment { // this package gives it a UUID, and older servers want a number
		since = "0.71.6"
		byNumber = slices.ContainsFunc(e.Fields, func(f FieldError) bool { return slices.Contains(f.Path, "environmentId") })
	}
	page := mediaType(e.Header()) == "text/html"
	noRoute := e.foreign && (e.StatusCode == http.StatusNotFound || page && e.StatusCode < http.StatusMultipleChoices)
	noGet := e.Method == http.MethodGet && e.Code == "generic_error_support"
	if op.Proxied || !noRoute && !noGet && !byNumber {
		return ""
	}
	return since
}

var hints = map[string]string{
	"unknown_account":     "the key may be of another server, or was deleted",
	"missing_auth_header": "something on the way to the server has removed it",
	"no_syncs_found":      "a connection has its syncs about a second after it was made",
}

var scopeName = regexp.MustCompile(`\b(?:environment|account):[a-z_:*]*[a-z_*]`)

// scopesFor returns the scopes that a refused call needs: the scopes that the server names, or those of the operation
// if it names none. Other refusals have the same status and code, but their message does not mention scopes.
func scopesFor(e *Error, req *http.Request) []string {
	message := e.Message // masked and cut, because the server's text may contain anything
	if e.StatusCode != http.StatusForbidden || e.foreign || message != "" && !strings.Contains(strings.ToLower(message), "scope") {
		return nil
	}
	if strings.HasSuffix(message, "…") {
		message = message[:strings.LastIndexByte(message, ' ')+1] // the last word may be a part of a scope
	}
	if named := slices.DeleteFunc(scopeName.FindAllString(message, -1), func(scope string) bool { return len(scope) > maxCode }); len(named) > 0 {
		return named
	}
	if op := callOf(req.Context()).op; op.ID != gen.OperationGetConnection || !asksForCredentials(req) {
		return op.Scopes
	}
	return []string{readCredentials}
}

const readCredentials = "environment:connections:read_credentials"

// asksForCredentials reports whether a request for a connection has an option that needs more than the scope for
// reading.
func asksForCredentials(req *http.Request) bool {
	query := req.URL.Query()
	return query.Get("force_refresh") == "true" || query.Get("refresh_token") == "true" || query.Get("refresh_github_app_jwt_token") == "true"
}
