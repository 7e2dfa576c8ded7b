package nango_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func ExampleProviderRateLimit() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "slack", Provider: "slack"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "slack", ConnectionID: "user-42"})
	srv.HandleProxy("slack", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, `{"ok":false,"error":"ratelimited"}`, http.StatusTooManyRequests)
	}))

	connection := srv.Client().Connection("slack", "user-42")
	_, err := nango.ProxyJSON[any](context.Background(), connection, nango.ProxyRequest{Path: "/conversations.list"})
	if limit, ok := nango.ProviderRateLimit(err); ok {
		fmt.Println("Slack wants a pause of", limit.RetryAfter)
	}
	// Output: Slack wants a pause of 30s
}

func ExampleResponseRateLimit() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "user-42"})
	srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", "Sun, 29 Nov 2026 12:00:00 GMT")
		w.Header().Set("X-RateLimit-Limit", "5000")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "1795955400")
		w.WriteHeader(http.StatusForbidden) // GitHub does not use 429 here
		fmt.Fprint(w, `{"message":"API rate limit exceeded for user ID 1."}`)
	}))

	connection := srv.Client().Connection("github", "user-42")
	resp, err := connection.HTTPClient(nil).Get("https://api.github.com/user")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if limit, ok := nango.ResponseRateLimit(resp); ok {
		fmt.Println("all", limit.Limit, "requests are used until", limit.Reset, "which is in", limit.RetryAfter)
	}
	// Output: all 5000 requests are used until 2026-11-29 12:30:00 +0000 UTC which is in 30m0s
}
