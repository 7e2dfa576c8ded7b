package nango_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func ExampleProviderService_List() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	providers, err := client.Providers.List(context.Background(), &nango.ListProvidersParams{Search: "github"})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range providers {
		fmt.Println(p.Name, p.AuthMode)
	}
	// Output:
	// github OAUTH2
	// github-app APP
	// github-app-oauth CUSTOM
	// github-pat API_KEY
}

// What a definition holds beyond the fields of Provider is in Extra.
func ExampleProviderService_Get() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	provider, err := client.Providers.Get(context.Background(), "acumatica", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(provider.DisplayName)
	fmt.Println(provider.ConnectionConfig["instanceUrl"].Title)
	fmt.Println(string(provider.Extra["token_url"]))
	// Output:
	// Acumatica
	// Instance
	// "https://${connectionConfig.instanceUrl}/identity/connect/token"
}

// Tag the session with your own ids: the connection will have the tags, and can be found by them.
func ExampleConnectSessionService_Create() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	session, err := client.ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags:           map[string]string{"end_user_id": "user-1"},
		IntegrationIDs: []string{"github"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("hand to the frontend:", session.Token, len(session.Token.Reveal()))
	fmt.Println("or send the customer to a link of", len(session.ConnectLink), "characters")
	fmt.Println("until", session.ExpiresAt.Format("15:04:05"))
	// Output:
	// hand to the frontend: [redacted] 86
	// or send the customer to a link of 123 characters
	// until 12:30:00
}

// A validation that failed names the fields.
func ExampleConnectSessionService_Create_invalid() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	_, err := client.ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags:     map[string]string{"end_user_id": "user-1"},
		Defaults: map[string]nango.ConnectDefaults{"gitlab": {OAuthScopes: []string{"read"}}},
	})
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrInvalid) {
		for _, field := range failure.Fields {
			fmt.Println(field.Path, field.Message)
		}
	}
	// Output:
	// [integrations_config_defaults gitlab] Integration does not exist
}

// The customer may have connected by the time the program begins to wait; then the wait ends at once.
func ExampleConnectionService_WaitFor() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()

	session, err := client.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"organization_id": "initech"}})
	if err != nil {
		log.Fatal(err)
	}
	// … send the customer to session.ConnectLink, where this happens:
	if _, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"}); err != nil {
		log.Fatal(err)
	}
	connection, err := client.Connections.WaitFor(ctx, nango.WaitForConnectionParams{Session: session})
	switch {
	case errors.Is(err, nango.ErrSessionExpired):
		fmt.Println("the customer has not connected")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println(connection.Tags["organization_id"], "connected to", connection.IntegrationID)
	}
	// Output:
	// initech connected to github
}

// A session for a connection that exists lets the customer authorise it again, and WaitFor tells when that is done.
func ExampleConnectionHandle_Reconnect() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()
	srv.Connection("github", "acme").ExpireToken()
	srv.Connection("github", "acme").FailRefresh(400, "invalid_grant")

	connection := client.Connection("github", "acme")
	_, err := connection.Token(ctx, nil)
	if !errors.Is(err, nango.ErrRefreshFailed) {
		log.Fatal(err)
	}
	session, err := connection.Reconnect(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ask the customer to reconnect until", session.ExpiresAt.Format("15:04:05"))

	// … send the customer to session.ConnectLink, where this happens:
	if _, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{}); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Connections.WaitFor(ctx, nango.WaitForConnectionParams{Session: session}); err != nil {
		log.Fatal(err)
	}
	token, err := connection.Token(ctx, nil)
	fmt.Println("good until", token.ExpiresAt.Format("15:04:05"), err)
	// Output:
	// ask the customer to reconnect until 12:30:00
	// good until 13:00:00 <nil>
}
