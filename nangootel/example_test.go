package nangootel_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nangootel"
)

// exampleServer is a Nango server in this process, which limits the first request.
func exampleServer() *nangotest.Server {
	srv := nangotest.New()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "acme"})
	srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.RateLimited("0"))
	return srv
}

// In your program, the exporters are those of your tracing system, and the providers are the global ones: then NewObserver
// needs no options.
func ExampleNewObserver() {
	srv := exampleServer()
	defer srv.Close()
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()

	client := srv.Client(nango.WithObserver(nangootel.NewObserver(
		nangootel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		nangootel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))),
		nangootel.WithPropagator(propagation.TraceContext{}),
	)))
	ctx := context.Background()
	if _, err := client.Connection("github", "acme").Get(ctx, nil); err != nil {
		log.Fatal(err)
	}

	for _, span := range spans.GetSpans() {
		fmt.Println(span.SpanKind, span.Name, span.Status.Code)
	}
	var metrics metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &metrics); err != nil {
		log.Fatal(err)
	}
	for _, m := range metrics.ScopeMetrics[0].Metrics {
		fmt.Println(m.Name, m.Unit)
	}
	// Output:
	// client GET /connections/{connectionId} Error
	// client GET /connections/{connectionId} Unset
	// internal GET /connections/{connectionId} Unset
	// http.client.request.duration s
	// nango.client.retries {retry}
	// nango.client.rate_limit.remaining {request}
}

// The provider sees the same trace as your program, if you want that.
func ExampleWithProviderPropagation() {
	srv := exampleServer()
	defer srv.Close()
	srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d", len(r.Header.Get("Traceparent")))
	}))
	client := srv.Client(nango.WithObserver(nangootel.NewObserver(
		nangootel.WithTracerProvider(sdktrace.NewTracerProvider()),
		nangootel.WithPropagator(propagation.TraceContext{}),
		nangootel.WithProviderPropagation(),
	)))
	length, err := nango.ProxyJSON[int](context.Background(), client.Connection("github", "acme"), nango.ProxyRequest{Path: "/user"})
	fmt.Println(length, err)
	// Output: 55 <nil>
}

func ExampleNewWebhookHandler() {
	handler, err := nangootel.NewWebhookHandler(webhook.Config{
		Keys: []string{os.Getenv("NANGO_WEBHOOK_SIGNING_KEY"), "a key for this example"},
		OnSync: func(ctx context.Context, event *webhook.SyncEvent) error {
			return nil // ctx has the span
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	http.Handle("POST /nango", handler)
}
