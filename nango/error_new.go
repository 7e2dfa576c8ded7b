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
	// maxMessage is how many characters of a server's message are shown.
	maxMessage = 500
	// maxCode is the same for what is a word as a rule.
	maxCode = 100
)

// newError returns the error of a request of the chain. resp is its response, or nil where there was none.
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

// setMessage sets the message. The code is set before.
func (e *Error) setMessage(text string) {
	if e.Message = e.shown(text, maxMessage); e.Code == "invalid_json" { // and the parser quotes the text around the fault
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

// shown makes a text that others wrote fit to be shown: without the API key and the token of the request, in one line.
func (e *Error) shown(text string, limit int) string {
	if mask := e.held.get().mask; mask != nil {
		text = mask(text)
	}
	return printable(text, limit)
}

// maskTokens returns what takes the tokens of Authorization headers out of a text. It is a function, as nothing looks into one.
func maskTokens(headers ...[]string) func(string) string {
	return func(text string) string {
		for _, value := range slices.Concat(headers...) {
			token := value[strings.LastIndex(value, " ")+1:]
			// A short one, such as "key", is of a test: no server makes such, and it may be a part of other words.
			if len(token) >= 8 || containsWord(text, token) {
				text = strings.ReplaceAll(text, token, redacted)
			}
		}
		return text
	}
}

// printable makes one line of at most limit characters out of a text that others wrote.
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
