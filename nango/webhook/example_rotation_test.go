package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// rotateKey makes a new signing key, which counts beside the old one for as long as Nango may sign with that.
func rotateKey(ctx context.Context, client *nango.Client, ring *webhook.Keyring) error {
	resume := ring.Pause() // a delivery may be signed with the new key before it is known here
	defer resume()
	key, err := client.Environment.RotateSigningKey(ctx)
	for leftOpen(err) && ctx.Err() == nil { // there may be a key that nobody knows; the next one replaces it
		time.Sleep(time.Second)
		key, err = client.Environment.RotateSigningKey(ctx)
	}
	if err != nil {
		return err
	}
	// Store key.Reveal() beside the old key here, before it counts.
	return ring.Rotate(key.Reveal())
}

// leftOpen reports whether a failed rotation can have changed the key all the same: all do but what the server refused.
func leftOpen(err error) bool {
	failure, ok := errors.AsType[*nango.Error](err)
	return ok && failure.StatusCode/100 != 4
}

// The rotation of a signing key without the loss of an event. For five minutes Nango goes on to sign with the old key too.
func ExampleKeyring() {
	srv := nangotest.New()
	defer srv.Close()
	oldKey := srv.SigningKey()
	ring, err := webhook.NewKeyring(oldKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.Keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.SetWebhookHandler(handler)

	// Deliveries begin to come under the new key before the program has stored it.
	early := make(chan nangotest.Delivery, 2)
	client := srv.Client(nango.WithObserver(nango.Observer{AttemptEnd: func(context.Context, nango.AttemptResult) {
		go func() {
			early <- srv.SendWebhook(webhooktest.SyncSuccess())
			early <- srv.SendWebhook(webhooktest.SyncSuccess())
		}()
	}}))
	if err := rotateKey(context.Background(), client, ring); err != nil {
		fmt.Println(err)
		return
	}
	show := func(when string, sent nangotest.Delivery) {
		key := "the new key"
		if webhook.Verify([]string{oldKey}, sent.Header, sent.Body) == nil {
			key = "the old key"
		}
		fmt.Println(when, key, sent.Attempts[0].StatusCode)
	}
	show("early:", <-early)
	show("early:", <-early)
	show("then:", srv.SendWebhook(webhooktest.SyncSuccess()))
	show("then:", srv.SendWebhook(webhooktest.SyncSuccess()))

	srv.Advance(5 * time.Minute)
	show("five minutes later:", srv.SendWebhook(webhooktest.SyncSuccess()))
	fmt.Println("what the old key signed comes again:", deliver(handler, oldKey, webhooktest.SyncSuccess()))
	fmt.Println(ring)
	// Output:
	// early: the old key 200
	// early: the new key 200
	// then: the old key 200
	// then: the new key 200
	// five minutes later: the new key 200
	// what the old key signed comes again: 200
	// [redacted]
}

// Whoever has a key that leaked can sign until it counts no more.
func ExampleKeyring_Forget() {
	ring, err := webhook.NewKeyring("the-new-key", "the-key-that-leaked")
	if err != nil {
		fmt.Println(err)
		return
	}
	ring.Forget()
	keys, err := ring.Keys(context.Background())
	fmt.Println(keys, err)
	// Output: [the-new-key] <nil>
}
