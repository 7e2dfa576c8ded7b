package nangootel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Option changes what [NewObserver] and [NewWebhookHandler] use. Without options they use the global providers and the
// global propagator of OpenTelemetry.
type Option func(*config)

type config struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
	toProvider bool
}

// newConfig ignores nil, so the global ones are used for it.
func newConfig(options []Option) config {
	c := config{}
	for _, option := range options {
		if option != nil {
			option(&c)
		}
	}
	if c.tracers == nil {
		c.tracers = otel.GetTracerProvider()
	}
	if c.meters == nil {
		c.meters = otel.GetMeterProvider()
	}
	if c.propagator == nil {
		c.propagator = otel.GetTextMapPropagator()
	}
	return c
}

// WithTracerProvider sets where spans go.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(c *config) { c.tracers = provider }
}

// WithMeterProvider sets where metrics go. A webhook handler has none.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(c *config) { c.meters = provider }
}

// WithPropagator sets how the context of a trace is written into the headers of requests to Nango. The global propagator of
// OpenTelemetry writes nothing unless the program has set it. A webhook handler does not use it.
func WithPropagator(propagator propagation.TextMapPropagator) Option {
	return func(c *config) { c.propagator = propagator }
}

// WithProviderPropagation also sends the context of the trace through the proxy to the provider, as the header traceparent of
// the W3C, whatever the propagator is. Baggage and tracestate are not sent, because the provider is a third party. A traceparent
// that ProxyRequest.Header or the request of a Go client has already is not changed. The default is not to send it.
func WithProviderPropagation() Option {
	return func(c *config) { c.toProvider = true }
}
