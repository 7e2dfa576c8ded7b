package nangootel

import (
	"context"
	"net/url"
	"strconv"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/nango-go/sdk/nango"
)

// instruments are the metrics of an observer.
type instruments struct {
	duration  httpconv.ClientRequestDuration
	retries   metric.Int64Counter
	remaining metric.Int64Gauge
}

func newInstruments(meters metric.MeterProvider) (i instruments) {
	meter := meters.Meter(scope, metric.WithInstrumentationVersion(nango.Version), metric.WithSchemaURL(semconv.SchemaURL))
	var errs [3]error
	i.duration, errs[0] = httpconv.NewClientRequestDuration(meter)
	i.retries, errs[1] = meter.Int64Counter("nango.client.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Number of attempts that were not the first of their call."))
	i.remaining, errs[2] = meter.Int64Gauge("nango.client.rate_limit.remaining", metric.WithUnit("{request}"),
		metric.WithDescription("Number of requests that Nango's rate limit leaves in this minute."))
	for _, err := range errs {
		if err != nil {
			otel.Handle(err) // as other instrumentation does: a metric must not stop the program
		}
	}
	return i
}

// retry counts an attempt after a failed one.
func (i *instruments) retry(ctx context.Context, call nango.Call, to *server, reason string) {
	attributes := append(requestAttributes(call, "", 0, reason), to.attributes...)
	i.retries.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(attributes...)))
}

// attempt records how an attempt ended.
func (i *instruments) attempt(ctx context.Context, result nango.AttemptResult, to *server, failed string) {
	if i.duration.Enabled(ctx) {
		attributes := append(requestAttributes(result.Call, to.scheme, result.StatusCode, failed), to.attributes...)
		i.duration.RecordSet(ctx, result.Duration.Seconds(), attribute.NewSet(attributes...))
	}
	if result.RateLimit != nil {
		i.remaining.Record(ctx, int64(result.RateLimit.Remaining), metric.WithAttributeSet(to.set))
	}
}

func requestAttributes(call nango.Call, scheme string, status int, failed string) []attribute.KeyValue {
	attributes := make([]attribute.KeyValue, 0, 8)
	attributes = append(attributes, semconv.HTTPRequestMethodKey.String(knownMethod(call.Method)))
	if call.Operation != "" {
		attributes = append(attributes, semconv.URLTemplate(call.Path))
	}
	if scheme != "" {
		attributes = append(attributes, semconv.URLScheme(scheme))
	}
	if status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(status))
	}
	if failed != "" {
		attributes = append(attributes, semconv.ErrorTypeKey.String(failed))
	}
	return attributes
}

// server is the server of a base URL.
type server struct {
	scheme     string
	attributes []attribute.KeyValue
	set        attribute.Set
}

// servers has the server of each base URL, of which a program has few.
type servers struct{ known sync.Map }

func (s *servers) get(baseURL string) *server {
	if known, ok := s.known.Load(baseURL); ok {
		return known.(*server)
	}
	found := &server{}
	if u, err := url.Parse(baseURL); err == nil {
		found.scheme = u.Scheme
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			if port = 443; u.Scheme == "http" {
				port = 80
			}
		}
		found.attributes = []attribute.KeyValue{semconv.ServerAddress(u.Hostname()), semconv.ServerPort(port)}
	}
	found.set = attribute.NewSet(found.attributes...)
	s.known.Store(baseURL, found)
	return found
}
