package nangotest

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/internal/outbound"
)

// HandleHost makes a handler serve a host outside of Nango, in memory: for calls of the proxy with that host as
// Base-Url-Override or as the target of a redirect, for webhooks that are sent there, and for requests of the server's HTTP client
// that go there directly (see [nango.TransportParams]). The host is a name or an address, with
// a port or without, or a whole base URL such as http://10.0.0.7:4010; a bare host stands for all of its ports.
//
// The handler replaces the one before; the function that HandleHost returns removes it. HandleHost panics for an invalid host and
// for a nil handler.
//
// No other host exists: a name without a handler does not resolve, which the error says, and an address refuses connections. As on the real server,
// loopback, private and link-local addresses are not allowed, unless one of their ports has a handler.
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
		return outbound.Address(u), true
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

// wayTo returns what carries a request to a host.
func (s *Server) wayTo(u *url.URL) (http.RoundTripper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.handled(u); p != nil {
		return p, nil
	}
	switch _, err := netip.ParseAddr(u.Hostname()); {
	case outbound.Forbidden(u.Hostname()) && !s.knows(u.Hostname()):
		return nil, outbound.ErrNotAllowed
	case err != nil:
		return nil, unknownHost(u.Host)
	}
	return nil, outbound.Refused(u)
}

// unknownHost is a name without a handler, which to the server does not resolve.
type unknownHost string

func (h unknownHost) Error() string {
	return fmt.Sprintf("nangotest: the test has no handler for the host %q: HandleHost takes one", string(h))
}

func (unknownHost) Unwrap() error { return outbound.ErrNotAllowed }

// handled returns what serves a host, nil for a host without a handler. It is called with the state locked.
func (s *Server) handled(u *url.URL) *memhttp.Server {
	for _, key := range []string{outbound.Address(u), strings.ToLower(u.Host), strings.ToLower(u.Hostname())} {
		if p := s.hosts[key]; p != nil {
			return p
		}
	}
	return nil
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
