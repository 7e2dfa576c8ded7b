package nango_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// exampleServer returns a Nango server in this process. It is noon there, and time passes with Advance alone. Two customers,
// acme and globex, have connected their accounts with GitHub. Nobody has connected linear.
func exampleServer() *nangotest.Server {
	srv := nangotest.New()
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{
		ID: "github", Provider: "github",
		App: nango.OAuth2App{ClientID: "your-client-id", ClientSecret: "your-client-secret", Scopes: []string{"repo", "read:user"}},
	})
	srv.AddIntegration(nangotest.Integration{ID: "billing", Provider: "private-api-basic"})
	srv.AddIntegration(nangotest.Integration{ID: "linear", Provider: "linear"})
	srv.AddIntegration(nangotest.Integration{ID: "status"})
	addExampleFunctions(srv)
	srv.HandleProxy("github", http.HandlerFunc(exampleGitHub))

	for _, customer := range []string{"acme", "globex"} {
		srv.AddConnection(nangotest.Connection{
			IntegrationID: "github", ConnectionID: customer, Tags: map[string]string{"organization_id": customer},
			Credentials: &nango.OAuth2Credentials{
				AccessToken:  nango.NewSecret("token-of-" + customer),
				RefreshToken: nango.NewSecret("your-refresh-token"),
				ExpiresAt:    srv.Now().Add(8 * time.Hour),
			},
			Metadata: map[string]any{"folder": "/inbox", "labels": []string{"bug"}},
		})
	}
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "billing", ConnectionID: "acme",
		Credentials: &nango.BasicCredentials{Username: nango.NewSecret("bob"), Password: nango.NewSecret("your-password")},
	})
	srv.AddConnection(nangotest.Connection{IntegrationID: "status", ConnectionID: "acme"})
	return srv
}

// exampleGitHub stands in for GitHub's API.
func exampleGitHub(w http.ResponseWriter, r *http.Request) {
	kind := func(contentType string) { w.Header().Set("Content-Type", contentType) }
	switch r.Method + " " + r.URL.Path {
	case "GET /acme/app/releases.atom":
		kind("application/atom+xml")
		fmt.Fprint(w, "<feed/>")
	case "POST /login/device/code":
		kind("text/plain")
		_, _ = io.Copy(w, r.Body)
	case "POST /repos/acme/app/issues":
		kind("application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"number":7,"title":"It is broken"}`)
	case "POST /repos/acme/old/issues":
		w.WriteHeader(http.StatusGone)
		fmt.Fprint(w, `{"message":"Issues are disabled for this repo"}`)
	default:
		kind("application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"Not Found"}`)
	}
}

// addExampleFunctions deploys what reads, writes and copies issues.
func addExampleFunctions(srv *nangotest.Server) {
	srv.AddSync(nangotest.Sync{
		IntegrationID: "github", Name: "issues", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			if !run.LastRun.IsZero() { // since then one issue was opened, one was commented on, two are gone
				run.Save("Issue", Issue{"26", "Issue 26", 0}, Issue{"1", "Issue 1", 2})
				run.Delete("Issue", "24", "25")
				return nil
			}
			for n := range 25 {
				run.Save("Issue", Issue{fmt.Sprint(n + 1), fmt.Sprint("Issue ", n+1), 1})
			}
			return nil
		},
	})
	srv.AddSync(nangotest.Sync{IntegrationID: "github", Name: "labels", Models: []string{"Label"}})
	srv.AddAction(nangotest.Action{
		IntegrationID: "github", Name: "create-issue",
		Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
			return map[string]any{"number": 7, "input": call.Input}, nil
		},
		Details: nangotest.FunctionDetails{
			Description: "Opens an issue", Input: "NewIssue",
			JSONSchema: []byte(`{"definitions":{"NewIssue":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}`),
		},
	})
	srv.AddAction(nangotest.Action{
		IntegrationID: "github", Name: "close-issue",
		Run: func(context.Context, nangotest.ActionCall) (any, error) {
			return nil, &nangotest.UpstreamError{StatusCode: http.StatusGone, Body: map[string]string{"message": "This issue was deleted"}}
		},
	})
	srv.AddAction(nangotest.Action{
		IntegrationID: "github", Name: "export", Takes: time.Minute,
		Run: func(context.Context, nangotest.ActionCall) (any, error) {
			return nil, &nangotest.ActionError{Payload: map[string]string{"reason": "too many issues"}}
		},
	})
	srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "draft", Details: nangotest.FunctionDetails{Source: "standalone"}})
	srv.AddEventHandler(nangotest.EventHandler{
		IntegrationID: "github", Name: "welcome", Event: "post-connection-creation",
		Details: nangotest.FunctionDetails{Code: "export default createOnEvent({ … })"},
	})
	srv.SetSandbox(&nangotest.Sandbox{
		Compile: func(code string) (compiled nangotest.Compiled, err error) {
			if !strings.Contains(code, "createAction") {
				err = &nangotest.FunctionError{Code: "compilation_error", Message: "TS2304: Cannot find name 'createAktion'."}
			}
			return compiled, err
		},
		DryRun: func(_ context.Context, run nangotest.DryRun) (any, error) {
			return map[string]any{"number": 7, "input": run.Input}, nil
		},
	})
}
