package nangotest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/internal/reqschema"
)

// response is what the server says to a request, before it is written.
type response struct {
	status int
	header http.Header
	body   []byte
	stream io.ReadCloser // what comes after body, for a proxied response that streams
}

const jsonType = "application/json; charset=utf-8"

func jsonResponse(status int, v any) *response {
	return &response{status: status, header: http.Header{"Content-Type": {jsonType}}, body: encode(v)}
}

// ok is a 200.
func ok(v any) *response { return jsonResponse(http.StatusOK, v) }

// envelope is what is inside of an error's "error".
type envelope struct {
	Code       string           `json:"code"`
	Message    string           `json:"message,omitzero"`
	Errors     []reqschema.Item `json:"errors,omitzero"`
	Payload    any              `json:"payload,omitzero"`
	Properties any              `json:"additional_properties,omitzero"`
	Upstream   any              `json:"upstream,omitzero"`
	Method     string           `json:"method,omitzero"`
	Path       string           `json:"path,omitzero"`
}

func (e envelope) wrap() object { return object{"error": e} }

// fail is an error that has a message, or a code alone where the message is empty.
func fail(status int, code, message string) *response {
	return jsonResponse(status, envelope{Code: code, Message: message}.wrap())
}

// failWithPayload is an error that has a payload, as all have that come from the server's list of errors.
func failWithPayload(status int, code, message string, payload any) *response {
	return jsonResponse(status, envelope{Code: code, Message: message, Payload: payload}.wrap())
}

// invalid is the response to what a schema refused.
func invalid(code string, items []reqschema.Item) *response {
	return jsonResponse(http.StatusBadRequest, envelope{Code: code, Errors: items}.wrap())
}

// invalidAt is the response to one thing that is wrong with the body and that no schema could know.
func invalidAt(code, message string, path ...string) *response {
	return invalid("invalid_body", []reqschema.Item{{Code: code, Message: message, Path: path}})
}

// invalidBody is the response where a rule beyond all schemas refuses the body.
func invalidBody(message string) *response {
	return fail(http.StatusBadRequest, "invalid_body", message)
}

// serverError is the server's response to what it did not foresee.
func serverError() *response {
	id := uuid.NewString()
	return failWithPayload(http.StatusInternalServerError, "generic_error_support",
		fmt.Sprintf("An error occurred. Please contact support with this unique id: %q", id), id)
}

// page is a page of HTML, as Express does to a route that it does not have.
func page(status int, title string) *response {
	text := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>" +
		title + "</pre>\n</body>\n</html>\n"
	return &response{status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(text)}
}

// finish adds what every response has that was not streamed: its length.
func (a *response) finish() {
	if a.header == nil {
		a.header = http.Header{}
	}
	if a.stream != nil || a.status == http.StatusNoContent {
		return
	}
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
}

func unauthorized(code, reason string) *response {
	return failWithPayload(http.StatusUnauthorized, code, "Authentication failed. "+reason, map[string]any{})
}

func forbidden(message string) *response { return fail(http.StatusForbidden, "forbidden", message) }
