package nango

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// envelopeError is the value of the key "error" in Nango's envelope. All parts are raw JSON, so that a part of an
// unknown shape does not affect the other parts.
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

// responseError returns the error of a response whose body has been read.
func responseError(resp *http.Response) *Error {
	body := bodyOf(resp)
	e := envelopeErrorOf(resp, body.data, body.truncated)
	if body.err != nil {
		e.keepCause(conceal(e.shown(describe(body.err), maxMessage), body.err))
	}
	return e
}

// envelopeErrorOf returns the error of a response. body is everything that has been read, and can be more than an
// [Error] stores. So it finds a code that follows a large payload.
func envelopeErrorOf(resp *http.Response, body []byte, truncated bool) *Error {
	e := newError(resp.Request, resp)
	e.keepBody(body, truncated)
	if after, understood := retryAfter(resp.Header, time.Now()); understood {
		e.RetryAfter = after
	} else {
		e.badRetryAfter = true
	}
	if text := redirectText(resp); text != "" {
		e.foreign = true
		e.setMessage(text)
	} else if e.foreign = !e.readEnvelope(body) && !e.readOldAction(body); e.foreign {
		e.readOther(resp.Header, body)
	}
	e.Scopes = scopesFor(e, resp.Request)
	e.hint = hintFor(e, resp.Request)
	e.Since = sinceFor(e, callOf(resp.Request.Context()).op)
	return e
}

// readEnvelope reads Nango's envelope, and returns false for any other body. If the body is cut short, it uses the
// parts that arrived.
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
	code, ok := jsonx.Unquote(inner.Code)
	if !ok {
		return false
	}
	e.Code = e.shown(code, maxCode)
	message, _ := jsonx.Unquote(inner.Message)
	e.setMessage(message)
	e.Fields = e.fieldErrors(inner.Errors)
	e.keepPayload(ifComplete(inner.Payload), ifComplete(inner.Additional))
	e.Upstream = upstreamError(inner.Upstream)
	if e.Code == "generic_error_support" {
		id, _ := jsonx.Unquote(inner.Payload)
		e.SupportID = e.shown(id, maxCode)
	}
	return true
}

// ifComplete returns nil for a value that is cut short.
func ifComplete(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return nil
	}
	return raw
}

// hasCodeAndMessage reports whether the code and the message have arrived.
func hasCodeAndMessage(body []byte) bool {
	var e Error
	return e.readEnvelope(body) && e.Message != ""
}

// readOldAction reads an action's failure in the form of older servers, which have no envelope: {"type","payload"}, at
// the top or under the key error. It returns false if the type is not a code of an action. For instance, a gateway's
// problem+json has other types.
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
	code, _ := jsonx.Unquote(inner.Type)
	if e.Code = e.shown(code, maxCode); !actionFailed(e) {
		e.Code = ""
		return false
	}
	var payload envelopeError
	_ = jsonx.Unmarshal(inner.Payload, &payload) // the payload can be any JSON
	message, _ := jsonx.Unquote(payload.Message)
	if message == "" {
		message, _ = jsonx.Unquote(inner.Message)
	}
	e.setMessage(message)
	e.keepPayload(inner.Payload, inner.Additional)
	e.Upstream = upstreamError(inner.Upstream)
	return true
}

// readOther finds a message in a body that is not the envelope. A server or a gateway may send {"error":"text"},
// {"error":{"message":…}} or {"message","code"}. For any other body it describes the response.
func (e *Error) readOther(header http.Header, body []byte) {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Code    json.RawMessage `json:"code"`
	}
	if jsonx.Unmarshal(body, &outer) != nil {
		text := describeResponse(header, body)
		// A server that is not Nango's API does not know the path, and its 404 or 405 is not JSON.
		if (e.StatusCode == http.StatusNotFound || e.StatusCode == http.StatusMethodNotAllowed) && !isJSON(mediaType(header)) {
			text += ": is the base URL right?"
		}
		e.setMessage(text)
		return
	}
	var inner envelopeError
	if jsonx.Unmarshal(outer.Error, &inner) != nil {
		inner = envelopeError{}
	}
	code, _ := jsonx.Unquote(outer.Code)
	e.Code = e.shown(code, maxCode)
	for _, raw := range []json.RawMessage{outer.Error, inner.Message, outer.Message} {
		if text, ok := jsonx.Unquote(raw); ok {
			e.setMessage(text)
			return
		}
	}
}

func (e *Error) fieldErrors(raw json.RawMessage) []FieldError {
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
		code, _ := jsonx.Unquote(item.Code)
		message, _ := jsonx.Unquote(item.Message)
		fields[i] = FieldError{e.shown(code, maxCode), e.shown(message, maxMessage), make([]string, len(item.Path))}
		for j, part := range item.Path {
			fields[i].Path[j] = e.shown(textOf(part), maxCode)
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
	e, header := &UpstreamError{}, http.Header{}
	if jsonx.Unmarshal(upstream.Status, &e.StatusCode) != nil {
		return nil
	}
	for name, value := range upstream.Headers {
		header.Add(name, textOf(value))
	}
	e.held = e.held.with(func(parts *heldParts) { parts.header, parts.body = header, upstream.Body })
	return e
}

// textOf returns the value of a JSON string, or the text of any other JSON.
func textOf(raw json.RawMessage) string {
	if text, ok := jsonx.Unquote(raw); ok {
		return text
	}
	return string(raw)
}
