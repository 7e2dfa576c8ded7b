package nango

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// endWithContext makes every read of a body end with the context, whatever the transport is. The bodies of net/http's
// own transport end with the context already, except the stream after a 101, which is not a body.
func endWithContext(ctx context.Context, resp *http.Response, transport http.RoundTripper) {
	if resp.Body == nil {
		return
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body.Close()
		resp.Body = http.NoBody
		return
	}
	body := &contextBody{ReadCloser: resp.Body, ctx: ctx, whole: !callOf(ctx).op.Proxied && ctx.Value(beginningKey{}) == nil}
	if _, standard := transport.(*http.Transport); !standard {
		body.buffer = make([]byte, 0, 512)
	}
	resp.Body = body
}

// contextBody is a body that ends with the context's error.
type contextBody struct {
	io.ReadCloser
	ctx    context.Context
	buffer []byte // its own buffer if a read of the body can outlive the context; nil if reads end with the context
	whole  bool   // whether a read may wait until p is full, because no caller needs the beginning early
	end    error
	once   sync.Once
}

func (b *contextBody) Read(p []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	if b.ctx.Err() != nil {
		return 0, b.ended()
	}
	if b.buffer == nil {
		n, err := b.ReadCloser.Read(p)
		if err != nil && err != io.EOF && b.ctx.Err() != nil && !errors.Is(err, b.ctx.Err()) {
			err = b.ended() // net/http returns only the cause
		}
		return n, err
	}
	return b.readAside(p)
}

// readAside reads in a goroutine. If the context ends first, it leaves the goroutine behind, because the body may
// ignore the context and may never end. It returns the bytes that the goroutine has read until then.
func (b *contextBody) readAside(p []byte) (int, error) {
	if cap(b.buffer) < len(p) {
		b.buffer = make([]byte, len(p))
	}
	buffer, end := b.buffer[:len(p)], make(chan error, 1)
	read := new(atomic.Int64)
	go func() {
		n, err := b.ReadCloser.Read(buffer)
		read.Store(int64(n))
		for b.whole && err == nil && n > 0 && n < len(buffer) {
			var more int
			more, err = b.ReadCloser.Read(buffer[n:])
			n += more
			read.Store(int64(n))
		}
		end <- err
	}()
	select {
	case err := <-end:
		return copy(p, buffer[:read.Load()]), err
	case <-b.ctx.Done():
		go b.Close()
		return copy(p, buffer[:read.Load()]), b.ended()
	}
}

func (b *contextBody) ended() error {
	b.end = contextEnd(b.ctx)
	return b.end
}

// Close closes the body once.
func (b *contextBody) Close() (err error) {
	b.once.Do(func() { err = b.ReadCloser.Close() })
	return err
}
