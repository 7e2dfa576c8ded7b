package nangotest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/nango"
)

// Request is a request that the server saw.
type Request struct {
	// Operation is the operation's id in the API's document, empty where it has none.
	Operation nango.OperationID
	// Method and Target are the request's first line: the method, the path as it was escaped and the query.
	Method, Target string
	// Header holds the headers without Authorization, which has the key.
	Header http.Header
	// Body is the whole body. It can hold credentials, so it is not printed.
	Body []byte
	// StatusCode is the status of the response, 0 as long as there is none.
	StatusCode int
	// Executed says that the server carried the operation out, whether or not its response arrived.
	Executed bool
}

// String returns the method, the path and the outcome of the request.
func (r Request) String() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return fmt.Sprintf("%s %s (%s): %d", r.Method, path, r.Operation, r.StatusCode)
}

// Format prints the request as String does, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// Requests returns the requests that the server saw, in order: all of them, or those of the named operations. The name of a
// request without an operation is "". It panics for an unknown operation.
func (s *Server) Requests(operations ...nango.OperationID) []Request {
	mustOperations("Requests", operations...)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if len(operations) == 0 || slices.Contains(operations, r.Operation) {
			found = append(found, *r)
		}
	}
	return found
}

// OpenConnections returns how many connections clients hold to the server in memory. After CloseIdleConnections of
// [Server.HTTPClient], those that are left belong to bodies that were not closed.
func (s *Server) OpenConnections() int { return s.front.OpenConnections() }

// ExpectOnly fails the test for every request, from now on, of an operation that is not among these. It panics for an unknown
// operation.
func (s *Server) ExpectOnly(t TB, operations ...nango.OperationID) {
	mustTest("ExpectOnly", t)
	t.Helper()
	mustOperations("ExpectOnly", operations...)
	s.locked(func() {
		s.watchers = append(s.watchers, func(r Request) {
			if !slices.Contains(operations, r.Operation) {
				path, _, _ := strings.Cut(r.Target, "?")
				t.Errorf("nangotest: unexpected request %s %s, of the operation %q", r.Method, path, r.Operation)
			}
		})
	})
}

// observe keeps a request and shows it to whoever watches.
func (s *Server) observe(c *call) *Request {
	seen := &Request{Method: c.r.Method, Target: c.r.URL.RequestURI(), Header: c.r.Header.Clone(), Body: c.raw}
	seen.Header.Del("Authorization")
	if c.op != nil {
		seen.Operation = c.op.ID
	}
	var watchers []func(Request)
	s.locked(func() {
		s.requests = append(s.requests, seen)
		watchers = slices.Clone(s.watchers)
	})
	for _, watch := range watchers {
		watch(*seen)
	}
	return seen
}
