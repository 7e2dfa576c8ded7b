package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/nango-go/sdk/nango"
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

// The rotation of a signing key without the loss of an event.
func ExampleConfig_rotation() {
	const oldKey, newKey = "7f3756bf-3e63-4a71-b8bc-c7b3807db9ee", "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	ring := &keyring{keys: []string{oldKey}}
	handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.current})
	if err != nil {
		fmt.Println(err)
		return
	}

	// A Nango server that delivers under the new key before the rotation is answered.
	early := make(chan int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		go func() { early <- deliver(handler, newKey, webhooktest.SyncSuccess()) }()
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"data":{"webhook_signing_key":%q}}`, newKey)
	}))
	defer server.Close()
	client, err := nango.New("your-api-key", nango.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}

	if err := ring.rotate(context.Background(), client); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the new key, early:", <-early)
	fmt.Println("the new key:", deliver(handler, newKey, webhooktest.SyncSuccess()))
	fmt.Println("the old key:", deliver(handler, oldKey, webhooktest.SyncSuccess()))

	ring.forget() // six minutes later: time.AfterFunc(6*time.Minute, ring.forget)
	fmt.Println("the new key:", deliver(handler, newKey, webhooktest.SyncSuccess()))
	fmt.Println("the old key:", deliver(handler, oldKey, webhooktest.SyncSuccess()))
	// Output:
	// the new key, early: 200
	// the new key: 200
	// the old key: 200
	// the new key: 200
	// the old key: 401
}
