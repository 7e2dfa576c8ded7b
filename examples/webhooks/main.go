// Webhooks is a whole receiver of Nango's webhooks: it verifies them, puts them into a queue, answers, works through the queue,
// and ends without losing one.
//
//	go run ./examples/webhooks
//
// listens on the loopback interface and prints a signed curl line to poke it with. Change a byte of the line and see it refused,
// send a GET, stop the program with ctrl-C. The settings are NANGO_WEBHOOK_SIGNING_KEY (without it the key is an example's),
// LISTEN (127.0.0.1:8787) and, to have events of type auth confirmed by the API, NANGO_API_KEY and NANGO_HOST.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const exampleKey = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run receives until ctx ends.
func run(ctx context.Context, out io.Writer, getenv func(string) string) error {
	key := cmp.Or(getenv("NANGO_WEBHOOK_SIGNING_KEY"), exampleKey)
	inbox := newInbox(100)
	config := webhook.Config{
		Keys:          []string{key},
		Logger:        slog.New(slog.NewTextHandler(out, nil)),
		OnAuth:        put[*webhook.AuthEvent](inbox),
		OnSync:        put[*webhook.SyncEvent](inbox),
		OnAsyncAction: put[*webhook.AsyncActionEvent](inbox),
		OnForward:     put[*webhook.ForwardEvent](inbox),
		OnRaw:         put[*webhook.RawEvent](inbox),
	}
	if apiKey := getenv("NANGO_API_KEY"); apiKey != "" {
		client, err := nango.New(apiKey, nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev")))
		if err != nil {
			return err
		}
		config.Confirm = client.ConfirmAuthEvent
	}
	handler, err := webhook.NewHandler(config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cmp.Or(getenv("LISTEN"), "127.0.0.1:8787"))
	if err != nil {
		return err
	}
	line, err := curl(ctx, "http://"+listener.Addr().String()+"/nango", key)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(out, "listening; poke it with\n\n%s\n\n", line)

	done := make(chan struct{})
	go func() {
		defer close(done)
		inbox.work(func(event webhook.Event) { fmt.Fprintln(out, describe(event)) })
	}()
	err = serve(ctx, listener, handler)
	inbox.end() // nobody puts anything in any more
	<-done
	fmt.Fprintln(out, "stopped, with nothing left in the queue")
	return err
}

// serve serves until ctx ends, and then lets the requests end that are going on.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("/nango", handler)
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second, // of the body too, which the handler's time limit does not cut short
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second) // longer than the handler's
	defer cancel()
	return server.Shutdown(limit)
}

// curl returns a command that sends an event as Nango does.
func curl(ctx context.Context, url, key string) (string, error) {
	req, err := webhooktest.NewRequest(ctx, url, key, webhooktest.SyncSuccess())
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(req.Body)
	return fmt.Sprintf("curl -i %s -H 'content-type: %s' -H '%s: %s' --data-binary '%s'", url, req.Header.Get("Content-Type"),
		strings.ToLower(webhook.SignatureHeader), req.Header.Get(webhook.SignatureHeader), body), err
}
