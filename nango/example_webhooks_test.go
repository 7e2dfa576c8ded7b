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

// An auth event is handed on only if the API says the same.
func ExampleClient_ConfirmAuthEvent() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	var confirmed *webhook.AuthEvent
	handler, err := webhook.NewHandler(webhook.Config{
		Keys:    []string{srv.SigningKey()},
		Confirm: client.ConfirmAuthEvent,
		Logger:  slog.New(slog.DiscardHandler), // a real one would be told of the forged event
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			fmt.Println(e.Operation, "for", e.Tags["end_user_id"])
			confirmed = e
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
	if _, err := srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"}); err != nil {
		fmt.Println(err)
		return
	}
	srv.Settle() // what is to be delivered has been
	fmt.Println(client.ConfirmAuthEvent(ctx, confirmed))

	forged := *confirmed // the connection belongs to somebody else
	forged.Tags = map[string]string{"end_user_id": "user-2"}
	sent := srv.SendWebhook(&forged)
	fmt.Println(http.StatusText(sent.Attempts[0].StatusCode))
	fmt.Println(client.ConfirmAuthEvent(ctx, &forged))
	// Output:
	// creation for user-1
	// <nil>
	// Internal Server Error
	// nango: the API does not confirm the event: tags
}
