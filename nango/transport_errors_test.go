package nango_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A failure of Nango itself is an error through any http.Client, and nothing is repeated.
func TestTransportFailuresOfNangoAreErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		set    func(*providerAPI)
		is     error
		status int
	}{
		"a refresh": {func(a *providerAPI) {
			a.srv.Inject(nangotest.Rule{Operation: "proxyPost"}, nangotest.RefreshFails(400, ""))
		}, nango.ErrRefreshFailed, 400},
		"its rate limit": {func(a *providerAPI) {
			a.srv.Inject(nangotest.Rule{Operation: "proxyPost"}, nangotest.RateLimited("60"))
		}, nango.ErrRateLimited, 429},
		"no connection": {func(a *providerAPI) {
			require.NoError(a.t, a.srv.Client().Connection("c", "c").Delete(a.t.Context()))
		}, nango.ErrNotFound, 400},
		"a host that does not exist": {func(a *providerAPI) { a.srv.HandleProxy("c", a)() }, nango.ErrInvalid, 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := provide(t, nangotest.Provider{Name: "plain", AuthMode: "OAUTH2", BaseURL: "https://api.test/v1"})
			client := a.client(nil)
			_, _ = ok(t, client, request(t, "GET", "https://api.test/v1/warm", ""))
			a.last()
			tt.set(a)
			body := &tracked{Reader: strings.NewReader("body")}
			req := request(t, "POST", "https://api.test/v1/x", "")
			req.Body = body
			resp, err := client.Do(req)
			assert.Nil(t, resp)
			require.ErrorIs(t, err, tt.is)
			failure, ok := errors.AsType[*nango.Error](err)
			require.True(t, ok)
			assert.Equal(t, tt.status, failure.StatusCode)
			assert.Equal(t, 1, body.closes())
			assert.Len(t, a.srv.Requests("proxyPost"), 1)
			a.nothing()
		})
	}
}

// The transport repeats nothing, also where a method of the client would.
func TestTransportRepeatsNothing(t *testing.T) {
	a := provide(t, plainProvider)
	client := a.client(nil)
	ok(t, client, request(t, "GET", "https://api.test/v1/warm", ""))
	a.srv.Inject(nangotest.Rule{Operation: "proxyGet", Nth: 1}, nangotest.RateLimited("0"))
	a.srv.Inject(nangotest.Rule{Operation: "proxyGet", Nth: 2}, nangotest.Refused())
	for range 2 {
		_, err := client.Do(request(t, "GET", "https://api.test/v1/x", ""))
		assert.Error(t, err)
	}
}

// The provider's own failures are responses, even where Nango has the same status.
func TestTransportFailuresOfTheProviderAreResponses(t *testing.T) {
	a := provide(t, plainProvider)
	for _, status := range []int{400, 401, 404, 429, 500, 503} {
		a.respond = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":"no"}`)
		}
		resp, body := ok(t, a.client(nil), request(t, "GET", "https://api.test/v1/x", ""))
		assert.Equal(t, status, resp.StatusCode)
		assert.Equal(t, "7", resp.Header.Get("Retry-After"))
		assert.Equal(t, `{"error":"no"}`, body)
		a.last()
	}
}

// A gateway in front of Nango is not the provider: neither its redirects nor Nango's dashboard behind a wrong base URL.
func TestTransportBehindAWrongBaseURL(t *testing.T) {
	for name, s := range map[string]*nangoServer{
		"a redirect":  {status: 302, header: http.Header{"Location": {"https://login.test/?secret=1"}}},
		"a dashboard": {status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<html><title>Nango</title><body>"},
	} {
		_, err := s.handle(t).HTTPClient(nil).Do(request(t, "GET", "https://api.test/x", ""))
		failure, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, name)
		assert.Contains(t, failure.Error(), "is the base URL right?")
		assert.NotContains(t, err.Error(), "secret")
		assert.Equal(t, 1, s.requests)
	}
}

func TestTransportRefusesRequests(t *testing.T) {
	a := provide(t, plainProvider)
	client := a.client(nil)
	long := strings.Repeat("x", 15<<10)
	for _, method := range []string{"OPTIONS", "CONNECT", "TRACE", "MKCOL", "get", "FOO"} {
		a.refusedRequest(client, request(t, method, "https://api.test/v1/x", ""), "Method", "")
	}
	a.refusedRequest(client, request(t, "GET", "https://api.test/v1/x", "", "Connection", "Upgrade", "Upgrade", "websocket"), "Upgrade", "protocols")
	lower := request(t, "GET", "https://api.test/v1/x", "")
	lower.Header["upgrade"] = []string{"websocket"}
	a.refusedRequest(client, lower, "Upgrade", "protocols")
	trailing := request(t, "POST", "https://api.test/v1/x", "body")
	trailing.Trailer = http.Header{"X-Sum": {"1"}}
	a.refusedRequest(client, trailing, "Trailer", "trailers")
	a.refusedRequest(client, request(t, "GET", "https://api.test/v1/x", "", "X-Long", long), "Header", "15 KiB")
	a.refusedRequest(client, request(t, "GET", "https://api.test/v1/x?"+long, ""), "URL", "15 KiB")
	opaque := request(t, "GET", "https://api.test/v1/x", "")
	opaque.URL.Opaque = "//api.test/v1/x"
	a.refusedRequest(client, opaque, "request URL", "opaque")
}

// Every way of not sending a request closes its body, once.
func TestTransportClosesBodies(t *testing.T) {
	a := provide(t, plainProvider)
	for name, change := range map[string]func(*http.Request){
		"another host": func(r *http.Request) { r.URL.Host = "evil.test" },
		"a method":     func(r *http.Request) { r.Method = "OPTIONS" },
		"a body":       func(r *http.Request) { r.Method = "GET" },
		"a length":     func(r *http.Request) { r.ContentLength = 1 << 40 },
		"a header":     func(r *http.Request) { r.Header.Set("X-A", "\n") },
		"no URL":       func(r *http.Request) { r.URL = nil },
	} {
		for _, rewrite := range []func(_, _ *http.Request) error{nil, func(_, _ *http.Request) error { return nil }} {
			body := &tracked{Reader: strings.NewReader("body")}
			req := request(t, "POST", "https://api.test/v1/x", "")
			req.Body = body
			change(req)
			_, err := a.srv.Client().Connection("c", "c").Transport(&nango.TransportParams{Rewrite: rewrite}).RoundTrip(req)
			requireArgument(t, err, err.(*nango.ArgumentError).Name, "")
			assert.Equal(t, 1, body.closes(), name)
		}
	}
}

// The time limit of an http.Client, and its caller's context, end a call at once.
func TestTransportEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := provide(t, plainProvider)
		a.respond = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		client := a.client(nil)
		client.Timeout = time.Second
		_, err := client.Do(request(t, "GET", "https://api.test/v1/x", ""))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		failure, ok := errors.AsType[*url.Error](err)
		require.True(t, ok)
		assert.True(t, failure.Timeout())

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = a.client(nil).Do(request(t, "GET", "https://api.test/v1/x", "").WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
	})
}

// A response that streams arrives as it comes, and cancelling reaches the provider.
func TestTransportStreams(t *testing.T) {
	a := provide(t, plainProvider)
	gone := make(chan struct{})
	next := make(chan struct{})
	a.respond = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, event := range []string{"one", "two"} {
			_, _ = io.WriteString(w, event)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
			}
		}
		<-r.Context().Done()
		close(gone)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp, err := a.client(nil).Do(request(t, "GET", "https://api.test/v1/x", "").WithContext(ctx))
	require.NoError(t, err)
	defer resp.Body.Close()
	event := make([]byte, 3)
	for _, want := range []string{"one", "two"} {
		_, err = io.ReadFull(resp.Body, event)
		require.NoError(t, err)
		assert.Equal(t, want, string(event))
		if want == "one" {
			next <- struct{}{}
		}
	}
	cancel()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, context.Canceled)
	<-gone
}
