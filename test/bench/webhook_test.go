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

// An event of about 1 kB, as recorded: a failed sync, most of which is the provider's answer.
func BenchmarkWebhookSync(b *testing.B) {
	delivery, err := recordings.LoadWebhook("webhooks/0165-sync-fetch-items")
	if err != nil {
		b.Fatal(err)
	}
	compare(b, delivery.SigningKey, delivery.Header, []byte(delivery.Body),
		func(e *plainSyncEvent) bool {
			return e.SyncName == "fetch-items" && len(e.Error.AdditionalProperties) > 300
		},
		func(e *webhook.SyncEvent) bool {
			return e.SyncName == "fetch-items" && len(e.Error.AdditionalProperties) > 300
		})
}

func compare[Plain any, E webhook.Event](b *testing.B, key string, header http.Header, body []byte, plain func(*Plain) bool, ours func(E) bool) {
	b.Run("by-hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			event, err := receiveByHand[Plain](key, header, body)
			if err != nil || !plain(event) {
				b.Fatal(event, err)
			}
		}
	})
	b.Run("nango", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			event, err := receive(key, header, body)
			if e, ok := event.(E); err != nil || !ok || !ours(e) {
				b.Fatal(event, err)
			}
		}
	})
}

// An event of 1 kB, most of which are tags, as an app sets them on its connect sessions.
func BenchmarkWebhookAuth(b *testing.B) {
	event := webhooktest.AuthCreation()
	for _, tag := range []string{"end_user_email", "end_user_display_name", "organization_id", "organization_display_name", "plan", "region", "team"} {
		event.Tags[tag] = "the value of the tag " + tag + ", which is rather long, as e-mail addresses and names are"
	}
	body, err := webhooktest.Encode(event)
	if err != nil {
		b.Fatal(err)
	}
	const key = "7f3756bf-3e63-4a71-b8bc-c7b3807db9ee"
	header := http.Header{}
	webhooktest.Sign(header, key, body)
	compare(b, key, header, body,
		func(e *plainAuthEvent) bool { return e.Success && len(e.Tags) == 8 },
		func(e *webhook.AuthEvent) bool { return e.Success && len(e.Tags) == 8 })
}
