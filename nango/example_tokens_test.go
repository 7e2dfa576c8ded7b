package nango_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// With a MaxAge a program can ask before each use at no cost. One request serves all calls of the next five minutes.
func ExampleConnectionHandle_Token_maxAge() {
	srv := exampleServer()
	defer srv.Close()
	srv.SetTime(time.Now()) // which the client's cache goes by
	client := srv.Client()

	for range 1000 {
		token, err := client.Connection("github", "acme").Token(context.Background(), &nango.TokenParams{MaxAge: 5 * time.Minute})
		if err != nil || token.Value.IsZero() {
			log.Fatal(err)
		}
	}
	fmt.Println(len(srv.Requests("getConnection")), "request")
	// Output:
	// 1 request
}

// If the provider refuses a token before it expires, discard it and try once more.
func ExampleConnectionHandle_InvalidateToken() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	callProvider := func(token nango.AccessToken) (status int) { // the customer has revoked the token
		if token.Value.Reveal() == "token-of-acme" {
			return http.StatusUnauthorized
		}
		return http.StatusOK
	}

	connection := client.Connection("github", "acme")
	for range 2 {
		token, err := connection.Token(context.Background(), &nango.TokenParams{MaxAge: 5 * time.Minute})
		if err != nil {
			log.Fatal(err)
		}
		status := callProvider(token)
		fmt.Println(status)
		if status != http.StatusUnauthorized {
			break
		}
		connection.InvalidateToken(token)
	}
	// Output:
	// 401
	// 200
}

// One line in OnAuth, and a customer who has connected again is served at once.
func ExampleConnectionHandle_ForgetToken() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	handler, err := webhook.NewHandler(webhook.Config{
		Keys: []string{srv.SigningKey()},
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			client.Connection(e.IntegrationID, e.ConnectionID).ForgetToken()
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	srv.SetWebhookHandler(handler)
	srv.Connection("github", "acme").ExpireToken()
	srv.Connection("github", "acme").FailRefresh(400, "invalid_grant")

	connection := client.Connection("github", "acme")
	_, err = connection.Token(ctx, &nango.TokenParams{MaxAge: 5 * time.Minute})
	fmt.Println("has to reconnect:", errors.Is(err, nango.ErrRefreshFailed))

	session, err := connection.Reconnect(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	// … send the customer to session.ConnectLink, where this happens:
	if _, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{
		Credentials: &nango.OAuth2Credentials{AccessToken: nango.NewSecret("new-token-of-acme")},
	}); err != nil {
		log.Fatal(err)
	}
	srv.Settle() // the webhook has arrived

	token, err := connection.Token(ctx, &nango.TokenParams{MaxAge: 5 * time.Minute})
	fmt.Println(token.Value.Reveal(), err)
	// Output:
	// has to reconnect: true
	// new-token-of-acme <nil>
}
