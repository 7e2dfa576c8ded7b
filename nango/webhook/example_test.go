package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/nango-go/sdk/nango/webhook"
)

// A delivery, as a handler has it after reading the body.
var (
	exampleHeader = http.Header{"X-Nango-Hmac-Sha256": {"e95370b13b599d7b1342070c7d8a6175e65504d2e5af3a20d0c94237e6f2efa7"}}
	exampleBody   = []byte(`{"authMode":"OAUTH2","connectionId":"conn-1","environment":"prod","from":"nango","operation":"creation","provider":"hubspot","providerConfigKey":"crm","success":true,"tags":{"end_user_id":"user-1"},"type":"auth"}`)
)

func Example() {
	// During a rotation of the signing key both keys are good.
	keys := []string{"fe0c2b57-8f0e-4c3a-9d0f-2b1f6c6b9f10", "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"}

	if err := webhook.Verify(keys, exampleHeader, exampleBody); err != nil {
		fmt.Println("401:", err)
		return
	}
	event, err := webhook.Parse(exampleBody)
	if err != nil {
		fmt.Println("400:", err)
		return
	}
	switch e := event.(type) {
	case *webhook.AuthEvent:
		if e.Operation == webhook.AuthOperationRefresh && !e.Success {
			fmt.Println("ask the user to reconnect", e.ConnectionID)
		} else {
			fmt.Println(e.Operation, "of", e.ConnectionID, "for", e.Tags["end_user_id"], "succeeded:", e.Success)
		}
	case *webhook.SyncEvent:
		fmt.Println("list", strings.Join(e.Models(), " and "), "modified after", e.ModifiedAfter)
	case *webhook.AsyncActionEvent:
		fmt.Println("get the result of", e.Action.ID)
	case *webhook.ForwardEvent:
		fmt.Println(e.Provider, "sent", len(e.Payload), "bytes for", e.ConnectionID)
	case *webhook.RawEvent:
		fmt.Println("some provider sent", len(e.Body), "bytes")
	default:
		fmt.Printf("acknowledged and ignored: %T\n", e)
	}
	// Output:
	// creation of conn-1 for user-1 succeeded: true
}

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

func ExampleParse() {
	event, err := webhook.Parse([]byte(`{"id":"evt_1","type":"invoice.paid"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if raw, ok := event.(*webhook.RawEvent); ok {
		fmt.Printf("%s\n", raw.Body)
	}
	// Output:
	// {"id":"evt_1","type":"invoice.paid"}
}
