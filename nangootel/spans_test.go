package nangootel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// attempt is how an attempt ends. Its status is 0 if there is no response.
type attempt struct {
	status  int64
	failure string
}

// spansOf are the spans of one call: its attempts, and then the call itself.
func spansOf(baseURL string, port int64, host, operation, method, path string, attempts ...attempt) (spans []seen) {
	span := func(kind string, end attempt) seen {
		s := seen{method + " " + path, kind, "Unset", map[string]any{"nango.operation": operation, "http.request.method": method, "url.template": path}}
		if end.status != 0 {
			s.Attributes["http.response.status_code"] = end.status
		}
		if end.failure != "" {
			s.Status, s.Attributes["error.type"] = "Error", end.failure
		}
		return s
	}
	for i, a := range attempts {
		s := span("client", a)
		s.Attributes["url.full"], s.Attributes["server.address"], s.Attributes["server.port"] = baseURL+path, host, port
		if i > 0 {
			s.Attributes["http.request.resend_count"] = int64(i)
		}
		spans = append(spans, s)
	}
	return append(spans, span("internal", attempts[len(attempts)-1]))
}

func TestSpans(t *testing.T) {
	const path = "/connections/{connectionId}"
	get := func(ctx context.Context, c *nango.Client) error { return errOf(handle(c).Get(ctx, nil)) }
	for name, test := range map[string]struct {
		faults   []nangotest.Fault // of the first attempts
		call     func(context.Context, *nango.Client) error
		attempts []attempt
	}{
		"success": {nil, get, []attempt{{200, ""}}},
		"not found": {nil, func(ctx context.Context, c *nango.Client) error {
			return errOf(c.Connection(integrationMark, "none").Get(ctx, nil))
		}, []attempt{{404, "ErrNotFound"}}},
		"retries":           {[]nangotest.Fault{nangotest.Reset(), nangotest.RateLimited("1")}, get, []attempt{{0, "_OTHER"}, {429, "ErrRateLimited"}, {200, ""}}},
		"retries in vain":   {[]nangotest.Fault{nangotest.ServerError(), nangotest.ServerError(), nangotest.ServerError()}, get, []attempt{{500, "ErrServer"}, {500, "ErrServer"}, {500, "ErrServer"}}},
		"refresh":           {[]nangotest.Fault{nangotest.RefreshFails(400, dataMark)}, get, []attempt{{400, "ErrRefreshFailed"}}},
		"status of its own": {[]nangotest.Fault{nangotest.Respond(418, "text/plain", dataMark)}, get, []attempt{{418, "418"}}},
		"no success":        {[]nangotest.Fault{nangotest.Respond(399, "text/plain", dataMark)}, get, []attempt{{399, "399"}}},
		"canceled": {[]nangotest.Fault{nangotest.Latency(time.Hour)}, func(ctx context.Context, c *nango.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return get(ctx, c)
		}, []attempt{{0, "canceled"}}},
		"timeout": {[]nangotest.Fault{nangotest.Latency(time.Hour)}, func(ctx context.Context, c *nango.Client) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return get(ctx, c)
		}, []attempt{{0, "timeout"}}},
		"time limit of an attempt": {[]nangotest.Fault{nangotest.Latency(time.Hour)}, get, []attempt{{0, "timeout"}, {200, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, tel := newServer(t), newTelemetry(t)
				for i, fault := range test.faults {
					srv.Inject(nangotest.Rule{Nth: i + 1}, fault)
				}
				client := srv.Client(tel.observe())
				baseURL := strings.TrimSuffix(client.Generated().Server, "/")
				err := test.call(t.Context(), client)
				assert.Equal(t, test.attempts[len(test.attempts)-1].failure == "", err == nil, "%v", err)
				host, port := hostOf(t, baseURL)
				assert.Equal(t, spansOf(baseURL, port, host, "getConnection", "GET", path, test.attempts...), tel.take())
			})
		})
	}
}

// Neither a token from the cache nor an argument that is refused is a request.
func TestCallsWithoutARequestHaveNoSpan(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	params := &nango.TokenParams{MaxAge: time.Hour}
	for _, spans := range []int{2, 0} {
		_, err := handle(client).Token(t.Context(), params)
		require.NoError(t, err)
		assert.Len(t, tel.take(), spans)
	}
	_, err := client.Connection(integrationMark, "..").Get(t.Context(), nil)
	assert.Error(t, err)
	_, err = nango.ListRecords[any](t.Context(), handle(client), nango.ListRecordsParams{})
	assert.Error(t, err)
	req, err := http.NewRequestWithContext(t.Context(), "GET", "https://elsewhere.test/", nil)
	require.NoError(t, err)
	assert.Error(t, drainBody(client.Generated().Client.Do(req)))
	assert.Empty(t, tel.take())
}

// The failures of a provider have their status, and Nango's own failures of a proxied call their sentinel.
func TestProxiedSpans(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	respond := func(status int) {
		srv.HandleProxy(integrationMark, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, dataMark)
		}))
	}
	for status, failure := range map[int]string{200: "", 304: "", 404: "404", 429: "429", 503: "503"} {
		respond(status)
		require.NoError(t, drainBody(handle(client).Proxy(t.Context(), nango.ProxyRequest{Path: "/" + dataMark})))
		spans := tel.take()
		require.Len(t, spans, 2)
		for _, span := range spans {
			assert.Equal(t, "GET /proxy/{path}", span.Name)
			assert.EqualValues(t, status, span.Attributes["http.response.status_code"])
			assert.Equal(t, failure, orEmpty(span.Attributes["error.type"]))
		}
	}
	_, err := client.Connection(integrationMark, "none").Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
	assert.ErrorIs(t, err, nango.ErrNotFound)
	for _, span := range tel.take() {
		assert.Equal(t, "ErrNotFound", span.Attributes["error.type"])
	}
}

func orEmpty(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// To wait for an action is no failure.
func TestPendingActionIsNoFailure(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	_, err := nango.ActionResult[any](t.Context(), client.AsyncAction(uuidMark))
	assert.ErrorIs(t, err, nango.ErrActionPending)
	for _, span := range tel.take() {
		assert.Equal(t, "Unset", span.Status)
		assert.NotContains(t, span.Attributes, "error.type")
	}
}

// Requests of the generated client that are no operation, and methods that are none, keep a small set of names.
func TestUnknownRequests(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	for method, name := range map[string]string{"GET": "GET", "SECRET" + "MARK": "HTTP"} {
		req, err := http.NewRequestWithContext(t.Context(), method, client.Generated().Server+dataMark, nil)
		require.NoError(t, err)
		_ = drainBody(client.Generated().Client.Do(req))
		tel.requireSilent(dataMark, "SECRETMARK")
		spans := tel.take()
		require.Len(t, spans, 2)
		assert.Equal(t, []string{name, name}, []string{spans[0].Name, spans[1].Name})
	}
}
