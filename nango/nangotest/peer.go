package nangotest

import (
	"context"
	"net"
	"net/http"
)

// peer is a handler with a network of its own in memory, and the way there. The server itself is one, and so is each handler
// that a test gives for a host outside of Nango: they are reached by HTTP as it is on the wire.
type peer struct {
	network   *memory
	server    *http.Server
	transport *http.Transport
}

// newPeer starts to serve a handler. Of its connections as many are kept idle as idle says. It is called with the state locked.
func (s *Server) newPeer(h http.Handler, idle int) *peer {
	p := &peer{network: newMemory()}
	p.server = &http.Server{Handler: h, ConnState: s.track, BaseContext: func(net.Listener) context.Context { return s.ctx }}
	// Without Accept-Encoding of its own the transport leaves bodies as they come.
	p.transport = &http.Transport{DialContext: p.network.dial, MaxIdleConnsPerHost: idle, DisableCompression: true}
	s.peers = append(s.peers, p)
	s.work.Go(func() { _ = p.server.Serve(p.network) }) // returns ErrServerClosed
	return p
}

// track counts a connection as work until its last request has been answered.
func (s *Server) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.work.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.work.Done()
	}
}

// RoundTrip reaches the handler, whatever the URL's host is and without the encryption that it may ask for.
func (p *peer) RoundTrip(r *http.Request) (*http.Response, error) {
	plain, target := *r, *r.URL
	target.Scheme = "http"
	plain.URL = &target
	return p.transport.RoundTrip(&plain)
}

func (p *peer) close() {
	p.transport.CloseIdleConnections()
	p.server.Close()
}
