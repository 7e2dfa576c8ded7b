package nangootel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nangootel"
)

const template = "/connections/{connectionId}"

// requested are the attributes of an attempt of getConnection, and what else a test expects.
func requested(more map[string]any) map[string]any {
	all := map[string]any{
		"nango.operation": "getConnection", "http.request.method": "GET", "url.template": template,
		"url.full": "http://nango.test" + template, "server.address": "nango.test", "server.port": int64(80),
	}
	for key, value := range more {
		all[key] = value
	}
	return all
}

// A call that is sent three times: each attempt has its own failure, and the call that of the last one.
func TestSpansOfRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, tel := newServer(t), newTelemetry(t)
		srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.RateLimited("1"))
		srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 2}, nangotest.Respond(502, "text/html", ""))
		client := srv.Client(tel.observe())
		ctx, parent := tel.tracers.Tracer("test").Start(t.Context(), "the caller's")
		_, err := handle(client).Get(ctx, nil)
		require.NoError(t, err)
		parent.End()

		spans := tel.spans.GetSpans()
		require.Len(t, spans, 5)
		call := spans[3]
		assert.Equal(t, parent.SpanContext().SpanID(), call.Parent.SpanID())
		for _, attempt := range spans[:3] {
			assert.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
		}
		name := "GET " + template
		ok := map[string]any{"nango.operation": "getConnection", "http.request.method": "GET", "url.template": template, "http.response.status_code": int64(200)}
		assert.Equal(t, []seen{
			{name, "client", "Error", requested(map[string]any{"http.response.status_code": int64(429), "error.type": "ErrRateLimited"})},
			{name, "client", "Error", requested(map[string]any{"http.request.resend_count": int64(1), "http.response.status_code": int64(502), "error.type": "ErrServer"})},
			{name, "client", "Unset", requested(map[string]any{"http.request.resend_count": int64(2), "http.response.status_code": int64(200)})},
			{name, "internal", "Unset", ok},
		}, tel.take()[:4])

		srv.Inject(nangotest.Rule{Operation: "getConnection"}, nangotest.Respond(404, "application/json", envelope))
		_, err = handle(client).Get(t.Context(), nil)
		require.ErrorIs(t, err, nango.ErrNotFound)
		ok["http.response.status_code"], ok["error.type"] = int64(404), "ErrNotFound"
		assert.Equal(t, []seen{
			{name, "client", "Error", requested(map[string]any{"http.response.status_code": int64(404), "error.type": "ErrNotFound"})},
			{name, "internal", "Error", ok},
		}, tel.take())
	})
}

// What a caller's context and a time limit end.
func TestSpansOfEndings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, tel := newServer(t), newTelemetry(t)
		srv.Inject(nangotest.Rule{Operation: "deleteConnection"}, nangotest.Latency(time.Hour))
		client := srv.Client(tel.observe(), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
		canceled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for want, ctx := range map[string]context.Context{"canceled": canceled, "timeout": late} {
			require.Error(t, handle(client).Delete(ctx))
			for _, span := range tel.take() {
				assert.Equal(t, []any{want, "Error"}, []any{span.Attributes["error.type"], span.Status})
			}
		}
	})
}

// A provider's response fails by its status, and a redirect of it does not fail. An action without a result is no failure.
func TestSpansOfProviders(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	for status, want := range map[int]any{200: nil, 204: nil, 304: nil, 404: "404", 500: "500"} {
		srv.HandleProxy(integrationMark, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		require.NoError(t, drainBody(handle(client).Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})))
		for _, span := range tel.take() {
			assert.Equal(t, want, span.Attributes["error.type"], "%d", status)
			assert.Equal(t, want != nil, span.Status == "Error")
			assert.Equal(t, "GET /proxy/{path}", span.Name)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "BREW", client.Generated().Server+dataMark, nil)
	require.NoError(t, err)
	_ = drainBody(client.Generated().Client.Do(req))
	for _, span := range tel.take() {
		assert.Equal(t, []any{"HTTP", "_OTHER"}, []any{span.Name, span.Attributes["http.request.method"]})
	}
	_, err = nango.ActionResult[any](t.Context(), client.AsyncAction(uuidMark))
	require.ErrorIs(t, err, nango.ErrActionPending)
	for _, span := range tel.take() {
		assert.Equal(t, "Unset", span.Status)
		assert.NotContains(t, span.Attributes, "error.type")
	}
	tel.requireSilent(marks...)
}

// What needs no request has no span.
func TestNoSpans(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe())
	srv.AddProvider(nangotest.Provider{Name: "p", AuthMode: "OAUTH2"})
	srv.AddIntegration(nangotest.Integration{ID: "i", Provider: "p"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "i", ConnectionID: "c", Credentials: &nango.OAuth2Credentials{AccessToken: nango.NewSecret("t")}})
	for range 2 {
		_, err := client.Connection("i", "c").Token(t.Context(), &nango.TokenParams{MaxAge: time.Minute})
		require.NoError(t, err)
	}
	_, err := client.Connection("", "c").Get(t.Context(), nil)
	_, refused := errors.AsType[*nango.ArgumentError](err)
	require.True(t, refused)
	assert.Len(t, tel.take(), 2, "of the first request alone")
}

// 10 000 connections have as many time series and names of spans as one.
func TestCardinality(t *testing.T) {
	srv, tel := newServer(t), newTelemetry(t)
	client := srv.Client(tel.observe(), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	names := map[string]bool{}
	call := func(n int) map[string]int {
		id := fmt.Sprint("id-", n)
		_, err := client.Connection(integrationMark, id).Get(t.Context(), nil)
		require.ErrorIs(t, err, nango.ErrNotFound)
		for _, span := range tel.take() {
			names[fmt.Sprint(span)] = true
		}
		series := map[string]int{}
		if n%1000 == 0 {
			for name, points := range tel.points() {
				series[name] = len(points)
			}
		}
		return series
	}
	first, kinds := call(0), len(names)
	assert.Equal(t, map[string]int{"http.client.request.duration": 1, "nango.client.rate_limit.remaining": 1}, first)
	for n := range 10_000 {
		if series := call(n + 1); len(series) > 0 {
			assert.Equal(t, first, series)
		}
	}
	assert.Len(t, names, kinds, "names, attributes and status are the same")
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, tel := newServer(t), newTelemetry(t)
		srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.Respond(502, "text/html", "").After(2*time.Second))
		_, err := handle(srv.Client(tel.observe())).Get(t.Context(), nil)
		require.NoError(t, err)
		found := map[string]metricdata.Metrics{}
		for _, m := range tel.metrics().ScopeMetrics[0].Metrics {
			found[m.Name] = m
		}
		request := map[string]any{"http.request.method": "GET", "url.template": template, "server.address": "nango.test", "server.port": int64(80)}
		with := func(more map[string]any) map[string]any {
			for key, value := range request {
				more[key] = value
			}
			return more
		}
		duration := found["http.client.request.duration"]
		assert.Equal(t, "s", duration.Unit)
		points := duration.Data.(metricdata.Histogram[float64]).DataPoints
		require.Len(t, points, 2)
		for _, p := range points {
			got := attributesOf(p.Attributes.ToSlice())
			if p.Sum >= 2 {
				assert.Equal(t, with(map[string]any{"url.scheme": "http", "http.response.status_code": int64(502), "error.type": "ErrServer"}), got)
			} else {
				assert.Equal(t, with(map[string]any{"url.scheme": "http", "http.response.status_code": int64(200)}), got)
			}
			assert.EqualValues(t, 1, p.Count)
		}
		retries := found["nango.client.retries"].Data.(metricdata.Sum[int64])
		require.Len(t, retries.DataPoints, 1)
		assert.EqualValues(t, 1, retries.DataPoints[0].Value)
		assert.Equal(t, with(map[string]any{"error.type": "ErrServer"}), attributesOf(retries.DataPoints[0].Attributes.ToSlice()))
		left := found["nango.client.rate_limit.remaining"].Data.(metricdata.Gauge[int64]).DataPoints
		require.Len(t, left, 1)
		assert.Equal(t, map[string]any{"server.address": "nango.test", "server.port": int64(80)}, attributesOf(left[0].Attributes.ToSlice()))
		assert.Positive(t, left[0].Value)
	})
}

// Nango gets the trace of the attempt, and the provider only where that is asked for, without baggage. What a caller has set stays.
func TestPropagation(t *testing.T) {
	member, err := baggage.NewMember("customer", dataMark)
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	ctx := baggage.ContextWithBaggage(t.Context(), bag)
	for _, toProvider := range []bool{false, true} {
		srv, tel := newServer(t), newTelemetry(t)
		var provider http.Header
		srv.HandleProxy(integrationMark, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { provider = r.Header }))
		var options []nangootel.Option
		if toProvider {
			options = append(options, nangootel.WithProviderPropagation())
		}
		client := srv.Client(tel.observe(options...))
		proxy := func(header http.Header) (nangos, providers string) {
			require.NoError(t, drainBody(handle(client).Proxy(ctx, nango.ProxyRequest{Path: "/x", Header: header})))
			sent := srv.Requests("proxyGet")
			assert.Equal(t, "customer="+dataMark, sent[len(sent)-1].Header.Get("Baggage"))
			assert.Empty(t, provider.Get("Baggage"))
			return sent[len(sent)-1].Header.Get("Traceparent"), provider.Get("Traceparent")
		}
		nangos, providers := proxy(nil)
		attempt := tel.spans.GetSpans()[0].SpanContext
		want := fmt.Sprintf("00-%s-%s-01", attempt.TraceID(), attempt.SpanID())
		assert.Equal(t, want, nangos)
		if toProvider {
			assert.Equal(t, want, providers)
		} else {
			assert.Empty(t, providers)
		}
		_, providers = proxy(http.Header{"Traceparent": {"mine"}})
		assert.Equal(t, "mine", providers)
		_, err := client.Integrations.List(ctx)
		require.NoError(t, err)
		for name := range srv.Requests("listIntegrations")[0].Header {
			assert.NotContains(t, name, "Nango-Proxy-")
		}
	}
}

// Without options the global providers count, and nil means them as well.
func TestGlobalProviders(t *testing.T) {
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	tel := newTelemetry(t)
	otel.SetTracerProvider(tel.tracers)
	otel.SetMeterProvider(tel.meters)
	defer otel.SetTracerProvider(tracers)
	defer otel.SetMeterProvider(meters)
	srv := newServer(t)
	for _, options := range [][]nangootel.Option{nil, {nangootel.WithTracerProvider(nil), nangootel.WithMeterProvider(nil), nangootel.WithPropagator(nil)}} {
		_, err := srv.Client(nango.WithObserver(nangootel.NewObserver(options...))).Integrations.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, tel.take(), 2)
		assert.Empty(t, srv.Requests("listIntegrations")[0].Header["Traceparent"], "the global propagator writes nothing by default")
	}
	assert.Contains(t, tel.points(), "http.client.request.duration")
	assert.False(t, trace.SpanContextFromContext(t.Context()).IsValid())
}
