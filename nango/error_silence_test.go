package nango_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// Everything in this file that must not be shown holds the marker: headers, bodies, keys of bodies, payloads, ids and tokens.
const marker = "s3cr3t"

const (
	markedID    = marker + "-id"
	markedToken = "nango_connect_session_" + marker
	// controls are characters that do something to a terminal or a log: an escape, a newline, one that turns the direction.
	controls = "\u001b[31m\u0007\r\n\u0085\u200b\u202e"
)

// markedEnvelope is a failure of Nango's with the marker everywhere but in its own words, which hold the API key and controls.
func markedEnvelope(code string) string {
	words := `"it failed for ` + apiKey + ` \u001b[31m\u0007\r\n\u0085\u200b\u202e so"`
	return `{"error":{"code":` + code + `,"message":` + words + `,"errors":[{"code":"c\u001b","message":` + words + `,"path":["a\u0000b",0]}],
		"payload":{"` + marker + `":"` + marker + `"},"additional_properties":{"` + marker + `":["` + marker + `"]},
		"upstream":{"status":418,"headers":{"x-` + marker + `":"` + marker + `"},"body":{"` + marker + `":"` + marker + `"}},
		"method":"` + marker + `","path":"/` + marker + `","` + marker + `":"` + marker + `"},"` + marker + `":"` + marker + `"}`
}

// markedResponses are responses that are a failure of one kind or another to every call.
func markedResponses() map[string]func(http.ResponseWriter) {
	responses := map[string]func(http.ResponseWriter){}
	add := func(name string, status int, contentType, body string, header ...string) {
		responses[name] = func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("X-"+marker, marker)
			w.Header().Add("Set-Cookie", marker+"="+marker)
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	codes := []string{
		`"invalid_credentials"`, `"script_http_error"`, `"unknown_connection"`, `"invalid_json"`, `"generic"`, `"c\u001b[31m\n"`, `"server_error"`,
	}
	for i, code := range codes {
		for _, status := range []int{400, 403, 424, 500} {
			add(fmt.Sprint("envelope ", i, " ", status), status, "application/json", markedEnvelope(code))
		}
	}
	add("an error under a success", 200, "application/json", `{"error":{"code":"c","message":"`+apiKey+` \u001b[31m"}}`)
	add("a key that does not fit", 200, "application/json", `{"`+marker+`":"`+marker+`"}`)
	add("a list", 200, "application/json", `["`+marker+`"]`)
	add("a list under another type", 500, "text/plain", `["`+marker+`"]`)
	add("broken JSON", 200, "application/json", `{"`+marker+`":{"`+marker+`":`+marker)
	add("HTML", 200, "text/html", "<p>"+marker)
	add("HTML 404", 404, "text/html", "<p>"+marker)
	add("marked type", 502, "text/"+marker+"; charset="+marker, marker)
	add("marked encoding", 200, "application/json", marker, "Content-Encoding", marker+", br")
	add("no envelope", 500, "application/json", `{"error":{"message":"no \u001b[31m `+apiKey+`","`+marker+`":1},"code":"c\u0007"}`)
	add("an action without the envelope", 500, "application/json", `{"type":"action_failure","payload":{"message":"no \u001b[31m `+apiKey+`","`+marker+`":1}}`)
	add("cut short", 200, "application/json", `{"`+marker+`":`, "Content-Length", "1000")
	add("a redirect", 302, "text/html", marker, "Location", "https://other.test/"+marker+"?"+marker+"="+marker)
	add("no redirect", 302, "text/html", marker, "Location", "http://"+marker+"/%zz")
	return responses
}

// markedNetwork are errors of a transport, as net/http words them.
var markedNetwork = map[string]error{
	"response": errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP response "` + marker + `"`),
	"header":   fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", textproto.ProtocolError("malformed MIME header line: "+marker+controls)),
	"URL":      &url.Error{Op: "Get", URL: "https://h.test/" + marker, Err: errors.New("reset" + controls)},
	"key":      errors.New("cannot send " + apiKey),
}

// markedCalls are calls with the marker in all that they send.
var markedCalls = map[string]func(context.Context, *nango.Client) error{
	"get": func(ctx context.Context, c *nango.Client) error {
		_, err := c.Connection(markedID, markedID).Get(ctx, nil)
		return err
	},
	"metadata": func(ctx context.Context, c *nango.Client) error {
		_, err := nango.Metadata[map[string]int](ctx, c.Connection(markedID, markedID))
		return err
	},
	"delete": func(ctx context.Context, c *nango.Client) error { return c.Connection(markedID, markedID).Delete(ctx) },
	"records": func(ctx context.Context, c *nango.Client) error {
		_, err := nango.ListRecords[map[string]int](ctx, c.Connection(markedID, markedID), nango.ListRecordsParams{Model: marker, Cursor: marker})
		return err
	},
	"action": func(ctx context.Context, c *nango.Client) error {
		_, err := nango.TriggerAction[map[string]int](ctx, c.Connection(markedID, markedID), marker, map[string]string{marker: marker})
		return err
	},
	"result": func(ctx context.Context, c *nango.Client) error {
		_, err := nango.ActionResult[map[string]int](ctx, c.AsyncAction(markedID))
		return err
	},
	"session": func(ctx context.Context, c *nango.Client) error { return c.ConnectSessions.Delete(ctx, markedToken) },
	"proxy": func(ctx context.Context, c *nango.Client) error {
		resp, err := c.Connection(markedID, markedID).Proxy(ctx, nango.ProxyRequest{Path: "/" + marker, Header: http.Header{"X-A": {marker}}})
		if err == nil {
			resp.Body.Close()
		}
		return err
	},
	"transport": func(ctx context.Context, c *nango.Client) error {
		req, err := http.NewRequestWithContext(ctx, "POST", "https://api.test/"+marker+"?"+marker, strings.NewReader(marker+"%"))
		if err != nil {
			return err
		}
		req.Header.Set("X-A", marker)
		resp, err := c.Connection(markedID, markedID).Transport(&nango.TransportParams{ProviderURL: "https://api.test"}).RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	},
	"transport, another host": func(ctx context.Context, c *nango.Client) error {
		req, err := http.NewRequestWithContext(ctx, "GET", "https://"+marker+".test/"+marker, nil)
		if err != nil {
			return err
		}
		_, err = c.Connection(markedID, markedID).Transport(&nango.TransportParams{ProviderURL: "https://api.test"}).RoundTrip(req)
		return err
	},
	"proxied JSON": func(ctx context.Context, c *nango.Client) error {
		_, err := nango.ProxyJSON[map[string]int](ctx, c.Connection(markedID, markedID), nango.ProxyRequest{Method: "POST", Path: "/" + marker, JSON: marker})
		return err
	},
}

// forms are the ways in which a program has a value at hand when it prints.
func forms(value any) map[string]any {
	all := map[string]any{
		"itself": value, "field": struct{ Value any }{value}, "list": []any{value}, "map": map[string]any{"k": value},
		"unexported": struct {
			job   string
			value any
		}{"j", value},
		"unexported, pointer": &struct{ value any }{value},
		"unexported list":     struct{ values []any }{[]any{value}},
		"unexported map":      struct{ values map[string]any }{map[string]any{"k": value}},
	}
	if err, ok := value.(error); ok {
		all["wrapped"] = fmt.Errorf("job: %w", err)
		all["joined"] = errors.Join(err, io.EOF)
		all["awaited"] = &nango.WaitError{Awaited: "a", Last: err}
		all["unexported error"] = struct {
			job string
			err error
		}{"j", fmt.Errorf("job: %w", err)}
	}
	return all
}

// requireSilent prints a value in every way and fails where anything shows the marker, the key or a control character.
func requireSilent(t *testing.T, name string, value any) {
	t.Helper()
	for form, v := range forms(value) {
		texts := map[string]string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "% x", "%p", "%T"} {
			texts[verb] = fmt.Sprintf(verb, v)
		}
		var text, lines bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v, slog.Group("g", "v", v))
		slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "v", v, slog.Group("g", "v", v))
		texts["slog text"], texts["slog JSON"] = text.String(), lines.String()
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		texts["JSON"] = string(encoded)
		for way, text := range texts {
			requireSilentText(t, name+", "+form+", "+way, text, form == "joined")
		}
	}
}

func requireSilentText(t *testing.T, name, text string, lines bool) {
	t.Helper()
	text = strings.TrimSuffix(text, "\n")
	if lines {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	for _, shown := range spellings {
		if strings.Contains(text, shown) {
			require.Fail(t, "shown", "%s: %q in %s", name, shown, text)
		}
	}
	require.False(t, strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }), "%s: %q", name, text)
}

// spellings are what must not be seen: the marker and the key as fmt and others write texts and bytes, and the escapes of control
// characters, which show that one was in the value.
var spellings = func() []string {
	list := []string{`\x1b`, `\u001b`, `\u202e`, `\x07`, `\a`}
	for _, secret := range []string{marker, apiKey} {
		part := []byte(secret[:5])
		list = append(list, secret, fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), fmt.Sprintf("% x", part),
			strings.Trim(fmt.Sprint(part), "[]"), fmt.Sprintf("%#x, %#x", part[0], part[1]))
	}
	return list
}()

// chain is an error and all that it wraps, each of which a program can print by itself.
func chain(err error) []error {
	list := []error{err}
	switch wraps := err.(type) {
	case interface{ Unwrap() error }:
		if inner := wraps.Unwrap(); inner != nil {
			list = append(list, chain(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wraps.Unwrap() {
			list = append(list, chain(inner)...)
		}
	}
	return list
}

func TestErrorsAreSilent(t *testing.T) {
	var log bytes.Buffer
	seen := map[string]int{}
	check := func(t *testing.T, name string, c *nango.Client) {
		for call, do := range markedCalls {
			err := do(t.Context(), c)
			if err == nil { // what the proxy returns, or what a result of an action may be
				continue
			}
			for _, err := range chain(err) {
				seen[fmt.Sprintf("%T", err)]++
				requireSilent(t, name+", "+call, err)
			}
		}
	}
	options := []nango.Option{
		nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}),
		nango.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
	}
	for name, respond := range markedResponses() {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { respond(w) }))
			defer server.Close()
			client, err := nango.New(apiKey, append(options, nango.WithBaseURL(server.URL))...)
			require.NoError(t, err)
			check(t, name, client)
		})
	}
	for name, err := range markedNetwork {
		t.Run(name, func(t *testing.T) {
			fails := transportFunc(func(*http.Request) (*http.Response, error) { return nil, err })
			client, err := nango.New(apiKey, append(options, nango.WithHTTPClient(&http.Client{Transport: fails}))...)
			require.NoError(t, err)
			check(t, name, client)
		})
		for _, status := range []int{200, 500} {
			t.Run(fmt.Sprint(name, ", in the body of a ", status), func(t *testing.T) {
				fails := transportFunc(func(req *http.Request) (*http.Response, error) {
					resp := exchange(status, ``).Respond(req)
					resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"`+marker+`":`), brokenReader{err})), -1
					return resp, nil
				})
				client, err := nango.New(apiKey, append(options, nango.WithHTTPClient(&http.Client{Transport: fails}))...)
				require.NoError(t, err)
				check(t, name, client)
			})
		}
	}
	for _, kind := range []string{"*nango.Error", "*nango.UpstreamError", "*nango.ProviderError", "*fmt.wrapErrors"} {
		assert.GreaterOrEqual(t, seen[kind], 10, kind)
	}
	for line := range strings.Lines(log.String()) {
		requireSilentText(t, "log", line, false)
	}
	assert.Contains(t, log.String(), "a header of the response is malformed", "failures were logged")
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

// A server that repeats the key or token of a request in its words is not repeated.
func TestKeysAreMaskedInTheServersWords(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"code": r.Header.Get("Authorization"), "message": "no account of " + r.Header.Get("Authorization") + " at monkeys"}})
	}))
	defer server.Close()
	for key, want := range map[string]string{
		apiKey: "Bearer [redacted]: no account of Bearer [redacted] at monkeys", "key": "Bearer [redacted]: no account of Bearer [redacted] at mon[redacted]s",
		"seven77": "Bearer [redacted]: no account of Bearer [redacted] at monkeys",
	} {
		client, err := nango.New(key, nango.WithBaseURL(server.URL))
		require.NoError(t, err)
		_, err = client.Connection("i", "c").Get(t.Context(), nil)
		assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 401 "+want)
		err = client.ConnectSessions.Delete(t.Context(), markedToken)
		assert.NotContains(t, err.Error(), marker)
		assert.Contains(t, err.Error(), "no account of Bearer [redacted] at monkeys")
	}
}

// What the errors carry is still there for those who ask for it.
func TestErrorsCarryWhatTheyDoNotShow(t *testing.T) {
	body := markedEnvelope(`"script_http_error"`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Marker", marker)
		w.WriteHeader(http.StatusFailedDependency)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	client, err := nango.New(apiKey, nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	failure := requireError(t, markedCalls["action"](t.Context(), client))
	assert.Equal(t, body, string(failure.Body()))
	assert.Equal(t, marker, failure.Header().Get("X-Marker"))
	assert.Equal(t, `{"`+marker+`":"`+marker+`"}`, string(failure.Payload()))
	assert.Equal(t, `{"`+marker+`":["`+marker+`"]}`, string(failure.AdditionalProperties()))
	assert.Equal(t, `{"`+marker+`":"`+marker+`"}`, string(failure.Upstream.Body()))
	assert.Equal(t, marker, failure.Upstream.Header().Get("X-"+marker))
	assert.Equal(t, "it failed for "+apiKey+" "+controls+" so", failure.FullMessage())
	const words = "it failed for [redacted]  [31m       so"
	assert.Equal(t, words, failure.Message)
	assert.Equal(t, []nango.FieldError{{Code: "c", Message: words, Path: []string{"a b", "0"}}}, failure.Fields)
	assert.EqualError(t, failure, "nango: POST /action/trigger: 424 script_http_error: "+words+"; a b.0: "+words+" (the API that the action called responded with 418, see Upstream)")

	empty := &nango.Error{}
	assert.Equal(t, []any{http.Header(nil), []byte(nil), json.RawMessage(nil), json.RawMessage(nil), "", nil},
		[]any{empty.Header(), empty.Body(), empty.Payload(), empty.AdditionalProperties(), empty.FullMessage(), empty.Unwrap()})
	assert.Equal(t, []any{http.Header(nil), []byte(nil)}, []any{(&nango.ProviderError{}).Header(), (&nango.ProviderError{}).Body()})
	assert.Equal(t, []any{http.Header(nil), json.RawMessage(nil)}, []any{(&nango.UpstreamError{}).Header(), (&nango.UpstreamError{}).Body()})
}
