// Package webhooktest sends webhooks as a Nango server does, to test the handler that receives them. It needs no
// server, no client and no network. It imports only the standard library and package webhook.
//
//	event := webhooktest.AuthCreation() // change it as the test needs it
//	event.Tags["end_user_id"] = "user-42"
//	response := webhooktest.Deliver(t, handler, key, event)
//
// There is a constructor for each kind of event. [NewRequest] returns a request to send in another way: through the
// ServeHTTP of a router, or over a network with [http.Client.Do]. [Encode] and [Sign] are its two halves, for what
// Nango never sends.
//
// A delivery has the bytes and the headers that a real one has: both signatures, a content type without a charset,
// sorted keys, and numbers as JavaScript prints them. Tests compare them with recorded deliveries. Nothing in a
// delivery says when or how often it was sent, since real deliveries do not say it either.
//
// The constructors return events without Raw, and a receiver gets them with it. To compare the two, set Raw of the
// received event to nil.
package webhooktest
