// Package nangootel shows what package nango does in OpenTelemetry, as traces and metrics. It is a module of its own, so a
// program that does not import it links nothing of OpenTelemetry.
//
//	client, err := nango.New(key, nango.WithObserver(nangootel.NewObserver()))
//
// # Spans
//
// Each call of the API is a span of the kind internal, and each attempt to send it is a span of the kind client below it. A
// call that needs no request, such as a token from the cache, has no span. Neither has a call that is refused before any
// request. Both spans are named by the method and the path template, such as "GET /connections/{connectionId}".
//
// [NewWebhookHandler] makes a handler of package webhook with a span of the kind server for each delivery.
//
// # Metrics
//
//	http.client.request.duration          s          how long an attempt took
//	nango.client.retries                  {retry}    how many attempts were not the first of their call
//	nango.client.rate_limit.remaining     {request}  how many requests are left in this minute, from Nango's last response
//
// The duration of a proxied call ends with the headers of the response.
//
// # Attributes
//
// Names follow version 1.43 of the semantic conventions. Those of our own begin with "nango.".
//
//	nango.operation            spans                  the operation, such as getConnection
//	http.request.method        spans and metrics
//	url.template               spans and metrics      the path template; there is none for a request that is no operation
//	url.full                   client spans           the base URL and the path template
//	url.scheme                 metrics, server spans
//	server.address             client spans, metrics  the host of the base URL
//	server.port                client spans, metrics
//	http.response.status_code  spans and metrics
//	http.request.resend_count  client spans           from the second attempt on
//	error.type                 spans and metrics      of failures only
//	nango.webhook.kind         server spans           auth, sync, async_action, forward, raw or unknown
//	nango.webhook.outcome      server spans           see [NewWebhookHandler]
//	http.route                 server spans           the pattern of the request, if there is one
//	url.path                   server spans           the same, or "REDACTED"
//
// No attribute and no name of a span holds an id, a query, a header, a body, a message of an error or a secret. Each has a
// small set of values, so the number of time series does not grow with the number of connections.
//
// error.type is the name of the sentinel of package nango that the failure matches, such as "ErrNotFound". If it matches none,
// it is the status, such as "404" of a provider; "timeout" or "canceled" if the context or a time limit ended the attempt;
// and otherwise "_OTHER". The status of a span is an error for the same failures. ErrActionPending is no failure here, because
// a program that waits for an action gets it many times. A span shows what the server responded: if a call
// fails because it cannot decode a success, the span is not an error.
//
// # Propagation
//
// Each request to Nango has the headers of the propagator, such as traceparent. With [WithProviderPropagation] the provider
// of a proxied call gets traceparent too.
package nangootel
