package nango_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func ExampleEnvironmentService_Variables() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	srv.SetVariable("GREETING", "hello")
	srv.SetVariable("REGION", "eu")

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
	// GREETING [redacted]
	// REGION [redacted]
	// hello
}

func ExampleEnvironmentService_RotateSigningKey() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	key, err := client.Environment.RotateSigningKey(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	// Store key.Reveal() where the receivers of webhooks find it, beside the old one.
	fmt.Println(key, len(key.Reveal()))
	fmt.Println("Nango signs with either for five minutes:", len(srv.SigningKeys()))
	// Output:
	// [redacted] 36
	// Nango signs with either for five minutes: 2
}

// The client needs an account key.
func ExampleAccountService() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret)
	ctx := context.Background()

	environment, err := client.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: "staging"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := client.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: environment.UUID, DisplayName: "ci"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.DisplayName, key.Scopes, key.Secret)

	staging := srv.ClientWithKey(key.Secret.Reveal())
	integrations, err := staging.Integrations.List(ctx)
	fmt.Println(len(integrations), "integrations", err)

	fmt.Println(client.Account.DeleteAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: environment.UUID, KeyUUID: key.UUID}))
	_, err = staging.Integrations.List(ctx)
	fmt.Println("the key is gone:", errors.Is(err, nango.ErrUnauthorized))
	fmt.Println(client.Account.DeleteEnvironment(ctx, environment.UUID))
	// Output:
	// ci [environment:*] [redacted]
	// 0 integrations <nil>
	// <nil>
	// the key is gone: true
	// <nil>
}

// The key of an environment is not one of the account.
func ExampleAccountService_CreateEnvironment() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()

	_, err := client.Account.CreateEnvironment(context.Background(), nango.CreateEnvironmentParams{Name: "staging"})
	fmt.Println(errors.Is(err, nango.ErrForbidden), err)
	// Output: true nango: POST /environments: 403 forbidden: Insufficient scope. Required: account:environments:create
}

// Which keys of an environment were never used? Their secrets can be read too, with the scope
// account:environments:api_keys:read.
func ExampleAccountService_ListAPIKeys() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret)
	ctx := context.Background()

	environments, err := client.Account.ListEnvironments(ctx, &nango.ListEnvironmentsParams{Name: "prod"})
	if err != nil || len(environments) == 0 {
		fmt.Println("no such environment", err)
		return
	}
	prod := environments[0]
	fmt.Println(prod.Name, *prod.IsProduction)
	keys, err := client.Account.ListAPIKeys(ctx, prod.UUID, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range keys {
		fmt.Println(key.DisplayName, key.Scopes, "used:", !key.LastUsedAt.IsZero())
	}
	key, err := client.Account.GetAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: prod.UUID, KeyUUID: keys[0].UUID})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.Secret, len(key.Secret.Reveal()))
	// Output:
	// prod true
	// default [environment:*] used: false
	// [redacted] 36
}
