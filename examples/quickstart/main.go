// Quickstart walks once through what most programs do with Nango and prints a line for each step: a customer connects, the
// program waits for the connection, gets a token, calls the provider, receives webhooks, reads synced records and runs an action.
//
//	go run ./examples/quickstart
//
// runs offline, on a Nango server in this process with a customer who connects. With NANGO_API_KEY set it talks to Nango Cloud,
// or to the server at NANGO_HOST; NANGO_INTEGRATION then names the integration to connect, and the steps that need something of
// your own run when you name it: NANGO_PROXY_PATH, NANGO_MODEL, NANGO_ACTION.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// errSkipped is a step that the settings leave out.
var errSkipped = errors.New("skipped")

// run does the steps and prints a line for each: its name when it begins, then what came out and how long it took.
func run(ctx context.Context, out io.Writer, getenv func(string) string) error {
	tour := new(tour)
	next := "Next: the recipes in README.md have the code of each step."
	if getenv("NANGO_API_KEY") == "" {
		fmt.Fprintln(out, "NANGO_API_KEY is not set, so this runs offline: on a Nango server in this process, with a customer who connects.")
		next = "Next: set NANGO_API_KEY and NANGO_INTEGRATION to run it on your own Nango. The recipes in README.md have the code of each step."
		srv := nangotest.New()
		defer srv.Close()
		if err := tour.offline(srv); err != nil {
			return err
		}
	} else if err := tour.online(out, getenv); err != nil {
		return err
	}
	tour.set.wait.OnPoll = func(nango.WaitStatus) { fmt.Fprint(out, ".") }
	for _, step := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"connect session", tour.connect},
		{"wait for connection", tour.wait},
		{"token", tour.token},
		{"proxied call", tour.proxy},
		{"webhook", tour.webhook},
		{"record pages", tour.records},
		{"action", tour.action},
	} {
		start := time.Now()
		fmt.Fprintf(out, "%-20s ", step.name)
		outcome, err := step.do(ctx)
		if err != nil && !errors.Is(err, errSkipped) {
			fmt.Fprintln(out, "failed")
			return fmt.Errorf("%s: %w", step.name, err)
		}
		if err != nil {
			outcome = err.Error()
		}
		fmt.Fprintf(out, "%-60s %s\n", outcome, time.Since(start).Round(time.Microsecond))
	}
	fmt.Fprintln(out, next)
	return nil
}
