package nango_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/nango"
)

// The customer has connected by the time the program begins to wait; the wait ends at once.
func ExampleConnectionService_WaitFor() {
	client := exampleClient("connect/sessions-create-minimal", "connect/connections-by-tag-org")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()

	session, err := client.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{"organization_id": "org-1"}})
	if err != nil {
		log.Fatal(err)
	}
	// … send the customer to session.ConnectLink …
	connection, err := client.Connections.WaitFor(ctx, nango.WaitForConnectionParams{Session: session})
	switch {
	case errors.Is(err, nango.ErrSessionExpired):
		fmt.Println("the customer has not connected")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println("connected to", connection.IntegrationID, "as", connection.ConnectionID)
	}
	// Output:
	// connected to demo-none as d1a4742b-b18c-41f2-8cc3-caba34a0763a
}

func ExampleTriggerAction() {
	client := exampleClient("action/trigger-sync-echo")
	type Echo struct {
		Message string `json:"message"`
		Times   int    `json:"times"`
	}

	echo, err := nango.TriggerAction[Echo](context.Background(), client.Connection("demo-none", "conn-none-1"), "echo", Echo{"héllo", 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(echo.Message, echo.Times)
	// Output:
	// héllo 3
}

// An action that failed says what it threw, and which answer of the provider's made it fail.
func ExampleTriggerAction_failed() {
	client := exampleClient("action/trigger-crash-upstream-418")

	_, err := nango.TriggerAction[any](context.Background(), client.Connection("demo-none", "conn-none-1"), "crash-action", nil)
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrAction) {
		fmt.Println(failure.Code)
		fmt.Println(failure.Upstream.StatusCode, string(failure.Upstream.Body))
	}
	// Output:
	// script_http_error
	// 418 {"error":{"code":"upstream_418","message":"Upstream says 418"}}
}

// The provider's answer comes back whatever its status; only Nango's own failures are errors.
func ExampleConnectionHandle_Proxy() {
	client := exampleClient("proxy/get-xml", "proxy/upstream-text-404")
	connection := client.Connection("api-bearer", "conn-key-1")

	for range 2 {
		resp, err := connection.Proxy(context.Background(), nango.ProxyRequest{
			Path:   "/xml",
			Header: http.Header{"Accept": {"application/xml"}},
		})
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(resp.StatusCode, resp.Header.Get("Content-Type"), string(body))
	}
	// Output:
	// 200 application/xml <a>1</a>
	// 404 text/plain; charset=utf-8 plain text 404
}

// A form, as any body but JSON, is a reader with its type. It reaches the provider byte for byte.
func ExampleConnectionHandle_Proxy_form() {
	client := exampleClient("proxy/envelope-form")

	resp, err := client.Connection("api-bearer", "conn-key-1").Proxy(context.Background(), nango.ProxyRequest{
		Method:      "POST",
		Path:        "/echo",
		Body:        strings.NewReader("a=1&a=2&b=x+y"),
		ContentType: "application/x-www-form-urlencoded",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output:
	// 200
}

func ExampleProxyJSON() {
	client := exampleClient("proxy/envelope-201", "proxy/envelope-422")
	connection := client.Connection("api-bearer", "conn-key-1")
	type Echo struct {
		Method string `json:"method"`
		Body   string `json:"body"`
	}

	for range 2 {
		echo, err := nango.ProxyJSON[Echo](context.Background(), connection, nango.ProxyRequest{
			Method: "POST",
			Path:   "/echo",
			JSON:   map[string]int{"a": 1},
		})
		if provider, ok := errors.AsType[*nango.ProviderError](err); ok {
			fmt.Println("the provider refused:", provider.StatusCode)
		} else if err != nil {
			log.Fatal(err)
		} else {
			fmt.Println(echo.Method, echo.Body)
		}
	}
	// Output:
	// POST {"a":1}
	// the provider refused: 422
}
