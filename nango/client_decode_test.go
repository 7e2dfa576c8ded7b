package nango

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBodiesThatAreNotTheEnvelope(t *testing.T) {
	const head = "nango: GET /connections/{connectionId}: "
	const html = "<!DOCTYPE html><html><title>hunter2-Secret</title></html>"
	big := `{"error":{"code":"server_error","payload":"` + strings.Repeat("x", 5<<20) + `"}}`
	for _, test := range []struct {
		name          string
		status        int
		contentType   string
		body          string
		text          string
		code, message string
		sentinel      string
	}{
		{name: "HTML 404", status: 404, contentType: "text/html; charset=utf-8", body: html,
			text: "404 Not Found: the response is not JSON but text/html: is the base URL right?", message: "the response is not JSON but text/html: is the base URL right?"},
		{name: "HTML 502", status: 502, contentType: "text/html", body: html,
			text: "502 Bad Gateway: the response is not JSON but text/html", message: "the response is not JSON but text/html", sentinel: "ErrServer"},
		{name: "empty", status: 500, contentType: "application/json", body: "",
			text: "500 Internal Server Error: the response is empty", message: "the response is empty", sentinel: "ErrServer"},
		{name: "empty, no content type", status: 401, body: "",
			text: "401 Unauthorized: the response is empty", message: "the response is empty", sentinel: "ErrUnauthorized"},
		{name: "an error that is a text", status: 400, contentType: "application/json", body: `{"error":"boom"}`,
			text: "400 Bad Request: boom", message: "boom", sentinel: "ErrInvalid"},
		{name: "a 404 whose error is a text", status: 404, contentType: "application/json", body: `{"error":"no route"}`,
			text: "404 Not Found: no route", message: "no route"},
		{name: "no envelope", status: 404, contentType: "application/json", body: `{"message":"no such endpoint","code":"not_found"}`,
			text: "404 not_found: no such endpoint", code: "not_found", message: "no such endpoint"},
		{name: "no envelope, a 500", status: 500, contentType: "application/json", body: `{"message":"socket hang up","code":"invalid_credentials"}`,
			text: "500 invalid_credentials: socket hang up", code: "invalid_credentials", message: "socket hang up", sentinel: "ErrServer"},
		{name: "an envelope without code", status: 400, contentType: "application/json", body: `{"error":{"message":"why","payload":1}}`,
			text: "400 Bad Request: why", message: "why", sentinel: "ErrInvalid"},
		{name: "a code that is a number", status: 400, contentType: "application/json", body: `{"error":{"code":7,"message":"why"}}`,
			text: "400 Bad Request: why", message: "why", sentinel: "ErrInvalid"},
		{name: "null", status: 400, contentType: "application/json", body: `null`, text: "400 Bad Request", sentinel: "ErrInvalid"},
		{name: "a list", status: 400, contentType: "application/json", body: `[]`,
			text: "400 Bad Request: the response is JSON of an unknown shape, or cut short", message: "the response is JSON of an unknown shape, or cut short", sentinel: "ErrInvalid"},
		{name: "cut short", status: 404, contentType: "application/json", body: `{"error":{"code":"not_fou`,
			text: "404 Not Found: the response is JSON of an unknown shape, or cut short", message: "the response is JSON of an unknown shape, or cut short"},
		{name: "no content type", status: 400, body: `{"error":{"code":"invalid_body","message":"why"}}`,
			text: "400 invalid_body: why", code: "invalid_body", message: "why", sentinel: "ErrInvalid"},
		{name: "no content type and no JSON", status: 400, body: `hunter2-Secret`,
			text: "400 Bad Request: the response is not JSON and has no content type", message: "the response is not JSON and has no content type", sentinel: "ErrInvalid"},
		{name: "not UTF-8", status: 400, contentType: "application/json", body: "{\"error\":{\"code\":\"x\",\"message\":\"\xff\"}}",
			text: "400 x: \ufffd", code: "x", message: "\ufffd", sentinel: "ErrInvalid"},
		{name: "a fault that the parser quotes", status: 400, contentType: "application/json", body: `{"error":{"code":"invalid_json","message":"Unexpected token 'h', \"hunter2-Secret\" is not valid JSON"}}`,
			text: "400 invalid_json: the server could not parse the body of the request", code: "invalid_json", message: "the server could not parse the body of the request", sentinel: "ErrInvalid"},
		{name: "5 MB", status: 500, contentType: "application/json", body: big,
			text: "500 server_error", code: "server_error", sentinel: "ErrServer"},
		{name: "5 MB before the code", status: 500, contentType: "application/json", body: `{"error":{"payload":"` + strings.Repeat("x", 5<<20) + `","code":"server_error","message":"why"}}`,
			text: "500 server_error: why", code: "server_error", message: "why", sentinel: "ErrServer"},
		{name: "a message behind 300 KB", status: 500, contentType: "application/json", body: `{"error":{"code":"server_error","payload":"` + strings.Repeat("x", 300<<10) + `","message":"why"}}`,
			text: "500 server_error: why", code: "server_error", message: "why", sentinel: "ErrServer"},
		{name: "200 HTML", status: 200, contentType: "text/html; charset=utf-8", body: html,
			text:    "200 OK: the response is not JSON but text/html, where JSON is due: is the base URL right?",
			message: "the response is not JSON but text/html, where JSON is due: is the base URL right?"},
		{name: "200 empty", status: 200, contentType: "application/json", body: "",
			text: "200 OK: the response is empty, where JSON is due: is the base URL right?", message: "the response is empty, where JSON is due: is the base URL right?"},
		{name: "204", status: 204, body: "",
			text: "204 No Content: the response is empty, where JSON is due: is the base URL right?", message: "the response is empty, where JSON is due: is the base URL right?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := testClient(t, always(test.status, test.body, "Content-Type", test.contentType), WithRetry(RetryPolicy{MaxAttempts: 1}))
			out, err := decode[map[string]any](get(t.Context(), client))
			assert.Nil(t, out)
			assert.EqualError(t, err, head+test.text)
			e := failureOf(t, err)
			assert.Equal(t, test.status, e.StatusCode)
			assert.Equal(t, test.code, e.Code)
			assert.Equal(t, test.message, e.Message)
			assert.Equal(t, test.body[:min(len(test.body), 64<<10)], string(e.Body()))
			assert.Equal(t, len(test.body) > 64<<10, e.Truncated)
			assert.Equal(t, test.contentType, e.Header().Get("Content-Type"))
			assert.Equal(t, test.sentinel, strings.Join(sentinelsOf(err), " "))
		})
	}
}

func TestCodeAfterALargePayload(t *testing.T) {
	body := `{"error":{"payload":{"upstream":"` + strings.Repeat("x", 100_000) + `"},"code":"script_http_error"}}`
	client := testClient(t, always(424, body))
	err := checkResponse(send(t.Context(), client, "POST", "/action/trigger", `{}`))
	e := failureOf(t, err)
	assert.ErrorIs(t, err, ErrAction)
	assert.Equal(t, "script_http_error", e.Code)
	assert.Equal(t, body[:64<<10], string(e.Body()))
	assert.Equal(t, 64<<10, cap(e.Body()), "the rest is not held")
	assert.True(t, e.Truncated)
	assert.Equal(t, 100_000+len(`{"upstream":""}`), len(e.Payload()))
}

func TestDecode(t *testing.T) {
	type response struct {
		A int `json:"a"`
	}
	for name, contentType := range map[string]string{
		"JSON": "application/json; charset=utf-8", "JSON in capitals": "Application/JSON", "a kind of JSON": "application/problem+json", "no content type": "",
	} {
		t.Run(name, func(t *testing.T) {
			for _, status := range []int{200, 201, 202, 299} {
				out, err := decode[response](get(t.Context(), testClient(t, always(status, `{"a":1,"unknown":2,"connection_id":"c"}`, "Content-Type", contentType))))
				require.NoError(t, err)
				assert.Equal(t, &response{1}, out)
			}
		})
	}
	t.Run("null is a response of an action", func(t *testing.T) {
		out, err := decode[json.RawMessage](send(t.Context(), testClient(t, always(200, `null`)), "POST", "/action/trigger", `{}`))
		require.NoError(t, err)
		assert.Equal(t, `null`, string(*out))
		pointer, err := decode[*response](send(t.Context(), testClient(t, always(200, `null`)), "POST", "/action/trigger", `{}`))
		require.NoError(t, err)
		require.NotNil(t, pointer)
		assert.Nil(t, *pointer)
	})
	t.Run("raw", func(t *testing.T) {
		raw, err := rawJSON(get(t.Context(), testClient(t, always(200, ` {"connection_id" : 1e2} `))))
		require.NoError(t, err)
		assert.Equal(t, ` {"connection_id" : 1e2} `, string(raw))
	})
	t.Run("a body that is cut short keeps its status and says so", func(t *testing.T) {
		out, err := decode[response](get(t.Context(), testClient(t, always(200, `{"a":"hunter2-Secret`))))
		assert.Nil(t, out)
		e := failureOf(t, err)
		assert.Equal(t, 200, e.StatusCode)
		assert.Equal(t, `{"a":"hunter2-Secret`, string(e.Body()))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.ErrorContains(t, err, "nango: GET /connections/{connectionId}: 200 OK: json: the JSON document is cut short")
		assertHidden(t, err.Error())
	})
	t.Run("a value that does not fit costs itself only", func(t *testing.T) {
		out, err := decode[response](get(t.Context(), testClient(t, always(200, `{"connection_id":"c","a":"hunter2-Secret"}`))))
		require.NoError(t, err)
		assert.Equal(t, &response{}, out)
	})
	t.Run("a response of another kind is named, not shown", func(t *testing.T) {
		_, err := decode[response](get(t.Context(), testClient(t, always(200, `["hunter2-Secret"]`))))
		assert.ErrorContains(t, err, "200 OK: the response is an array, not an object: is the base URL right?")
		assertHidden(t, err.Error())
		assert.Empty(t, sentinelsOf(err))
	})
	t.Run("no content type and no JSON", func(t *testing.T) {
		_, err := decode[response](get(t.Context(), testClient(t, always(200, `hello`, "Content-Type", ""))))
		assert.Equal(t, 200, failureOf(t, err).StatusCode)
	})
	t.Run("an error of building the request goes through", func(t *testing.T) {
		errBuild := errors.New("no request")
		_, err := decode[response](nil, errBuild)
		assert.Equal(t, errBuild, err)
		assert.Equal(t, errBuild, checkResponse(nil, errBuild))
	})
}

func TestResponseErrorReadsWhatItCan(t *testing.T) {
	body := `{"error":{"code":"script_http_error","message":5,"errors":[{"code":1,"message":"m","path":["a",0]},{"path":null}],
		"payload":"text","additional_properties":{"k":1},
		"upstream":{"status":418,"headers":{"content-type":"application/json","x-ratelimit-reset":17,"x-list":["a","b"]},"body":[1]}}}`
	client := testClient(t, always(424, body))
	e := failureOf(t, checkResponse(get(t.Context(), client)))
	assert.Equal(t, "", e.Message)
	assert.Equal(t, []FieldError{{Message: "m", Path: []string{"a", "0"}}, {Path: []string{}}}, e.Fields)
	assert.Equal(t, `"text"`, string(e.Payload()))
	assert.Equal(t, "", e.SupportID, "only of the code that has one")
	assert.Equal(t, `{"k":1}`, string(e.AdditionalProperties()))
	require.NotNil(t, e.Upstream)
	assert.Equal(t, 418, e.Upstream.StatusCode)
	assert.Equal(t, "17", e.Upstream.Header().Get("X-Ratelimit-Reset"))
	assert.Equal(t, `["a","b"]`, e.Upstream.Header().Get("X-List"))
	assert.Equal(t, `[1]`, string(e.Upstream.Body()))

	for _, broken := range []string{`{"error":{"code":"x","upstream":5}}`, `{"error":{"code":"x","upstream":{"status":"y"}}}`, `{"error":{"code":"x","errors":{}}}`} {
		e := failureOf(t, checkResponse(get(t.Context(), testClient(t, always(424, broken)))))
		assert.Equal(t, "x", e.Code)
		assert.Nil(t, e.Upstream)
		assert.Nil(t, e.Fields)
	}

	e = failureOf(t, checkResponse(get(t.Context(), testClient(t, always(500, `{"error":{"code":"generic_error_support","payload":"an-id"}}`), WithRetry(RetryPolicy{MaxAttempts: 1})))))
	assert.Equal(t, "an-id", e.SupportID)
	e = failureOf(t, checkResponse(get(t.Context(), testClient(t, always(403, `{"error":{"code":"forbidden"}}`)))))
	assert.Equal(t, []string{"environment:connections:read", "environment:connections:read_credentials"}, e.Scopes)
}
