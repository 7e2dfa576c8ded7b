package routers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/examples/routers"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const key = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"

func init() { gin.SetMode(gin.TestMode) }

// Every answer of the handler comes through every router as it is: over a connection, as a server would deliver.
func TestRouters(t *testing.T) {
	for name, mount := range map[string]func(http.Handler) http.Handler{"chi": routers.Chi, "gin": routers.Gin, "echo": routers.Echo} {
		t.Run(name, func(t *testing.T) {
			var got *webhook.SyncEvent
			handler, err := webhook.NewHandler(webhook.Config{
				Keys:    []string{key},
				MaxBody: 1000,
				Logger:  slog.New(slog.DiscardHandler),
				OnSync:  func(_ context.Context, e *webhook.SyncEvent) error { got = e; return nil },
				OnRaw:   func(context.Context, *webhook.RawEvent) error { return errors.New("no room") },
				OnAsyncAction: func(context.Context, *webhook.AsyncActionEvent) error {
					panic("which a router's own recovery must not see")
				},
			})
			require.NoError(t, err)
			server := httptest.NewServer(mount(handler))
			defer server.Close()
			post := func(path, key string, payload any) int {
				req, err := webhooktest.NewRequest(t.Context(), server.URL+path, key, payload)
				require.NoError(t, err)
				response, err := server.Client().Do(req)
				require.NoError(t, err)
				response.Body.Close()
				return response.StatusCode
			}
			event := webhooktest.SyncSuccess()
			assert.Equal(t, http.StatusOK, post("/nango", key, event))
			require.NotNil(t, got)
			got.Raw = nil // the body, which an event that was not received does not have
			assert.Equal(t, event, got)
			assert.Equal(t, http.StatusUnauthorized, post("/nango", "another-key", event))
			assert.Equal(t, http.StatusRequestEntityTooLarge, post("/nango", key, make([]int, 1000)))
			assert.Equal(t, http.StatusInternalServerError, post("/nango", key, webhooktest.Raw()))
			assert.Equal(t, http.StatusInternalServerError, post("/nango", key, webhooktest.AsyncAction()))
			assert.Equal(t, http.StatusNotFound, post("/other", key, event))
		})
	}
}

func show(mount func(http.Handler) http.Handler) {
	handler, err := webhook.NewHandler(webhook.Config{
		Keys: []string{key},
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error {
			fmt.Println(e.Operation, "of", e.ConnectionID)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := webhooktest.NewRequest(context.Background(), "/nango", key, webhooktest.AuthCreation())
	if err != nil {
		fmt.Println(err)
		return
	}
	response := httptest.NewRecorder()
	mount(handler).ServeHTTP(response, req)
	fmt.Println(response.Code)
}

func ExampleChi() {
	show(routers.Chi)
	// Output:
	// creation of 35510e37-0817-4506-ae08-7867687a565c
	// 200
}

func ExampleGin() {
	show(routers.Gin)
	// Output:
	// creation of 35510e37-0817-4506-ae08-7867687a565c
	// 200
}

func ExampleEcho() {
	show(routers.Echo)
	// Output:
	// creation of 35510e37-0817-4506-ae08-7867687a565c
	// 200
}
