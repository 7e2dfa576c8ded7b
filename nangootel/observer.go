package nangootel

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango"
)

const scope = "github.com/nango-go/sdk/nangootel"

// operationKey is the attribute with the name of the operation.
const operationKey = attribute.Key("nango.operation")

// NewObserver returns an observer for [nango.WithObserver] that makes the spans and metrics of the package comment. One
// observer can serve several clients. It makes no request.
func NewObserver(options ...Option) nango.Observer {
	c := newConfig(options)
	o := &observer{
		config:  c,
		tracer:  c.tracers.Tracer(scope, trace.WithInstrumentationVersion(nango.Version), trace.WithSchemaURL(semconv.SchemaURL)),
		metrics: newInstruments(c.meters),
	}
	return nango.Observer{
		CallStart: o.callStart, CallEnd: o.callEnd,
		AttemptStart: o.attemptStart, AttemptEnd: o.attemptEnd,
		Headers: o.headers,
	}
}

type observer struct {
	config
	tracer  trace.Tracer
	metrics instruments
	servers servers
}

// state is what one call keeps between its attempts, which follow one another.
type state struct {
	span        trace.Span
	lastFailure string // the error.type of the last attempt
}

type stateKey struct{}

func (o *observer) callStart(ctx context.Context, call nango.Call) context.Context {
	ctx, span := o.tracer.Start(ctx, spanName(call.Method, call.Path), trace.WithAttributes(callAttributes(call)...))
	return context.WithValue(ctx, stateKey{}, &state{span: span})
}

func (o *observer) callEnd(ctx context.Context, result nango.CallResult) {
	s, ok := ctx.Value(stateKey{}).(*state)
	if !ok {
		return
	}
	end(s.span, result.StatusCode, failure(result.Call, result.StatusCode, result.Sentinel, result.Err))
}

func (o *observer) attemptStart(ctx context.Context, attempt nango.Attempt) context.Context {
	server := o.servers.get(attempt.BaseURL)
	attributes := append(callAttributes(attempt.Call), server.attributes...)
	attributes = append(attributes, semconv.URLFull(attempt.BaseURL+attempt.Path))
	if attempt.Number > 1 {
		attributes = append(attributes, semconv.HTTPRequestResendCount(attempt.Number-1))
		reason := ""
		if s, ok := ctx.Value(stateKey{}).(*state); ok {
			reason = s.lastFailure
		}
		o.metrics.retry(ctx, attempt.Call, server, reason)
	}
	ctx, _ = o.tracer.Start(ctx, spanName(attempt.Method, attempt.Path), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx
}

func (o *observer) attemptEnd(ctx context.Context, result nango.AttemptResult) {
	failed := failure(result.Call, result.StatusCode, result.Sentinel, result.Err)
	if s, ok := ctx.Value(stateKey{}).(*state); ok {
		s.lastFailure = failed
	}
	o.metrics.attempt(ctx, result, o.servers.get(result.BaseURL), failed)
	end(trace.SpanFromContext(ctx), result.StatusCode, failed)
}

// headers returns the headers that carry the context of the attempt's span.
func (o *observer) headers(ctx context.Context, attempt nango.Attempt) http.Header {
	header := http.Header{}
	o.propagator.Inject(ctx, propagation.HeaderCarrier(header))
	if !o.toProvider || !attempt.Proxied {
		return header
	}
	both := header.Clone()
	for name, values := range header {
		if name != "Baggage" {
			both["Nango-Proxy-"+name] = values
		}
	}
	return both
}

// spanName is the name of a span, as the semantic conventions want it.
func spanName(method, template string) string {
	name := knownMethod(method)
	if name == otherMethod {
		name = "HTTP"
	}
	if template == "" {
		return name
	}
	return name + " " + template
}

func callAttributes(call nango.Call) []attribute.KeyValue {
	attributes := make([]attribute.KeyValue, 0, 8)
	attributes = append(attributes, semconv.HTTPRequestMethodKey.String(knownMethod(call.Method)))
	if call.Operation != "" {
		attributes = append(attributes, operationKey.String(string(call.Operation)), semconv.URLTemplate(call.Path))
	}
	return attributes
}

// end ends a span. failed is the error.type, or empty.
func end(span trace.Span, status int, failed string) {
	if status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if failed != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(failed))
		span.SetStatus(codes.Error, "") // a text could hold an id
	}
	span.End()
}

// otherMethod is the method of a request that is none of HTTP. Only a caller of nango.Client.Generated can send one.
const otherMethod = "_OTHER"

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace, "PROPFIND", "REPORT", "QUERY":
		return method
	}
	return otherMethod
}
