package proxying

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Address is a URL's host and port.
func Address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// Request is a request to somewhere outside of Nango.
type Request struct {
	Method  string
	URL     *url.URL // its path is raw, in Opaque
	Header  http.Header
	Body    []byte
	Forward bool // all headers go along to other hosts
}

// ErrNotAllowed says that a URL is not allowed by the server's policy, or that its host does not resolve.
var ErrNotAllowed = errors.New("this outbound URL is not allowed by server configuration")

// NetworkError is a response that did not come, in the words of Node.js.
type NetworkError struct{ Code, Message string }

func (e *NetworkError) Error() string { return e.Message }

var (
	sharedRange = netip.MustParsePrefix("100.64.0.0/10")
	noHost      = netip.MustParsePrefix("0.0.0.0/8")
)

// Inside says that an address is of the server's own surroundings, where it lets nobody reach.
func Inside(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || sharedRange.Contains(ip) || noHost.Contains(ip)
}

const maxRedirects = 5

// Send makes a request and follows redirects, on ways that way finds. The body of its response is still to be read.
func (o Request) Send(ctx context.Context, way func(*url.URL) (http.RoundTripper, error)) (*http.Response, error) {
	header := o.Header.Clone()
	for hop := 0; ; hop++ {
		transport, err := way(o.URL)
		if err != nil {
			return nil, err
		}
		resp, err := transport.RoundTrip(o.http(ctx, header))
		if err != nil {
			return nil, noResponse(ctx, err, Address(o.URL))
		}
		location := resp.Header.Get("Location")
		if location == "" || resp.StatusCode/100 != 3 {
			return resp, nil
		}
		resp.Body.Close()
		if hop == maxRedirects {
			return nil, &NetworkError{"ERR_FR_TOO_MANY_REDIRECTS", "Maximum number of redirects exceeded"}
		}
		if header, err = o.redirect(resp.StatusCode, location, header); err != nil {
			return nil, err
		}
	}
}

func (o Request) http(ctx context.Context, header http.Header) *http.Request {
	req := (&http.Request{Method: o.Method, URL: o.URL, Header: header, Host: o.URL.Host}).WithContext(ctx)
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	if o.Body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(o.Body)), int64(len(o.Body))
	}
	return req
}

// redirect turns the request to where it was sent. A POST becomes a GET but for 307 and 308, and what proves who is calling
// stays on its host.
func (o *Request) redirect(status int, location string, header http.Header) (http.Header, error) {
	base := *o.URL
	base.Path, base.Opaque = base.Opaque, ""
	next, err := base.Parse(location)
	if err != nil || next.Host == "" {
		return nil, &NetworkError{"ERR_INVALID_URL", "Invalid URL"}
	}
	next.Opaque, next.Fragment = next.EscapedPath(), ""
	if next.Opaque == "" {
		next.Opaque = "/"
	}
	header = header.Clone()
	if status == http.StatusSeeOther && o.Method != http.MethodHead || o.Method == http.MethodPost && (status == 301 || status == 302) {
		o.Method, o.Body = http.MethodGet, nil
		header.Del("Content-Type")
	}
	header.Del("Host")
	if o.Forward {
		for name, values := range o.Header {
			header[name] = values
		}
	} else if host := strings.ToLower(next.Host); host != strings.ToLower(o.URL.Host) && !strings.HasSuffix(host, "."+strings.ToLower(o.URL.Host)) {
		for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
			header.Del(name)
		}
	}
	o.URL = next
	return header, nil
}

// noResponse says in the words of Node.js why no response came.
func noResponse(ctx context.Context, err error, address string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return &NetworkError{"ECONNREFUSED", "connect ECONNREFUSED " + address}
	}
	return &NetworkError{"ECONNRESET", "socket hang up"}
}
