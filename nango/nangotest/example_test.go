package nangotest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A server with one customer, and a program that reads the customer's token. In a test, Start(t) closes the server by itself.
func Example() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	srv.AddConnection(nangotest.Connection{
		IntegrationID: "crm",
		ConnectionID:  "customer-1",
		Credentials:   &nango.OAuth2Credentials{AccessToken: nango.NewSecret("token-of-customer-1")},
		Metadata:      map[string]any{"plan": "pro"},
	})

	client := srv.Client() // give this to the program
	token, err := client.Connection("crm", "customer-1").Token(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Value.Reveal())

	_, err = client.Connection("crm", "customer-2").Token(context.Background(), nil)
	fmt.Println(errors.Is(err, nango.ErrNotFound))
	// Output:
	// token-of-customer-1
	// true
}

// The program makes a connect session and waits; the test does what the customer would do.
func ExampleEnvironment_Authorize() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	client := srv.Client()

	session, err := client.ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags: map[string]string{"user": "u1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "crm"})
	if err != nil {
		log.Fatal(err)
	}
	connected, err := client.Connections.WaitFor(context.Background(), nango.WaitForConnectionParams{Session: session})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(connected.IntegrationID, connected.Tags)
	// Output: crm map[user:u1]
}

// The link of a connect session leads to a page of the test's own.
func ExampleServer_SetConnectURL() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetConnectURL("http://127.0.0.1:8080/connect")
	session, err := srv.Client().ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags: map[string]string{"user": "u1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	page, _, _ := strings.Cut(session.ConnectLink, "=")
	fmt.Println(page)
	// Output: http://127.0.0.1:8080/connect?session_token
}

// What does the program make of a base URL that leads to the dashboard?
func ExampleServer_SetDashboard() {
	srv := nangotest.New()
	defer srv.Close()
	srv.SetDashboard("<!doctype html><title>Nango</title>")
	resp, err := srv.HTTPClient().Get("http://nango.test/no/such/route")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, resp.Header.Get("Content-Type"))
	// Output: 200 OK text/html; charset=utf-8
}

// How does the program behave when a token comes to its end, and when the provider gives no new one?
func ExampleConnectionHandle_FailRefresh() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	connection := srv.AddConnection(nangotest.Connection{
		IntegrationID: "crm",
		ConnectionID:  "customer-1",
		Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("first"), RefreshToken: nango.NewSecret("r"), ExpiresAt: srv.Now().Add(time.Hour),
		},
	})
	customer := srv.Client().Connection("crm", "customer-1")
	show := func() {
		token, err := customer.Token(context.Background(), nil)
		fmt.Println(token.Value.Reveal(), errors.Is(err, nango.ErrRefreshFailed))
	}

	show()
	srv.Advance(50 * time.Minute) // Nango refreshes what expires within 15 minutes
	show()
	connection.FailRefresh(400, "invalid_grant")
	srv.Advance(time.Hour)
	show()
	// Output:
	// first false
	// refreshed-token-1 false
	//  true
}
