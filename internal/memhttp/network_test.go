package memhttp

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A dial ends with its context while nobody accepts.
func TestDialEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newNetwork().dial(ctx, "tcp", "a.test:80")
	assert.ErrorIs(t, err, context.Canceled)
}

// A deadline is no reset, also after one.
func TestResetFlag(t *testing.T) {
	n := newNetwork()
	defer n.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := n.Accept()
		accepted <- conn
	}()
	client, err := n.dial(t.Context(), "tcp", "a.test:80")
	require.NoError(t, err)
	server := (<-accepted).(*serverConn)
	require.NoError(t, client.SetReadDeadline(time.Unix(1, 0)))
	server.reset.mark()
	_, err = client.Read(make([]byte, 1))
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, server.Close())
	_, err = client.Write([]byte("a"))
	_, isReset := errors.AsType[*net.OpError](err)
	assert.True(t, isReset)
	assert.Equal(t, "memory nango.test:80", n.Addr().Network()+" "+n.Addr().String())
}
