package nango

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxMessage is how many characters of a server's message this package shows.
	maxMessage = 500
	// maxCode is the same for texts that are normally one word, such as a code.
	maxCode = 100
)

// newError returns the error of a request in the chain. resp is its response, or nil if there was none.
func newError(req *http.Request, resp *http.Response) *Error {
	call := callOf(req.Context())
	e := &Error{Operation: call.op.ID, Method: req.Method, Path: call.op.Path, attempts: call.attempts}
	e.held = e.held.with(func(parts *heldParts) {
		parts.mask = call.mask
		if resp != nil {
			parts.header = resp.Header
		}
	})
	if resp != nil {
		e.StatusCode = resp.StatusCode
	}
	return e
}

// setMessage sets the message. The code must be set before.
func (e *Error) setMessage(text string) {
	if e.Message = e.shown(text, maxMessage); e.Code == "invalid_json" { // the parser's message quotes the request
		e.Message = "the server could not parse the body of the request"
	}
	e.keepMessage(text)
}

func (e *Error) keepMessage(text string) {
	e.held = e.held.with(func(parts *heldParts) { parts.message = text })
}

func (e *Error) keepBody(body []byte, truncated bool) {
	if e.Truncated = truncated; len(body) > maxKeptBody {
		body, e.Truncated = bytes.Clone(body[:maxKeptBody]), true
	}
	e.held = e.held.with(func(parts *heldParts) { parts.body = body })
}

func (e *Error) keepPayload(payload, additional json.RawMessage) {
	e.held = e.held.with(func(parts *heldParts) { parts.payload, parts.additional = payload, additional })
}

func (e *Error) keepCause(cause error) {
	e.held = e.held.with(func(parts *heldParts) { parts.cause = cause })
}

// shown makes a text of the server safe to show: in one line, and without the API key and the token of the request.
func (e *Error) shown(text string, limit int) string {
	if mask := e.held.get().mask; mask != nil {
		text = mask(text)
	}
	return printable(text, limit)
}

// maskTokens returns a function that removes the tokens of Authorization headers from a text. A function holds the
// tokens, because code that prints or encodes values cannot look into it.
func maskTokens(headers ...[]string) func(string) string {
	return func(text string) string {
		for _, value := range slices.Concat(headers...) {
			token := value[strings.LastIndex(value, " ")+1:]
			// A short token, such as "key", is from a test: no server makes such tokens, and it may be a part of other
			// words.
			if len(token) >= 8 || containsWord(text, token) {
				text = strings.ReplaceAll(text, token, redacted)
			}
		}
		return text
	}
}

// printable turns a text of the server into one line of at most limit characters.
func printable(text string, limit int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text))
	count, end := 0, 0
	for i := range text {
		if count++; count == limit {
			end = i
		}
	}
	if count <= limit {
		return text
	}
	return text[:end] + "…"
}
