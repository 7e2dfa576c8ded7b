package nango_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

func ExampleIntegrationService_Create() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	integration, err := client.Integrations.Create(context.Background(), nango.CreateIntegrationParams{
		Provider:      "github",
		IntegrationID: "github-bot",
		DisplayName:   "GitHub, for the bot",
		App: nango.OAuth2App{
			ClientID: "your-client-id", ClientSecret: "your-client-secret", Scopes: []string{"repo", "user"},
		},
		ForwardWebhooks: new(false),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(integration.IntegrationID, integration.DisplayName, integration.ForwardWebhooks)
	// Output: github-bot GitHub, for the bot false
}

func ExampleIntegrationService_Get() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	integration, err := client.Integrations.Get(context.Background(), "github", &nango.GetIntegrationParams{IncludeCredentials: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	credentials := integration.Credentials // nil without the scope for them
	fmt.Println(credentials.ClientID, credentials.Scopes, credentials.ClientSecret)
	// Output: your-client-id [repo read:user] [redacted]
}

func ExampleIntegrationService_List() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	integrations, err := client.Integrations.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, integration := range integrations {
		fmt.Println(integration.IntegrationID, integration.Provider)
	}
	// Output:
	// github github
	// linear linear
	// billing private-api-basic
	// status unauthenticated
}

func ExampleIntegrationService_Update() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	renamed, err := client.Integrations.Update(context.Background(), "linear", &nango.UpdateIntegrationParams{Rename: "linear-app"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(renamed.IntegrationID)

	_, err = client.Integrations.Update(context.Background(), "github", &nango.UpdateIntegrationParams{Rename: "github-app"})
	fmt.Println(errors.Is(err, nango.ErrInvalid), err)
	// Output:
	// linear-app
	// true nango: PATCH /integrations/{uniqueKey}: 400 invalid_body: Can't rename an integration with active connections
}

func ExampleIntegrationService_Delete() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	for range 2 {
		err := client.Integrations.Delete(context.Background(), "linear")
		fmt.Println(err == nil, errors.Is(err, nango.ErrNotFound))
	}
	// Output:
	// true false
	// false true
}

// CreateQuickstart needs no app of your own: it uses one of Nango's, if Nango has one for the provider.
func ExampleIntegrationService_CreateQuickstart() {
	srv := exampleServer()
	defer srv.Close()
	srv.AddSharedApp("github") // an app of Nango's
	client := srv.Client()

	created, err := client.Integrations.CreateQuickstart(context.Background(), nango.CreateQuickstartIntegrationParams{
		Provider: "github", IntegrationID: "github-trial",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(created.IntegrationID, created.DisplayName)
	// Output: github-trial GitHub (User OAuth)
}
