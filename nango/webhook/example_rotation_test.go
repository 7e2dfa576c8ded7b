package webhook_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// keyring holds the signing keys that count, the newest first. It is for one process; several need a store that they share, and
// in it a mark that a rotation is going on, on which current fails.
type keyring struct {
	mu   sync.RWMutex
	keys []string
}

// current is a KeysFunc. It waits while a rotation is going on, since a delivery may already be signed with the key that the
// rotation is about to return. Refused, it would be lost.
func (k *keyring) current(context.Context) ([]string, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Clone(k.keys), nil
}

// rotate makes a new key, which counts beside the old ones.
func (k *keyring) rotate(ctx context.Context, client *nango.Client) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, err := client.Environment.RotateSigningKey(ctx)
	if err != nil {
		return err // if it is open whether there is a new key: call again
	}
	k.keys = slices.Insert(k.keys, 0, key.Reveal()) // and store them, before they count
	return nil
}

// forget drops the old keys.
func (k *keyring) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = k.keys[:1]
}

// The rotation of a signing key without the loss of an event. For five minutes Nango goes on to sign with the old key too.
func ExampleConfig_rotation() {
	srv := nangotest.New()
	defer srv.Close()
	oldKey := srv.SigningKey()
	ring := &keyring{keys: []string{oldKey}}
	handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.current})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.SetWebhookHandler(handler)

	// Deliveries begin to come under the new key before the program has stored it.
	early := make(chan nangotest.Delivery, 2)
	client := srv.Client(nango.WithObserver(func(context.Context, nango.Attempt) {
		go func() {
			early <- srv.SendWebhook(webhooktest.SyncSuccess())
			early <- srv.SendWebhook(webhooktest.SyncSuccess())
		}()
	}))
	if err := ring.rotate(context.Background(), client); err != nil {
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

	srv.Advance(6 * time.Minute)
	ring.forget() // as time.AfterFunc(6*time.Minute, ring.forget) does
	show("six minutes later:", srv.SendWebhook(webhooktest.SyncSuccess()))
	fmt.Println("whoever still has the old key:", deliver(handler, oldKey, webhooktest.SyncSuccess()))
	// Output:
	// early: the old key 200
	// early: the new key 200
	// then: the old key 200
	// then: the new key 200
	// six minutes later: the new key 200
	// whoever still has the old key: 401
}
