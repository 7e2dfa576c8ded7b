package memhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
)

// network is a listener, and the dialer that reaches it.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network { return &network{conns: make(chan net.Conn), closed: make(chan struct{})} }

// dial connects a client. Its connection fails with a reset after the server's end called Reset.
func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	reset := new(resetFlag)
	select {
	case n.conns <- &serverConn{far, reset}:
		return &clientConn{near, reset}, nil
	case <-n.closed:
		return nil, Refused()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Refused returns the error of a dial to a port without a listener.
func Refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.conns:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "nango.test:80" }

// resetFlag says that the server ended a connection with a reset.
type resetFlag struct {
	mu  sync.Mutex
	set bool
}

func (r *resetFlag) mark() { r.mu.Lock(); defer r.mu.Unlock(); r.set = true }

// of returns a reset's error in place of the error of a closed pipe.
func (r *resetFlag) of(op string, err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set {
		return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, syscall.ECONNRESET)}
	}
	return err
}

type serverConn struct {
	net.Conn
	reset *resetFlag
}

type clientConn struct {
	net.Conn
	reset *resetFlag
}

func (c *clientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.reset.of("read", err)
}

func (c *clientConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.reset.of("write", err)
}

// Reset ends the connection of a response with a reset. It closes the connection instead where a middleware hides it.
func Reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // how net/http is told to close the connection
	}
	switch conn := conn.(type) {
	case *serverConn:
		conn.reset.mark()
	case *net.TCPConn:
		_ = conn.SetLinger(0) // a close becomes a reset
	}
	conn.Close()
}
