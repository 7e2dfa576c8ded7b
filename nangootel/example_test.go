package nangootel_test

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/nangootel"
)

func ExampleNewObserver() {
	srv := nangotest.New()
	defer srv.Close()

	// A program has an exporter of its own here, and can set the providers with otel.SetTracerProvider and
	// otel.SetMeterProvider. Then NewObserver needs no options.
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	client := srv.Client(nango.WithObserver(nangootel.NewObserver(
		nangootel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		nangootel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))),
		nangootel.WithPropagator(propagation.TraceContext{}),
	)))

	ctx := context.Background()
	_, err := client.Connection("github", "user-42").Get(ctx, nil)
	fmt.Println(err != nil)
	for _, span := range spans.GetSpans() {
		fmt.Println(span.SpanKind, span.Name, span.Status.Code)
		for _, a := range span.Attributes {
			if a.Key == "error.type" {
				fmt.Println("  error.type:", a.Value.AsString())
			}
		}
	}
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &collected); err != nil {
		fmt.Println(err)
	}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		fmt.Println(m.Name, m.Unit)
	}
	// Output:
	// true
	// client GET /connections/{connectionId} Error
	//   error.type: ErrNotFound
	// internal GET /connections/{connectionId} Error
	//   error.type: ErrNotFound
	// http.client.request.duration s
	// nango.client.rate_limit.remaining {request}
}

func ExampleWithProviderPropagation() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "user-42"})
	srv.HandleProxy("github", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("the provider gets a traceparent:", r.Header.Get("Traceparent") != "")
	}))

	client := srv.Client(nango.WithObserver(nangootel.NewObserver(
		nangootel.WithTracerProvider(sdktrace.NewTracerProvider()),
		nangootel.WithPropagator(propagation.TraceContext{}),
		nangootel.WithProviderPropagation(),
	)))
	_, err := nango.ProxyJSON[any](context.Background(), client.Connection("github", "user-42"), nango.ProxyRequest{Path: "/user"})
	fmt.Println(err)
	// Output:
	// the provider gets a traceparent: true
	// <nil>
}

func ExampleNewWebhookHandler() {
	spans := tracetest.NewInMemoryExporter()
	handler, err := nangootel.NewWebhookHandler(webhook.Config{
		Keys:   []string{"the-signing-key"},
		OnAuth: func(context.Context, *webhook.AuthEvent) error { return nil },
	}, nangootel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))))
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /nango", handler)

	req, err := webhooktest.NewRequest(context.Background(), "/nango", "the-signing-key", webhooktest.AuthCreation())
	if err != nil {
		fmt.Println(err)
		return
	}
	mux.ServeHTTP(discard{}, req)
	span := spans.GetSpans()[0]
	fmt.Println(span.SpanKind, span.Name)
	for _, a := range span.Attributes {
		if a.Key == "nango.webhook.kind" || a.Key == "nango.webhook.outcome" {
			fmt.Println(a.Key, a.Value.AsString())
		}
	}
	// Output:
	// server POST /nango
	// nango.webhook.outcome acknowledged
	// nango.webhook.kind auth
}

// discard is a response that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
