package nango_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
)

func ExampleConnectionService_List() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	page, err := client.Connections.List(context.Background(), &nango.ListConnectionsParams{
		Tags:     map[string]string{"organization_id": "acme"},
		PageSize: 100,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range page.Connections {
		fmt.Println(c.IntegrationID, c.ConnectionID, c.Tags["organization_id"], c.CreatedAt.Format(time.DateOnly))
	}
	fmt.Println("more pages:", page.More)
	// Output:
	// github acme acme 2026-06-01
	// more pages: false
}

// All fetches as many pages as the loop asks for.
func ExampleConnectionService_All() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	for connection, err := range client.Connections.All(context.Background(), &nango.ListConnectionsParams{PageSize: 2}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(connection.IntegrationID, connection.ConnectionID)
	}
	fmt.Println(len(srv.Requests("listConnections")), "requests")
	// Output:
	// status acme
	// billing acme
	// github globex
	// github acme
	// 3 requests
}

// Import moves a connection that was authorised elsewhere to Nango, which keeps its token fresh from then on.
func ExampleConnectionService_Import() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	connection, err := client.Connections.Import(context.Background(), nango.ImportConnectionParams{
		IntegrationID: "github",
		ConnectionID:  "initech",
		Credentials: nango.ImportOAuth2{
			AccessToken:  "at-1",
			RefreshToken: "rt-1",
			ExpiresAt:    time.Date(2026, 6, 1, 18, 0, 0, 0, time.UTC),
		},
		Config: map[string]string{"hostname": "github.example.com"},
		Tags:   map[string]string{"organization_id": "initech"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(connection.ConnectionID, connection.Credentials.Type())

	srv.Advance(6 * time.Hour)
	token, err := client.Connection("github", "initech").Token(context.Background(), nil)
	fmt.Println(token.Value.Reveal(), err)
	// Output:
	// initech OAUTH2
	// refreshed-token-1 <nil>
}

func ExampleConnectionService_MergeMetadata() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	err := client.Connections.MergeMetadata(context.Background(), "github", []string{"acme", "hooli"},
		map[string]any{"folder": "/archive"})
	fmt.Println("nothing was changed:", errors.Is(err, nango.ErrNotFound))
	// Output:
	// nothing was changed: true
}

// The concrete type of the credentials says how the connection is authorised.
func ExampleConnectionHandle_Get() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	for _, integrationID := range []string{"github", "billing", "status"} {
		connection, err := client.Connection(integrationID, "acme").Get(context.Background(), nil)
		if err != nil {
			log.Fatal(err)
		}
		switch c := connection.Credentials.(type) {
		case *nango.OAuth2Credentials:
			fmt.Println("Authorization: Bearer", c.AccessToken.Reveal(), "until", c.ExpiresAt.Format(time.TimeOnly))
		case *nango.BasicCredentials:
			fmt.Println("user", c.Username.Reveal(), "with the password", c.Password) // printing a secret shows nothing
		case nil:
			fmt.Println("no credentials")
		default:
			fmt.Println("not prepared for", c.Type())
		}
	}
	// Output:
	// Authorization: Bearer token-of-acme until 20:00:00
	// user bob with the password [redacted]
	// no credentials
}

// Ask for the token before each use; Nango refreshes it in time.
func ExampleConnectionHandle_Token() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	for range 2 {
		token, err := client.Connection("github", "acme").Token(context.Background(), nil)
		switch {
		case errors.Is(err, nango.ErrRefreshFailed):
			fmt.Println("the customer has to reconnect")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println("Authorization: Bearer " + token.Value.Reveal())
		}
		srv.Advance(8 * time.Hour)
	}
	// Output:
	// Authorization: Bearer token-of-acme
	// Authorization: Bearer refreshed-token-1
}

func ExampleMetadata() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	type settings struct {
		Folder string   `json:"folder"`
		Labels []string `json:"labels"`
	}
	metadata, err := nango.Metadata[settings](context.Background(), client.Connection("github", "acme"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", metadata)
	// Output:
	// {Folder:/inbox Labels:[bug]}
}

func ExampleConnectionHandle_SetMetadata() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	connection := client.Connection("github", "acme")
	if err := connection.SetMetadata(ctx, map[string]string{"language": "en"}); err != nil {
		fmt.Println(err)
		return
	}
	metadata, err := nango.Metadata[map[string]string](ctx, connection)
	fmt.Println(metadata, err)
	// Output: map[language:en] <nil>
}

// RawTokenResponse has what the provider's token endpoint returned beside the token.
func ExampleConnectionHandle_RawTokenResponse() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	raw, err := client.Connection("github", "acme").RawTokenResponse(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var response struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
	err = raw.Decode(&response)
	fmt.Println(raw, response.ExpiresAt, err)
	// Output: [redacted] 2026-06-01 20:00:00 +0000 UTC <nil>
}
