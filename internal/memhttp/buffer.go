package memhttp

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Buffered gives each response a Content-Length, unless the handler flushes: then the response is chunked. Without it net/http
// would chunk whatever is longer than 2 KiB.
//
// It reads the request's body first, for otherwise net/http would not notice that the caller gives up.
func Buffered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has given up
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		b := &buffer{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(b, r)
		if !b.sent {
			if b.Header().Get("Content-Length") == "" && hasBody(b.status) {
				b.Header().Set("Content-Length", strconv.Itoa(b.body.Len()))
			}
			b.Flush()
		}
	})
}

func hasBody(status int) bool {
	return status/100 != 1 && status != http.StatusNoContent && status != http.StatusNotModified
}

// buffer holds a response back until it is flushed.
type buffer struct {
	http.ResponseWriter
	status int
	wrote  bool
	body   bytes.Buffer
	sent   bool
}

func (b *buffer) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (b *buffer) WriteHeader(status int) {
	switch {
	case status/100 == 1 && status != http.StatusSwitchingProtocols:
		b.ResponseWriter.WriteHeader(status)
	case !b.wrote:
		b.status, b.wrote = status, true
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.wrote = true
	if b.sent {
		return b.ResponseWriter.Write(p)
	}
	return b.body.Write(p)
}

// Hijack hands the connection over. Nothing is left to be sent then.
func (b *buffer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(b.ResponseWriter).Hijack()
	if err == nil {
		b.sent = true
	}
	return conn, rw, err
}

// Flush sends what there is.
func (b *buffer) Flush() {
	if !b.sent {
		b.sent, b.wrote = true, true
		b.ResponseWriter.WriteHeader(b.status)
		if b.body.Len() > 0 {
			_, _ = b.ResponseWriter.Write(b.body.Bytes()) // a failure shows in the next write
		}
	}
	_ = http.NewResponseController(b.ResponseWriter).Flush() // where there is nothing to flush, nothing is lost
}
