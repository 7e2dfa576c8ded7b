package nangootel_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nangootel"
)

// instant responds at once, so that what is measured is the client and the observer.
type instant struct{}

func (instant) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, Body: io.NopCloser(strings.NewReader(`{"integrations":[],"data":[]}`)),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Limit": {"200"}, "X-Ratelimit-Remaining": {"9"}, "X-Ratelimit-Reset": {"1795953600"}},
	}, nil
}

// BenchmarkObserver compares a call without an observer, with one of a program without an SDK, with spans that are not sampled, and with
// spans that are.
func BenchmarkObserver(b *testing.B) {
	meters := nangootel.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())))
	propagator := nangootel.WithPropagator(propagation.TraceContext{})
	sampled := func(sampler sdktrace.Sampler) nango.Option {
		tracers := nangootel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler)))
		return nango.WithObserver(nangootel.NewObserver(tracers, meters, propagator))
	}
	for _, row := range []struct {
		name    string
		options []nango.Option
	}{
		{"none", nil},
		{"no SDK", []nango.Option{nango.WithObserver(nangootel.NewObserver())}},
		{"not sampled", []nango.Option{sampled(sdktrace.NeverSample())}},
		{"sampled", []nango.Option{sampled(sdktrace.AlwaysSample())}},
	} {
		b.Run(row.name, func(b *testing.B) {
			client, err := nango.New("key", append(row.options, nango.WithHTTPClient(&http.Client{Transport: instant{}}))...)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Integrations.List(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
