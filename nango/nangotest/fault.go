package nangotest

import (
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/internal/vclock"
	"github.com/nango-go/sdk/nango"
)

// Rule says which requests a fault applies to.
type Rule struct {
	// Operation is the operation's id in the API's document, such as "listRecords" or "proxyGet"; empty means any.
	Operation nango.OperationID
	// Nth picks one of the requests that match the other fields; 0 means every one. They are counted from 1, from the injection
	// on: the attempts of a retry each count, and so do requests to which an earlier rule applied.
	Nth int
	// If reports whether a request matches; nil means that it does. It must not read the body or call the server.
	If func(*http.Request) bool
}

// Fault is something that goes wrong between a client and the server. Faults that respond instead of the server, or that let
// nothing through, prevent the operation; the others do not.
type Fault struct {
	delay       time.Duration
	respond     func(*call) *response // instead of the operation's
	refused     bool
	cut         cut
	bytes       int           // of the body that are sent before the cut
	slow        time.Duration // between pieces of the body
	expired     bool
	refreshFail *refreshFailure
	none        bool // nothing goes wrong, on purpose
}

// cut is where the connection ends.
type cut int

const (
	uncut cut = iota
	beforeExecution
	beforeHeaders
	afterHeaders
	insideBody
)

// After returns the fault with a delay before the response.
func (f Fault) After(d time.Duration) Fault {
	notNegative("After: the delay", d)
	f.delay += d
	return f
}

// Latency delays the response, and changes nothing else. 0 is no delay.
func Latency(d time.Duration) Fault {
	notNegative("Latency: the delay", d)
	return Fault{delay: d, none: true}
}

// Respond responds instead of the server, as a load balancer in front of it does, with the given body, which can be empty. The
// status is one of 200 to 599, and 204 and 304 have no body.
func Respond(status int, contentType, body string) Fault {
	if status < 200 || status > 599 {
		misuse("Respond: %d is no status of 200 to 599", status)
	}
	if body != "" && (status == http.StatusNoContent || status == http.StatusNotModified) {
		misuse("Respond: a response with the status %d has no body", status)
	}
	mustBeHeader("Respond: the content type", contentType)
	return Fault{respond: func(*call) *response {
		a := &response{status: status, header: http.Header{}, body: []byte(body)}
		if body != "" {
			a.header.Set("Content-Type", contentType)
		}
		return a
	}}
}

// ServerError responds with Nango's own 500 for what it did not foresee. The operation is not carried out.
func ServerError() Fault { return Fault{respond: func(*call) *response { return serverError() }} }

// RateLimited responds with 429 as Nango's limiter does. retryAfter is the value of Retry-After: seconds, which can be 0, a date
// in [http.TimeFormat], an empty text for no header, or a text that no client can read.
func RateLimited(retryAfter string) Fault {
	mustBeHeader("RateLimited: Retry-After", retryAfter)
	return Fault{respond: func(c *call) *response {
		c.s.locked(func() {
			limit := c.s.limiter.perMinute
			c.tellLimit(limit, bucket{used: limit, ends: c.now.Add(time.Minute)})
		})
		a := c.tooMany(retryAfter)
		if retryAfter == "" {
			a.header.Del("Retry-After")
		}
		return a
	}}
}

// Refused makes the dial fail, as if nothing listens. It works with the clients that the server makes, not over [Server.Listen].
func Refused() Fault { return Fault{refused: true} }

// Reset resets the connection when the request has arrived. The operation is not carried out.
func Reset() Fault { return Fault{cut: beforeExecution} }

// LoseResponse carries the operation out and resets the connection instead of responding.
func LoseResponse() Fault { return Fault{cut: beforeHeaders} }

// ResetAfterHeaders carries the operation out, sends status and headers, and resets the connection.
func ResetAfterHeaders() Fault { return Fault{cut: afterHeaders} }

// Truncated carries the operation out and closes the connection after n bytes of the body.
func Truncated(n int) Fault {
	notNegative("Truncated: the number of bytes", n)
	return Fault{cut: insideBody, bytes: n}
}

// SlowBody carries the operation out and sends the body in pieces of 1 KiB, with a pause after each. 0 is no pause.
func SlowBody(pause time.Duration) Fault {
	notNegative("SlowBody: the pause", pause)
	return Fault{slow: pause, none: true}
}

// ExpiredToken makes a connection's token expire before an operation that needs it, so that the server refreshes it first:
// getConnection and those of the proxy.
func ExpiredToken() Fault { return Fault{expired: true} }

// RefreshFails makes a connection's token expire and the provider refuse to refresh it, with a status of 400 to 599 that the
// server passes on.
func RefreshFails(status int, message string) Fault {
	mustFail("RefreshFails", status)
	return Fault{expired: true, refreshFail: refusedBy(status, message)}
}

// mustBeHeader panics for a text that no header can carry.
func mustBeHeader(what, value string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		misuse("%s: a header cannot carry %q", what, value)
	}
}

// mustFail panics for a status that is no failure.
func mustFail(method string, status int) {
	if status < 400 || status > 599 {
		misuse("%s: %d is no status of 400 to 599", method, status)
	}
}

// does says that something goes wrong, if it is only in name.
func (f Fault) does() bool {
	return f.none || f.delay > 0 || f.respond != nil || f.refused || f.cut != uncut || f.expired
}

// rule is a Rule with its fault and what it has counted.
type rule struct {
	Rule
	fault Fault
	seen  int
}

// Inject applies a fault to the requests that match a rule. If several rules match a request, the first one counts. The function
// that it returns removes the rule.
//
// It panics for an unknown operation, a negative Nth, the zero Fault, and a fault of tokens for an operation that needs no token.
func (s *Server) Inject(when Rule, fault Fault) (remove func()) {
	mustOperations("Inject", when.Operation)
	notNegative("Inject: Nth", when.Nth)
	if !fault.does() {
		misuse("Inject: the zero Fault does nothing; Latency, Respond and other functions make one")
	}
	if fault.expired && when.Operation != "" && !needsToken(when.Operation) {
		misuse("Inject: the operation %q needs no token", when.Operation)
	}
	r := &rule{Rule: when, fault: fault}
	s.locked(func() { s.rules = append(s.rules, r) })
	return func() {
		s.locked(func() {
			for i := range s.rules {
				if s.rules[i] == r {
					s.rules = append(s.rules[:i:i], s.rules[i+1:]...)
					return
				}
			}
		})
	}
}

// needsToken says that the server looks at a connection's credentials to carry an operation out.
func needsToken(id gen.OperationID) bool {
	return id == gen.OperationGetConnection || slices.ContainsFunc(gen.Operations, func(op gen.Operation) bool { return op.ID == id && op.Proxied })
}

// faultFor returns the fault that applies to a request, nil if it is none. Refusals are looked for by the client's side, all
// others by the server's, so that each rule counts a request once.
func (s *Server) faultFor(r *http.Request, operation gen.OperationID, refusals bool) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *Fault
	for _, rule := range s.rules {
		if rule.fault.refused != refusals || rule.Operation != "" && rule.Operation != operation || rule.If != nil && !rule.If(r) {
			continue
		}
		rule.seen++
		if found == nil && (rule.Nth == 0 || rule.Nth == rule.seen) {
			found = &rule.fault
		}
	}
	return found
}

// refusing is the client's side of the network in memory.
type refusing struct {
	s    *Server
	next *http.Transport
}

func (t *refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	var outside *memhttp.Server
	t.s.locked(func() { outside = t.s.handled(r.URL) })
	if outside != nil {
		return outside.RoundTrip(r)
	}
	if r.URL.Scheme == "https" { // the server has none, so the request is meant for another host
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, unknownHost(r.URL.Host)
	}
	var operation gen.OperationID
	t.s.locked(func() {
		if op, _ := find(t.s.routes, r); op != nil {
			operation = op.ID
		}
	})
	if fault := t.s.faultFor(r, operation, true); fault != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		if !vclock.Pause(r.Context(), fault.delay) {
			return nil, r.Context().Err()
		}
		// As net/http does, so that a client can tell that nothing was sent.
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
			trace.GetConn(r.URL.Host)
		}
		return nil, memhttp.Refused()
	}
	return t.next.RoundTrip(r)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transport.
func (t *refusing) CloseIdleConnections() { t.next.CloseIdleConnections() }
