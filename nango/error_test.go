package nango

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrorText(t *testing.T) {
	read := []string{"environment:connections:read", "environment:connections:read_credentials"}
	for want, e := range map[string]*Error{
		"nango: GET /connections/{connectionId}: 404 not_found: Failed to find connection": {
			Method: "GET", Path: "/connections/{connectionId}", StatusCode: 404, Code: "not_found", Message: "Failed to find connection"},
		"nango: GET /x: 502 Bad Gateway: the response is not JSON but text/html": {
			Method: "GET", Path: "/x", StatusCode: 502, Message: "the response is not JSON but text/html"},
		"nango: PUT: 400 unknown_sync": {Method: "PUT", StatusCode: 400, Code: "unknown_sync"},
		"nango: GET /x: 599":           {Method: "GET", Path: "/x", StatusCode: 599},
		"nango: POST /x: 400 invalid_body: tags.a: Not a string; Unrecognized key: \"z\"": {
			Method: "POST", Path: "/x", StatusCode: 400, Code: "invalid_body", Fields: []FieldError{
				{Code: "invalid_type", Message: "Not a string", Path: []string{"tags", "a"}},
				{Code: "unrecognized_keys", Message: `Unrecognized key: "z"`, Path: []string{}},
			}},
		"nango: GET /x: 403 forbidden: no (this operation needs the scope environment:connections:read or environment:connections:read_credentials)": {
			Method: "GET", Path: "/x", StatusCode: 403, Code: "forbidden", Message: "no", Scopes: read},
		"nango: GET /x: 403 forbidden: Insufficient scope. Required: environment:connections:read": {
			Method: "GET", Path: "/x", StatusCode: 403, Code: "forbidden", Scopes: read,
			Message: "Insufficient scope. Required: environment:connections:read"},
		"nango: GET /x: 429 too_many_request (retry after 59s)": {
			Method: "GET", Path: "/x", StatusCode: 429, Code: "too_many_request", RetryAfter: 59 * time.Second},
		"nango: GET /x: no response within 1m0s": {Method: "GET", Path: "/x", Message: "no response within 1m0s"},
		"nango: POST /x: 400 compilation_error: err - line 1    next line": {
			Method: "POST", Path: "/x", StatusCode: 400, Code: "compilation_error", Message: "\nerr - line 1 \r\n\tnext line\u2028"},
	} {
		assert.EqualError(t, e, want)
	}
}

func TestErrorTextIsShort(t *testing.T) {
	e := &Error{Method: "GET", StatusCode: 500, Code: "server_error", Message: strings.Repeat("é", 500)}
	head := "nango: GET: 500 server_error: "
	assert.Equal(t, head+strings.Repeat("é", 500), e.Error(), "500 characters fit")
	e.Message += "é"
	assert.Equal(t, head+strings.Repeat("é", 499)+"…", e.Error())
	for i := range 50 {
		e.Fields = append(e.Fields, FieldError{Message: "a long finding", Path: []string{"field", fmt.Sprint(i)}})
	}
	assert.Equal(t, head+strings.Repeat("é", 499)+"…", e.Error())
	e.Code = strings.Repeat("c", 1000)
	assert.Equal(t, "nango: GET: 500 "+strings.Repeat("c", 99)+"…: "+strings.Repeat("é", 499)+"…", e.Error())
}

// telling is an error with a secret in everything that must not be shown.
func telling() *Error {
	return &Error{
		Operation: "getConnection", Method: "GET", Path: "/connections/{connectionId}", StatusCode: 424,
		Code: "script_http_error", Message: "it failed", SupportID: "support-1", RetryAfter: time.Second,
		attempts: 2, hint: "try this",
		Upstream: &UpstreamError{StatusCode: 401, held: holding(heldParts{body: []byte(`"hunter2-Secret"`), header: http.Header{"X": {secretText}}})},
		held: holding(heldParts{
			payload: json.RawMessage(`{"token":"hunter2-Secret"}`), additional: json.RawMessage(`{"token":"hunter2-Secret"}`),
			header: http.Header{"Set-Cookie": {secretText}}, body: []byte(secretText), message: secretText,
		}),
	}
}

func holding(parts heldParts) held { return func() heldParts { return parts } }

// because is a failure with a cause.
func because(cause error, e Error) *Error {
	e.keepCause(cause)
	return &e
}

func logged1(value any) string {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "e", value)
	var line struct{ E any }
	if json.Unmarshal(out.Bytes(), &line) != nil {
		return out.String()
	}
	if text, ok := line.E.(string); ok {
		return text
	}
	return fmt.Sprint(line.E)
}

func TestErrorNeverShowsWhatItCarries(t *testing.T) {
	const text = "nango: GET /connections/{connectionId}: 424 script_http_error: it failed (try this) (after 2 attempts) (retry after 1s)"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		assert.Equal(t, text, fmt.Sprintf(verb, telling()), verb)
		assert.Equal(t, text, fmt.Sprintf(verb, *telling()), verb)
		for name, form := range map[string]any{
			"wrapped": fmt.Errorf("x: %w", telling()), "slice": []error{telling()}, "joined": errors.Join(telling(), io.EOF),
			"interrupted": &interrupted{telling(), io.EOF}, "field": struct{ E *Error }{telling()},
		} {
			t.Run(verb+" "+name, func(t *testing.T) { assertHidden(t, fmt.Sprintf(verb, form)) })
		}
	}
	const object = `{"operation":"getConnection","method":"GET","path":"/connections/{connectionId}","status":424,
		"code":"script_http_error","message":"it failed","support_id":"support-1","retry_after":"1s","hint":"try this","attempts":2,"upstream_status":401}`
	for name, form := range map[string]any{"pointer": telling(), "value": *telling()} {
		t.Run("json "+name, func(t *testing.T) {
			out, err := json.Marshal(form)
			require.NoError(t, err)
			assert.JSONEq(t, object, string(out))
		})
		t.Run("slog JSON "+name, func(t *testing.T) {
			var out bytes.Buffer
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "e", form, "list", []any{form})
			var line struct {
				E    json.RawMessage
				List []json.RawMessage
			}
			require.NoError(t, json.Unmarshal(out.Bytes(), &line))
			assert.JSONEq(t, object, string(line.E))
			assert.JSONEq(t, object, string(line.List[0]))
		})
		t.Run("slog text "+name, func(t *testing.T) {
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "e", form)
			assert.Contains(t, out.String(), `e.status=424 e.code=script_http_error e.message="it failed"`)
			assertHidden(t, out.String())
		})
	}
}

func TestErrorUnwraps(t *testing.T) {
	assert.NoError(t, (&Error{StatusCode: 404}).Unwrap())
	assert.ErrorIs(t, because(io.ErrUnexpectedEOF, Error{}), io.ErrUnexpectedEOF)
	upstream, ok := errors.AsType[*UpstreamError](fmt.Errorf("x: %w", telling()))
	require.True(t, ok)
	assert.Equal(t, 401, upstream.StatusCode)
}

func TestArgumentErrorText(t *testing.T) {
	assert.EqualError(t, &ArgumentError{Name: "connectionID", Reason: "is empty"}, "nango: connectionID is empty")
}
