// App is a small product on Nango: customers connect their accounts in a browser, records arrive, and what breaks can be repaired.
//
//	go run .
//
// needs nothing installed: a Nango server runs in this process, and SQLite holds the data. README.md says more.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nango-go/sdk/nango"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings come from flags, and from the environment where they are about Nango.
type settings struct {
	url                     string
	signingKeys             []string // the newest first
	model, action, filePath string
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	set := settings{
		signingKeys: strings.Split(getenv("NANGO_WEBHOOK_SIGNING_KEY"), ","), filePath: getenv("NANGO_FILE_PATH"),
		model: cmp.Or(getenv("NANGO_MODEL"), "Issue"), action: cmp.Or(getenv("NANGO_ACTION"), "create-issue"),
	}
	stdout, err := os.Stdout.Stat()
	terminal := err == nil && stdout.Mode()&os.ModeCharDevice != 0
	flags := flag.NewFlagSet("app", flag.ContinueOnError)
	addr := flags.String("addr", "localhost:8080", "the address to listen on")
	file := flags.String("db", "", "the SQLite `file` (default app.db, or a temporary one in demo mode)")
	open := flags.Bool("open", terminal, "open the app in a browser")
	flags.StringVar(&set.url, "url", "", "the `URL` of the app in the browser, if it is not http:// and the address")
	if err := flags.Parse(args); err != nil {
		return err
	}

	var client *nango.Client
	var sample *demo
	if key := getenv("NANGO_API_KEY"); key != "" {
		client, err = nango.New(key, nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev")))
		if err != nil {
			return err
		}
	} else {
		sample = newDemo()
		defer sample.srv.Close()
		client, set.signingKeys, set.filePath = sample.srv.Client(), sample.srv.SigningKeys(), demoFile
		dir, err := os.MkdirTemp("", "nango-app-") // the connections are gone with the process, so the rows should be too
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*file = cmp.Or(*file, filepath.Join(dir, "app.db"))
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	set.url = cmp.Or(set.url, "http://"+strings.Replace(listener.Addr().String(), "127.0.0.1", "localhost", 1))
	db, err := openStore(ctx, cmp.Or(*file, "app.db"), set.model)
	if err != nil {
		return err
	}
	app, err := newApp(ctx, client, db, set, sample)
	if err != nil {
		return errors.Join(err, db.close())
	}
	fmt.Fprintln(out, set.url)
	if sample != nil {
		fmt.Fprintln(out, "This is the demo mode: Nango runs in this process. Set NANGO_API_KEY and NANGO_HOST to use yours.")
		sample.live(ctx, 4*time.Second)
		context.AfterFunc(ctx, func() { sample.srv.SetWebhookURL("") }) // first of all, what feeds the app stops
	}
	opener := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if opener == nil && cmp.Or(getenv("DISPLAY"), getenv("WAYLAND_DISPLAY")) != "" {
		opener = []string{"xdg-open"}
	}
	if *open && opener != nil {
		_ = exec.CommandContext(ctx, opener[0], append(opener[1:], set.url)...).Start() // the URL is printed too
	}
	return serve(ctx, listener, app)
}

// serve ends in the order in which nothing is lost: the requests, the passes that webhooks have started, the database.
func serve(ctx context.Context, listener net.Listener, app *app) error {
	server := &http.Server{Handler: app.routes(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	server.RegisterOnShutdown(app.close) // the streams of events do not end by themselves
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	failed := make(chan error, 2)
	var running sync.WaitGroup
	running.Go(func() { failed <- app.dispatcher.Run(background) })
	running.Go(func() { app.reconcileDaily(background) })
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second) // longer than a webhook may take
	defer cancel()
	if late := server.Shutdown(limit); late != nil {
		err = errors.Join(err, late, server.Close()) // a download went on
	}
	stop()
	running.Wait()
	return errors.Join(err, app.db.close())
}
