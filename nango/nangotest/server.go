package nangotest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/internal/route"
	"github.com/nango-go/sdk/internal/vclock"
	"github.com/nango-go/sdk/nango"
)

// Server is a Nango server in memory with one account, which has the environments that a new account has: "prod", and "dev", whose
// methods are the server's own. It is safe for concurrent use.
type Server struct {
	environment // "dev", whose methods are the server's own

	mu           sync.Mutex // guards everything below, and all that hangs on it
	environments []*environment
	accountKeys  []*Key
	providers    map[string]*provider
	serials      map[string]int64 // the last number given to a kind of thing
	limiter      limiter
	delays       Delays
	connectURL   string // where the links of connect sessions lead
	dashboard    string // a page of HTML
	rules        []*rule
	pageBudget   int // bytes of a page of records; 0 is no bound
	requests     []*Request
	release      string
	routes       route.Table // of the release
	released     bool        // SetRelease was called
	watchers     []func(Request)

	ids      []string                   // for the next things that get one
	sandbox  *Sandbox                   // nil on an install without one
	hosts    map[string]*memhttp.Server // the world outside of Nango, by host, with a port or without
	peers    []*memhttp.Server          // to be closed, the first of them the server itself
	underWay int                        // how many functions that were started have not ended yet
	settled  *sync.Cond                 // tells that underWay is 0
	closed   bool

	clock *vclock.Clock
	work  sync.WaitGroup // functions that were started
	ctx   context.Context
	end   context.CancelFunc // ends ctx when the server is closed
	front *memhttp.Server
}

// TB is the part of [testing.TB] that a server needs.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

// Start returns a new server that is closed at the end of the test.
func Start(t TB) *Server {
	mustTest("Start", t)
	t.Helper()
	s := New()
	t.Cleanup(s.Close)
	return s
}

// mustTest panics without a test.
func mustTest(method string, t TB) {
	if t == nil {
		misuse("%s: there is no test; it is nil", method)
	}
}

// New returns a new server, to be closed with [Server.Close]. In a test use [Start].
//
// It opens no socket: its clients reach it in memory, also in a bubble of testing/synctest.
func New() *Server {
	s := &Server{providers: builtinProviders(), serials: map[string]int64{}, hosts: map[string]*memhttp.Server{}, clock: vclock.New(), connectURL: defaultConnectURL}
	s.ctx, s.end = context.WithCancel(context.Background())
	s.settled = sync.NewCond(&s.mu)
	s.limiter.perMinute = defaultRateLimit
	s.sandbox = &Sandbox{}
	s.SetRelease(gen.Release)
	s.addEnvironment("prod", new(environment))
	s.addEnvironment("dev", &s.environment)
	s.front = s.serveInMemory(s, 64)
	return s
}

// Close ends all connections, cancels what is due later and waits until nothing of the server runs any more. The handlers and
// functions of the test have to return when their request's context ends.
func (s *Server) Close() {
	var peers []*memhttp.Server
	s.locked(func() { s.closed, peers = true, s.peers })
	for _, p := range peers {
		p.Close()
	}
	s.end() // only now, so that nobody gets the response of a handler that this ends
	s.clock.Close()
	s.work.Wait()
	for _, p := range peers {
		p.Wait()
	}
}

// Listen makes the server listen on a free port of the loopback interface, for programs that cannot use its clients, and returns
// the base URL, such as http://127.0.0.1:34567. It panics if no port is free, and after Close.
func (s *Server) Listen() (baseURL string) {
	s.locked(func() {
		if s.closed {
			misuse("Listen: the server is closed")
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		misuse("Listen: %v", err)
	}
	s.front.Listen(l)
	return "http://" + l.Addr().String()
}

// memoryURL is the base URL of clients in memory.
const memoryURL = "http://nango.test"

// HTTPClient returns a client whose requests to http URLs reach the server in memory, whatever their host. Those to a host of
// [Server.HandleHost] reach the handler of that host, and a request to any other https URL is an error.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: &refusing{s, s.front.Transport()}}
}

// ClientWithKey returns a client of the server with an API key, which the server need not know. It panics for an invalid option.
func (s *Server) ClientWithKey(key string, opts ...nango.Option) *nango.Client {
	own := []nango.Option{nango.WithBaseURL(memoryURL), nango.WithHTTPClient(s.HTTPClient())}
	client, err := nango.New(key, append(own, opts...)...)
	if err != nil {
		misuse("Client: %v", err)
	}
	return client
}

// Now returns the server's time.
func (s *Server) Now() time.Time { return s.clock.Now() }

// SetTime stops the server's clock at t. From then on only [Server.Advance] and SetTime move it, and the server does what is due,
// such as a triggered sync, at the next request or in [Server.Settle]. It panics for the zero time.
func (s *Server) SetTime(t time.Time) {
	if t.IsZero() {
		misuse("SetTime: the time is zero")
	}
	s.clock.StopAt(t)
}

// Advance moves the server's clock forward and does on the way what is due, each at its time: syncs run, asynchronous actions
// end, webhooks are sent again, sessions and tokens expire. It returns when all of that is done. Like [Server.Settle] it may
// not be called by the handler that receives webhooks. It panics for a negative duration.
//
// It moves the server's clock only. A client waits by the clock of the process, as before a retry: see the section on time in the
// package's documentation.
func (s *Server) Advance(d time.Duration) {
	notNegative("Advance: the duration", d)
	s.Settle()
	s.clock.Advance(d, s.Settle)
}

// AfterFunc makes the server call f when its clock has moved on by d. It panics if d is negative or f is nil.
func (s *Server) AfterFunc(d time.Duration, f func()) {
	notNegative("AfterFunc: the duration", d)
	if f == nil {
		misuse("AfterFunc: the function is nil")
	}
	s.clock.After(d, f)
}

// Settle waits until the server has done what is due by its clock and has finished what it has begun: triggered syncs and
// asynchronous actions have run, webhooks have been received, and nothing runs outside of requests any more. It does not wait for
// what is due later, such as the end of an action that takes a minute: see [Server.Advance].
//
// The handler that receives webhooks must not call it, because it would wait for itself. The code of a sync or an action, and a
// function given to [Server.AfterFunc], may call it: for them Settle does what is due and waits for webhooks, but not for what has
// begun. What they call over HTTP, such as the handler of a provider, must not.
func (s *Server) Settle() {
	if vclock.InPlan() {
		s.clock.CatchUp()
		s.locked(s.waitForDeliveries)
		return
	}
	for idle := false; !idle; {
		s.clock.Finish()
		s.locked(func() {
			s.waitForDeliveries()
			idle = s.clock.Idle()
		})
	}
}

// waitForDeliveries is called with the state locked.
func (s *Server) waitForDeliveries() {
	for s.underWay > 0 {
		s.settled.Wait()
	}
}

// start runs f, which Settle and Close wait for. It is called with the state locked; f runs unlocked. After Close it does nothing.
func (s *Server) start(f func()) {
	if s.closed {
		return
	}
	s.underWay++
	s.work.Go(func() {
		f()
		s.locked(func() {
			if s.underWay--; s.underWay == 0 {
				s.settled.Broadcast()
			}
		})
	})
}

// NextIDs makes the server give these ids to the next asynchronous actions, dry runs and deployments, in turn. It panics for an id
// that is not a UUID or was given before.
func (s *Server) NextIDs(ids ...string) {
	s.locked(func() {
		for _, id := range ids {
			if known, err := uuid.Parse(id); err != nil || known.String() != strings.ToLower(id) {
				misuse("NextIDs: %q is no UUID", id)
			}
			if s.given(id) {
				misuse("NextIDs: %q is given already", id)
			}
			s.ids = append(s.ids, id)
		}
	})
}

// given says that something has an id, or will have it.
func (s *Server) given(id string) bool {
	return slices.Contains(s.ids, id) || slices.ContainsFunc(s.environments, func(e *environment) bool {
		return e.asyncActions[id] != nil || e.jobs[id] != nil
	})
}

// newID returns the id of an asynchronous action or a job.
func (s *Server) newID() string {
	if len(s.ids) == 0 {
		return uuid.NewString()
	}
	id := s.ids[0]
	s.ids = s.ids[1:]
	return id
}

// locked runs f with the server's state locked.
func (s *Server) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// outside runs code of the test's own, which may call the server, while the state is unlocked.
func (s *Server) outside(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// serial returns the next number of a kind of thing.
func (s *Server) serial(kind string) int64 {
	s.serials[kind]++
	return s.serials[kind]
}
