// Nango-go is a command line for Nango: it checks a setup, connects accounts, lists connections, copies records to a file, signs
// and sends webhooks, and serves a Nango of its own for trying things out.
//
//	nango-go --help
//
// The key and the host come from the environment or a file; docs/cli.md of the SDK says which.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long a command has to end after Ctrl-C. One that waits for its input, or for a reader of its output, cannot.
const grace = 2 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	ended := make(chan int, 1)
	go func() { ended <- execute(ctx, os.Args[1:]) }()
	select {
	case code := <-ended:
		os.Exit(code)
	case <-ctx.Done():
	}
	select {
	case code := <-ended:
		os.Exit(code)
	case <-time.After(grace):
		fmt.Fprintln(os.Stderr, "nango-go: stopped")
		os.Exit(exitFailure)
	}
}
