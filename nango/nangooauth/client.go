package nangooauth

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// HTTPClientParams are the options of [HTTPClient].
type HTTPClientParams struct {
	// MaxAge is how old a token may be when a request is sent with it; zero means five minutes.
	MaxAge time.Duration
	// Transport sends the requests to the provider; nil means [http.DefaultTransport].
	Transport http.RoundTripper
}

// HTTPClient returns a client that sends each request with the connection's token as "Authorization: Bearer", in place
// of what the request has there. It goes straight to the provider, not through Nango's proxy. The token is sent to any
// host that you name, but not to another scheme, host or port to which a redirect leads, and not after such a redirect.
//
// If the provider responds with 401, the client discards the token ([nango.ConnectionHandle.InvalidateToken]) and gets
// a fresh one. If that is another token, it sends the request once more. It returns the first response if there is no
// other token, as with providers that give no refresh token, or if the body cannot be sent again because the request
// has no GetBody. With a 401 the provider has carried nothing out, so the method does not matter.
//
// If there is no token, Do returns an error that wraps the one of [nango.ConnectionHandle.Token], so that [errors.Is]
// finds [nango.ErrRefreshFailed]. The request for the token ends with the context of the request. The request that you
// pass to Do does not change, and [http.Response.Request] is a request without the token.
func HTTPClient(connection *nango.ConnectionHandle, params *HTTPClientParams) *http.Client {
	t := &transport{tokens: source{connection: connection, maxAge: defaultMaxAge}, next: http.DefaultTransport}
	if params != nil && params.MaxAge != 0 {
		t.tokens.maxAge = params.MaxAge
	}
	if params != nil && params.Transport != nil {
		t.next = params.Transport
	}
	return &http.Client{Transport: t}
}

// transport adds the token of a connection to requests.
type transport struct {
	tokens source
	next   http.RoundTripper
}

// RoundTrip sends a request with the token, and after a 401 once more.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if leftOrigin(req) {
		return t.next.RoundTrip(req)
	}
	token, err := t.tokens.get(req.Context())
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := t.send(req, req.Body, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	t.tokens.connection.InvalidateToken(token)
	hasBody := req.Body != nil && req.Body != http.NoBody
	if hasBody && req.GetBody == nil {
		return resp, nil
	}
	fresh, err := t.tokens.get(req.Context())
	if err != nil {
		resp.Body.Close()
		return nil, fmt.Errorf("nangooauth: the provider responded with 401, and there is no fresh token: %w", err)
	}
	if fresh.Value.Equal(token.Value) {
		return resp, nil
	}
	resp.Body.Close() // unread, since it can be slow
	body := req.Body
	if hasBody {
		if body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return t.send(req, body, fresh)
}

// send sends a copy of a request with a token. The response shows the request without it.
func (t *transport) send(req *http.Request, body io.ReadCloser, token nango.AccessToken) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Body = body
	if out.Header == nil {
		out.Header = http.Header{}
	}
	out.Header.Set("Authorization", "Bearer "+token.Value.Reveal())
	resp, err := t.next.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls.
func (t *transport) CloseIdleConnections() {
	if next, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// leftOrigin reports whether redirects have led a request to another scheme or host, at some time.
func leftOrigin(req *http.Request) bool {
	for r := req; r.Response != nil && r.Response.Request != nil; r = r.Response.Request {
		before := r.Response.Request.URL
		if r.URL.Scheme != before.Scheme || !strings.EqualFold(r.URL.Host, before.Host) {
			return true
		}
	}
	return false
}
