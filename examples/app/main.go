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

// settings come from flags, and from the environment where they belong to Nango.
type settings struct {
	addr, database, publicURL string
	signingKeys               []string // the newest first
	model, action, file       string
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	var set settings
	flags := flag.NewFlagSet("app", flag.ContinueOnError)
	flags.StringVar(&set.addr, "addr", "localhost:8080", "the address to listen on")
	flags.StringVar(&set.database, "db", "", "the SQLite `file` (default app.db; in demo mode a temporary one)")
	flags.StringVar(&set.publicURL, "url", "", "the URL of the app in the browser, if it is not http:// and the address")
	browser := flags.Bool("open", isTerminal(out), "open the app in the browser")
	if err := flags.Parse(args); err != nil {
		return err
	}
	set.model = cmp.Or(getenv("NANGO_MODEL"), "Issue")
	set.action = cmp.Or(getenv("NANGO_ACTION"), "create-issue")
	set.file = getenv("NANGO_FILE_PATH")

	var client *nango.Client
	var sample *demo
	if key := getenv("NANGO_API_KEY"); key != "" {
		client, err = nango.New(key, nango.WithBaseURL(cmp.Or(getenv("NANGO_HOST"), "https://api.nango.dev")))
		if err != nil {
			return err
		}
		set.database = cmp.Or(set.database, "app.db")
		set.signingKeys = []string{getenv("NANGO_WEBHOOK_SIGNING_KEY")}
		if previous := getenv("NANGO_WEBHOOK_SIGNING_KEY_PREVIOUS"); previous != "" {
			set.signingKeys = append(set.signingKeys, previous)
		}
	} else {
		sample = newDemo()
		defer sample.close()
		client, set.signingKeys, set.file = sample.srv.Client(), []string{sample.srv.SigningKey()}, demoFile
		if set.database == "" { // the connections are gone with the process, so the rows should be too
			dir, err := os.MkdirTemp("", "nango-app-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			set.database = filepath.Join(dir, "app.db")
		}
	}

	listener, err := net.Listen("tcp", set.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	host, _, _ := net.SplitHostPort(set.addr)
	set.publicURL = cmp.Or(set.publicURL, "http://"+net.JoinHostPort(cmp.Or(host, "localhost"), port))

	db, err := openStore(ctx, set.database, set.model)
	if err != nil {
		return err
	}
	app, err := newApp(ctx, client, db, set, sample)
	if err != nil {
		return errors.Join(err, db.close())
	}
	fmt.Fprintln(out, set.publicURL)
	if sample != nil {
		fmt.Fprintln(out, "This is the demo mode: Nango runs inside this process. Set NANGO_API_KEY and NANGO_HOST to use yours.")
		go sample.live(ctx, 4*time.Second)
	}
	if *browser {
		openBrowser(ctx, set.publicURL)
	}
	return serve(ctx, listener, app)
}

// serve ends in the order in which nothing is lost: the requests, the passes that webhooks started, the database.
func serve(ctx context.Context, listener net.Listener, app *app) error {
	server := &http.Server{Handler: app.routes(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	server.RegisterOnShutdown(app.live.close) // the streams of events would never end by themselves
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
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second) // longer than a webhook may take
	defer cancel()
	if shutdown := server.Shutdown(limit); shutdown != nil {
		err = errors.Join(err, shutdown, server.Close()) // a download that goes on
	}
	if app.demo != nil {
		app.demo.srv.SetWebhookURL("")
	}
	stop()
	running.Wait()
	return errors.Join(err, app.db.close())
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// openBrowser does nothing where there is no browser to open: the URL is printed.
func openBrowser(ctx context.Context, url string) {
	command := map[string]string{"darwin": "open", "windows": "rundll32 url.dll,FileProtocolHandler"}[runtime.GOOS]
	if runtime.GOOS != "darwin" && runtime.GOOS != "windows" && cmp.Or(os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY")) != "" {
		command = "xdg-open"
	}
	if words := strings.Fields(command); len(words) > 0 {
		_ = exec.CommandContext(ctx, words[0], append(words[1:], url)...).Start()
	}
}
