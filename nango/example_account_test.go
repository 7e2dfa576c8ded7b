package nango_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

func ExampleEnvironmentService_Variables() {
	client := exampleClient("environment/variables")
	variables, err := client.Environment.Variables(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, variable := range variables {
		fmt.Println(variable.Name, variable.Value)
	}
	fmt.Println(variables[0].Value.Reveal())
	// Output:
	// MY_VAR [redacted]
	// OTHER [redacted]
	// hello
}

func ExampleEnvironmentService_RotateSigningKey() {
	client := exampleClient("environment/rotate-webhook-signing-key-prod")
	key, err := client.Environment.RotateSigningKey(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	// Store key.Reveal() where the receivers of webhooks find it, beside the old one.
	fmt.Println(key, len(key.Reveal()))
	// Output: [redacted] 36
}

// The client needs an account key.
func ExampleAccountService() {
	client := exampleClient("environment/create", "api-keys/create", "api-keys/delete", "environment/delete")
	ctx := context.Background()
	environment, err := client.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: "staging-x"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := client.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentID: environment.ID, DisplayName: "ci key"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.DisplayName, key.Scopes, key.Secret)
	fmt.Println(client.Account.DeleteAPIKey(ctx, nango.DeleteAPIKeyParams{EnvironmentID: environment.ID, KeyID: key.ID}))
	fmt.Println(client.Account.DeleteEnvironment(ctx, environment.ID))
	// Output:
	// ci key [environment:*] [redacted]
	// <nil>
	// <nil>
}

func ExampleAccountService_CreateEnvironment() {
	client := exampleClient("auth/environments-with-env-key-403")
	_, err := client.Account.CreateEnvironment(context.Background(), nango.CreateEnvironmentParams{Name: "staging-x"})
	fmt.Println(errors.Is(err, nango.ErrForbidden), err)
	// Output: true nango: POST /environments: 403 forbidden: Insufficient scope. Required: account:environments:create
}
