package nangootel_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nangootel"
)

type responder func(*http.Request) (*http.Response, error)

func (f responder) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The cost of the observer for a call of one attempt, beside the same call without one.
func BenchmarkCall(b *testing.B) {
	respond := responder(func(req *http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"200"}, "X-Ratelimit-Remaining": {"199"}, "X-Ratelimit-Reset": {"1795355077"}}
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(`{"data":[]}`)), Request: req}, nil
	})
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	for _, row := range []struct {
		name    string
		options []nango.Option
	}{
		{"without", nil},
		{"metrics", []nango.Option{nango.WithObserver(nangootel.NewObserver(nangootel.WithTracerProvider(noop.NewTracerProvider()), nangootel.WithMeterProvider(meters)))}},
		{"metrics-and-traces", []nango.Option{nango.WithObserver(nangootel.NewObserver(nangootel.WithTracerProvider(sdktrace.NewTracerProvider()), nangootel.WithMeterProvider(meters)))}},
	} {
		b.Run(row.name, func(b *testing.B) {
			client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", append(row.options, nango.WithHTTPClient(&http.Client{Transport: respond}))...)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Integrations.List(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
