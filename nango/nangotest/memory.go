package nangotest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
)

// memory is a network of its own: what it dials, it accepts. No socket is opened, so that it works in a bubble of
// testing/synctest.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), closed: make(chan struct{})} }

// dial connects a client. Its result ends in a reset where the server's end says so.
func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	reset := new(resetFlag)
	select {
	case m.conns <- &serverConn{far, reset}:
		return &clientConn{near, reset}, nil
	case <-m.closed:
		return nil, refused()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refused is what a dial to a port without a listener fails with.
func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "nango.test:80" }

// resetFlag says that the server ended a connection with a reset.
type resetFlag struct {
	mu  sync.Mutex
	set bool
}

func (r *resetFlag) mark() { r.mu.Lock(); defer r.mu.Unlock(); r.set = true }

// of turns the error that a closed pipe gives into a reset's.
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

// hangUp ends the connection of an answer with a reset. Where the server is mounted in something that hides the connection,
// the connection is closed instead.
func hangUp(w http.ResponseWriter) {
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
