package nango

import (
	"encoding/json"
	"net/http"
)

// held is what an error carries and must not show. It is a function, since nothing that prints, encodes or compares a value
// looks into one.
type held func() heldParts

type heldParts struct {
	header              http.Header
	body                []byte
	payload, additional json.RawMessage
	message             string
	cause               error
	mask                func(string) string
}

// get returns nothing for an error that carries nothing.
func (h held) get() heldParts {
	if h == nil {
		return heldParts{}
	}
	return h()
}

// with returns the same with a change.
func (h held) with(change func(*heldParts)) held {
	parts := h.get()
	change(&parts)
	return func() heldParts { return parts }
}

// Header returns the headers of the response, nil where there was none. They are not a copy.
func (e *Error) Header() http.Header { return e.held.get().header }

// Body returns the body of the response as it came, at most 64 KiB of it. It is not a copy.
func (e *Error) Body() []byte { return e.held.get().body }

// Payload returns what the server added: an object as a rule, a string for "generic_error_support", and what the code threw
// for a failed action.
func (e *Error) Payload() json.RawMessage { return e.held.get().payload }

// AdditionalProperties returns further data that the server sends with a few errors.
func (e *Error) AdditionalProperties() json.RawMessage { return e.held.get().additional }

// FullMessage returns the server's text as it came, with its line breaks, such as the output of a compiler; where there was no
// response, the text of the transport's error. It can hold whatever they wrote, control characters, ids and secrets too: the text for
// logs is Message.
func (e *Error) FullMessage() string { return e.held.get().message }
