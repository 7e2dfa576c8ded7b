// Package webhooktest sends webhooks as a Nango server does, to test the handler that receives them. It needs no server, no
// client and no network, and imports the standard library and package webhook alone.
//
//	event := webhooktest.AuthCreation() // a plausible event, to be changed as the test needs it
//	event.Tags["end_user_id"] = "user-42"
//	response := webhooktest.Deliver(t, handler, key, event)
//
// There is a constructor for each kind of event. [NewRequest] makes a delivery to send elsewhere: through a router with its
// ServeHTTP, or over a network with [http.Client.Do]. [Encode] and [Sign] are its two halves, for what Nango would never send.
//
// A delivery made here has the bytes and the headers of a real one, which is proven on recorded deliveries: both signatures, the
// content type without a charset, the keys sorted, the numbers printed as JavaScript prints them. What it does not have is
// anything that says when or how often it was sent, because Nango's have nothing of the kind.
package webhooktest
