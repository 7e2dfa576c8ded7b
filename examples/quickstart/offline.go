package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// offline sets the tour to a server in this process, in which there is nothing yet.
func (t *tour) offline(srv *nangotest.Server) error {
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.HandleProxy("github", http.HandlerFunc(provider))
	srv.AddSync(nangotest.Sync{IntegrationID: "github", Name: "issues", Models: []string{"Issue"}, AutoStart: true, Run: saveIssues})
	srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "echo", Run: echo})
	t.client = srv.Client()
	t.set = settings{
		integration: "github",
		proxyPath:   "/user",
		model:       "Issue",
		action:      "echo",
		// The customer takes a moment, and the program asks more often than it would ask over a network.
		invite: func(session *nango.ConnectSession) {
			srv.AfterFunc(45*time.Millisecond, func() {
				if _, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{}); err != nil {
					panic(err)
				}
			})
		},
		wait:     nango.WaitParams{MinDelay: 10 * time.Millisecond, MaxDelay: 10 * time.Millisecond},
		webhooks: make(chan string, 10),
	}
	receiver, err := t.receiver(srv.SigningKey())
	if err != nil {
		return err
	}
	srv.SetWebhookHandler(receiver)
	return nil
}

// provider is the API that proxied calls reach, with the customer's token.
func provider(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"login":"octocat","method":%q,"path":%q}`, r.Method, r.URL)
}

// saveIssues is the sync's function: Nango runs it when the customer has connected, and then every day.
func saveIssues(_ context.Context, run *nangotest.SyncRun) error {
	for number := range 25 {
		run.Save("Issue", map[string]any{"id": fmt.Sprint(number + 1), "title": "It is broken"})
	}
	return nil
}

// echo is the action's function.
func echo(_ context.Context, call nangotest.ActionCall) (any, error) {
	return map[string]any{"input": call.Input, "attempt": call.Attempt}, nil
}
