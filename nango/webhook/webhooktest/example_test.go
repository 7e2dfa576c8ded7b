package webhooktest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

func ExampleNewRequest() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || webhook.Verify([]string{"the-signing-key"}, r.Header, body) != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()

	for _, key := range []string{"the-signing-key", "another-key"} {
		req, err := webhooktest.NewRequest(context.Background(), server.URL, key, webhooktest.SyncSuccess())
		if err != nil {
			fmt.Println(err)
			return
		}
		response, err := server.Client().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
		fmt.Println(response.StatusCode)
	}
	// Output:
	// 200
	// 401
}

func ExampleEncode() {
	event := webhooktest.AuthCreation()
	event.Tags = map[string]string{"name": "Jack & Jill"}
	body, err := webhooktest.Encode(event)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", body)
	// Output:
	// {"authMode":"OAUTH2","connectionId":"35510e37-0817-4506-ae08-7867687a565c","environment":"dev","from":"nango","operation":"creation","provider":"github","providerConfigKey":"github","success":true,"tags":{"name":"Jack & Jill"},"type":"auth"}
}

func ExampleSign() {
	header := http.Header{}
	body := []byte("not JSON, which Nango never sends")
	webhooktest.Sign(header, "the-signing-key", body)
	fmt.Println(webhook.Verify([]string{"the-signing-key"}, header, body))
	// Output:
	// <nil>
}
