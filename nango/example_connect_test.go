package nango_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/nango-go/sdk/nango"
)

func ExampleProviderService_List() {
	client := exampleClient("providers/list-search")

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
	client := exampleClient("providers/get-acumatica")

	provider, err := client.Providers.Get(context.Background(), "acumatica", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(provider.DisplayName)
	fmt.Println(provider.ConnectionConfig["instanceUrl"].Title)
	fmt.Println(string(provider.Extra["token_url"]))
	// Output:
	// Acumatica
	// Instance URL
	// "https://${connectionConfig.instanceUrl}/identity/connect/token"
}

// Tag the session with your own ids: the connection will have the tags, and can be found by them.
func ExampleConnectSessionService_Create() {
	client := exampleClient("connect/sessions-create-for-oauth")

	session, err := client.ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags:           map[string]string{"end_user_id": "user-1"},
		IntegrationIDs: []string{"canvas"},
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
	// until 14:13:38
}

// A validation that failed names the fields.
func ExampleConnectSessionService_Create_invalid() {
	client := exampleClient("connect/sessions-create-unknown-integration-defaults")

	_, err := client.ConnectSessions.Create(context.Background(), nango.CreateConnectSessionParams{
		Tags:     map[string]string{"end_user_id": "user-1"},
		Defaults: map[string]nango.ConnectDefaults{"zzz": {OAuthScopes: []string{"read"}}},
	})
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrInvalid) {
		for _, field := range failure.Fields {
			fmt.Println(field.Path, field.Message)
		}
	}
	// Output:
	// [integrations_config_defaults zzz] Integration does not exist
}

// A session for a connection that exists lets the customer authorise it again.
func ExampleConnectionHandle_Reconnect() {
	client := exampleClient("connections/get-oauth2-bad-refresh-again", "connect/reconnect-create")
	ctx := context.Background()

	connection := client.Connection("canvas", "conn-canvas-bad")
	_, err := connection.Token(ctx)
	if errors.Is(err, nango.ErrRefreshFailed) {
		session, err := connection.Reconnect(ctx, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("ask the customer to reconnect until", session.ExpiresAt.Format("15:04:05"))
	}
	// Output:
	// ask the customer to reconnect until 14:01:48
}
