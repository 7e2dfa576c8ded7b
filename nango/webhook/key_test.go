package webhook_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// noKeys are what no server signs with, by what is wrong with each. The first is what a file with a line end holds.
var noKeys = map[string]string{
	"a line end": vectorKey + "\n", "a line end of Windows": vectorKey + "\r\n", "a tab": vectorKey + "\t", "a space behind": vectorKey + " ",
	"a space before": " " + vectorKey, "a line end before": "\n" + vectorKey, "two keys": vectorKey + " " + otherKey, "two lines": vectorKey + "\n" + otherKey,
	"only white space": " ", "a NUL": vectorKey + "\x00", "a DEL": vectorKey + "\x7f", "an escape": "\x1b[m" + vectorKey, "a byte order mark": "\ufeff" + vectorKey,
	"a no-break space": vectorKey + "\u00a0", "a zero-width space": vectorKey + "\u200b", "a line separator": vectorKey + "\u2028", "no UTF-8": vectorKey + "\xff",
}

// A key that Nango never signs with is refused wherever it is given, as a mistake of the receiver's: a delivery that
// gets a 401 is lost. No error shows a key.
func TestKeysAreChecked(t *testing.T) {
	const first = "webhook: signing key 1 holds white space, a control character or a character beyond ASCII"
	const second = "webhook: signing key 2 holds white space, a control character or a character beyond ASCII"
	for name, key := range noKeys {
		t.Run(name, func(t *testing.T) {
			refused := func(err error, want string) {
				t.Helper()
				assert.EqualError(t, err, want)
				assert.ErrorIs(t, err, webhook.ErrNoKey)
				assert.NotErrorIs(t, err, webhook.ErrInvalidSignature)
				assert.NotErrorIs(t, err, webhook.ErrNoSignature)
			}
			refused(webhook.Verify([]string{key}, signed(vectorSig), []byte(vectorBody)), first)
			refused(webhook.Verify([]string{vectorKey, key}, signed(vectorSig), []byte(vectorBody)), second)
			refused(webhook.Verify([]string{key}, http.Header{}, nil), first) // before anything that a sender could do about it

			keysFunc := func(context.Context) ([]string, error) { return []string{vectorKey}, nil }
			for _, config := range []webhook.Config{{Keys: []string{key}}, {Keys: []string{key}, KeysFunc: keysFunc}} {
				h, err := webhook.NewHandler(config)
				refused(err, first+" (Config.Keys)")
				assert.Nil(t, h)
			}
			_, err := webhook.NewHandler(webhook.Config{Keys: []string{otherKey, key}})
			refused(err, second+" (Config.Keys)")

			var log logBuffer
			h := newHandler(t, webhook.Config{Keys: []string{vectorKey}, Logger: log.logger("duration"),
				KeysFunc: func(context.Context) ([]string, error) { return []string{otherKey, key}, nil }})
			assert.Equal(t, http.StatusInternalServerError, webhooktest.Deliver(t, h, vectorKey, webhooktest.SyncSuccess()).StatusCode)
			assert.Equal(t, `level=ERROR msg="webhook: failed" what=keys status=500 error="`+second+` (Config.KeysFunc)"`, strings.TrimSpace(log.String()))

			ring, err := webhook.NewKeyring(key)
			refused(err, first)
			assert.Nil(t, ring)
			_, err = webhook.NewKeyring(otherKey, key)
			refused(err, second)
			refused(new(webhook.Keyring).Rotate(key), first)
		})
	}
}

// Nango's keys are UUIDs, but a receiver of another's deliveries, or a test, may have others.
func TestKeysThatNeedNotBeUUIDs(t *testing.T) {
	for _, key := range []string{vectorKey, strings.ToUpper(vectorKey), "k", "!~", "nango-test/key=1"} {
		h := newHandler(t, webhook.Config{Keys: []string{key}})
		assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, key, webhooktest.SyncSuccess()).StatusCode, key)
	}
}
