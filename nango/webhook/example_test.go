package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// deliver sends a webhook to a handler as Nango does, and returns the status of the response.
func deliver(handler http.Handler, key string, payload any) int {
	req, err := webhooktest.NewRequest(context.Background(), "/nango", key, payload)
	if err != nil {
		fmt.Println(err)
		return 0
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, req)
	return response.Code
}

func ExampleNewHandler() {
	handler, err := webhook.NewHandler(webhook.Config{
		Keys: []string{"0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"},
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			switch { // the operation first: a deletion is a success too
			case e.Operation == webhook.AuthOperationDeletion:
				fmt.Println("forget", e.ConnectionID)
			case e.Success:
				fmt.Println("store", e.ConnectionID, "for", e.Tags["end_user_id"])
			default:
				fmt.Println(e.Operation, "failed: ask the user to connect again", e.ConnectionID)
			}
			return nil
		},
		OnSync: func(_ context.Context, e *webhook.SyncEvent) error {
			if !e.Success {
				return errors.New("the queue is full") // 500, and Nango delivers again
			}
			fmt.Println("list", strings.Join(e.Models(), " and "), "modified after the start of", e.SyncName)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /nango", handler)

	for _, event := range []webhook.Event{
		webhooktest.AuthCreation(), webhooktest.AuthRefreshFailure(), webhooktest.AuthDeletion(),
		webhooktest.SyncSuccess(), webhooktest.SyncError(), webhooktest.Unknown(),
	} {
		fmt.Println(deliver(mux, "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", event))
	}
	fmt.Println(deliver(mux, "the-API-key", webhooktest.SyncSuccess()))
	// Output:
	// store 35510e37-0817-4506-ae08-7867687a565c for user-1
	// 200
	// refresh failed: ask the user to connect again 35510e37-0817-4506-ae08-7867687a565c
	// 200
	// forget 35510e37-0817-4506-ae08-7867687a565c
	// 200
	// list Issue modified after the start of issues
	// 200
	// 500
	// 200
	// 401
}

// A delivery as something else than an HTTP handler has it.
var (
	exampleHeader = http.Header{"X-Nango-Hmac-Sha256": {"e95370b13b599d7b1342070c7d8a6175e65504d2e5af3a20d0c94237e6f2efa7"}}
	exampleBody   = []byte(`{"authMode":"OAUTH2","connectionId":"conn-1","environment":"prod","from":"nango","operation":"creation","provider":"hubspot","providerConfigKey":"crm","success":true,"tags":{"end_user_id":"user-1"},"type":"auth"}`)
)

func ExampleVerify() {
	status := func(keys []string, body string) int {
		switch err := webhook.Verify(keys, exampleHeader, []byte(body)); {
		case err == nil:
			return http.StatusOK
		case errors.Is(err, webhook.ErrNoKey):
			return http.StatusInternalServerError // our mistake: Nango shall try again
		default:
			return http.StatusUnauthorized
		}
	}
	key := "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	fmt.Println(status([]string{key}, string(exampleBody)))
	fmt.Println(status([]string{key}, string(exampleBody)+"\n"))
	fmt.Println(status([]string{""}, string(exampleBody)))
	// Output:
	// 200
	// 401
	// 500
}

// Count deliveries by their kind and by what became of them.
func ExampleDelivery() {
	const key = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	handler, err := webhook.NewHandler(webhook.Config{
		Keys:    []string{key},
		Observe: func(_ context.Context, d webhook.Delivery) { fmt.Println(d.Kind, d.StatusCode) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	deliver(handler, key, webhooktest.SyncSuccess())
	// Output: sync 200
}

func ExampleParse() {
	for _, body := range []string{string(exampleBody), `{"id":"evt_1","type":"invoice.paid"}`} {
		event, err := webhook.Parse([]byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := event.(type) {
		case *webhook.AuthEvent:
			fmt.Println(e.Operation, "of", e.ConnectionID, "for", e.Tags["end_user_id"], "succeeded:", e.Success)
		case *webhook.SyncEvent:
			fmt.Println("list", strings.Join(e.Models(), " and "), "modified after", e.ModifiedAfter)
		case *webhook.AsyncActionEvent:
			fmt.Println("get the result of", e.Action.ID)
		case *webhook.ForwardEvent:
			fmt.Println(e.Provider, "sent", len(e.Payload), "bytes for", e.ConnectionID)
		case *webhook.RawEvent:
			fmt.Printf("some provider sent %s\n", e.Body)
		default:
			fmt.Printf("acknowledged and ignored: %T\n", e)
		}
	}
	// Output:
	// creation of conn-1 for user-1 succeeded: true
	// some provider sent {"id":"evt_1","type":"invoice.paid"}
}
