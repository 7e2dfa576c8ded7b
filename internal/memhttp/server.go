// Package memhttp serves HTTP/1.1 in memory: requests and responses are as they are on the wire, and no socket is opened, so
// that servers and clients work in a bubble of testing/synctest.
package memhttp

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Server serves a handler. It is also the transport that reaches the handler.
type Server struct {
	network   *network
	server    *http.Server
	transport *http.Transport
	open      atomic.Int64
	work      sync.WaitGroup // connections, and the loops that accept them
}

// Serve serves a handler until [Server.Close]. The contexts of its requests derive from ctx. The transport keeps up to maxIdle
// connections for later requests; with -1 it keeps none.
func Serve(ctx context.Context, h http.Handler, maxIdle int) *Server {
	s := &Server{network: newNetwork()}
	s.server = &http.Server{Handler: h, BaseContext: func(net.Listener) context.Context { return ctx }}
	s.server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state { // the last request of a connection has its response before the connection counts as closed
		case http.StateNew:
			s.work.Add(1)
			s.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			s.open.Add(-1)
			s.work.Done()
		}
	}
	// Without compression of its own the transport leaves bodies as they come.
	s.transport = &http.Transport{DialContext: s.network.dial, MaxIdleConnsPerHost: maxIdle, DisableCompression: true}
	s.Listen(s.network)
	return s
}

// Listen serves the handler on one more listener.
func (s *Server) Listen(l net.Listener) {
	s.work.Go(func() { _ = s.server.Serve(l) }) // returns ErrServerClosed
}

// Transport returns the transport that reaches the handler over http, whatever the host.
func (s *Server) Transport() *http.Transport { return s.transport }

// RoundTrip reaches the handler, whatever the host, and without the encryption that the URL may ask for.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	plain, target := *r, *r.URL
	target.Scheme = "http"
	plain.URL = &target
	return s.transport.RoundTrip(&plain)
}

// OpenConnections returns how many connections are open, idle ones as well.
func (s *Server) OpenConnections() int { return int(s.open.Load()) }

// Close closes all listeners and connections. It does not wait for handlers, see [Server.Wait].
func (s *Server) Close() {
	s.transport.CloseIdleConnections()
	s.server.Close()
}

// Wait waits until all handlers have returned. It is for after Close.
func (s *Server) Wait() { s.work.Wait() }
