// Package routers mounts the webhook handler in chi, gin and echo. It is a module of its own, so that the SDK requires none of
// them.
//
// The signature covers the exact bytes of the body, so nothing in front of the handler may read or replace it: no middleware that
// binds, decompresses or logs bodies on this route.
package routers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v5"
)

// Chi mounts the handler in a chi router.
func Chi(webhooks http.Handler) http.Handler {
	router := chi.NewRouter()
	router.Method(http.MethodPost, "/nango", webhooks)
	return router
}

// Gin mounts the handler in a gin engine.
func Gin(webhooks http.Handler) http.Handler {
	engine := gin.New()
	engine.POST("/nango", gin.WrapH(webhooks))
	return engine
}

// Echo mounts the handler in an echo instance.
func Echo(webhooks http.Handler) http.Handler {
	e := echo.New()
	e.POST("/nango", echo.WrapHandler(webhooks))
	return e
}
