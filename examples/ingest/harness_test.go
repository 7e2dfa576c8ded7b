package ingest

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/pgserver"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

// stopPostgres ends the server, if a test has started it.
var stopPostgres = func() {}

var startPostgres = sync.OnceValues(func() (*pgserver.Server, error) {
	server, err := pgserver.Start()
	if err == nil {
		stopPostgres = server.Stop
	}
	return server, err
})

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "5") // most of the time they wait for River; PostgreSQL has 100 connections
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}

var databases atomic.Int32

// newPool returns a pool of a new database without tables.
func newPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	server, err := startPostgres()
	require.NoError(t, err)
	connect := func(name string) *pgxpool.Pool {
		pool, err := pgxpool.New(t.Context(), server.URL+"/"+name+"?pool_max_conns=15")
		require.NoError(t, err)
		return pool
	}
	admin := connect("postgres")
	defer admin.Close()
	name := fmt.Sprint("test", databases.Add(1))
	_, err = admin.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	pool := connect(name)
	t.Cleanup(pool.Close)
	return pool
}

type issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// harness is a server with one connection, acme, and an engine.
type harness struct {
	*Engine
	t      *testing.T
	srv    *nangotest.Server
	acme   *nangotest.ConnectionHandle
	key    consume.Key
	events <-chan *river.Event
	stop   func() // ends Run and waits for it

	// onPage is called with the number of the request for records when its response has come, before the job sees it.
	onPage func(ctx context.Context, n int)
	pages  atomic.Int32
}

// RoundTrip calls onPage.
func (h *harness) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.srv.HTTPClient().Transport.RoundTrip(req)
	if req.URL.Path == "/records" && h.onPage != nil {
		h.onPage(req.Context(), int(h.pages.Add(1)))
	}
	return resp, err
}

func newHarness(t *testing.T, change ...func(*Params)) *harness {
	t.Parallel()
	h := &harness{t: t, srv: nangotest.Start(t), stop: func() {}}
	h.srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	h.acme = h.srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"})
	h.key = consume.Key{Name: "ingest", IntegrationID: "tracker", ConnectionID: "acme", Model: "Issue", Variant: "base"}
	pool := newPool(t)
	require.NoError(t, Migrate(t.Context(), pool))
	params := Params{
		APIKey: h.srv.Key(), SigningKeys: []string{h.srv.SigningKey()}, Models: map[string][]string{"tracker": {"Issue"}},
		Options:  []nango.Option{nango.WithBaseURL(h.srv.Listen()), nango.WithHTTPClient(&http.Client{Transport: h})},
		PageSize: 10, SweepEvery: time.Hour, // the tests call for a sweep themselves
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, c := range change {
		c(&params)
	}
	var err error
	h.Engine, err = New(pool, params)
	require.NoError(t, err)
	return h
}

// run starts the engine. The first comparison makes the key of acme and its first job.
func (h *harness) run() {
	h.t.Helper()
	unsubscribe := h.subscribe()
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(h.t, <-done)
		unsubscribe()
	})
	h.t.Cleanup(h.stop)
}

func (h *harness) subscribe() (unsubscribe func()) {
	h.events, unsubscribe = h.river.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobSnoozed,
		river.EventKindJobCancelled, river.EventKindJobInterrupted)
	return unsubscribe
}

// next returns the next event of a slice.
func (h *harness) next() *river.Event { return h.nextOf(SliceArgs{}) }

// nextOf returns the next event of a job of a kind.
func (h *harness) nextOf(args river.JobArgs) *river.Event {
	return h.await(func(event *river.Event) bool { return event.Job.Kind == args.Kind() })
}

// ran inserts a job that is no slice, waits for it, and returns its event.
func (h *harness) ran(args river.JobArgs) *river.Event {
	h.t.Helper()
	inserted, err := h.river.Insert(h.t.Context(), args, &river.InsertOpts{Queue: queueUpkeep, MaxAttempts: 1})
	require.NoError(h.t, err)
	return h.await(func(event *river.Event) bool { return event.Job.ID == inserted.Job.ID })
}

// await returns the next event that is meant; nil after a start that failed, which ends all subscriptions.
func (h *harness) await(meant func(*river.Event) bool) *river.Event {
	h.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case event, ok := <-h.events:
			if !ok {
				h.subscribe()
				return nil
			}
			if meant(event) {
				return event
			}
		case <-deadline:
			require.Fail(h.t, "no such job ended")
		}
	}
}

// saved waits until no key is due.
func (h *harness) saved() {
	h.t.Helper()
	for h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at < wanted_at`) != 0 || h.one(`SELECT count(*) FROM ingest_keys`) == 0 {
		h.next()
	}
}

// one returns the one number that a query returns.
func (h *harness) one(query string, args ...any) (n int) {
	h.t.Helper()
	require.NoError(h.t, h.pool.QueryRow(h.t.Context(), query, args...).Scan(&n), query)
	return n
}

// exec runs a statement.
func (h *harness) exec(statement string, args ...any) {
	h.t.Helper()
	_, err := h.pool.Exec(h.t.Context(), statement, args...)
	require.NoError(h.t, err)
}

// rows returns the titles by id. A row without data has the title "-".
func (h *harness) rows() map[string]string {
	h.t.Helper()
	found, err := h.pool.Query(h.t.Context(), `SELECT id, coalesce(data->>'title', '-') FROM ingest_records`)
	require.NoError(h.t, err)
	defer found.Close()
	rows := map[string]string{}
	for found.Next() {
		var id, title string
		require.NoError(h.t, found.Scan(&id, &title))
		rows[id] = title
	}
	require.NoError(h.t, found.Err())
	return rows
}

// save saves records with ids from first to last, and returns what the rows have to be then.
func (h *harness) save(title string, first, last int) map[string]string {
	rows := map[string]string{}
	for id := first; id <= last; id++ {
		record := issue{fmt.Sprint(id), fmt.Sprint(title, " ", id)}
		h.acme.SaveRecords("Issue", record)
		rows[record.ID] = record.Title
	}
	return rows
}

// requests returns how often records were asked for.
func (h *harness) requests() int { return len(h.srv.Requests("listRecords")) }
