// Nango-go is a command line for Nango: it checks a setup, connects accounts, lists connections, copies records to a file, signs
// and sends webhooks, and serves a Nango of its own for trying things out.
//
//	nango-go --help
//
// The key and the host come from the environment or a file; docs/cli.md of the SDK says which.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the process at once
	os.Exit(execute(ctx, os.Args[1:]))
}
