// Package webhook receives the webhooks that a Nango server sends. It needs no client and no API key,
// only the environment's webhook signing key, and imports nothing but the standard library.
//
// [NewHandler] makes an [http.Handler] of one key and a callback for each kind of event:
//
//	handler, err := webhook.NewHandler(webhook.Config{
//		Keys:    []string{os.Getenv("NANGO_WEBHOOK_SIGNING_KEY")},
//		Confirm: client.ConfirmAuthEvent,
//		OnAuth:  func(ctx context.Context, e *webhook.AuthEvent) error { … }, // a connection was made, …, or deleted: e.Operation tells
//		OnSync:  func(ctx context.Context, e *webhook.SyncEvent) error { … }, // a sync run ended; e.Success tells how
//	})
//	http.Handle("POST /nango", handler)
//
// Any router that takes an http.Handler takes this one; examples/routers has chi, gin and echo. The
// two halves of the handler, [Verify] and [Parse], serve where there is no HTTP request, such as in a
// queue's consumer. The signature covers the exact bytes of the body: decode and encode them again,
// even only in a middleware, and it no longer fits. Package webhooktest sends what a server would
// send, to test a receiver.
//
// # What a delivery is worth
//
// Nango delivers at least once and in no order. A delivery has no id and no timestamp, and an old
// one stays validly signed for as long as its key lives. So a handler must be idempotent: take an
// event as a hint to read the current state, not as the state. There is no way to recognize a
// repetition, and this package does not pretend to one: two webhooks of a provider can have equal
// bytes and both be true, while one event sent twice has equal bytes as well.
//
// Any 2xx acknowledges. Nango gives up on an attempt after 20 seconds and repeats it twice, after 3
// and 6 seconds, when the answer is a 5xx or does not come; a 4xx is never repeated. So store or
// queue the event, answer within a second or two, and acknowledge types you do not know. Several
// failures within seconds can make Nango drop what it would send in the next minute. Every event
// encodes back to the JSON it came from and decodes from it, so it can be queued as it is.
//
// # Whose words these are
//
// The signature proves that Nango sent the body, not that Nango wrote it. A provider's webhook that
// belongs to no connection is passed on bare, and signed like everything else: such a raw forward
// carries third parties' content, up to the provider and often to whoever can trigger the
// provider's webhook. Parse takes a body for an event of Nango's own only if it has "from":"nango",
// a type this package knows, and the keys that go with the type; for a [ForwardEvent] only if it has
// the type, the names of a connection and an integration, and a payload; for an [UnknownEvent] only
// if it has "from":"nango" and those names. Everything else is a [RawEvent], and so is an object of
// more than 1000 members. That keeps accidents apart, and no more: a third party can write such a
// body. Before an AuthEvent changes who may do what, read the connection from the API and trust
// that, which is what Config.Confirm is for; ConfirmAuthEvent of package nango's Client says what it
// leaves open. Before acting on another event, make sure that its connection is one of yours. An
// integration with forwarding switched off sends no such bodies.
//
// A forwarded payload was decoded and encoded on its way, with its keys sorted, so a signature of
// the provider's own, if its header is there at all, cannot be checked any more.
//
// # Rotation
//
// RotateSigningKey of package nango's Environment makes a new key. It signs at once, while parts of
// the server, such as the one that runs syncs and actions, go on with the old one for up to five more
// minutes, and the API shows it to nobody a second time. What a receiver refuses with 401 in that time
// is lost, since Nango repeats only after a 5xx. So both keys have to count, for as long as something
// that the old one signed can still come: the five minutes, and almost two more for the last repetition
// of what was signed then. A [Keyring] does that, for ten minutes:
//
//	ring, err := webhook.NewKeyring(os.Getenv("NANGO_WEBHOOK_SIGNING_KEY"))
//	handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.Keys, …})
//
//	resume := ring.Pause() // until Rotate deliveries wait: one under the new key may come before the response
//	defer resume()
//	key, err := client.Environment.RotateSigningKey(ctx)
//	// store key.Reveal() beside the old key
//	err = ring.Rotate(key.Reveal())
//
// A call that fails with anything but a 4xx leaves open whether there is a new key. Stay paused then and
// call again, until a call returns a key or is refused: the next key replaces the unknown one. After a restart within the ten minutes give both keys to [NewKeyring]. Several receivers
// that share a store of keys have a KeysFunc of their own that reads it; there, set a mark before the
// call, on which KeysFunc fails, so that what comes too early comes again.
package webhook
