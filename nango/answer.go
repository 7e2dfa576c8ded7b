package nango

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// envelopeError is what Nango puts under the key "error". Everything is raw, so that a part of an unknown shape takes no
// other part with it.
type envelopeError struct {
	Code       json.RawMessage `json:"code"`
	Message    json.RawMessage `json:"message"`
	Errors     json.RawMessage `json:"errors"`
	Payload    json.RawMessage `json:"payload"`
	Additional json.RawMessage `json:"additional_properties"`
	Upstream   json.RawMessage `json:"upstream"`
	Method     json.RawMessage `json:"method"`
	Path       json.RawMessage `json:"path"`
}

// newError returns the error of an operation's request.
func newError(op *gen.Operation, method string) *Error {
	return &Error{Operation: op.ID, Method: method, Path: op.Path}
}

// answerError returns the error that an answer is. body is all that was read of it, which may be more than an [Error]
// keeps: a code that comes after a large payload is still found.
func answerError(op *gen.Operation, resp *http.Response, body []byte, truncated bool) *Error {
	e := newError(op, resp.Request.Method)
	e.StatusCode = resp.StatusCode
	e.Header = resp.Header
	e.keepBody(body, truncated)
	if after, understood := retryAfter(resp.Header, time.Now()); understood {
		e.RetryAfter = after
	} else {
		e.unclear = true
	}
	if e.StatusCode == http.StatusForbidden {
		e.Scopes = op.Scopes
	}
	if text := redirectText(resp); text != "" {
		e.bare, e.Message = true, text
	} else if e.bare = !e.readEnvelope(body) && !e.readOldAction(body); e.bare {
		e.readOther(resp.Header, body)
	}
	return e
}

func (e *Error) keepBody(body []byte, truncated bool) {
	e.Body, e.Truncated = body, truncated
	if len(body) > maxKeptBody {
		e.Body, e.Truncated = bytes.Clone(body[:maxKeptBody]), true
	}
}

// readEnvelope reports false for every body that is not Nango's envelope. Of one that is cut short it takes what came.
func (e *Error) readEnvelope(body []byte) bool {
	var inner envelopeError
	parts := map[string]*json.RawMessage{
		"code": &inner.Code, "message": &inner.Message, "errors": &inner.Errors, "payload": &inner.Payload,
		"additional_properties": &inner.Additional, "upstream": &inner.Upstream,
	}
	for outer, raw := range jsonx.Members(body) {
		if outer != "error" {
			continue
		}
		for name, value := range jsonx.Members(raw) {
			if part := parts[name]; part != nil {
				*part = value
			}
		}
	}
	var ok bool
	if e.Code, ok = jsonx.Unquote(inner.Code); !ok {
		return false
	}
	e.Message, _ = jsonx.Unquote(inner.Message)
	e.Fields = fieldErrors(inner.Errors)
	e.Payload = whole(inner.Payload)
	e.AdditionalProperties = whole(inner.Additional)
	e.Upstream = upstreamError(inner.Upstream)
	if e.Code == "generic_error_support" {
		e.SupportID, _ = jsonx.Unquote(inner.Payload)
	}
	return true
}

// whole returns nothing of a value that is cut short.
func whole(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return nil
	}
	return raw
}

// hasCodeAndMessage reports whether both have come already.
func hasCodeAndMessage(body []byte) bool {
	var e Error
	return e.readEnvelope(body) && e.Message != ""
}

// readOldAction reads an action's failure as servers from before the envelope write it: {"type","payload"}, whole or under
// the key error. It reports false for every type that is no action's code, as a gateway's problem+json has.
func (e *Error) readOldAction(body []byte) bool {
	type failure struct {
		Type       json.RawMessage `json:"type"`
		Message    json.RawMessage `json:"message"`
		Payload    json.RawMessage `json:"payload"`
		Additional json.RawMessage `json:"additional_properties"`
		Upstream   json.RawMessage `json:"upstream"`
	}
	var inner failure
	outer := struct {
		failure `json:",embed"`
		Error   json.RawMessage `json:"error"`
	}{}
	if !runsAction(e.Operation) || jsonx.Unmarshal(body, &outer) != nil {
		return false
	}
	if jsonx.Unmarshal(outer.Error, &inner) != nil || inner.Type == nil {
		inner = outer.failure
	}
	if e.Code, _ = jsonx.Unquote(inner.Type); !actionFailed(e) {
		e.Code = ""
		return false
	}
	var payload envelopeError
	if jsonx.Unmarshal(inner.Payload, &payload) == nil {
		e.Message, _ = jsonx.Unquote(payload.Message)
	}
	if e.Message == "" {
		e.Message, _ = jsonx.Unquote(inner.Message)
	}
	e.Payload = inner.Payload
	e.AdditionalProperties = inner.Additional
	e.Upstream = upstreamError(inner.Upstream)
	return true
}

// readOther finds a text in what is not the envelope: {"error":"text"}, {"error":{"message":…}} and {"message","code"}
// are JSON that a server or a gateway may send. Of anything else it says what it is.
func (e *Error) readOther(header http.Header, body []byte) {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Code    json.RawMessage `json:"code"`
	}
	if jsonx.Unmarshal(body, &outer) != nil {
		e.Message = describeAnswer(header, body)
		// What stands at another path than the API knows nothing of its own.
		if (e.StatusCode == http.StatusNotFound || e.StatusCode == http.StatusMethodNotAllowed) && !isJSON(mediaType(header)) {
			e.Message += ": is the base URL right?"
		}
		return
	}
	var inner envelopeError
	if jsonx.Unmarshal(outer.Error, &inner) != nil {
		inner = envelopeError{}
	}
	e.Code, _ = jsonx.Unquote(outer.Code)
	for _, raw := range []json.RawMessage{outer.Error, inner.Message, outer.Message} {
		if text, ok := jsonx.Unquote(raw); ok {
			e.Message = text
			return
		}
	}
}

// describeAnswer says what an answer is that could not be read.
func describeAnswer(header http.Header, body []byte) string {
	switch contentType := mediaType(header); {
	case len(body) == 0:
		return "the answer is empty"
	case isJSON(contentType):
		return "the answer is JSON of an unknown shape, or cut short"
	case contentType == "":
		return "the answer is not JSON and has no content type"
	default:
		return "the answer is not JSON but " + contentType
	}
}

func fieldErrors(raw json.RawMessage) []FieldError {
	var items []struct {
		Code    json.RawMessage   `json:"code"`
		Message json.RawMessage   `json:"message"`
		Path    []json.RawMessage `json:"path"`
	}
	if jsonx.Unmarshal(raw, &items) != nil || items == nil {
		return nil
	}
	fields := make([]FieldError, len(items))
	for i, item := range items {
		fields[i].Code, _ = jsonx.Unquote(item.Code)
		fields[i].Message, _ = jsonx.Unquote(item.Message)
		fields[i].Path = make([]string, len(item.Path))
		for j, part := range item.Path {
			fields[i].Path[j] = textOf(part)
		}
	}
	return fields
}

func upstreamError(raw json.RawMessage) *UpstreamError {
	var upstream struct {
		Status  json.RawMessage            `json:"status"`
		Headers map[string]json.RawMessage `json:"headers"`
		Body    json.RawMessage            `json:"body"`
	}
	if jsonx.Unmarshal(raw, &upstream) != nil {
		return nil
	}
	e := &UpstreamError{Header: http.Header{}, Body: upstream.Body}
	if jsonx.Unmarshal(upstream.Status, &e.StatusCode) != nil {
		return nil
	}
	for name, value := range upstream.Headers {
		e.Header.Add(name, textOf(value))
	}
	return e
}

// textOf is the value of a JSON string and the text of any other JSON.
func textOf(raw json.RawMessage) string {
	if text, ok := jsonx.Unquote(raw); ok {
		return text
	}
	return string(raw)
}

// mediaType is the content type without its parameters.
func mediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
