package nango_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

func ExampleIntegrationService_Create() {
	client := exampleClient("integrations/create-oauth2")
	integration, err := client.Integrations.Create(context.Background(), nango.CreateIntegrationParams{
		Provider:      "github",
		IntegrationID: "gh-oauth2",
		DisplayName:   "GitHub OAuth2",
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
	// Output: gh-oauth2 GitHub OAuth2 false
}

func ExampleIntegrationService_Get() {
	client := exampleClient("integrations/get-gh-oauth2-include-webhook-credentials")
	integration, err := client.Integrations.Get(context.Background(), "gh-oauth2", &nango.GetIntegrationParams{IncludeCredentials: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	credentials := integration.Credentials // nil without the scope for them
	fmt.Println(credentials.ClientID, credentials.Scopes, credentials.ClientSecret)
	// Output: cid [repo user] [redacted]
}

func ExampleIntegrationService_List() {
	client := exampleClient("integrations/list")
	integrations, err := client.Integrations.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, integration := range integrations {
		fmt.Println(integration.IntegrationID, integration.Provider)
	}
	// Output: demo-none unauthenticated
}

func ExampleIntegrationService_Update() {
	client := exampleClient("integrations/patch-unique-key", "integrations/patch-key-with-connections")
	renamed, err := client.Integrations.Update(context.Background(), "tw-oauth1", &nango.UpdateIntegrationParams{Rename: "tw-renamed"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(renamed.IntegrationID)

	_, err = client.Integrations.Update(context.Background(), "api-bearer", &nango.UpdateIntegrationParams{Rename: "api-bearer-2"})
	fmt.Println(errors.Is(err, nango.ErrInvalid), err)
	// Output:
	// tw-renamed
	// true nango: PATCH /integrations/{uniqueKey}: 400 invalid_body: Can't rename an integration with active connections
}

func ExampleIntegrationService_Delete() {
	client := exampleClient("integrations/delete", "integrations/delete-again-404")
	for range 2 {
		err := client.Integrations.Delete(context.Background(), "tw-renamed")
		fmt.Println(err == nil, errors.Is(err, nango.ErrNotFound))
	}
	// Output:
	// true false
	// false true
}
