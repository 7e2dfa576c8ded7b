package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

const (
	integration = "tracker"
	model       = "Issue"
	lease       = 2 * time.Second
	armed       = -1 // the storm of 429 begins with the next request for records, so that one meets it
)

// issue is a record.
type issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// world is the server, and what its records are.
type world struct {
	plan plan
	nano *nangotest.Server
	url  string
	shut func()
	// latency is how long each list of records takes more.
	latency time.Duration
	// storm is when the storm of 429 ends, in Unix nanoseconds, or armed; the refused requests are counted.
	storm   atomic.Int64
	refused atomic.Int64

	mu     sync.Mutex
	random *rand.Rand
	truth  map[string]map[string]string // titles by connection and id
	serial int
}

func newWorld(p plan) *world {
	w := &world{plan: p, nano: nangotest.New(), random: rand.New(rand.NewPCG(p.seed, 1)), truth: map[string]map[string]string{}}
	w.nano.SetWebhookURL("") // the harness sends them itself
	w.nano.AddIntegration(nangotest.Integration{ID: integration, Provider: "unauthenticated"})
	front := httptest.NewServer(w)
	w.url = front.URL
	w.shut = func() { front.CloseClientConnections(); front.Close(); w.nano.Close() }
	for n := range p.connections {
		w.add(fmt.Sprintf("customer-%03d", n+1))
	}
	return w
}

// add makes a connection with its records.
func (w *world) add(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nano.AddConnection(nangotest.Connection{IntegrationID: integration, ConnectionID: name})
	w.truth[name] = map[string]string{}
	for first := 0; first < w.plan.records; first += 100 { // a server saves in batches too
		w.saveLocked(name, first, min(first+100, w.plan.records))
	}
}

// saveLocked changes records, or adds them.
func (w *world) saveLocked(name string, first, end int) {
	var records []any
	for id := first; id < end; id++ {
		w.serial++
		record := issue{strconv.Itoa(id), fmt.Sprint("title ", w.serial)}
		records, w.truth[name][record.ID] = append(records, record), record.Title
	}
	w.nano.Connection(integration, name).SaveRecords(model, records...)
}

// remove deletes a connection.
func (w *world) remove(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.truth, name)
	w.nano.Connection(integration, name).Delete()
}

// change changes some records of a connection, deletes some and brings some back, and returns its name.
func (w *world) change() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := sortedKeys(w.truth)
	name := names[w.random.IntN(len(names))]
	first := w.random.IntN(w.plan.records)
	end := min(first+1+w.random.IntN(20), w.plan.records)
	if w.random.IntN(4) > 0 {
		w.saveLocked(name, first, end)
		return name
	}
	var ids []string
	for id := first; id < end; id++ {
		if _, ok := w.truth[name][strconv.Itoa(id)]; ok {
			ids = append(ids, strconv.Itoa(id))
			delete(w.truth[name], strconv.Itoa(id))
		}
	}
	if len(ids) > 0 {
		w.nano.Connection(integration, name).DeleteRecords(model, ids...)
	}
	return name
}

// prune lets Nango delete the data of the records up to a cursor, which the workers have stored.
func (w *world) prune(ctx context.Context, name, cursor string) error {
	_, err := w.nano.Client().Connection(integration, name).PruneRecords(ctx, nango.PruneRecordsParams{Model: model, UntilCursor: cursor})
	return err
}

// ServeHTTP is in front of the server: it is slower, and refuses requests during the storm with what Nango sends.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/records" {
		time.Sleep(w.latency) // this is the slow server, and nothing is awaited by it
		w.storm.CompareAndSwap(armed, time.Now().Add(3*time.Second).UnixNano())
		if end := time.Unix(0, w.storm.Load()); time.Now().Before(end) {
			w.refused.Add(1)
			for name, value := range map[string]string{
				"Content-Type": "application/json; charset=utf-8", "Retry-After": strconv.Itoa(int(time.Until(end).Seconds())), // it can be 0
				"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(end.Unix(), 10),
			} {
				rw.Header().Set(name, value)
			}
			rw.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(rw, `{"error":{"code":"too_many_request","method":"GET","path":"/records"}}`)
			return
		}
	}
	w.nano.ServeHTTP(rw, r)
}
