package clients_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-github/v89/github"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/nango-go/sdk/nango"
)

// A reverse proxy in front hands on what a browser sends, without what is the browser's own affair.
func TestReverseProxy(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		s.api.on(exchange{
			line: "POST /repos/o/r/issues?a=%2F&a=2", status: 201, response: `{}`, header: jsonHeader("Set-Cookie", "provider=1"),
			check: func(t *testing.T, r *http.Request, body string) {
				assert.JSONEq(t, `{"title":"100%"}`, body)
				assert.Equal(t, "browser/1", r.Header.Get("User-Agent"))
				for _, name := range []string{"Cookie", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via"} {
					assert.Empty(t, r.Header[name], name)
				}
			},
		})
		target, err := url.Parse(gitHubURL)
		require.NoError(t, err)
		failures := make(chan error, 1)
		front := httptest.NewServer(&httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
			Transport: s.http(nil).Transport,
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				failures <- err
				w.WriteHeader(http.StatusBadGateway)
			},
		})
		defer front.Close()
		do := func(method, path, body string, header ...string) *http.Response {
			req, err := http.NewRequestWithContext(t.Context(), method, front.URL+path, strings.NewReader(body))
			require.NoError(t, err)
			for i := 0; i < len(header); i += 2 {
				req.Header.Set(header[i], header[i+1])
			}
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			return resp
		}
		resp := do("POST", "/repos/o/r/issues?a=%2F&a=2", `{"title":"100%"}`, "Content-Type", "application/json", "User-Agent", "browser/1",
			"Cookie", "session="+placeholder, "Authorization", "Bearer "+placeholder, "Origin", "https://app.test", "Referer", "https://app.test/", "Via", "1.1 x", "Forwarded", "for=1")
		assert.Equal(t, map[bool]int{false: 200, true: 201}[s.chunked], resp.StatusCode)
		assert.Empty(t, resp.Header.Get("X-Ratelimit-Limit"))

		resp = do("GET", "/socket", "", "Connection", "Upgrade", "Upgrade", "websocket")
		assert.Equal(t, http.StatusBadGateway, resp.StatusCode)
		assert.ErrorAs(t, <-failures, new(*nango.ArgumentError))
	})
}

// A client with retries of its own repeats Nango's failures too, unless it asks what they are.
func TestRetryableHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(t, gitHubURL, false, false)
		client := retryablehttp.NewClient()
		client.Logger = nil
		client.HTTPClient = s.client.Connection("c", "nobody").HTTPClient(nil)
		_, err := client.Get(gitHubURL + "/user")
		require.ErrorIs(t, err, nango.ErrNotFound)
		assert.Len(t, s.srv.Requests("proxyGet"), client.RetryMax+1)

		client.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			if _, ok := errors.AsType[*nango.Error](err); ok {
				return false, err
			}
			return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
		}
		_, err = client.Get(gitHubURL + "/user")
		require.ErrorIs(t, err, nango.ErrNotFound)
		assert.Len(t, s.srv.Requests("proxyGet"), client.RetryMax+2)

		client.HTTPClient = s.http(nil)
		s.api.on(exchange{line: "PUT /repos/o/r", body: "body", status: 503})
		s.api.on(exchange{line: "PUT /repos/o/r", body: "body", status: 204})
		req, err := retryablehttp.NewRequest("PUT", gitHubURL+"/repos/o/r", []byte("body"))
		require.NoError(t, err)
		resp, err := client.Do(req)
		require.NoError(t, err)
		assert.Equal(t, 204, resp.StatusCode)
	})
}

// otelhttp as the client's own transport sees the calls to Nango, and as the outer one those to the provider.
func TestOTelHTTP(t *testing.T) {
	s := with(t, gitHubURL, false, false)
	s.api.on(exchange{line: "GET /user", response: `{"id":1}`, header: jsonHeader(), check: func(t *testing.T, r *http.Request, _ string) {
		assert.NotEmpty(t, r.Header.Get("Traceparent"))
	}})
	recorder := tracetest.NewSpanRecorder()
	options := []otelhttp.Option{
		otelhttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))), otelhttp.WithPropagators(propagation.TraceContext{}),
	}
	inside := s.srv.Client(nango.WithHTTPClient(&http.Client{Transport: otelhttp.NewTransport(s.srv.HTTPClient().Transport, options...)}))
	outside := otelhttp.NewTransport(inside.Connection("c", "c").Transport(nil), options...)
	client, err := github.NewClient(github.WithTransport(outside))
	require.NoError(t, err)
	_, _, err = client.Users.Get(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, recorder.Ended(), 4, "integration, provider, proxy; and the call itself")
}

func TestClientTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := with(t, gitHubURL, false, false)
		s.srv.HandleProxy("c", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/streams" {
				_, _ = io.WriteString(w, "begin")
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}))
		client := s.http(nil)
		client.Timeout = time.Second
		_, err := client.Get(gitHubURL + "/slow")
		failure, ok := errors.AsType[*url.Error](err)
		require.True(t, ok)
		assert.True(t, failure.Timeout())

		resp, err := client.Get(gitHubURL + "/streams")
		require.NoError(t, err)
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		assert.Equal(t, "begin", string(got))
		timeout, ok := errors.AsType[interface { // http.Client's own or the context's, whichever is first
			error
			Timeout() bool
		}](err)
		require.True(t, ok, "%v", err)
		assert.True(t, timeout.Timeout())
	})
}

// Nango behind a gateway that speaks HTTP/2.
func TestHTTP2(t *testing.T) {
	s := with(t, gitHubURL, true, true)
	s.api.on(exchange{line: "POST /x", body: `{"a":"100\u0025"}`, status: 201, response: binary(70_000)})
	gateway := httptest.NewUnstartedServer(s.srv)
	gateway.EnableHTTP2 = true
	gateway.StartTLS()
	defer gateway.Close()
	client, err := nango.New(s.srv.Key(), nango.WithBaseURL(gateway.URL), nango.WithHTTPClient(gateway.Client()))
	require.NoError(t, err)
	resp, err := client.Connection("c", "c").HTTPClient(nil).Post(gitHubURL+"/x", "application/json", strings.NewReader(`{"a":"100%"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, 2, resp.ProtoMajor)
	assert.Equal(t, 201, resp.StatusCode)
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, binary(70_000), string(got))

	_, err = client.Connection("c", "c").HTTPClient(nil).Post(gitHubURL+"/x", "image/png", strings.NewReader(binary(70_000)))
	requireLoosePercent(t, err)
	assert.Equal(t, 1, s.api.requests())
}

// One client serves many goroutines.
func TestManyAtOnce(t *testing.T) {
	each(t, gitHubURL, func(t *testing.T, s *setting) {
		client := s.gitHub(nil)
		var work sync.WaitGroup
		for i := range 100 {
			title := fmt.Sprintf("100%% %d", i)
			s.api.on(exchange{line: fmt.Sprintf("POST /repos/o/%d/issues", i), body: s.arrives(fmt.Sprintf(`{"title":%q}`, title) + "\n"), status: 201,
				response: fmt.Sprintf(`{"number":%d}`, i), header: jsonHeader()})
			work.Go(func() {
				issue, _, err := client.Issues.Create(t.Context(), "o", fmt.Sprint(i), &github.IssueRequest{Title: &title})
				if assert.NoError(t, err) {
					assert.Equal(t, i, issue.GetNumber())
				}
			})
		}
		work.Wait()
		assert.Len(t, s.srv.Requests("getProvider"), 1)
	})
}
