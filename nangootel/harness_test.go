package nangootel_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nangootel"
)

// telemetry is what OpenTelemetry gets, in memory.
type telemetry struct {
	t       *testing.T
	spans   *tracetest.InMemoryExporter
	reader  *metric.ManualReader
	tracers *sdktrace.TracerProvider
	meters  *metric.MeterProvider
}

func newTelemetry(t *testing.T) *telemetry {
	t.Helper()
	tel := &telemetry{t: t, spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	tel.tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(tel.spans))
	tel.meters = metric.NewMeterProvider(metric.WithReader(tel.reader))
	return tel
}

// options are the providers of this test, and the propagator of the W3C.
func (tel *telemetry) options(more ...nangootel.Option) []nangootel.Option {
	return append([]nangootel.Option{
		nangootel.WithTracerProvider(tel.tracers), nangootel.WithMeterProvider(tel.meters),
		nangootel.WithPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})),
	}, more...)
}

func (tel *telemetry) observe(more ...nangootel.Option) nango.Option {
	return nango.WithObserver(nangootel.NewObserver(tel.options(more...)...))
}

func (tel *telemetry) metrics() metricdata.ResourceMetrics {
	tel.t.Helper()
	var out metricdata.ResourceMetrics
	require.NoError(tel.t, tel.reader.Collect(context.Background(), &out))
	return out
}

// points are the sets of attributes of each metric.
func (tel *telemetry) points() map[string][]attribute.Set {
	found := map[string][]attribute.Set{}
	for _, scope := range tel.metrics().ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					found[m.Name] = append(found[m.Name], p.Attributes)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					found[m.Name] = append(found[m.Name], p.Attributes)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					found[m.Name] = append(found[m.Name], p.Attributes)
				}
			default:
				tel.t.Errorf("%s is of an unknown kind: %T", m.Name, m.Data)
			}
		}
	}
	return found
}

// allowed are the attributes that spans and metrics may have.
var allowed = map[string][]string{
	"internal": {"nango.operation", "http.request.method", "url.template", "http.response.status_code", "error.type"},
	"client": {"nango.operation", "http.request.method", "url.template", "url.full", "server.address", "server.port",
		"http.response.status_code", "http.request.resend_count", "error.type"},
	"server": {"nango.webhook.kind", "nango.webhook.outcome", "http.request.method", "http.route", "url.path", "url.scheme",
		"http.response.status_code", "error.type"},
	"http.client.request.duration": {"http.request.method", "url.template", "url.scheme", "server.address", "server.port",
		"http.response.status_code", "error.type"},
	"nango.client.retries":              {"http.request.method", "url.template", "server.address", "server.port", "error.type"},
	"nango.client.rate_limit.remaining": {"server.address", "server.port"},
}

// requireSilent checks that spans and metrics have allowed attributes only, and that nothing exported holds one of the secrets.
func (tel *telemetry) requireSilent(secrets ...string) {
	tel.t.Helper()
	spans := tel.spans.GetSpans()
	for _, span := range spans {
		for _, a := range span.Attributes {
			assert.True(tel.t, slices.Contains(allowed[span.SpanKind.String()], string(a.Key)), "%s of %s", a.Key, span.Name)
		}
		assert.Empty(tel.t, span.Events)
		assert.Empty(tel.t, span.Status.Description)
	}
	for name, sets := range tel.points() {
		for _, set := range sets {
			for _, a := range set.ToSlice() {
				assert.True(tel.t, slices.Contains(allowed[name], string(a.Key)), "%s of %s", a.Key, name)
			}
		}
	}
	exported, err := json.Marshal([]any{spans, tel.metrics()})
	require.NoError(tel.t, err)
	for _, secret := range secrets {
		assert.NotContains(tel.t, string(exported), secret)
	}
}

// seen is a span as a test compares it.
type seen struct {
	Name, Kind, Status string
	Attributes         map[string]any
}

func attributesOf(list []attribute.KeyValue) map[string]any {
	found := map[string]any{}
	for _, a := range list {
		found[string(a.Key)] = a.Value.AsInterface()
	}
	return found
}

// take returns the spans in the order in which they ended, and forgets them.
func (tel *telemetry) take() (spans []seen) {
	for _, span := range tel.spans.GetSpans() {
		spans = append(spans, seen{span.Name, span.SpanKind.String(), span.Status.Code.String(), attributesOf(span.Attributes)})
	}
	tel.spans.Reset()
	return spans
}
