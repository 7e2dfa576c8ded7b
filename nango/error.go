package nango

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is the error of a request that failed. There are four cases: the status of Nango's response is not a success;
// the body is not what the operation returns; the response is a redirect; or there is no response. Find an Error with
// [errors.AsType]. Distinguish the kinds of failure with [errors.Is] and the sentinels of this package, such as
// [ErrNotFound].
//
// Its text and its log value hold the operation, the status, the server's code and message, and the names of fields. If
// this package knows what to do about the failure, they say it. They never hold the request's URL, headers or body.
// Methods return the headers, the body and the payload of the response, so code that prints, encodes or compares values
// does not find them.
//
// The server's message can contain an id ("Integration \"x\" does not exist"). Message has only printable characters,
// is cut at 500 characters, and masks the API key.
type Error struct {
	// Operation is the operation's name in the API's document, such as "getConnection". It is empty if your own request
	// is not an operation of the document.
	Operation OperationID
	// Method is the HTTP method of the request.
	Method string
	// Path is the operation's path template, such as "/connections/{connectionId}". It never holds an id.
	Path string
	// StatusCode is the status of the response, whatever its body was; 0 if there was no response.
	StatusCode int
	// Code is the server's machine-readable code, such as "not_found". New codes may appear.
	Code string
	// Message is the server's text in one line of at most 500 characters; many errors have none. [Error.FullMessage]
	// returns the whole text. If the body is not Nango's, or if there was no response, Message is a sentence of this
	// package.
	Message string
	// Fields lists what is wrong with the fields of the request.
	Fields []FieldError
	// Scopes are API-key scopes; the call needs one of them. They are set if the status is 403 because the key lacks a
	// scope. A 403 for another reason, such as a feature that the plan does not have, has no Scopes.
	Scopes []string
	// SupportID is the id to give to Nango's support. It is set for the code "generic_error_support".
	SupportID string
	// RetryAfter is how long the server asks to wait, at least one second; 0 if it does not ask.
	RetryAfter time.Duration
	// Upstream is the response of the API that an action called, for the code "script_http_error".
	Upstream *UpstreamError
	// Truncated reports that the body broke off or was longer than what [Error.Body] returns.
	Truncated bool
	// Since is the first release of Nango that has the operation, such as "0.71.7". It is set if the response looks as if
	// the server does not have the operation. A gateway with a wrong path, and a server that failed (500), can look the same.
	Since string
	// NotSent reports that the request is known not to have reached a server, so that nothing happened. Where it is false and
	// there was no response (StatusCode 0), the server may have carried the operation out.
	NotSent bool

	// foreign marks a response that is not in Nango's envelope, so its code and message may not be Nango's.
	foreign bool
	// brokeOff marks a response whose status arrived but whose body did not.
	brokeOff bool
	// badRetryAfter marks a Retry-After that could not be read.
	badRetryAfter bool
	// attempts is how often the request was sent until this failure.
	attempts int
	// hint says what to do about the failure, if this package knows it.
	hint string
	held held
}

// FieldError is one field that the server refused.
type FieldError struct {
	// Code is the kind of fault, such as "invalid_type" or "unrecognized_keys".
	Code string `json:"code"`
	// Message says what is wrong. It can name a key of the request, but never shows a value.
	Message string `json:"message"`
	// Path is the path of the field; the index of an array is a string ("0"). It is empty if the whole body or query is
	// wrong.
	Path []string `json:"path"`
}

// Unwrap returns the cause of the error. Without a response, that is the error of the transport or the context. For a
// response that could not be decoded, it is the decoder's error. If an action failed because of an API that it called,
// it is Upstream.
func (e *Error) Unwrap() error {
	if cause := e.held.get().cause; cause != nil || e.Upstream == nil {
		return cause
	}
	return e.Upstream
}

// Timeout reports whether the request ended because of a time limit: of its context, of an attempt ([WithAttemptTimeout]), or of
// the transport. [*url.Error] asks for it.
func (e *Error) Timeout() bool { return isTimeout(e.held.get().cause) }

// Error returns a single line such as
//
//	nango: GET /connections/{connectionId}: 404 not_found: Failed to find connection
func (e *Error) Error() string {
	text := "nango: " + e.Method
	if e.Path != "" {
		text += " " + e.Path
	}
	if e.StatusCode != 0 {
		text += ": " + strconv.Itoa(e.StatusCode)
		if e.Code != "" {
			text += " " + printable(e.Code, maxCode)
		} else if name := http.StatusText(e.StatusCode); name != "" {
			text += " " + name
		}
	}
	if detail := e.detail(); detail != "" {
		text += ": " + detail
	}
	if scopes := e.missingScopes(); scopes != "" {
		text += " (this operation needs the scope " + scopes + ")"
	}
	if hint := e.advice(); hint != "" {
		text += " (" + hint + ")"
	}
	if e.attempts > 1 {
		text += " (after " + strconv.Itoa(e.attempts) + " attempts)"
	}
	if e.RetryAfter > 0 {
		text += " (retry after " + e.RetryAfter.String() + ")"
	}
	return text
}

// advice says what to do about the failure, or what is not known about it.
func (e *Error) advice() string {
	if e.Since != "" {
		return "Nango has this operation since release " + e.Since + ": the server may be older"
	}
	if e.hint == "" && e.StatusCode == 0 && !e.NotSent && e.Method != http.MethodGet && e.Method != http.MethodHead {
		return "the server may have carried it out"
	}
	return e.hint
}

// detail returns the message and the faults of fields, without anything that could quote a body.
func (e *Error) detail() string {
	parts := make([]string, 0, 1+len(e.Fields))
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	for _, field := range e.Fields {
		if len(field.Path) > 0 {
			parts = append(parts, strings.Join(field.Path, ".")+": "+field.Message)
		} else {
			parts = append(parts, field.Message)
		}
	}
	return printable(strings.Join(parts, "; "), maxMessage)
}

// missingScopes returns the scopes of a 403, unless the server's message has named one.
func (e *Error) missingScopes() string {
	for _, scope := range e.Scopes {
		if strings.Contains(e.Message, scope) {
			return ""
		}
	}
	return strings.Join(e.Scopes, " or ")
}

// Format prints the text of the error for every verb.
func (e Error) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// LogValue returns the parts of the text as a group.
func (e Error) LogValue() slog.Value { return slog.GroupValue(e.attrs()...) }

// MarshalJSON returns the parts of the text as an object.
func (e Error) MarshalJSON() ([]byte, error) {
	object := map[string]any{}
	for _, attr := range e.attrs() {
		object[attr.Key] = attr.Value.Any()
	}
	return json.Marshal(object)
}

func (e *Error) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", string(e.Operation)),
		slog.String("method", e.Method),
		slog.String("path", e.Path),
		slog.Int("status", e.StatusCode),
		slog.String("code", printable(e.Code, maxCode)),
		slog.String("message", e.detail()),
	}
	if e.SupportID != "" {
		attrs = append(attrs, slog.String("support_id", printable(e.SupportID, maxCode)))
	}
	if hint := e.advice(); hint != "" {
		attrs = append(attrs, slog.String("hint", hint))
	}
	if e.Upstream != nil && e.Upstream.StatusCode != 0 {
		attrs = append(attrs, slog.Int("upstream_status", e.Upstream.StatusCode))
	}
	if e.attempts > 1 {
		attrs = append(attrs, slog.Int("attempts", e.attempts))
	}
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.String("retry_after", e.RetryAfter.String()))
	}
	return attrs
}
