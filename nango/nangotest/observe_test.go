package nangotest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func TestRequests(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "free"})
	client := srv.Client()
	_, err := client.Connections.Import(t.Context(), nango.ImportConnectionParams{
		IntegrationID: "free", ConnectionID: "c1", Metadata: map[string]string{"hidden": "h1dden"}, Credentials: nango.ImportNone{},
	})
	require.NoError(t, err)
	_, err = client.Connection("free", "a/b").Get(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrNotFound)
	resp, err := srv.HTTPClient().Post("http://nango.test/nowhere?x=1", "text/plain", strings.NewReader("body"))
	require.NoError(t, err)
	resp.Body.Close()

	var lines []string
	for _, r := range srv.Requests() {
		lines = append(lines, fmt.Sprintf("%s %s %s %d %t", r.Operation, r.Method, r.Target, r.StatusCode, r.Executed))
	}
	assert.Equal(t, []string{
		"importConnection POST /connections 201 true",
		"getConnection GET /connections/a%2Fb?provider_config_key=free 404 false",
		" POST /nowhere?x=1 404 false",
	}, lines)
	assert.Equal(t, "body", string(srv.Requests("")[0].Body))
	assert.Len(t, srv.Requests("importConnection", "getConnection"), 2)
	assert.Contains(t, string(srv.Requests("importConnection")[0].Body), "h1dden")

	one := srv.Requests("importConnection")[0]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{one, &one, []nangotest.Request{one}, struct{ R nangotest.Request }{one}} {
			text := fmt.Sprintf(verb, value)
			assert.NotContains(t, text, srv.Key())
			assert.NotContains(t, text, "h1dden")
			assert.Contains(t, text, "POST /connections (importConnection): 201")
		}
	}
	for _, r := range srv.Requests() {
		for name, values := range r.Header {
			assert.NotContains(t, strings.Join(values, " "), srv.Key(), name)
		}
	}
}

// complaints is a test that notes what it is told.
type complaints struct{ told []string }

func (c *complaints) Helper()                   {}
func (c *complaints) Cleanup(func())            {}
func (c *complaints) Errorf(f string, a ...any) { c.told = append(c.told, fmt.Sprintf(f, a...)) }

func TestExpectOnly(t *testing.T) {
	srv, c := nangotest.Start(t), &complaints{}
	_, err := srv.Client().Environment.Variables(t.Context())
	require.NoError(t, err)
	srv.ExpectOnly(c, "listEnvironmentVariables")
	_, err = srv.Client().Environment.Variables(t.Context())
	require.NoError(t, err)
	assert.Empty(t, c.told)
	_, err = srv.Client().Integrations.Get(t.Context(), "x", nil)
	require.Error(t, err)
	assert.Equal(t, []string{`nangotest: unexpected request GET /integrations/x, of the operation "getIntegration"`}, c.told)
}

// What is planned happens in its order, each at its own time, and so does what comes of it.
func TestAdvance(t *testing.T) {
	srv := nangotest.Start(t)
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	srv.SetTime(noon)
	var log []string
	note := func(what string) func() {
		return func() { log = append(log, fmt.Sprintf("%s at %s", what, srv.Now().Sub(noon))) }
	}
	srv.AfterFunc(2*time.Minute, note("second"))
	srv.AfterFunc(time.Minute, func() {
		note("first")()
		srv.AfterFunc(time.Minute, note("third"))
		srv.AfterFunc(0, note("at once"))
	})
	srv.AfterFunc(3*time.Minute, note("last"))
	srv.Advance(time.Minute - 1)
	assert.Empty(t, log)
	srv.Advance(2 * time.Minute)
	want := []string{"first at 1m0s", "at once at 1m0s", "second at 2m0s", "third at 2m0s"}
	assert.Equal(t, want, log)
	assert.Equal(t, noon.Add(3*time.Minute-1), srv.Now())
	srv.SetTime(noon.Add(time.Hour))
	assert.Equal(t, append(slices.Clone(want), "last at 1h0m0s"), log)
	assert.Equal(t, noon.Add(time.Hour), srv.Now())
}

// Until it is stopped the clock runs, and what is planned happens by itself.
func TestClockRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		began := srv.Now()
		assert.Equal(t, time.Now().UTC(), began)
		var at time.Time
		srv.AfterFunc(time.Minute, func() { at = srv.Now() })
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, began.Add(time.Minute), at)
		srv.Advance(time.Hour)
		assert.Equal(t, time.Minute+time.Hour, srv.Now().Sub(began), "runs on from where it was moved to")
		time.Sleep(time.Second)
		assert.Equal(t, time.Minute+time.Hour+time.Second, srv.Now().Sub(began))
		srv.SetTime(began)
		time.Sleep(time.Second)
		assert.Equal(t, began, srv.Now())
	})
}

// Nothing runs on after Close, whatever was under way: a bubble does not end before its goroutines have.
func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.New()
		stuck := make(chan string, 3)
		hang := func(name string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				stuck <- name
				<-r.Context().Done()
			})
		}
		srv.AddIntegration(nangotest.Integration{ID: "acme", Provider: "private-api-bearer"})
		srv.AddConnection(nangotest.Connection{IntegrationID: "acme", ConnectionID: "c1"})
		srv.HandleProxy("acme", hang("proxy"))
		srv.SetWebhookHandler(hang("webhook"))
		srv.AfterFunc(time.Hour, func() { t.Error("done after Close") })
		srv.Inject(nangotest.Rule{Operation: "listEnvironmentVariables"}, nangotest.Latency(time.Hour))
		ended := make(chan error, 2)
		client := srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}), nango.WithAttemptTimeout(time.Hour))
		go func() {
			_, err := client.Connection("acme", "c1").Proxy(t.Context(), nango.ProxyRequest{Path: "/"})
			ended <- err
		}()
		go func() {
			_, err := client.Environment.Variables(t.Context())
			ended <- err
		}()
		go srv.SendWebhook("x")
		synctest.Wait()
		assert.ElementsMatch(t, []string{"proxy", "webhook"}, []string{<-stuck, <-stuck})
		srv.Close()
		assert.Error(t, <-ended)
		assert.Error(t, <-ended)
		_, err := client.Environment.Variables(t.Context())
		assert.ErrorContains(t, err, "refused")
		time.Sleep(2 * time.Hour)
	})
}

// The limit's headers and what needs no body are the server's own.
func TestTransport(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetTime(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
	srv.SetRateLimit(1)
	ask := func(method, path string, header http.Header, body string) (int, http.Header, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://nango.test"+path, bytes.NewReader([]byte(body)))
		require.NoError(t, err)
		req.Header = header
		resp, err := srv.HTTPClient().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Header.Del("Date")
		return resp.StatusCode, resp.Header, string(text)
	}
	key := http.Header{"Authorization": {"Bearer " + srv.Key()}}
	limits := func(remaining string, more http.Header) http.Header {
		more.Set("X-RateLimit-Limit", "1")
		more.Set("X-RateLimit-Remaining", remaining)
		more.Set("X-RateLimit-Reset", "1767355260")
		return more
	}
	status, header, body := ask("HEAD", "/environment-variables/", key, "")
	assert.Equal(t, 200, status)
	assert.Empty(t, body)
	assert.Equal(t, limits("0", http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {"2"}}), header)

	srv.Advance(1500 * time.Millisecond)
	status, header, body = ask("GET", "/environment-variables", key, "")
	assert.Equal(t, 429, status)
	assert.Equal(t, `{"error":{"code":"too_many_request","method":"GET","path":"/environment-variables"}}`, body)
	assert.Equal(t, limits("0", http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {"84"}, "Retry-After": {"58"}}), header)

	srv.Advance(time.Minute)
	status, header, _ = ask("OPTIONS", "/connections", http.Header{}, "")
	assert.Equal(t, 204, status)
	assert.Empty(t, header)
	status, header, body = ask("PUT", "/connections", key, "")
	assert.Equal(t, 404, status)
	assert.Contains(t, body, "<pre>Cannot PUT /connections</pre>")
	assert.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	assert.Empty(t, header.Get("X-RateLimit-Limit"))
}
