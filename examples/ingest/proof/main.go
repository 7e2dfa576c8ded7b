// Proof runs worker processes on a real PostgreSQL while everything goes wrong, and compares the rows with the records of the
// server in the end. "make ingest" runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nango-go/sdk/internal/pgserver"
)

// plan is how large a proof is.
type plan struct {
	connections, records int
	workers, kills       int
	// chaos is how long the records change and the processes are killed.
	chaos time.Duration
	// settle is how long the rows may take to become those of the server after that.
	settle time.Duration
	// rates are the numbers of workers whose speed is measured.
	rates []int
	seed  uint64
	out   io.Writer
	// verbose shows what the workers log.
	verbose bool
}

func main() {
	if os.Getenv(workerID) != "" {
		if err := worker(); err != nil {
			fmt.Println(err) // where crew reads it
			os.Exit(1)
		}
		return
	}
	p := plan{rates: []int{1, 2, 4}, out: os.Stdout}
	flag.IntVar(&p.connections, "connections", 50, "the number of connections")
	flag.IntVar(&p.records, "records", 2000, "the number of records of each")
	flag.IntVar(&p.workers, "workers", 3, "the number of worker processes")
	flag.IntVar(&p.kills, "kills", 20, "how many of them are killed")
	flag.DurationVar(&p.chaos, "chaos", 90*time.Second, "how long things go wrong")
	flag.DurationVar(&p.settle, "settle", 3*time.Minute, "how long the rows may take after that")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "decides which records change")
	flag.BoolVar(&p.verbose, "v", false, "show what the workers log")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := p.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run measures the rates and then proves that nothing is lost.
func (p plan) run(ctx context.Context) error {
	postgres, err := pgserver.Start()
	if err != nil {
		return err
	}
	defer postgres.Stop()
	for _, workers := range p.rates {
		if err := p.rate(ctx, postgres, workers); err != nil {
			return fmt.Errorf("the rate of %d workers: %w", workers, err)
		}
	}
	return p.prove(ctx, postgres)
}
