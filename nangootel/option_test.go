package nangootel_test

import (
	"context"
	"net/http"
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

// A program has observers of its own beside this one. Each ends its own spans, in whatever order they are called.
func TestChainedObservers(t *testing.T) {
	srv, first, second := newServer(t), newTelemetry(t), newTelemetry(t)
	a, b := nangootel.NewObserver(first.options()...), nangootel.NewObserver(append(second.options(), nil)...)
	client := srv.Client(nango.WithObserver(nango.Observer{
		CallStart: func(ctx context.Context, c nango.Call) context.Context { return b.CallStart(a.CallStart(ctx, c), c) },
		CallEnd:   func(ctx context.Context, r nango.CallResult) { a.CallEnd(ctx, r); b.CallEnd(ctx, r) },
		AttemptStart: func(ctx context.Context, at nango.Attempt) context.Context {
			return b.AttemptStart(a.AttemptStart(ctx, at), at)
		},
		AttemptEnd: func(ctx context.Context, r nango.AttemptResult) { a.AttemptEnd(ctx, r); b.AttemptEnd(ctx, r) },
	}))
	_, err := client.Integrations.List(t.Context())
	require.NoError(t, err)
	for _, tel := range []*telemetry{first, second} {
		spans := tel.take()
		require.Len(t, spans, 2)
		assert.Equal(t, []string{"client", "internal"}, []string{spans[0].Kind, spans[1].Kind})
	}
}

// A transport that panics leaves no span without an end.
func TestSpansOfAPanic(t *testing.T) {
	tel := newTelemetry(t)
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", tel.observe(), nango.WithHTTPClient(&http.Client{Transport: panicking{}}))
	require.NoError(t, err)
	assert.Panics(t, func() { _, _ = client.Integrations.List(t.Context()) })
	spans := tel.spans.GetSpans()
	tel.requireSilent(dataMark)
	require.Len(t, spans, 2)
	for _, span := range tel.take() {
		assert.Equal(t, []any{"Error", "_OTHER"}, []any{span.Status, span.Attributes["error.type"]})
	}
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic(dataMark) }
