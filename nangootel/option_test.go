package nangootel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nangootel"
)

// Without options, and with nil, the global ones are used. They name this module and the version of the conventions. A program that has
// set none has no telemetry, and works.
func TestGlobalProviders(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	var arrived arrivals
	arrived.watch(srv)
	client := srv.Client(nango.WithObserver(nangootel.NewObserver()))
	require.NoError(t, errOf(handle(client).Get(t.Context(), nil)))
	require.Len(t, arrived.nango, 1)
	assert.Empty(t, arrived.nango[0].Get("Traceparent"))

	tracers, meters, propagator := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetTextMapPropagator()
	defer func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
		otel.SetTextMapPropagator(propagator)
	}()
	otel.SetTracerProvider(tel.tracers)
	otel.SetMeterProvider(tel.meters)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	for _, options := range [][]nangootel.Option{nil, {nangootel.WithTracerProvider(nil), nangootel.WithMeterProvider(nil), nangootel.WithPropagator(nil)}} {
		client := srv.Client(nango.WithObserver(nangootel.NewObserver(options...)))
		require.NoError(t, errOf(handle(client).Get(t.Context(), nil)))
	}
	spans := tel.spans.GetSpans()
	require.Len(t, spans, 4)
	scope := spans[0].InstrumentationScope
	assert.Equal(t, []string{"github.com/nango-go/sdk/nangootel", nango.Version, semconv.SchemaURL}, []string{scope.Name, scope.Version, scope.SchemaURL})
	assert.Len(t, tel.metrics().ScopeMetrics, 1)
	require.Len(t, arrived.nango, 3)
	assert.NotEmpty(t, arrived.nango[2].Get("Traceparent"))
}
