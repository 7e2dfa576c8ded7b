// Ingest is the program of the example. Run it on as many machines as you like, with the same database:
//
//	ingest migrate   # before each deploy
//	ingest           # receives webhooks and works, until SIGTERM
//	ingest off-board INTEGRATION CONNECTION        # deletes the rows of a connection, without asking Nango
//	ingest restart INTEGRATION CONNECTION [MODEL]  # reads a connection from its oldest record on
//
// The settings are DATABASE_URL, NANGO_API_KEY, NANGO_WEBHOOK_SIGNING_KEY, MODELS (such as "github:Issue,github:Comment"),
// NANGO_HOST (https://api.nango.dev) and LISTEN (127.0.0.1:8080). It records its traces and metrics with the global providers
// of OpenTelemetry: set those to where yours go.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/riverqueue/rivercontrib/otelriver"

	"github.com/nango-go/sdk/examples/ingest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nangootel"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string) error {
	config, err := pgxpool.ParseConfig(getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	config.MaxConns = max(config.MaxConns, 20) // a connection for each slot, and those of River and the webhooks
	// By itself the pool waits for two minutes, longer than a deploy does.
	config.ConnConfig.ConnectTimeout = cmp.Or(config.ConnConfig.ConnectTimeout, 5*time.Second)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	switch {
	case len(args) == 1 && args[0] == "migrate":
		return ingest.Migrate(ctx, pool)
	case len(args) == 0:
	case args[0] == "off-board" && len(args) == 3:
	case args[0] == "restart" && (len(args) == 3 || len(args) == 4):
	default:
		return errors.New("usage: ingest [migrate | off-board INTEGRATION CONNECTION | restart INTEGRATION CONNECTION [MODEL]]")
	}
	models, err := parseModels(getenv("MODELS"))
	if err != nil {
		return err
	}
	engine, err := ingest.New(pool, ingest.Params{
		APIKey:      getenv("NANGO_API_KEY"),
		SigningKeys: []string{getenv("NANGO_WEBHOOK_SIGNING_KEY")},
		Models:      models,
		Options:     []nango.Option{nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev"))},
		Observer:    nangootel.NewObserver(),
		River: func(c *river.Config) {
			c.Middleware = []rivertype.Middleware{otelriver.NewMiddleware(nil)}
		},
	})
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
	case args[0] == "off-board":
		return engine.OffBoard(ctx, args[1], args[2])
	default:
		return engine.Restart(ctx, args[1], args[2], strings.Join(args[3:], ""))
	}
	listener, err := net.Listen("tcp", cmp.Or(getenv("LISTEN"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /nango", engine)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	return serve(ctx, server, listener, engine)
}

// serve stops what brings work first, then the work, and then, in its caller, the database.
func serve(ctx context.Context, server *http.Server, listener net.Listener, engine *ingest.Engine) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()
	worked := make(chan error, 1)
	go func() { worked <- engine.Run(jobs) }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var errs []error
	select {
	case <-ctx.Done():
	case err := <-served:
		errs = append(errs, err)
	case err := <-worked: // the API key is a wrong one, or River could not start
		worked <- err
	}
	grace, end := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer end()
	errs = append(errs, server.Shutdown(grace))
	stopJobs()
	return errors.Join(append(errs, <-worked)...)
}

// parseModels reads "github:Issue,github:Comment".
func parseModels(text string) (map[string][]string, error) {
	models := map[string][]string{}
	for pair := range strings.SplitSeq(text, ",") {
		integration, model, ok := strings.Cut(strings.TrimSpace(pair), ":")
		if !ok || integration == "" || model == "" {
			return nil, fmt.Errorf("MODELS: %q is not an integration and a model, such as github:Issue", pair)
		}
		models[integration] = append(models[integration], model)
	}
	return models, nil
}
