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
	client := exampleClient("connections/list-by-connection-id")

	page, err := client.Connections.List(context.Background(), &nango.ListConnectionsParams{
		Tags:     map[string]string{"end_user_id": "user-1"},
		PageSize: 100,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range page.Connections {
		fmt.Println(c.IntegrationID, c.ConnectionID, c.Tags["region"], c.CreatedAt.Format(time.DateOnly))
	}
	fmt.Println("more pages:", page.More)
	// Output:
	// demo-none conn-none-1 EU 2026-11-22
	// more pages: false
}

// All fetches as many pages as the loop asks for.
func ExampleConnectionService_All() {
	client := exampleClient("connections/list-limit-2", "connections/list-limit-2-page-1", "connections/list-page-past-end")

	for connection, err := range client.Connections.All(context.Background(), &nango.ListConnectionsParams{PageSize: 2}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(connection.IntegrationID, connection.ConnectionID)
	}
	// Output:
	// demo-none conn-none-hook
	// demo-none user+x@ex.com/a|[1]{2}
	// ns-tba conn-tba-1
	// tw conn-oauth1-1
}

// Import moves a connection that was authorised elsewhere to Nango, which keeps its token fresh from then on.
func ExampleConnectionService_Import() {
	client := exampleClient("connections/create-oauth2-full")

	connection, err := client.Connections.Import(context.Background(), nango.ImportConnectionParams{
		IntegrationID: "canvas",
		ConnectionID:  "conn-canvas-1",
		Credentials: nango.ImportOAuth2{
			AccessToken:  "at-1",
			RefreshToken: "rt-1",
			ExpiresAt:    time.Date(2026, 11, 22, 14, 30, 7, 0, time.UTC),
		},
		Config: map[string]string{"hostname": "school.example.com"},
		Tags:   map[string]string{"end_user_id": "user-1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(connection.ConnectionID, connection.Credentials.Type())
	// Output:
	// conn-canvas-1 OAUTH2
}

func ExampleConnectionService_MergeMetadata() {
	client := exampleClient("metadata/patch-many-one-unknown")

	err := client.Connections.MergeMetadata(context.Background(), "demo-none", []string{"conn-none-1", "zzz"},
		map[string]any{"plan": "pro"})
	fmt.Println("nothing was changed:", errors.Is(err, nango.ErrNotFound))
	// Output:
	// nothing was changed: true
}

// The concrete type of the credentials says how the connection is authorised.
func ExampleConnectionHandle_Get() {
	client := exampleClient("connections/get-oauth2-force-refresh", "connections/get-basic", "connections/get-special-id")

	for _, id := range []string{"conn-canvas-1", "conn-basic-1", "conn-none-1"} {
		connection, err := client.Connection("my-integration", id).Get(context.Background(), nil)
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
	// Authorization: Bearer refreshed-access-1 until 14:30:08
	// user bob with the password [redacted]
	// no credentials
}

// Ask for the token before each use; Nango refreshes it in time.
func ExampleConnectionHandle_Token() {
	client := exampleClient("connections/get-oauth2-expired-auto-refresh")

	token, err := client.Connection("canvas", "conn-canvas-expired").Token(context.Background())
	switch {
	case errors.Is(err, nango.ErrRefreshFailed):
		fmt.Println("the customer has to reconnect")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println("Authorization: Bearer " + token.Value.Reveal())
	}
	// Output:
	// Authorization: Bearer refreshed-access-2
}

func ExampleMetadata() {
	client := exampleClient("connections/get-after-metadata")

	type settings struct {
		Keep bool   `json:"keep"`
		C    string `json:"c"`
	}
	metadata, err := nango.Metadata[settings](context.Background(), client.Connection("demo-none", "conn-none-1"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", metadata)
	// Output:
	// {Keep:true C:x}
}
