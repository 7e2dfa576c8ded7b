package nangootel_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/nangootel"
)

const signingKey = "3c5a6a0e-7a8b-4b55-9f0d-2f4d4f7b1c11"

// Each request to the handler is a span of the kind server with the kind of its event and what became of it.
func TestWebhookSpans(t *testing.T) {
	event := &webhook.SyncEvent{Success: true, IntegrationID: integrationMark, ConnectionID: connectionMark, Model: dataMark, SyncName: dataMark}
	body, err := webhooktest.Encode(event)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		status        int
		kind, outcome any
		failed        any
		fail          error
		change        func(*http.Request)
	}{
		"acknowledged": {200, "sync", "acknowledged", nil, nil, func(*http.Request) {}},
		"failed":       {500, "sync", "failed", "500", errors.New(dataMark), func(*http.Request) {}},
		"timed_out":    {503, "sync", "timed_out", "503", context.DeadlineExceeded, func(*http.Request) {}},
		"refused":      {401, nil, "refused", nil, nil, func(r *http.Request) { r.Header.Set("X-Nango-Hmac-Sha256", strings.Repeat("0", 64)) }},
		"invalid":      {405, nil, "invalid", nil, nil, func(r *http.Request) { r.Method = http.MethodGet }},
	} {
		t.Run(name, func(t *testing.T) {
			tel := newTelemetry(t)
			inside := make(chan trace.SpanContext, 1)
			var observed []webhook.Delivery
			config := webhook.Config{
				Keys: []string{signingKey}, Logger: slog.New(slog.DiscardHandler),
				OnSync: func(ctx context.Context, _ *webhook.SyncEvent) error {
					inside <- trace.SpanContextFromContext(ctx)
					if tt.status == http.StatusServiceUnavailable {
						<-ctx.Done()
					}
					return tt.fail
				},
				Observe: func(_ context.Context, d webhook.Delivery) { observed = append(observed, d) },
			}
			if tt.status == http.StatusServiceUnavailable {
				config.Timeout = time.Millisecond
			}
			handler, err := nangootel.NewWebhookHandler(config, tel.options()...)
			require.NoError(t, err)
			for pattern, path := range map[string]string{"/hooks/{token}": "/hooks/{token}", "": "REDACTED"} {
				mux := http.Handler(handler)
				if pattern != "" {
					routed := http.NewServeMux()
					routed.Handle(pattern, handler)
					mux = routed
				}
				req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://app.test/hooks/"+uuidMark, strings.NewReader(string(body)))
				webhooktest.Sign(req.Header, signingKey, body)
				req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
				tt.change(req)
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, req)
				assert.Equal(t, tt.status, w.Code)

				span := tel.spans.GetSpans()[0]
				assert.False(t, span.Parent.IsValid(), "a request from anywhere does not continue a trace")
				if tt.kind != nil {
					assert.Equal(t, span.SpanContext.SpanID(), (<-inside).SpanID())
				}
				tel.requireSilent(append(marks, signingKey)...)
				want := map[string]any{
					"http.request.method": req.Method, "url.scheme": "https", "url.path": path,
					"http.response.status_code": int64(tt.status), "nango.webhook.outcome": tt.outcome,
				}
				spanName, status := req.Method, "Unset"
				if pattern != "" {
					want["http.route"], spanName = pattern, req.Method+" "+pattern
				}
				if tt.kind != nil {
					want["nango.webhook.kind"] = tt.kind
				}
				if tt.failed != nil {
					want["error.type"], status = tt.failed, "Error"
				}
				assert.Equal(t, []seen{{spanName, "server", status, want}}, tel.take())
			}
			assert.Len(t, observed, 2, "the caller's Observe is called too")
		})
	}
}

func TestWebhookHandlerErrors(t *testing.T) {
	_, err := nangootel.NewWebhookHandler(webhook.Config{})
	_, want := webhook.NewHandler(webhook.Config{})
	require.Error(t, want)
	assert.Equal(t, want, err)
}
