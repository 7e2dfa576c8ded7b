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
	// Header are the headers, without the Authorization, which holds the key.
	Header http.Header
	// Body is the whole body, which can hold what the caller sent of credentials. It is not printed.
	Body []byte
	// StatusCode is the status of the response, 0 as long as there is none.
	StatusCode int
	// Executed says that the server carried the operation out, whether or not its response arrived.
	Executed bool
}

// String is the method, the target's path and what came of the request.
func (r Request) String() string {
	path, _, _ := strings.Cut(r.Target, "?")
	return fmt.Sprintf("%s %s (%s): %d", r.Method, path, r.Operation, r.StatusCode)
}

// Format prints the request as String does, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// Requests returns the requests that the server saw, in their order: all of them, or those of the named operations. Those that
// are of no operation have the name "". It panics for a name that no operation has.
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

// OpenConnections returns how many connections clients hold to the server in memory. When all responses have been read and closed,
// CloseIdleConnections of [Server.HTTPClient] brings it to 0; what is left are bodies that were not closed.
func (s *Server) OpenConnections() int { return s.front.OpenConnections() }

// ExpectOnly fails the test for every request, from now on, of an operation that is not among these. It panics for a name that no
// operation has.
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
