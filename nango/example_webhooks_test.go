package nango_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// An auth event is handed on only if the API says the same.
func ExampleClient_ConfirmAuthEvent() {
	client := exampleClient("connections/list-by-connection-id")
	handler, err := webhook.NewHandler(webhook.Config{
		Keys:    []string{"the signing key"},
		Confirm: client.ConfirmAuthEvent,
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			fmt.Println(e.ConnectionID, "belongs to", e.Tags["end_user_id"])
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	event := webhooktest.AuthCreation()
	event.ConnectionID, event.IntegrationID, event.Provider, event.AuthMode = "conn-none-1", "demo-none", "unauthenticated", "NONE"
	event.Tags = map[string]string{"end_user_id": "user-1", "end_user_display_name": "Jane Döe", "end_user_email": "jane@example.com",
		"plan": "pro", "projectid": "p-1", "region": "EU"}
	for _, user := range []string{"user-1", "user-2"} { // the second is a forgery: the connection belongs to the first
		event.Tags["end_user_id"] = user
		req, err := webhooktest.NewRequest(context.Background(), "/nango", "the signing key", event)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		fmt.Println(answer.Code, http.StatusText(answer.Code))
		fmt.Println(client.ConfirmAuthEvent(context.Background(), event))
	}
	// Output:
	// conn-none-1 belongs to user-1
	// 200 OK
	// <nil>
	// 500 Internal Server Error
	// nango: the API does not confirm the event: tags
}
