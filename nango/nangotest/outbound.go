package nangotest

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

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/memhttp"
)

// HandleHost makes a handler answer for a host outside of Nango, in memory: for calls of the proxy with that host as
// Base-Url-Override or as the target of a redirect, and for webhooks that are sent there. The host is a name or an address, with
// a port or without, or a whole base URL such as http://10.0.0.7:4010; a bare host stands for all of its ports.
//
// The handler takes the place of one that there is; the function that HandleHost returns takes it away again. HandleHost panics for
// what is no host, and if the handler is nil.
//
// There is nothing else outside: a name without a handler does not resolve, an address refuses connections, and one that is
// loopback, private or link-local is not allowed, as on the product, unless a handler was given for one of its ports.
func (s *Server) HandleHost(host string, h http.Handler) (remove func()) {
	key, ok := hostKey(host)
	if !ok {
		misuse("HandleHost: %q is no host, such as api.example.com, 10.0.0.7:4010 or https://api.example.com", host)
	}
	mustHandle("HandleHost", h, "the function that HandleHost returned takes a handler away")
	var p *memhttp.Server
	s.locked(func() {
		p = s.newHost(h)
		s.hosts[key] = p
	})
	return func() {
		s.locked(func() {
			if s.hosts[key] == p { // and not of a later call
				delete(s.hosts, key)
			}
		})
	}
}

// hostKey is a host as the way there is looked up: with the port where the host is given as a URL, else as it is.
func hostKey(host string) (key string, ok bool) {
	if strings.Contains(host, "://") {
		u := js.ParseURL(host)
		if u == nil {
			return "", false
		}
		return address(u), true
	}
	if _, err := netip.ParseAddr(host); err == nil { // one of IPv6 without brackets
		return strings.ToLower(host), true
	}
	u := js.ParseURL("http://" + host)
	return strings.ToLower(host), u != nil && u.Host == strings.ToLower(host)
}

// newHost serves a handler as something outside of Nango. Connections are not kept: on one that was, net/http would repeat a
// request by itself that the handler drops. It is called with the state locked.
func (s *Server) newHost(h http.Handler) *memhttp.Server {
	return s.serveInMemory(memhttp.Buffered(h), -1)
}

// serveInMemory serves a handler until the server is closed. It is called with the state locked.
func (s *Server) serveInMemory(h http.Handler, maxIdle int) *memhttp.Server {
	p := memhttp.Serve(s.ctx, h, maxIdle)
	s.peers = append(s.peers, p)
	return p
}

// address is a URL's host and port.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// outgoing is a request to somewhere outside of Nango.
type outgoing struct {
	method  string
	url     *url.URL // its path is raw, in Opaque
	header  http.Header
	body    []byte
	forward bool // all headers go along to other hosts
}

// errNotAllowed says that a URL is not allowed by the server's policy, or that its host does not resolve.
var errNotAllowed = errors.New("this outbound URL is not allowed by server configuration")

// networkError is an answer that did not come, in the words of Node.js.
type networkError struct{ code, message string }

func (e *networkError) Error() string { return e.message }

// wayTo returns what carries a request to a host.
func (s *Server) wayTo(u *url.URL) (http.RoundTripper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range []string{address(u), strings.ToLower(u.Host), strings.ToLower(u.Hostname())} {
		if p := s.hosts[key]; p != nil {
			return p, nil
		}
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil, errNotAllowed // a name that does not resolve
	}
	if inside(ip.Unmap()) && !s.knows(u.Hostname()) {
		return nil, errNotAllowed
	}
	return nil, &networkError{"ECONNREFUSED", "connect ECONNREFUSED " + address(u)}
}

// knows says that a handler was given for some port of a host.
func (s *Server) knows(hostname string) bool {
	for key := range s.hosts {
		if host, _, err := net.SplitHostPort(key); err == nil && host == hostname {
			return true
		}
	}
	return false
}

var (
	sharedRange = netip.MustParsePrefix("100.64.0.0/10")
	noHost      = netip.MustParsePrefix("0.0.0.0/8")
)

// inside says that an address is of the server's own surroundings, where it lets nobody reach.
func inside(ip netip.Addr) bool {
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || sharedRange.Contains(ip) || noHost.Contains(ip)
}

const maxRedirects = 5

// send makes a request and follows redirects, on ways that way finds. Its answer has its body still to be read.
func (o outgoing) send(ctx context.Context, way func(*url.URL) (http.RoundTripper, error)) (*http.Response, error) {
	header := o.header.Clone()
	for hop := 0; ; hop++ {
		transport, err := way(o.url)
		if err != nil {
			return nil, err
		}
		resp, err := transport.RoundTrip(o.request(ctx, header))
		if err != nil {
			return nil, broke(ctx, err, address(o.url))
		}
		location := resp.Header.Get("Location")
		if location == "" || resp.StatusCode/100 != 3 {
			return resp, nil
		}
		resp.Body.Close()
		if hop == maxRedirects {
			return nil, &networkError{"ERR_FR_TOO_MANY_REDIRECTS", "Maximum number of redirects exceeded"}
		}
		if header, err = o.redirect(resp.StatusCode, location, header); err != nil {
			return nil, err
		}
	}
}

func (o outgoing) request(ctx context.Context, header http.Header) *http.Request {
	req := (&http.Request{Method: o.method, URL: o.url, Header: header, Host: o.url.Host}).WithContext(ctx)
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	if o.body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(o.body)), int64(len(o.body))
	}
	return req
}

// redirect turns the request to where it was sent. A POST becomes a GET but for 307 and 308, and what proves who is calling
// stays on its host.
func (o *outgoing) redirect(status int, location string, header http.Header) (http.Header, error) {
	base := *o.url
	base.Path, base.Opaque = base.Opaque, ""
	next, err := base.Parse(location)
	if err != nil || next.Host == "" {
		return nil, &networkError{"ERR_INVALID_URL", "Invalid URL"}
	}
	next.Opaque, next.Fragment = next.EscapedPath(), ""
	if next.Opaque == "" {
		next.Opaque = "/"
	}
	header = header.Clone()
	if status == http.StatusSeeOther && o.method != http.MethodHead || o.method == http.MethodPost && (status == 301 || status == 302) {
		o.method, o.body = http.MethodGet, nil
		header.Del("Content-Type")
	}
	header.Del("Host")
	if o.forward {
		for name, values := range o.header {
			header[name] = values
		}
	} else if host := strings.ToLower(next.Host); host != strings.ToLower(o.url.Host) && !strings.HasSuffix(host, "."+strings.ToLower(o.url.Host)) {
		for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
			header.Del(name)
		}
	}
	o.url = next
	return header, nil
}

// broke says in the words of Node.js why no answer came.
func broke(ctx context.Context, err error, address string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return &networkError{"ECONNREFUSED", "connect ECONNREFUSED " + address}
	}
	return &networkError{"ECONNRESET", "socket hang up"}
}
