package nangotest

import (
	"bytes"
	"io"
	"maps"
	"net/http"

	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/internal/vclock"
)

// ServeHTTP responds to a request as Nango does. So a Server can be mounted in any HTTP server. Faults that break the connection
// reset it if there is one, and otherwise, such as in a recorder, panic with [http.ErrAbortHandler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if tooLong(r) {
		w.WriteHeader(http.StatusRequestHeaderFieldsTooLarge) // all that Node says, before anything else is read
		return
	}
	s.clock.CatchUp()
	c := &call{s: s, r: r, header: w.Header()}
	s.locked(func() { c.op, c.path = find(s.routes, r) })
	if c.readBody() != nil {
		memhttp.Reset(w) // the client broke off
		return
	}
	seen := s.observe(c)
	c.fault = s.faultFor(r, seen.Operation, false)
	if c.fault == nil {
		c.fault = &Fault{}
	}
	if !vclock.Pause(r.Context(), c.fault.delay) || c.fault.cut == beforeExecution {
		memhttp.Reset(w)
		return
	}
	c.now = s.clock.Now()
	w.Header().Set("Date", c.now.UTC().Format(http.TimeFormat))
	var a *response
	if c.fault.respond != nil {
		a = c.fault.respond(c)
	} else {
		a = c.serve()
	}
	a.finish()
	s.locked(func() {
		seen.StatusCode = a.status
		seen.Executed = c.fault.respond == nil && a.status < http.StatusBadRequest
	})
	c.write(w, a)
}

// write sends the response, and breaks off where the fault says so.
func (c *call) write(w http.ResponseWriter, a *response) {
	if a.stream != nil {
		defer a.stream.Close()
	}
	if c.fault.cut == beforeHeaders {
		memhttp.Reset(w)
		return
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	flush(w)
	body := io.Reader(bytes.NewReader(a.body))
	if a.stream != nil {
		body = io.MultiReader(body, a.stream)
	}
	switch c.fault.cut {
	case afterHeaders:
		memhttp.Reset(w)
		return
	case insideBody:
		_, _ = io.CopyN(w, body, int64(c.fault.bytes))
		flush(w)
		panic(http.ErrAbortHandler)
	}
	if err := c.copy(w, body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// piece is how much of a body is sent at a time.
const piece = 1 << 10

// copy sends a body piece by piece, so that what streams arrives as it comes, and slowly if it has to.
func (c *call) copy(w http.ResponseWriter, body io.Reader) error {
	buffer := make([]byte, piece)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return err
			}
			flush(w)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil || c.fault.slow > 0 && !vclock.Pause(c.r.Context(), c.fault.slow) {
			return http.ErrAbortHandler
		}
	}
}

func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush() // where there is nothing to flush, nothing is lost
}
