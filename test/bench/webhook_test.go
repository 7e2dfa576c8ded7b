package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/test/recordings"
)

// The events without their methods, so that encoding/json decodes their fields as it finds them.
type (
	plainAuthEvent webhook.AuthEvent
	plainSyncEvent webhook.SyncEvent
)

// receiveByHand is what a receiver without the package does: one key, one kind of event.
func receiveByHand[E any](key string, header http.Header, body []byte) (*E, error) {
	signature, err := hex.DecodeString(header.Get("X-Nango-Hmac-Sha256"))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), signature) {
		return nil, errors.New("invalid signature")
	}
	event := new(E)
	return event, json.Unmarshal(body, event)
}

func receive(key string, header http.Header, body []byte) (webhook.Event, error) {
	if err := webhook.Verify([]string{key}, header, body); err != nil {
		return nil, err
	}
	return webhook.Parse(body)
}

// syncDelivery is an event of about 1 kB, as recorded: a failed sync, most of which is the provider's response.
func syncDelivery(tb testing.TB) (key string, header http.Header, body []byte) {
	tb.Helper()
	delivery, err := recordings.LoadWebhook("webhooks/0165-sync-fetch-items")
	if err != nil {
		tb.Fatal(err)
	}
	return delivery.SigningKey, delivery.Header, []byte(delivery.Body)
}

// authDelivery is an event of 1 kB, most of which are tags, as an app sets them on its connect sessions.
func authDelivery(tb testing.TB) (key string, header http.Header, body []byte) {
	tb.Helper()
	event := webhooktest.AuthCreation()
	for _, tag := range []string{"end_user_email", "end_user_display_name", "organization_id", "organization_display_name", "plan", "region", "team"} {
		event.Tags[tag] = "the value of the tag " + tag + ", which is rather long, as e-mail addresses and names are"
	}
	body, err := webhooktest.Encode(event)
	if err != nil {
		tb.Fatal(err)
	}
	key, header = "7f3756bf-3e63-4a71-b8bc-c7b3807db9ee", http.Header{}
	webhooktest.Sign(header, key, body)
	return key, header, body
}

func receiveSyncByHand(tb testing.TB) func() error {
	key, header, body := syncDelivery(tb)
	return func() error {
		event, err := receiveByHand[plainSyncEvent](key, header, body)
		return expect(err, err == nil && event.SyncName == "fetch-items" && len(event.Error.AdditionalProperties) > 300)
	}
}

func receiveSync(tb testing.TB) func() error {
	key, header, body := syncDelivery(tb)
	return func() error {
		event, err := receive(key, header, body)
		sync, ok := event.(*webhook.SyncEvent)
		return expect(err, ok && sync.SyncName == "fetch-items" && len(sync.Error.AdditionalProperties) > 300)
	}
}

func receiveAuthByHand(tb testing.TB) func() error {
	key, header, body := authDelivery(tb)
	return func() error {
		event, err := receiveByHand[plainAuthEvent](key, header, body)
		return expect(err, err == nil && event.Success && len(event.Tags) == 8)
	}
}

func receiveAuth(tb testing.TB) func() error {
	key, header, body := authDelivery(tb)
	return func() error {
		event, err := receive(key, header, body)
		auth, ok := event.(*webhook.AuthEvent)
		return expect(err, ok && auth.Success && len(auth.Tags) == 8)
	}
}
