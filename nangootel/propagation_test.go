package nangootel_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nangootel"
)

// arrivals are the headers of requests at Nango and at the provider.
type arrivals struct{ nango, provider []http.Header }

func (a *arrivals) watch(srv *nangotest.Server) {
	srv.Inject(nangotest.Rule{If: func(r *http.Request) bool { a.nango = append(a.nango, r.Header.Clone()); return false }}, nangotest.Latency(0))
	srv.HandleProxy(integrationMark, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { a.provider = append(a.provider, r.Header.Clone()) }))
}

// Nango gets the context of the attempt's span. The provider gets it only if asked for, and never the baggage.
func TestPropagation(t *testing.T) {
	for name, options := range map[string][]nangootel.Option{"default": nil, "to the provider": {nangootel.WithProviderPropagation()}} {
		t.Run(name, func(t *testing.T) {
			srv, tel := newServer(t), newTelemetry(t)
			var arrived arrivals
			arrived.watch(srv)
			client := srv.Client(tel.observe(options...))
			member, err := baggage.NewMember("customer", dataMark)
			require.NoError(t, err)
			bag, err := baggage.New(member)
			require.NoError(t, err)
			state, err := trace.ParseTraceState("vendor=" + dataMark)
			require.NoError(t, err)
			remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, TraceState: state})
			ctx := trace.ContextWithSpanContext(baggage.ContextWithBaggage(t.Context(), bag), remote)
			ctx, parent := tel.tracers.Tracer("test").Start(ctx, "parent")
			require.NoError(t, errOf(handle(client).Get(ctx, nil)))
			require.NoError(t, drainBody(handle(client).Proxy(ctx, nango.ProxyRequest{Path: "/x"})))
			parent.End()

			var spans []trace.SpanContext
			for _, span := range tel.spans.GetSpans() {
				assert.Equal(t, parent.SpanContext().TraceID(), span.SpanContext.TraceID())
				if span.SpanKind == trace.SpanKindClient {
					spans = append(spans, span.SpanContext)
				}
			}
			require.Len(t, arrived.nango, 2)
			require.Len(t, spans, 2)
			for i, header := range arrived.nango {
				assert.Equal(t, spans[i].SpanID(), spanOf(header).SpanID())
				assert.Equal(t, []string{"customer=" + dataMark, "vendor=" + dataMark}, []string{header.Get("Baggage"), header.Get("Tracestate")})
			}
			require.Len(t, arrived.provider, 1)
			assert.Empty(t, arrived.provider[0].Get("Baggage")+arrived.provider[0].Get("Tracestate"), "a third party")
			if options == nil {
				assert.Empty(t, arrived.provider[0].Get("Traceparent"))
			} else {
				assert.Equal(t, spans[1].SpanID(), spanOf(arrived.provider[0]).SpanID())
			}
			assert.Empty(t, arrived.nango[0].Get("Nango-Proxy-Traceparent"), "not proxied")
		})
	}
}

func spanOf(header http.Header) trace.SpanContext {
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(header)))
}

// A caller's own traceparent for the provider is not changed.
func TestPropagationKeepsTheCallersHeader(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	var arrived arrivals
	arrived.watch(srv)
	client := srv.Client(tel.observe(nangootel.WithProviderPropagation()))
	const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	req := nango.ProxyRequest{Path: "/x", Header: http.Header{"Traceparent": {own}}}
	require.NoError(t, drainBody(handle(client).Proxy(t.Context(), req)))
	require.Len(t, arrived.provider, 1)
	assert.Equal(t, []string{own}, arrived.provider[0]["Traceparent"])
}
