package nangootel

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

const (
	kindKey    = attribute.Key("nango.webhook.kind")
	outcomeKey = attribute.Key("nango.webhook.outcome")
)

// NewWebhookHandler is [webhook.NewHandler] with a span of the kind server for each request, which the callbacks find in
// their context. Its errors are those of webhook.NewHandler.
//
// nango.webhook.kind is the kind of the event, if the signature is valid. nango.webhook.outcome is:
//
//	acknowledged  200
//	refused       401: nothing proves that Nango sent it
//	invalid       400, 405, 413: it is no delivery, or too large
//	failed        500: Nango delivers again
//	timed_out     503: Nango delivers again
//
// The status of the span is an error for the last two. Anybody can send a request with a traceparent, so the span does not
// continue a trace of the sender. If the context of the request has a span, it is the parent.
func NewWebhookHandler(config webhook.Config, options ...Option) (http.Handler, error) {
	c := newConfig(options)
	tracer := c.tracers.Tracer(scope, trace.WithInstrumentationVersion(nango.Version), trace.WithSchemaURL(semconv.SchemaURL))
	observe := config.Observe
	config.Observe = func(ctx context.Context, delivery webhook.Delivery) {
		if span, ok := ctx.Value(deliveryKey{}).(trace.Span); ok {
			describe(span, delivery)
		}
		if observe != nil {
			observe(ctx, delivery)
		}
	}
	handler, err := webhook.NewHandler(config)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := routeOf(r)
		ctx, span := tracer.Start(r.Context(), spanName(r.Method, route), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(requestOf(r, route)...))
		defer func() { span.End() }() // not End itself: it would record the text of a panic
		handler.ServeHTTP(w, r.WithContext(context.WithValue(ctx, deliveryKey{}, span)))
	}), nil
}

type deliveryKey struct{}

// routeOf is the path of the pattern by which a [http.ServeMux] found the handler. The path itself could hold a secret.
func routeOf(r *http.Request) string {
	if start := strings.IndexByte(r.Pattern, '/'); start >= 0 {
		return r.Pattern[start:]
	}
	return ""
}

func requestOf(r *http.Request, route string) []attribute.KeyValue {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	attributes := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(knownMethod(r.Method)), semconv.URLScheme(scheme)}
	if route == "" {
		return append(attributes, semconv.URLPath("REDACTED"))
	}
	return append(attributes, semconv.URLPath(route), semconv.HTTPRoute(route))
}

func describe(span trace.Span, delivery webhook.Delivery) {
	span.SetAttributes(semconv.HTTPResponseStatusCode(delivery.StatusCode), outcomeKey.String(outcome(delivery.StatusCode)))
	if delivery.Kind != "" {
		span.SetAttributes(kindKey.String(delivery.Kind))
	}
	if delivery.StatusCode >= http.StatusInternalServerError {
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(delivery.StatusCode)))
		span.SetStatus(codes.Error, "") // a text could hold an id
	}
}

func outcome(status int) string {
	switch status {
	case http.StatusOK:
		return "acknowledged"
	case http.StatusUnauthorized:
		return "refused"
	case http.StatusInternalServerError:
		return "failed"
	case http.StatusServiceUnavailable:
		return "timed_out"
	}
	return "invalid"
}
