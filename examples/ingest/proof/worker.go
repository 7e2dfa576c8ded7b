package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/nango-go/sdk/examples/ingest"
	"github.com/nango-go/sdk/nango"
)

// The environment of a worker process.
const (
	workerID       = "INGEST_PROOF_WORKER"
	workerDatabase = "INGEST_PROOF_DATABASE"
	workerNango    = "INGEST_PROOF_NANGO"
	workerKey      = "INGEST_PROOF_KEY"
	workerSigning  = "INGEST_PROOF_SIGNING"
)

// worker is a process that receives webhooks and works, until it is told to stop or killed. Its times are short ones, so that
// the proof takes minutes and not hours.
func worker() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	pool, err := pgxpool.New(ctx, os.Getenv(workerDatabase)+"?pool_max_conns=14")
	if err != nil {
		return err
	}
	defer pool.Close()
	engine, err := ingest.New(pool, ingest.Params{
		APIKey: os.Getenv(workerKey), SigningKeys: []string{os.Getenv(workerSigning)},
		Options: []nango.Option{nango.WithBaseURL(os.Getenv(workerNango))},
		Models:  map[string][]string{integration: {model}},
		// Pages and slices are small, so that a kill comes in the middle of something.
		PageSize: 100, MaxPages: 5, Lease: lease, SweepEvery: time.Second, Requeue: 3 * time.Second, ReadEvery: 5 * time.Second,
		CompareEvery: 10 * time.Second, // it deletes the key of a connection whose last webhook came after its deletion
		Logger:       slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		River:        func(c *river.Config) { c.ID = os.Getenv(workerID) },
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Println("http://" + listener.Addr().String())
	// What brings work stops first.
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()
	context.AfterFunc(ctx, func() {
		_ = server.Shutdown(jobs)
		stopJobs()
	})
	return errors.Join(engine.Run(jobs), server.Close(), ignoreClosed(<-served))
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
