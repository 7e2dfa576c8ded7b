package nangotest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// A handler in place of a provider's API. The handler gets what the real provider would get of the call, and its response becomes what the
// real Nango makes of it: here the 201 arrives as 200, and servers before 0.71.7 lose the Location.
func ExampleEnvironment_HandleProxy() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "github", ConnectionID: "user-1", Credentials: &nango.OAuth2Credentials{AccessToken: nango.NewSecret("gho_1")},
	})
	srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Authorization"), string(body))
		w.Header().Set("Location", "/repos/octocat/hello/issues/7")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"number":7}`)
	}))

	for _, release := range []string{"0.71.10", "0.71.6"} {
		srv.SetRelease(release)
		resp, err := srv.Client().Connection("github", "user-1").Proxy(context.Background(), nango.ProxyRequest{
			Method: "POST", Path: "/repos/octocat/hello/issues", JSON: map[string]string{"title": "Hello"},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		issue, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%d %q %s\n", resp.StatusCode, resp.Header.Get("Location"), issue)
	}
	// Output:
	// POST /repos/octocat/hello/issues Bearer gho_1 {"title":"Hello"}
	// 200 "/repos/octocat/hello/issues/7" {"number":7}
	// POST /repos/octocat/hello/issues Bearer gho_1 {"title":"Hello"}
	// 200 "" {"number":7}
}

// See what your program does when Nango's rate limit is reached. In a test run this in a bubble of testing/synctest, and the
// client's waits take no time.
func ExampleServer_Inject() {
	srv := nangotest.New()
	defer srv.Close()
	srv.Inject(nangotest.Rule{Operation: "listConnections", Nth: 1}, nangotest.RateLimited("60"))
	client := srv.Client()

	_, err := client.Connections.List(context.Background(), nil)
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrRateLimited) {
		fmt.Println("again in", failure.RetryAfter)
	}
	_, err = client.Connections.List(context.Background(), nil)
	fmt.Println(err)
	// Output:
	// again in 1m0s
	// <nil>
}

// Put the handler that receives your webhooks to the test, its answers to what fails included.
func ExampleEnvironment_SetWebhookHandler() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	database := errors.New("down")
	handler, err := webhook.NewHandler(webhook.Config{
		Keys:   []string{srv.SigningKey()},
		Logger: slog.New(slog.DiscardHandler),
		OnAuth: func(_ context.Context, event *webhook.AuthEvent) error {
			if database != nil || !event.Success {
				return database
			}
			switch event.Operation {
			case webhook.AuthOperationDeletion: // a success too
				fmt.Println("forgotten", event.ConnectionID)
			default:
				fmt.Println("stored", event.ConnectionID)
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.SetWebhookHandler(handler)
	srv.AddIntegration(nangotest.Integration{ID: "free"})
	_, err = srv.Client().Connections.Import(context.Background(), nango.ImportConnectionParams{
		IntegrationID: "free", ConnectionID: "user-1", Credentials: nango.ImportNone{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Settle()
	database = nil
	srv.Advance(3 * time.Second) // Nango tries again
	for _, attempt := range srv.Deliveries()[0].Attempts {
		fmt.Println(attempt.At.Format(time.TimeOnly), attempt.StatusCode)
	}
	// Output:
	// stored user-1
	// 03:04:05 500
	// 03:04:08 200
}
