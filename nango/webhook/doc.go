// Package webhook verifies and reads the webhooks that a Nango server sends. It needs no client and
// no API key, only the environment's webhook signing key, and imports nothing but the standard
// library.
//
// Read the whole body, [Verify] it, then [Parse] it:
//
//	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
//	…
//	if err := webhook.Verify(keys, r.Header, body); err != nil { … } // 401
//	event, err := webhook.Parse(body)
//	switch e := event.(type) {
//	case *webhook.AuthEvent: // a connection was made, replaced, or could not be refreshed
//	case *webhook.SyncEvent: // a sync run ended; e.Success tells how
//	case *webhook.AsyncActionEvent: // an action ended; its result says how
//	case *webhook.ForwardEvent: // a provider's webhook, for one connection
//	case *webhook.RawEvent: // anything else, above all a provider's webhook as it came
//	default: // *webhook.UnknownEvent: a type that is newer than this package
//	}
//
// The signature covers the exact bytes of the body: decode and encode them again, even only in a
// middleware, and it no longer fits.
//
// # What a delivery is worth
//
// Nango delivers at least once and in no order. A delivery has no id and no timestamp, and an old
// one stays validly signed for as long as its key lives, so a handler must be idempotent: take an
// event as a hint to read the current state, not as the state.
//
// Any 2xx acknowledges. Nango gives up on an attempt after 20 seconds and repeats it twice, after 3
// and 6 seconds, when the answer is a 5xx or does not come; a 4xx is never repeated. So store or
// queue the event, answer within a second or two, and acknowledge types you do not know. Every
// event encodes back to the JSON it came from and decodes from it, so it can be queued as it is.
//
// # Whose words these are
//
// The signature proves that Nango sent the body, not that Nango wrote it. A provider's webhook that
// belongs to no connection is passed on bare, and signed like everything else; what it says is up
// to the provider, and often up to whoever can trigger the provider's webhook. Parse takes a body
// for an event of Nango's own only if it has "from":"nango", a type this package knows, and the
// keys that go with the type. That keeps accidents apart, and no more: a third party can write
// such a body. Before an AuthEvent changes who may do what, read the connection from the API and
// trust that. An integration with forwarding switched off sends no such bodies.
//
// A forwarded payload was decoded and encoded on its way, with its keys sorted, so a signature of
// the provider's own, if its header is there at all, cannot be checked any more.
package webhook
