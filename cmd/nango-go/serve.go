package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango/nangotest"
)

func (a *app) serve() *cobra.Command {
	var port uint16
	var webhookURL string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a Nango of your own, without an account",
		Long: `Serve a Nango of your own on the loopback interface, without an account, for programs in any language.

It is the server of the SDK's package nangotest, with a few integrations and connections, a sync that changes records
every 30 seconds, an action, a provider that responds through the proxy, and a page on which you connect accounts. It
keeps everything in memory, the requests too, and forgets it when it ends. It is for trying things out, not for load.`,
		Example: `  nango-go serve --port 3003 --webhook-url http://localhost:8787/nango
  nango-go serve --json | jq .   # the list for programs: a line of JSON`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReceiver(webhookURL); err != nil {
				return err
			}
			listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))))
			if errors.Is(err, syscall.EADDRINUSE) {
				return fmt.Errorf("port %d is in use: choose another --port, or none for a free one", port)
			}
			if err != nil {
				return fmt.Errorf("%w; choose another --port", err)
			}
			srv := nangotest.New()
			defer srv.Close()
			srv.SetWebhookURL(webhookURL)
			baseURL := "http://" + listener.Addr().String()
			access, err := seed(cmd.Context(), srv, baseURL, webhookURL)
			if err != nil {
				return errors.Join(err, listener.Close())
			}
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(access)
			} else {
				err = access.print(cmd.OutOrStdout())
			}
			if err != nil {
				return errors.Join(err, listener.Close())
			}
			return serveUntil(cmd.Context(), listener, handler(srv))
		},
	}
	cmd.Flags().Uint16Var(&port, "port", 0, "the port, at most 65535 (default, and for 0: a free one)")
	cmd.Flags().StringVar(&webhookURL, "webhook-url", "", "where to send webhooks, on the loopback interface (default: nowhere)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print how to reach it as a line of JSON")
	return cmd
}

// checkReceiver refuses the URLs to which the server would deliver nothing.
func checkReceiver(webhookURL string) error {
	if webhookURL == "" {
		return nil
	}
	u, err := url.Parse(webhookURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return &usageError{"--webhook-url begins with neither http:// nor https://"}
	}
	if ip, err := netip.ParseAddr(u.Hostname()); !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !ip.IsLoopback()) {
		return &usageError{"--webhook-url is not on the loopback interface, such as http://localhost:8787/nango"}
	}
	return nil
}

// handler serves the API, the page for the links of connect sessions, and a page for a person who opens the base URL.
func handler(srv *nangotest.Server) http.Handler {
	mux := http.NewServeMux()
	page := &connectPage{srv}
	mux.HandleFunc("GET "+connectPath, page.choose)
	mux.HandleFunc("POST "+connectPath, page.decide)
	mux.HandleFunc("GET /{$}", welcome)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == connectPath || r.URL.Path == "/" {
			mux.ServeHTTP(w, r)
			return
		}
		srv.ServeHTTP(w, r) // as it came: a mux would clean paths, which the server has to see
	})
}

// serveUntil serves until ctx ends, which is how the command is meant to end.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(limit) != nil {
		return server.Close() // a request takes longer; the state it works on is gone anyway
	}
	return nil
}
