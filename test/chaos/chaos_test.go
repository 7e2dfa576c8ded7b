// Package chaos makes thousands of calls of all operations on a server of package nangotest while faults hit one request in
// five.
//
//	go test ./test/chaos -v                               prints the figures
//	go test ./test/chaos -v -args -seed 7 -calls 50000    with other dice, and longer
package chaos

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

var (
	seedFlag  = flag.Uint64("seed", 1, "what the dice follow from")
	callsFlag = flag.Int("calls", 10000, "how many calls are made")
)

const workers = 8

// chaos is what the calls gave.
type chaos struct {
	t           *testing.T
	recordsRead atomic.Int64
	acted       sync.Map       // how often the action ran, by call
	injected    []atomic.Int64 // by fault

	mu       sync.Mutex
	secrets  map[string]bool
	said     bytes.Buffer // all logs and error texts
	outcomes map[string]int
}

// secretOf is a credential, in the shape of nothing else.
func secretOf(kind string) string { return "hush-" + kind + "-5f1d" }

func (c *chaos) secret(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != "" {
		c.secrets[s] = true
	}
}

func (c *chaos) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.Write(p)
}

// note takes down what a call gave. It has to be a result or one of the client's own errors.
func (c *chaos) note(operation string, got any, err error) {
	outcome := "result"
	if err != nil {
		outcome = kindOf(err)
		fmt.Fprintf(c, "%v\n%+v\n%#v\n%s\n%q\n", err, err, err, err, err)
	}
	assert.NotEqual(c.t, "", outcome, "%s: not an error of the client's: %#v", operation, err)
	assert.False(c.t, err == nil && got == nil, "%s: neither a result nor an error", operation)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes[outcome]++
}

func kindOf(err error) string {
	for _, sentinel := range []error{
		nango.ErrRefreshFailed, nango.ErrAction, nango.ErrActionPending, nango.ErrUnauthorized, nango.ErrForbidden, nango.ErrRateLimited,
		nango.ErrNotFound, nango.ErrConflict, nango.ErrInvalid, nango.ErrServer,
	} {
		if errors.Is(err, sentinel) {
			return sentinel.Error()
		}
	}
	if _, ok := errors.AsType[*nango.Error](err); ok {
		return "no response"
	}
	if _, ok := errors.AsType[*nango.ArgumentError](err); ok {
		return "refused before any request"
	}
	if _, ok := errors.AsType[*nango.ProviderError](err); ok {
		return "the provider's failure"
	}
	return ""
}

func TestChaos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		c := &chaos{t: t, secrets: map[string]bool{}, outcomes: map[string]int{}, injected: make([]atomic.Int64, len(faults))}
		srv := nangotest.Start(t)
		c.setUp(srv)
		client, account := c.clients(srv)
		all := c.workers(srv, client, account)

		calm := inject(srv, *seedFlag, c.injected)
		var running sync.WaitGroup
		for i, w := range all {
			running.Go(func() {
				for n := i; n < *callsFlag; n += workers {
					w.call(t, srv, n)
				}
			})
		}
		running.Wait()
		calm()

		for _, w := range all {
			_, err := w.read(t.Context(), -1)
			require.NoError(t, err)
			assert.Equal(t, w.truth, w.copy, "records lost, skipped or stale")
		}
		c.judge(srv)
		srv.HTTPClient().CloseIdleConnections()
		synctest.Wait()
		assert.Zero(t, srv.OpenConnections(), "a connection that nobody gave back")
		t.Log(c.figures(srv))
	})
}

// served are the operations of the newest release.
var served = slices.DeleteFunc(slices.Clone(gen.Operations), func(op gen.Operation) bool { return op.Until != "" })

// call makes one call, drawn by lot. Some callers have no patience, and their context ends.
func (w *worker) call(t *testing.T, srv *nangotest.Server, number int) {
	w.number, w.rng = number, rand.New(rand.NewPCG(*seedFlag, uint64(number)))
	name := string(served[w.rng.IntN(len(served))].ID)
	patience := 5 * time.Minute
	if w.rng.IntN(50) == 0 {
		patience = 300 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(withCall(t.Context(), number), patience)
	defer cancel()
	w.change(srv)
	do := operations()[name]
	if do == nil {
		t.Errorf("%s: add a call to the table calls in test/chaos/calls_test.go (CONTRIBUTING, step 6)", name)
		return
	}
	got, err := do(ctx, w)
	w.chaos.note(name, got, err)
}

var operations = sync.OnceValue(func() map[string]call {
	all := maps.Clone(calls)
	maps.Copy(all, generated)
	return all
})

func TestAllOperationsAreCalled(t *testing.T) {
	var known []string
	for _, op := range served {
		known = append(known, string(op.ID))
	}
	assert.ElementsMatch(t, known, slices.Collect(maps.Keys(operations())), "the table calls in test/chaos/calls_test.go has a row for each operation (CONTRIBUTING, step 6)")
}

// setUp gives the server what the calls work on.
func (c *chaos) setUp(srv *nangotest.Server) {
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "github"})
	srv.AddIntegration(nangotest.Integration{ID: "bare", Provider: "github"})
	srv.SetVariable("TOKEN", secretOf("variable"))
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "items", Models: []string{"Item"}, Runs: "every hour"})
	srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "count", Run: func(_ context.Context, a nangotest.ActionCall) (any, error) {
		var input struct{ Call int }
		if err := json.Unmarshal(a.Input, &input); err != nil {
			return nil, err
		}
		times, _ := c.acted.LoadOrStore(input.Call, new(atomic.Int64))
		times.(*atomic.Int64).Add(1)
		return map[string]int{"call": input.Call}, nil
	}})
	srv.HandleProxy("crm", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	for i := range workers {
		srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: connectionID(i), Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret(secretOf("access")), RefreshToken: nango.NewSecret(secretOf("refresh")),
		}})
	}
}

func connectionID(worker int) string { return "connection-" + strconv.Itoa(worker) }

// clients returns a client of the environment and one of the account, which log all they do.
func (c *chaos) clients(srv *nangotest.Server) (client, account *nango.Client) {
	key := srv.AddAccountKey(nangotest.Key{}).Secret
	c.secret(key)
	c.secret(srv.Key())
	for _, kind := range []string{"app", "access", "refresh", "legacy", "variable"} {
		c.secret(secretOf(kind))
	}
	options := []nango.Option{
		nango.WithHTTPClient(&http.Client{Transport: marking{srv.HTTPClient().Transport}}),
		nango.WithLogger(slog.New(slog.NewJSONHandler(c, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		nango.WithObserver(nango.Observer{AttemptEnd: func(_ context.Context, a nango.AttemptResult) { fmt.Fprintf(c, "%+v\n", a) }}),
	}
	return srv.Client(options...), srv.ClientWithKey(key, options...)
}

func (c *chaos) workers(srv *nangotest.Server, client, account *nango.Client) []*worker {
	environments, err := account.Account.ListEnvironments(c.t.Context(), &nango.ListEnvironmentsParams{Name: "prod"})
	require.NoError(c.t, err)
	all := make([]*worker, workers)
	for i := range all {
		all[i] = &worker{
			prod:   environments[0].UUID,
			Client: client, account: account, chaos: c, h: client.Connection("crm", connectionID(i)),
			truth: map[string]int{}, copy: map[string]int{},
		}
	}
	return all
}

// once are the operations that make something new, or that a provider carries out: twice is one time too often. The list is this
// test's own, so that it says something about the document's. A proxied GET is not in it: by HTTP's own rules it may happen twice,
// and net/http sends it again of its own accord.
var once = []string{
	"createIntegration", "createQuickstartIntegration", "importConnection", "importConnectionDeprecated", "createConnectSession",
	"createReconnectSession", "createEnvironment", "createAPIKey", "rotateWebhookSigningKey", "triggerSync", "createSyncVariant",
	"triggerAction", "createDryRun", "createDeployment", "deployBundle", "invokeFunction", "proxyPost", "proxyPut", "proxyPatch",
	"proxyDelete", "proxyPropfind", "proxyReport",
}

// judge looks at what the server saw.
func (c *chaos) judge(srv *nangotest.Server) {
	for _, op := range served {
		assert.NotEmpty(c.t, srv.Requests(op.ID), "%s was never called", op.ID)
	}
	executions := map[string]int{}
	for _, r := range srv.Requests() {
		if r.Executed && slices.Contains(once, string(r.Operation)) {
			executions[string(r.Operation)+" of call "+r.Header.Get(callHeader)]++
		}
	}
	for what, times := range executions {
		assert.Equal(c.t, 1, times, "%s was carried out more than once", what)
	}
	c.acted.Range(func(call, times any) bool {
		return assert.EqualValues(c.t, 1, times.(*atomic.Int64).Load(), "the action ran more than once in call %v", call)
	})
	said := c.said.String()
	for secret := range c.secrets {
		assert.False(c.t, strings.Contains(said, secret), "a secret in a log or an error")
	}
}

func (c *chaos) figures(srv *nangotest.Server) string {
	var b strings.Builder
	requests := srv.Requests()
	fmt.Fprintf(&b, "seed %d: %d calls, %d requests, %d records read, %d bytes of logs and errors\n",
		*seedFlag, *callsFlag, len(requests), c.recordsRead.Load(), c.said.Len())
	for _, outcome := range slices.SortedFunc(maps.Keys(c.outcomes), func(a, b string) int { return cmp.Compare(c.outcomes[b], c.outcomes[a]) }) {
		fmt.Fprintf(&b, "%6d %s\n", c.outcomes[outcome], outcome)
	}
	fmt.Fprintln(&b, "faults:")
	for i := range faults {
		fmt.Fprintf(&b, "%6d %s\n", c.injected[i].Load(), faults[i].name)
	}
	return b.String()
}
