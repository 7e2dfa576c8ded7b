package nangootel_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func hostOf(t *testing.T, baseURL string) (host string, port int64) {
	t.Helper()
	u, err := url.Parse(baseURL)
	require.NoError(t, err)
	port = 80
	if u.Scheme == "https" {
		port = 443
	}
	if u.Port() != "" {
		port, err = strconv.ParseInt(u.Port(), 10, 64)
		require.NoError(t, err)
	}
	return u.Hostname(), port
}

func metricsByName(out metricdata.ResourceMetrics) map[string]metricdata.Metrics {
	found := map[string]metricdata.Metrics{}
	for _, scope := range out.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[m.Name] = m
		}
	}
	return found
}

// One call with two retries: three durations, two retries with their reasons, and the limit that is left after the last one.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, tel := newServer(t), newTelemetry(t)
		srv.SetRateLimit(100)
		srv.Inject(nangotest.Rule{Nth: 1}, nangotest.Reset().After(2500*time.Millisecond)) // of a new connection, so that net/http does not hide it
		srv.Inject(nangotest.Rule{Nth: 2}, nangotest.RateLimited("1"))
		client := srv.Client(tel.observe())
		_, err := handle(client).Get(t.Context(), nil)
		require.NoError(t, err)
		host, port := hostOf(t, client.Generated().Server)
		scheme := "http"
		if port == 443 {
			scheme = "https"
		}
		server := []attribute.KeyValue{attribute.String("server.address", host), attribute.Int64("server.port", port)}
		request := append([]attribute.KeyValue{attribute.String("http.request.method", "GET"), attribute.String("url.template", "/connections/{connectionId}")}, server...)
		set := func(base []attribute.KeyValue, more ...attribute.KeyValue) attribute.Set {
			return attribute.NewSet(append(append([]attribute.KeyValue{attribute.String("url.scheme", scheme)}, base...), more...)...)
		}
		status := func(code int) attribute.KeyValue { return attribute.Int("http.response.status_code", code) }
		failed := func(kind string) attribute.KeyValue { return attribute.String("error.type", kind) }
		found := metricsByName(tel.metrics())
		require.Len(t, found, 3)
		point := func(attributes attribute.Set) metricdata.HistogramDataPoint[float64] {
			return metricdata.HistogramDataPoint[float64]{Attributes: attributes}
		}
		metricdatatest.AssertEqual(t, metricdata.Metrics{
			Name: "http.client.request.duration", Unit: "s", Description: "Duration of HTTP client requests.",
			Data: metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality, DataPoints: []metricdata.HistogramDataPoint[float64]{
				point(set(request, status(429), failed("ErrRateLimited"))), point(set(request, failed("_OTHER"))), point(set(request, status(200))),
			}},
		}, found["http.client.request.duration"], metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars(), metricdatatest.IgnoreValue())
		bounds := found["http.client.request.duration"].Data.(metricdata.Histogram[float64]).DataPoints[0].Bounds
		total := 0.0
		for _, p := range found["http.client.request.duration"].Data.(metricdata.Histogram[float64]).DataPoints {
			total += p.Sum
		}
		assert.InDelta(t, 2.5, total, 0.001)
		assert.Equal(t, []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, bounds, "seconds")
		retry := func(reason string) metricdata.DataPoint[int64] {
			return metricdata.DataPoint[int64]{Attributes: attribute.NewSet(append([]attribute.KeyValue{failed(reason)}, request...)...), Value: 1}
		}
		metricdatatest.AssertEqual(t, metricdata.Metrics{
			Name: "nango.client.retries", Unit: "{retry}", Description: "Number of attempts that were not the first of their call.",
			Data: metricdata.Sum[int64]{Temporality: metricdata.CumulativeTemporality, IsMonotonic: true, DataPoints: []metricdata.DataPoint[int64]{retry("ErrRateLimited"), retry("_OTHER")}},
		}, found["nango.client.retries"], metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
		metricdatatest.AssertEqual(t, metricdata.Metrics{
			Name: "nango.client.rate_limit.remaining", Unit: "{request}", Description: "Number of requests that Nango's rate limit leaves in this minute.",
			Data: metricdata.Gauge[int64]{DataPoints: []metricdata.DataPoint[int64]{{Attributes: attribute.NewSet(server...), Value: 99}}},
		}, found["nango.client.rate_limit.remaining"], metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	})
}

// Ten thousand connections make no new series and no new name of a span.
func TestCardinality(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	srv.SetRateLimit(100_000)
	client := srv.Client(tel.observe(), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	const connections = 10_000
	sizes, names := map[int]map[string]int{}, map[string]bool{}
	for i := range connections {
		connection := client.Connection(integrationMark, fmt.Sprintf("%s-%d", connectionMark, i))
		_, err := connection.Get(t.Context(), nil)
		require.ErrorIs(t, err, nango.ErrNotFound)
		_, err = nango.ProxyJSON[any](t.Context(), connection, nango.ProxyRequest{Path: fmt.Sprintf("/%s/%d", dataMark, i)})
		require.ErrorIs(t, err, nango.ErrNotFound)
		if i == 0 || i == connections-1 {
			sizes[i] = map[string]int{}
			for name, sets := range tel.points() {
				sizes[i][name] = len(sets)
			}
			tel.requireSilent(marks...)
		}
		for _, span := range tel.take() {
			names[span.Name] = true
		}
	}
	assert.Equal(t, map[string]int{"http.client.request.duration": 2, "nango.client.rate_limit.remaining": 1}, sizes[0])
	assert.Equal(t, sizes[0], sizes[connections-1])
	assert.Equal(t, map[string]bool{"GET /connections/{connectionId}": true, "GET /proxy/{path}": true}, names)
}
