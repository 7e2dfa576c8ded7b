package outbound_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/outbound"
)

func TestForbidden(t *testing.T) {
	for _, host := range []string{
		"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1",
		"fd00::1", "169.254.169.254", "fe80::1", "0.0.0.0", "0.1.2.3", "::", "100.64.0.1",
	} {
		assert.True(t, outbound.Forbidden(host), host)
	}
	for _, host := range []string{"", "a.test", "localhost.test", "alocalhost", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"} {
		assert.False(t, outbound.Forbidden(host), host)
	}
}

func TestLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "a.LOCALHOST": true, "127.0.0.1": true, "::1": true, "0.0.0.0": true, "169.254.169.254": true, "10.0.0.1": false, "a.test": false, "8.8.8.8": false,
	} {
		assert.Equal(t, want, outbound.Local(host), host)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://A.test/": "a.test:80", "https://a.test": "a.test:443", "https://a.test:8443/": "a.test:8443", "http://[::1]/": "[::1]:80",
	} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, want, outbound.Address(u))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// redirecting is a transport that notes the requests and redirects the first of them to a location.
func redirecting(seen *[]*http.Request, status int, location string) func(*url.URL) (http.RoundTripper, error) {
	return func(*url.URL) (http.RoundTripper, error) {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			*seen = append(*seen, r)
			w := httptest.NewRecorder()
			if len(*seen) == 1 {
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			}
			return w.Result(), nil
		}), nil
	}
}

func post(forward bool) outbound.Request {
	return outbound.Request{
		Method: "POST", URL: js.ParseURL("https://a.test/b%2Fc/d?e=f"), Body: []byte("body"), ForwardHeaders: forward,
		Header: http.Header{"Authorization": {"secret"}, "Content-Type": {"text/plain"}, "Host": {"virtual.test"}, "X-Own": {"1"}},
	}
}

func TestSend(t *testing.T) {
	for name, tt := range map[string]struct {
		status        int
		location      string
		forward       bool
		method, to    string
		body, secret  string
		contentType   string
		lastHost      string
		notRedirected bool
	}{
		"no redirect":            {status: 200, location: "/x", notRedirected: true},
		"no location":            {status: 302, notRedirected: true},
		"302":                    {status: 302, location: "/x?y#z", method: "GET", to: "//a.test/x?y", secret: "secret", lastHost: "a.test"},
		"303":                    {status: 303, location: "x", method: "GET", to: "//a.test/b%2Fc/x", secret: "secret", lastHost: "a.test"},
		"307":                    {status: 307, location: "/x", method: "POST", to: "//a.test/x", body: "body", secret: "secret", contentType: "text/plain", lastHost: "a.test"},
		"308 to another host":    {status: 308, location: "http://b.test", method: "POST", to: "//b.test/", body: "body", contentType: "text/plain", lastHost: "b.test"},
		"308 to a host below":    {status: 308, location: "https://x.A.test/y", method: "POST", to: "//x.A.test/y", body: "body", secret: "secret", contentType: "text/plain", lastHost: "x.A.test"},
		"forwarded to elsewhere": {status: 307, location: "https://b.test/y", forward: true, method: "POST", to: "//b.test/y", body: "body", secret: "secret", contentType: "text/plain", lastHost: "virtual.test"},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []*http.Request
			resp, err := post(tt.forward).Send(t.Context(), redirecting(&seen, tt.status, tt.location))
			require.NoError(t, err)
			resp.Body.Close()
			first := seen[0]
			assert.Equal(t, []string{"POST", "virtual.test", "secret"}, []string{first.Method, first.Host, first.Header.Get("Authorization")})
			if tt.notRedirected {
				assert.Len(t, seen, 1)
				return
			}
			require.Len(t, seen, 2)
			last := seen[1]
			var body []byte
			if last.Body != nil {
				body, err = io.ReadAll(last.Body)
				require.NoError(t, err)
			}
			at := "//" + last.URL.Host + strings.TrimSuffix(last.URL.Opaque+"?"+last.URL.RawQuery, "?")
			assert.Equal(t, []string{tt.method, tt.to, tt.body, tt.secret, tt.contentType, tt.lastHost, "1"}, []string{
				last.Method, at, string(body), last.Header.Get("Authorization"), last.Header.Get("Content-Type"), last.Host, last.Header.Get("X-Own"),
			})
		})
	}
}

func TestSendFails(t *testing.T) {
	via := func(err error) func(*url.URL) (http.RoundTripper, error) {
		return func(*url.URL) (http.RoundTripper, error) {
			return roundTrip(func(*http.Request) (*http.Response, error) { return nil, err }), nil
		}
	}
	always := func(location string) func(*url.URL) (http.RoundTripper, error) {
		return func(*url.URL) (http.RoundTripper, error) {
			return roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 302, Header: http.Header{"Location": {location}}, Body: http.NoBody}, nil
			}), nil
		}
	}
	for name, tt := range map[string]struct {
		transport     func(*url.URL) (http.RoundTripper, error)
		code, message string
		temporary     bool
	}{
		"refused":            {via(syscall.ECONNREFUSED), "ECONNREFUSED", "connect ECONNREFUSED a.test:443", true},
		"reset":              {via(io.EOF), "ECONNRESET", "socket hang up", true},
		"too many redirects": {always("/x"), "ERR_FR_TOO_MANY_REDIRECTS", "Maximum number of redirects exceeded", false},
		"no location":        {always("http://a b"), "ERR_INVALID_URL", "Invalid URL", false},
	} {
		_, err := post(false).Send(t.Context(), tt.transport)
		network, ok := errors.AsType[*outbound.NetworkError](err)
		require.True(t, ok, name)
		assert.Equal(t, outbound.NetworkError{Code: tt.code, Message: tt.message}, *network, name)
		assert.Equal(t, tt.message, network.Error())
		assert.Equal(t, tt.temporary, network.Temporary(), name)
	}
	_, err := post(false).Send(t.Context(), func(*url.URL) (http.RoundTripper, error) { return nil, outbound.ErrNotAllowed })
	assert.ErrorIs(t, err, outbound.ErrNotAllowed)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = post(false).Send(ctx, via(io.EOF))
	assert.ErrorIs(t, err, context.Canceled)
}
