package ingest

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// Params configure an engine. APIKey, SigningKeys and Models are required.
type Params struct {
	// APIKey is the key of Nango's API. It needs the scopes environment:records:read and environment:connections:list.
	APIKey string
	// Options configure the client, but for its retries and its observer.
	Options []nango.Option
	// Observer is told about the requests, such as nangootel.NewObserver().
	Observer nango.Observer
	// SigningKeys are the keys with which Nango signs webhooks.
	SigningKeys []string
	// Models are the models to copy, by integration.
	Models map[string][]string
	// Name is part of each key; empty means "ingest". Change it when you move to another environment or server of Nango: everything
	// is then read anew, and you delete the keys of the old name. Engines with two names still need two databases, or two schemas
	// (search_path), if they run at the same time: they would take each other's jobs.
	Name string

	// Slots is the number of events that are worked on at the same time in this process; 0 means 4. First imports have as many again,
	// and so have connections that were made or deleted.
	Slots int
	// PageSize is the number of records of a request; 0 means 1000.
	PageSize int
	// MaxPages and MaxDuration bound a slice; 0 means 20 pages, and 30 s.
	MaxPages    int
	MaxDuration time.Duration
	// Lease is how long a key is taken after its last page; 0 means 90 s. It must be longer than a request takes, which the client
	// ends after a minute.
	Lease time.Duration
	// SweepEvery is the time between two sweeps; 0 means 15 s.
	SweepEvery time.Duration
	// Requeue is the time after which the sweep takes a job for lost; 0 means a minute.
	Requeue time.Duration
	// ReadEvery is the time after which a key is read without an event, since webhooks can be lost; 0 means an hour.
	ReadEvery time.Duration
	// CompareEvery is the time between two comparisons of the keys with Nango's list of connections; 0 means a day.
	CompareEvery time.Duration
	// Logger is where this package and River log; nil means [slog.Default].
	Logger *slog.Logger
	// River changes the configuration of River, for hooks and middleware such as those of otelriver.
	River func(*river.Config)
}

// jobTimeout ends a job that hangs. MaxDuration and a request that has begun have to fit into it. The deletion of a large
// connection and the list of all connections may take longer.
const (
	jobTimeout  = 3 * time.Minute
	longTimeout = 10 * time.Minute
)

// maxAttempts is how often River tries a job.
const maxAttempts = 10

// maxWaiting is how many jobs may wait in a queue before the sweep adds no more.
const maxWaiting = 1000

// The queues. First imports have one of their own, so that they neither stop the events nor wait for them for ever. So have
// connections that were made or deleted, whose jobs can take minutes, so that they do not stop the sweep.
const (
	queueEvents      = "nango_events"
	queueImports     = "nango_imports"
	queueConnections = "nango_connections"
	queueUpkeep      = "nango_upkeep"  // the sweep
	queueCompare     = "nango_compare" // the comparison, which can take minutes as well
)

// Engine receives webhooks and works. It is the [http.Handler] of the webhooks.
type Engine struct {
	http.Handler
	params Params
	pool   *pgxpool.Pool
	client *nango.Client
	river  *river.Client[pgx.Tx]
	limit  limit
}

// New returns an engine on a database that [Migrate] has prepared. A process that only receives webhooks does not call Run.
func New(pool *pgxpool.Pool, params Params) (*Engine, error) {
	params.Name = cmp.Or(params.Name, "ingest")
	params.Slots = cmp.Or(params.Slots, 4)
	params.PageSize = cmp.Or(params.PageSize, 1000)
	params.MaxPages = cmp.Or(params.MaxPages, 20)
	params.MaxDuration = cmp.Or(params.MaxDuration, 30*time.Second)
	params.Lease = cmp.Or(params.Lease, 90*time.Second)
	params.SweepEvery = cmp.Or(params.SweepEvery, 15*time.Second)
	params.Requeue = cmp.Or(params.Requeue, time.Minute)
	params.ReadEvery = cmp.Or(params.ReadEvery, time.Hour)
	params.CompareEvery = cmp.Or(params.CompareEvery, 24*time.Hour)
	if params.Logger == nil {
		params.Logger = slog.Default()
	}
	if len(params.Models) == 0 {
		return nil, errors.New("ingest: Models is empty")
	}
	e := &Engine{params: params, pool: pool}

	observer, limited := params.Observer, e.limit.observer().AttemptEnd
	observer.AttemptEnd = func(ctx context.Context, result nango.AttemptResult) {
		limited(ctx, result)
		if params.Observer.AttemptEnd != nil {
			params.Observer.AttemptEnd(ctx, result)
		}
	}
	var err error
	e.client, err = nango.New(params.APIKey, append(params.Options[:len(params.Options):len(params.Options)],
		nango.WithObserver(observer),
		nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))...) // River repeats, without a slot that waits
	if err != nil {
		return nil, err
	}
	e.Handler, err = webhook.NewHandler(webhook.Config{
		Keys: params.SigningKeys, OnSync: e.onSync, OnAuth: e.onAuth, Logger: params.Logger, // no Confirm: the job of an auth event asks
	})
	if err != nil {
		return nil, err
	}

	workers := river.NewWorkers()
	river.AddWorker(workers, &sliceWorker{e: e})
	river.AddWorker(workers, &sweepWorker{e: e})
	river.AddWorker(workers, &compareWorker{e: e})
	river.AddWorker(workers, &connectionWorker{e: e})
	config := &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			queueEvents: {MaxWorkers: params.Slots}, queueImports: {MaxWorkers: params.Slots},
			queueConnections: {MaxWorkers: params.Slots}, queueUpkeep: {MaxWorkers: 2}, queueCompare: {MaxWorkers: 1},
		},
		PeriodicJobs: []*river.PeriodicJob{
			periodic(sweepArgs{}, queueUpkeep, params.SweepEvery, 1), periodic(compareArgs{}, queueCompare, params.CompareEvery, maxAttempts),
		},
		MaxAttempts:          maxAttempts,
		RetryPolicy:          retryPolicy{},
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: longTimeout + time.Minute, // must be longer than any job runs
		SoftStopTimeout:      10 * time.Second,
		Logger:               params.Logger,

		CompletedJobRetentionPeriod: 48 * time.Hour, // longer than CompareEvery, to see whether the comparison runs
	}
	if params.River != nil {
		params.River(config)
	}
	e.river, err = river.NewClient(riverpgxv5.New(pool), config)
	return e, err
}

// Run works until ctx ends. Then it takes no more jobs, lets those that run end for ten seconds, and gives the keys of the
// others back. Stop the HTTP server before, and close the pool after it.
//
// Before it works, it waits for the database, and until Nango's list of connections can be read. If the list has none of the
// connections whose rows are stored, Run returns an error, so that the API key of another environment mixes nothing. It also
// does if the key is refused, or if the database refuses what it is asked.
func (e *Engine) Run(ctx context.Context) error {
	for {
		err := e.start(ctx)
		if err == nil {
			<-e.river.Stopped()
			return nil
		}
		if ctx.Err() == nil && !passes(err) {
			return err
		}
		e.limit.learn(err)
		e.params.Logger.WarnContext(ctx, "ingest: no work begins before Nango's list of connections and the database can be read", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(jitter(max(e.limit.wait(), 4*time.Second))):
		}
	}
}

func (e *Engine) start(ctx context.Context) error {
	if err := e.check(ctx); err != nil {
		return err
	}
	return e.river.Start(ctx)
}

// periodic returns a job that River's leader inserts. A new leader inserts one at once.
func periodic(args river.JobArgs, queue string, every time.Duration, attempts int) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) {
		return args, &river.InsertOpts{Queue: queue, MaxAttempts: attempts}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
