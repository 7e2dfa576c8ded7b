package nango

import (
	"encoding/json"
	"net/http"
)

// held holds the parts of an error that must not be shown. It is a function, because code that prints, encodes or
// compares values cannot look into a function.
type held func() heldParts

type heldParts struct {
	header              http.Header
	body                []byte
	payload, additional json.RawMessage
	message             string
	cause               error
	mask                func(string) string
}

// get returns the parts; they are empty if held is nil.
func (h held) get() heldParts {
	if h == nil {
		return heldParts{}
	}
	return h()
}

// with returns a copy with a change.
func (h held) with(change func(*heldParts)) held {
	parts := h.get()
	change(&parts)
	return func() heldParts { return parts }
}

// Header returns the headers of the response, nil if there was none. They are not a copy.
func (e *Error) Header() http.Header { return e.held.get().header }

// Body returns the unchanged body of the response, at most 64 KiB of it. It is not a copy.
func (e *Error) Body() []byte { return e.held.get().body }

// Payload returns the data that the server added to the error. As a rule that is an object. For "generic_error_support"
// it is a string, and for a failed action it is the value that the action threw.
func (e *Error) Payload() json.RawMessage { return e.held.get().payload }

// AdditionalProperties returns further data that the server sends with a few errors.
func (e *Error) AdditionalProperties() json.RawMessage { return e.held.get().additional }

// FullMessage returns the server's whole text with its line breaks, such as the output of a compiler. Without a
// response it returns the text of the transport's error. The text is unchanged, so it can contain control characters,
// ids and secrets. For logs, use Message.
func (e *Error) FullMessage() string { return e.held.get().message }
