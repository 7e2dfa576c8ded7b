// Package webhook receives the webhooks that a Nango server sends. It needs no client and no API key, only the webhook
// signing key of the environment. It imports the standard library alone.
//
// [NewHandler] returns an [http.Handler] with a callback for each kind of event:
//
//	handler, err := webhook.NewHandler(webhook.Config{
//		Keys:    []string{os.Getenv("NANGO_WEBHOOK_SIGNING_KEY")},
//		Confirm: client.ConfirmAuthEvent,
//		OnAuth:  func(ctx context.Context, e *webhook.AuthEvent) error { … }, // e.Operation says what happened
//		OnSync:  func(ctx context.Context, e *webhook.SyncEvent) error { … }, // a sync run ended, see e.Success
//	})
//	http.Handle("POST /nango", handler)
//
// It works with every router that takes an http.Handler; examples/routers has chi, gin and echo. Where there is no HTTP
// request, such as in the consumer of a queue, use the two halves of the handler: [Verify] and [Parse]. The signature
// covers the exact bytes of the body. If anything decodes and encodes the body before Verify, even a middleware, the
// signature is wrong. Package webhooktest sends webhooks as Nango does, to test a receiver.
//
// # Deliveries
//
// Nango delivers an event at least once, and events in any order. A delivery has no id and no time, and its signature
// is valid for as long as the key is. So a callback must be idempotent: take an event as a reason to read the current
// state from the API. Nothing tells a repeated delivery from a new one. Two webhooks of a provider can have equal bytes
// and both be true, and so can two deliveries of one event.
//
// A response with any 2xx acknowledges a delivery. Nango waits 20 seconds for the response. After a 5xx, or without a
// response, it delivers again after 3 seconds and after 6 more. After a 4xx it does not. Several failures within
// seconds can make Nango drop the events of the next minute. So store or queue the event, respond within a second or
// two, and acknowledge kinds that you do not know. Every event encodes to JSON and decodes from it, so you can queue it
// as it is.
//
// # How far to trust an event
//
// The signature proves that Nango sent the body. It does not prove that Nango wrote it. A provider's webhook that
// belongs to no connection is forwarded as it is and signed like every other body. Its content comes from third
// parties: from the provider, and often from everyone who can trigger the provider's webhook.
//
// Parse takes a body for an event only if it has all that Nango sends with such an event:
//   - an event of Nango's own: "from":"nango", a type that this package knows, and the keys that always come with the
//     type
//   - a [ForwardEvent]: "type":"forward", the ids of a connection and an integration, and a payload
//   - an [UnknownEvent]: "from":"nango", the two ids, and a type or an operation that this package does not know
//
// Every other body is a [RawEvent], and so is an object with more than 1000 members. This prevents mistakes, but not
// forgeries: a third party can write such a body too. Before an AuthEvent changes who may do what, read the connection
// from the API and trust that instead. Config.Confirm is for this, and ConfirmAuthEvent of package nango's Client does
// it; its documentation says what it cannot know. Before you act on another event, check that its connection is one of
// yours. An integration whose forwarding is off sends no bodies of third parties.
//
// Nango decodes a forwarded payload, sorts its keys and encodes it. So a signature of the provider, if its header
// arrives at all, cannot be checked any more.
//
// # Key rotation
//
// RotateSigningKey of package nango's Environment creates a new key, which the API returns only once. Nango signs with
// it at once, but parts of the server, such as the one that runs syncs and actions, sign with the old key for up to
// five minutes more, and repeat such deliveries for almost two. A receiver must accept both keys in that time: what it
// refuses with 401 is lost, since Nango delivers again only after a 5xx. A [Keyring] accepts both for ten minutes:
//
//	ring, err := webhook.NewKeyring(os.Getenv("NANGO_WEBHOOK_SIGNING_KEY"))
//	handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.Keys, …})
//
//	resume := ring.Pause() // deliveries with the new key can come before the response does: they wait
//	defer resume()
//	key, err := client.Environment.RotateSigningKey(ctx)
//	// store key.Reveal() beside the old key
//	err = ring.Rotate(key.Reveal())
//
// If the call fails with anything but a 4xx, there may be a new key that you do not know. Do not resume then. Call
// again until a call returns a key, which replaces the unknown one, or is refused. After a restart within the ten
// minutes pass both keys to [NewKeyring].
//
// Several receivers that share a store of keys need a KeysFunc of their own that reads the store. Let it fail during
// the rotation: set a mark in the store before the call, so that early deliveries get a 500 and come again.
package webhook
