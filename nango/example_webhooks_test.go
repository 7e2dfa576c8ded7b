package nango_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// An auth event is handed on only if the API confirms it, and then says whose connection it is by the API.
func ExampleClient_ConfirmAuthEvent() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	handler, err := webhook.NewHandler(webhook.Config{
		Keys:    []string{srv.SigningKey()},
		Confirm: client.ConfirmAuthEvent,
		Logger:  slog.New(slog.DiscardHandler), // a real one would be told of the forged event
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			switch { // the operation first: a deletion is a success too
			case e.Operation == webhook.AuthOperationDeletion:
				fmt.Println("forget the connection")
			case e.Success:
				fmt.Println(e.Operation, "of a connection of", e.Tags["end_user_id"])
			default:
				fmt.Println(e.Operation, "failed")
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.SetWebhookHandler(handler)

	session, err := client.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"end_user_id": "user-1"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	connection, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Settle() // what is to be delivered has been

	forged := webhook.AuthEvent{ // the connection belongs to somebody else
		Operation: webhook.AuthOperationCreation, Success: true, ConnectionID: connection.ConnectionID(), IntegrationID: "github",
		Provider: "github", Tags: map[string]string{"end_user_id": "user-2"},
	}
	fmt.Println(http.StatusText(srv.SendWebhook(&forged).Attempts[0].StatusCode))
	forged.Operation = webhook.AuthOperationDeletion // and it is still there
	fmt.Println(http.StatusText(srv.SendWebhook(&forged).Attempts[0].StatusCode))
	fmt.Println(client.ConfirmAuthEvent(ctx, &forged))

	if err := client.Connection("github", connection.ConnectionID()).Delete(ctx); err != nil {
		fmt.Println(err)
		return
	}
	srv.Settle()
	// Output:
	// creation of a connection of user-1
	// creation of a connection of user-1
	// OK
	// Internal Server Error
	// nango: the API does not confirm the event: the connection exists
	// forget the connection
}
