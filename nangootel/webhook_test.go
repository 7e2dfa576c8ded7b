package nangootel_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/nangootel"
)

const signingKey = "signing-key-mark"

// Each outcome has its span, with the kind of the event if Nango sent it, and without an id, a path or a secret.
func TestWebhookSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		var observed []int
		var inner trace.SpanContext
		handler, err := nangootel.NewWebhookHandler(webhook.Config{
			Keys: []string{signingKey}, Timeout: time.Second, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Observe: func(_ context.Context, d webhook.Delivery) { observed = append(observed, d.StatusCode) },
			OnAuth: func(ctx context.Context, _ *webhook.AuthEvent) error {
				inner = trace.SpanContextFromContext(ctx)
				return nil
			},
			OnSync: func(context.Context, *webhook.SyncEvent) error { return errors.New(dataMark) },
			OnRaw:  func(ctx context.Context, _ *webhook.RawEvent) error { <-ctx.Done(); return ctx.Err() },
		}, tel.options()...)
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle("/nango/{secret}", handler)
		send := func(method string, sign bool, payload any) {
			body, ok := payload.(string)
			if !ok {
				text, err := json.Marshal(payload)
				require.NoError(t, err)
				body = string(text)
			}
			req := httptest.NewRequestWithContext(t.Context(), method, "/nango/"+dataMark+"?q="+dataMark, strings.NewReader(body))
			req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
			if sign {
				webhooktest.Sign(req.Header, signingKey, []byte(body))
			}
			mux.ServeHTTP(httptest.NewRecorder(), req)
		}
		auth := webhooktest.AuthCreation()
		auth.ConnectionID, auth.IntegrationID = connectionMark, integrationMark
		send("POST", true, auth)
		send("POST", false, auth)
		send("GET", false, "")
		send("POST", true, "no JSON")
		send("POST", true, webhooktest.SyncSuccess())
		send("POST", true, webhooktest.Raw())
		send("POST", true, webhooktest.Unknown())

		tel.requireSilent(append(marks, signingKey, "0af7651916cd43dd8448eb211c80319c")...)
		spans := tel.spans.GetSpans()
		require.Len(t, spans, 7)
		assert.Equal(t, spans[0].SpanContext.SpanID(), inner.SpanID(), "the callback is inside of the span")
		const route = "/nango/{secret}"
		want := func(method, kind, outcome string, status int64) seen {
			s := seen{method + " " + route, "server", "Unset", map[string]any{
				"http.request.method": method, "url.scheme": "http", "url.path": route, "http.route": route,
				"nango.webhook.outcome": outcome, "http.response.status_code": status,
			}}
			if kind != "" {
				s.Attributes["nango.webhook.kind"] = kind
			}
			if status >= 500 {
				s.Status, s.Attributes["error.type"] = "Error", map[int64]string{500: "500", 503: "503"}[status]
			}
			return s
		}
		assert.Equal(t, []seen{
			want("POST", "auth", "acknowledged", 200), want("POST", "", "refused", 401), want("GET", "", "invalid", 405), want("POST", "", "invalid", 400),
			want("POST", "sync", "failed", 500), want("POST", "raw", "timed_out", 503), want("POST", "unknown", "acknowledged", 200),
		}, tel.take())
		assert.Equal(t, []int{200, 401, 405, 400, 500, 503, 200}, observed)
	})
}

// Without a mux the path is unknown, and not shown. A span in the context is the parent. A bad Config is the error of package webhook.
func TestWebhookWithoutAMux(t *testing.T) {
	tel := newTelemetry(t)
	handler, err := nangootel.NewWebhookHandler(webhook.Config{Keys: []string{signingKey}}, tel.options()...)
	require.NoError(t, err)
	ctx, parent := tel.tracers.Tracer("test").Start(t.Context(), "parent")
	req, err := webhooktest.NewRequest(ctx, "https://app.test/"+dataMark, signingKey, webhooktest.Raw())
	require.NoError(t, err)
	handler.ServeHTTP(httptest.NewRecorder(), req)
	spans := tel.spans.GetSpans()
	require.Len(t, spans, 1)
	assert.Equal(t, parent.SpanContext().SpanID(), spans[0].Parent.SpanID())
	tel.requireSilent(append(marks, signingKey)...)
	got := tel.take()[0]
	assert.Equal(t, []any{"POST", "REDACTED"}, []any{got.Name, got.Attributes["url.path"]})

	_, err = nangootel.NewWebhookHandler(webhook.Config{})
	assert.ErrorIs(t, err, webhook.ErrNoKey)
}
