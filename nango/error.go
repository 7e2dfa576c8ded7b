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

// Error is a request that failed: Nango responded with a failure, with a body that is not what the operation returns, with a
// redirect, or not at all. Find it with [errors.AsType], and tell the cases apart with [errors.Is] and the sentinels of this
// package, such as [ErrNotFound].
//
// Its text and its log value hold the operation, the status, the server's code and message, the names of fields, and what to do
// where this package knows it. They never hold a request's URL, headers or body. The headers, body and payload of the response are
// behind methods, where nothing that prints, encodes or compares values finds them. The server's own message can name an id
// ("Integration \"x\" does not exist"). It is made printable and cut at 500 characters, and the API key in it is masked.
type Error struct {
	// Operation is the operation's name in the API's document, such as "getConnection"; empty for a request of the
	// caller's own that is no operation of the document.
	Operation OperationID
	// Method is the HTTP method of the request.
	Method string
	// Path is the operation's path template, such as "/connections/{connectionId}". It never holds an id.
	Path string
	// StatusCode is the status of the response, whatever its body was; 0 where there was no response.
	StatusCode int
	// Code is the server's machine-readable code, such as "not_found". Treat it as an open set.
	Code string
	// Message is the server's text in one line of at most 500 characters; many errors have none. [Error.FullMessage] has all of
	// it. Where the body is not Nango's, or there was no response, it is a sentence of this package.
	Message string
	// Fields says what a validation found wrong.
	Fields []FieldError
	// Scopes are the API-key scopes of which the call needs one. They are set on a 403 of a key that lacks them; other refusals,
	// such as of a feature that the plan does not have, have none.
	Scopes []string
	// SupportID is the id to quote to Nango's support, sent with "generic_error_support".
	SupportID string
	// RetryAfter is how long the server asks to wait, at least a second; 0 where it does not ask.
	RetryAfter time.Duration
	// Upstream is the response of the API that an action called, for the code "script_http_error".
	Upstream *UpstreamError
	// Truncated reports that the body was longer than what [Error.Body] returns, or broke off.
	Truncated bool
	// NotSent reports that the request is known not to have reached a server, so that nothing happened. Where it is false and
	// there was no response (StatusCode 0), the server may have carried the operation out.
	NotSent bool

	// foreign marks a response that is not Nango's envelope: its code and message are not to be trusted to be Nango's.
	foreign bool
	// brokeOff marks a response whose status came and whose body did not.
	brokeOff bool
	// badRetryAfter marks a Retry-After that could not be read.
	badRetryAfter bool
	// attempts is how often the request was sent until this failure.
	attempts int
	// hint says what to do about the failure, where this package knows it.
	hint string
	held held
}

// FieldError is one finding of a validation.
type FieldError struct {
	// Code is the kind of finding, such as "invalid_type" or "unrecognized_keys".
	Code string `json:"code"`
	// Message says what is wrong. It can name a key of the request, and never shows a value.
	Message string `json:"message"`
	// Path leads to the field; the index of an array is a string ("0"). It is empty for the body or query as a whole.
	Path []string `json:"path"`
}

// Unwrap returns the cause: that of a request without a response, the decoder's error where the body could not be decoded, and
// Upstream where an action failed because of it.
func (e *Error) Unwrap() error {
	if cause := e.held.get().cause; cause != nil || e.Upstream == nil {
		return cause
	}
	return e.Upstream
}

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
	if e.hint == "" && e.StatusCode == 0 && !e.NotSent && e.Method != http.MethodGet && e.Method != http.MethodHead {
		return "the server may have carried it out"
	}
	return e.hint
}

// detail is the message and the findings, without what could quote a body.
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

// missingScopes is what a 403 needs, unless the server's message has named it.
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
