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
	attempt     trace.Span // of the attempt that runs
	lastFailure string     // the error.type of the last attempt
}

// stateKey is the key of the state in a context. Each observer has its own, since a program can chain several.
type stateKey struct{ of *observer }

func (o *observer) state(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{o}).(*state)
	return s
}

func (o *observer) callStart(ctx context.Context, call nango.Call) context.Context {
	ctx, span := o.tracer.Start(ctx, spanName(call.Method, call.Path), trace.WithAttributes(callAttributes(call)...))
	return context.WithValue(ctx, stateKey{o}, &state{span: span})
}

func (o *observer) callEnd(ctx context.Context, result nango.CallResult) {
	if s := o.state(ctx); s != nil {
		end(s.span, result.StatusCode, failure(result.Call, result.StatusCode, result.Sentinel, result.Err))
	}
}

func (o *observer) attemptStart(ctx context.Context, attempt nango.Attempt) context.Context {
	s := o.state(ctx)
	if s == nil { // somebody calls the functions for attempts alone
		s = &state{}
		ctx = context.WithValue(ctx, stateKey{o}, s)
	}
	server := o.servers.get(attempt.BaseURL)
	attributes := append(callAttributes(attempt.Call), server.attributes...)
	attributes = append(attributes, semconv.URLFull(attempt.BaseURL+attempt.Path))
	if attempt.Number > 1 {
		attributes = append(attributes, semconv.HTTPRequestResendCount(attempt.Number-1))
		o.metrics.retry(ctx, attempt.Call, server, s.lastFailure)
	}
	ctx, s.attempt = o.tracer.Start(ctx, spanName(attempt.Method, attempt.Path), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx
}

func (o *observer) attemptEnd(ctx context.Context, result nango.AttemptResult) {
	failed := failure(result.Call, result.StatusCode, result.Sentinel, result.Err)
	o.metrics.attempt(ctx, result, o.servers.get(result.BaseURL), failed)
	if s := o.state(ctx); s != nil {
		s.lastFailure = failed
		end(s.attempt, result.StatusCode, failed)
	}
}

// headers returns the headers that carry the context of the attempt's span. The provider gets no more than its traceparent: it
// is a third party, and baggage and tracestate are not for it.
func (o *observer) headers(ctx context.Context, attempt nango.Attempt) http.Header {
	header := http.Header{}
	o.propagator.Inject(ctx, propagation.HeaderCarrier(header))
	if o.toProvider && attempt.Proxied {
		parent := http.Header{}
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(parent))
		if value := parent.Get("Traceparent"); value != "" {
			header.Set("Nango-Proxy-Traceparent", value)
		}
	}
	return header
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
