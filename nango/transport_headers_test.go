package nango_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// What belongs to one connection between two hosts, or says who calls, does not reach the provider.
func TestTransportKeepsHeadersOff(t *testing.T) {
	a := provide(t, plainProvider)
	off := strings.Fields(`Connection Keep-Alive Proxy-Connection Te Trailer Transfer-Encoding Expect Host Cookie Origin Referer Via Forwarded
		X-Forwarded-For X-Forwarded-Host X-Forwarded-Anything Proxy-Authorization Proxy-Authenticate Nango-Proxy-X Nango-Is-Sync
		Authorization X-Named Content-Length Accept-Encoding`)
	req := request(t, "POST", "https://api.test/v1/x", "body", "X-Kept", "1", "X-Forward", "1", "Content-Type", "text/plain", "If-Match", "m")
	for _, name := range off {
		req.Header[name] = []string{"off"}
	}
	req.Header["Connection"] = []string{"close, x-named"}
	req.Header["x-lower"] = []string{"a"}
	delete(req.Header, "Content-Type")
	req.Header["content-type"] = []string{"text/plain"}
	req.Header["X-Lower"] = []string{"a"}
	req.Header["X-Twice"] = []string{"a", "b, c"}
	req.Header["User-Agent"] = []string{""} // for net/http that is none
	req.Host = "other.test"
	resp, err := a.srv.Client().Connection("c", "c").Transport(nil).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	got := a.last()
	for _, name := range off {
		for _, value := range got.Header[name] {
			assert.NotContains(t, value, "off", name)
		}
	}
	assert.Empty(t, got.Header["X-Named"])
	assert.NotEmpty(t, got.Header.Get("User-Agent"), "that of Nango's HTTP library")
	assert.Equal(t, "api.test", got.Host)
	for name, want := range map[string]string{"X-Kept": "1", "X-Forward": "1", "If-Match": "m", "Content-Type": "text/plain", "X-Lower": "a, a", "X-Twice": "a, b, c"} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	assert.Equal(t, "Bearer real-token", got.Header.Get("Authorization"))
}

// The definition says which headers have the credential. A version that the caller may choose is the caller's.
func TestTransportKeepsPlaceholdersOff(t *testing.T) {
	headers := map[string]any{
		"x-key": "${apiKey}", "X-Sum": "${base64(${credentials.a}:${credentials.b})}", "x-tenant": "${connectionConfig.tenant}",
		"anthropic-version": "${connectionConfig.version}", "accept": "application/${connectionConfig.kind}", "x-static": "literal",
		"token-version": "${accessToken}", "user-agent": "${connectionConfig.agent}",
	}
	a := provide(t, nangotest.Provider{Name: "p", AuthMode: "API_KEY", BaseURL: "https://api.test", Definition: map[string]any{"proxy": map[string]any{"headers": headers}}})
	req := request(t, "GET", "https://api.test/x", "")
	kept := []string{"Anthropic-Version", "Accept", "User-Agent", "X-Static", "X-Api-Key", "X-Any-Token"}
	off := []string{"X-Key", "X-Sum", "X-Tenant", "Token-Version", "Authorization"}
	for _, name := range append(kept, off...) {
		req.Header.Set(name, "mine")
	}
	ok(t, a.client(nil), req)
	got := a.last()
	for _, name := range kept {
		assert.Equal(t, "mine", got.Header.Get(name), name)
	}
	for _, name := range off {
		assert.NotEqual(t, "mine", got.Header.Get(name), name)
	}
}

// Rewrite puts back what is wanted, and changes what it likes.
func TestTransportRewrite(t *testing.T) {
	a := provide(t, plainProvider)
	rewrite := func(change func(in, out *http.Request) error) *http.Client {
		return a.client(&nango.TransportParams{Rewrite: change})
	}
	dropped := &tracked{Reader: strings.NewReader("gone")}
	posted := request(t, "POST", "https://api.test/v1/x", "", "Cookie", "a=1")
	posted.Body = dropped
	ok(t, rewrite(func(in, out *http.Request) error {
		out.Header.Set("Cookie", in.Header.Get("Cookie"))
		out.Header.Set("X-Forwarded-For", "1.2.3.4")
		out.Method = "PUT"
		out.Body = http.NoBody
		return nil
	}), posted)
	assert.Equal(t, 1, dropped.closes())
	got := a.last()
	assert.Equal(t, arrival{Method: "PUT", Host: "api.test", URI: "/v1/x", Header: got.Header}, got)
	assert.Equal(t, "a=1", got.Header.Get("Cookie"))
	assert.Equal(t, "1.2.3.4", got.Header.Get("X-Forwarded-For"))

	cause := errors.New("no")
	body := &tracked{Reader: strings.NewReader("x")}
	req := request(t, "POST", "https://api.test/v1/x", "")
	req.Body = body
	_, err := rewrite(func(_, _ *http.Request) error { return cause }).Do(req)
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, 1, body.closes())
	a.nothing()
	a.refusedRequest(rewrite(func(_, out *http.Request) error { out.Header.Set("Connection", "close"); return nil }),
		request(t, "GET", "https://api.test/v1/x", ""), "Header", "Connection")
}

// A request without a body stays one, and can get one.
// A Rewrite that goes wrong leaves no body open.
func TestTransportRewriteGoesWrong(t *testing.T) {
	a := provide(t, plainProvider)
	send := func(rewrite func(_, out *http.Request) error) (closed int, err error) {
		body := &tracked{Reader: strings.NewReader("body")}
		req := request(t, "POST", "https://api.test/v1/x", "")
		req.Body = body
		defer func() { _, closed = recover(), body.closes() }()
		_, err = a.client(&nango.TransportParams{Rewrite: rewrite}).Transport.RoundTrip(req)
		return 0, err
	}
	closed, err := send(func(_, out *http.Request) error { out.URL = nil; return nil })
	requireArgument(t, err, "Rewrite", "URL")
	assert.Equal(t, 1, closed)
	closed, _ = send(func(_, _ *http.Request) error { panic("of the caller's") })
	assert.Equal(t, 1, closed)
	closed, _ = send(func(_, out *http.Request) error { out.Body.Close(); out.Body.Close(); return nil })
	assert.Equal(t, 1, closed, "also if Rewrite closes it")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = nil
}

func TestTransportRewriteAddsABody(t *testing.T) {
	a := provide(t, plainProvider)
	added := &tracked{Reader: strings.NewReader("added")}
	for _, body := range []io.ReadCloser{nil, http.NoBody, added} {
		client := a.client(&nango.TransportParams{Rewrite: func(_, out *http.Request) error { out.Body = body; return nil }})
		if body != added {
			ok(t, client, request(t, "GET", "https://api.test/v1/x", ""))
			a.last()
			continue
		}
		ok(t, client, request(t, "POST", "https://api.test/v1/x", ""))
		assert.Equal(t, "added", a.last().Body)
		assert.Equal(t, 1, added.closes())
	}
}

// A token in a body or a query is taken out by Rewrite, whatever the body was.
func TestTransportRewriteOfBodies(t *testing.T) {
	a := provide(t, plainProvider)
	replaced := &tracked{Reader: strings.NewReader("a=1")}
	client := a.client(&nango.TransportParams{Rewrite: func(_, out *http.Request) error {
		query := out.URL.Query()
		query.Del("token")
		out.URL.RawQuery = query.Encode()
		out.Body = replaced // shorter than before, with the ContentLength and the GetBody of before
		return nil
	}})
	original := &tracked{Reader: strings.NewReader("a=1&token=placeholder")}
	req := request(t, "POST", "https://api.test/v1/x?token=placeholder&b=2", "", "Content-Type", "application/x-www-form-urlencoded")
	req.Body, req.ContentLength = original, 21
	ok(t, client, req)
	got := a.last()
	assert.Equal(t, "/v1/x?b=2", got.URI)
	assert.Equal(t, "a=1", got.Body)
	assert.Equal(t, 1, replaced.closes())
	assert.Equal(t, 1, original.closes())
}

// A body that Rewrite has replaced is never sent again as it was before.
func TestTransportForgetsTheReplacedBody(t *testing.T) {
	a := provide(t, plainProvider)
	repeatable := map[string]bool{}
	watch := roundTrip(func(r *http.Request) (*http.Response, error) {
		repeatable[r.Method] = r.GetBody != nil
		return a.srv.HTTPClient().Transport.RoundTrip(r)
	})
	client := a.client(&nango.TransportParams{Rewrite: func(_, out *http.Request) error {
		if out.Method == http.MethodPost {
			out.Body = io.NopCloser(strings.NewReader("a=1"))
		}
		return nil
	}}, nango.WithHTTPClient(&http.Client{Transport: watch}))
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		ok(t, client, request(t, method, "https://api.test/v1/x", "a=1&token=placeholder", "Content-Type", "application/x-www-form-urlencoded"))
		a.last()
	}
	assert.False(t, repeatable[http.MethodPost])
	assert.True(t, repeatable[http.MethodPut])
}
