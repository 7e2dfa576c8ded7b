package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const thirdKey = "2c3a6e21-5d0f-4f0a-8f57-4b1a9d3f6e10"

func keysOf(t *testing.T, ring *webhook.Keyring) []string {
	t.Helper()
	keys, err := ring.Keys(t.Context())
	require.NoError(t, err)
	return keys
}

// step is something that is done with a Keyring, and the keys that then count.
type step struct {
	name string
	do   func(*testing.T, *webhook.Keyring)
	want []string
}

func rotate(key string) func(*testing.T, *webhook.Keyring) {
	return func(t *testing.T, ring *webhook.Keyring) { require.NoError(t, ring.Rotate(key)) }
}

func wait(d time.Duration) func(*testing.T, *webhook.Keyring) {
	return func(*testing.T, *webhook.Keyring) { time.Sleep(d) } // by the clock of synctest
}

func forget(_ *testing.T, ring *webhook.Keyring) { ring.Forget() }

func TestKeyring(t *testing.T) {
	const old, fresh, newest = vectorKey, otherKey, thirdKey
	for _, tt := range []struct {
		name  string
		begin []string // the current key, then the previous ones, the newest of them first
		steps []step
	}{
		{"a rotation", []string{old}, []step{
			{"at the beginning", wait(time.Hour), []string{old}},
			{"rotated", rotate(fresh), []string{fresh, old}},
			{"the last moment of the old key", wait(10*time.Minute - 1), []string{fresh, old}},
			{"the old key has ended", wait(1), []string{fresh}},
			{"the new one never does", wait(1000 * time.Hour), []string{fresh}},
		}},
		{"two rotations", []string{old}, []step{
			{"first", rotate(fresh), []string{fresh, old}},
			{"second", func(t *testing.T, ring *webhook.Keyring) { time.Sleep(time.Minute); rotate(newest)(t, ring) }, []string{newest, fresh, old}},
			{"the oldest ends", wait(9 * time.Minute), []string{newest, fresh}},
			{"then the other", wait(time.Minute), []string{newest}},
		}},
		{"the same key again", []string{old}, []step{
			{"rotated", rotate(fresh), []string{fresh, old}},
			{"again", func(t *testing.T, ring *webhook.Keyring) { time.Sleep(9 * time.Minute); rotate(fresh)(t, ring) }, []string{fresh, old}},
			{"which prolongs nothing", wait(time.Minute), []string{fresh}},
		}},
		{"back to the old key", []string{old}, []step{
			{"rotated", rotate(fresh), []string{fresh, old}},
			{"back", rotate(old), []string{old, fresh}},
			{"which now has no end", wait(time.Hour), []string{old}},
		}},
		{"keys from before the start", []string{newest, fresh, old}, []step{
			{"at the beginning", wait(10*time.Minute - 1), []string{newest, fresh, old}},
			{"they end", wait(1), []string{newest}},
		}},
		{"the current key among them", []string{old, old, fresh, old}, []step{
			{"at the beginning", wait(0), []string{old, fresh}},
			{"later", wait(time.Hour), []string{old}},
		}},
		{"forgotten", []string{old}, []step{
			{"rotated", rotate(fresh), []string{fresh, old}},
			{"forgotten", forget, []string{fresh}},
			{"again", forget, []string{fresh}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ring, err := webhook.NewKeyring(tt.begin[0], tt.begin[1:]...)
				require.NoError(t, err)
				for _, s := range tt.steps {
					s.do(t, ring)
					assert.Equal(t, s.want, keysOf(t, ring), s.name)
				}
			})
		})
	}
}

// The zero Keyring has no key and can be given one.
func TestKeyringZero(t *testing.T) {
	var ring webhook.Keyring
	keys, err := ring.Keys(t.Context())
	assert.ErrorIs(t, err, webhook.ErrNoKey)
	assert.Nil(t, keys)
	ring.Forget()
	for name, key := range noKeys {
		assert.ErrorIs(t, ring.Rotate(key), webhook.ErrNoKey, name)
	}
	assert.ErrorIs(t, ring.Rotate(""), webhook.ErrNoKey)
	require.NoError(t, ring.Rotate(vectorKey))
	assert.ErrorIs(t, ring.Rotate(otherKey+"\n"), webhook.ErrNoKey)
	assert.Equal(t, []string{vectorKey}, keysOf(t, &ring), "what was refused changes nothing")

	_, err = webhook.NewKeyring("")
	assert.ErrorIs(t, err, webhook.ErrNoKey)
	_, err = webhook.NewKeyring(vectorKey, "")
	assert.ErrorIs(t, err, webhook.ErrNoKey)
}

// What Keys returns belongs to the caller.
func TestKeyringIsNotShared(t *testing.T) {
	previous := []string{otherKey}
	ring, err := webhook.NewKeyring(vectorKey, previous...)
	require.NoError(t, err)
	previous[0] = "changed"
	keysOf(t, ring)[0] = "changed"
	assert.Equal(t, []string{vectorKey, otherKey}, keysOf(t, ring))
}

// During a pause deliveries wait. One under the new key is accepted after it, one that waits for too long is to come
// again, and none is refused.
func TestKeyringPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, err := webhook.NewKeyring(vectorKey)
		require.NoError(t, err)
		h := newHandler(t, webhook.Config{KeysFunc: ring.Keys, Logger: slog.New(slog.DiscardHandler)})
		statuses := make(chan string, 4)
		deliver := func(key string) {
			start := time.Now()
			status := webhooktest.Deliver(t, h, key, webhooktest.SyncSuccess()).StatusCode
			statuses <- fmt.Sprint(status, " after ", time.Since(start))
		}
		first, second := ring.Pause(), ring.Pause()
		go deliver(otherKey)
		time.Sleep(20 * time.Second)
		assert.Equal(t, "503 after 15s", <-statuses)

		go deliver(otherKey)
		go deliver(vectorKey)
		time.Sleep(time.Second)
		first()
		first() // which is not the second's
		time.Sleep(time.Second)
		assert.Empty(t, statuses)
		require.NoError(t, ring.Rotate(otherKey))
		second()
		assert.Equal(t, "200 after 2s", <-statuses)
		assert.Equal(t, "200 after 2s", <-statuses)

		third := ring.Pause() // another can follow
		go deliver(otherKey)
		time.Sleep(time.Second)
		third()
		assert.Equal(t, "200 after 1s", <-statuses)
	})
}

func TestKeyringPauseEndsWithTheContext(t *testing.T) {
	ring, err := webhook.NewKeyring(vectorKey)
	require.NoError(t, err)
	defer ring.Pause()()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the sender has gone")
	cancel(cause)
	keys, err := ring.Keys(ctx)
	assert.EqualError(t, err, "webhook: the signing key is being rotated: the sender has gone")
	assert.ErrorIs(t, err, cause)
	assert.Nil(t, keys)
}

// Nothing that prints or encodes a Keyring shows a key, wherever it stands.
func TestKeyringDoesNotPrintKeys(t *testing.T) {
	ring, err := webhook.NewKeyring(vectorKey, otherKey)
	require.NoError(t, err)
	require.Equal(t, []string{vectorKey, otherKey}, keysOf(t, ring), "they are there")
	resume := ring.Pause()
	defer resume() // and printing does not wait
	type holder struct {
		Ring  *webhook.Keyring
		ring  *webhook.Keyring
		keys  func(context.Context) ([]string, error)
		Value any
	}
	hold := holder{ring, ring, ring.Keys, ring}
	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T"} {
		for _, value := range []any{ring, &ring, hold, &hold, []any{ring}, map[string]any{"ring": ring}, webhook.Config{KeysFunc: ring.Keys}} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		slog.New(handler).Info("ring", "ring", ring, "config", hold.Value, slog.Group("g", "r", ring))
	}
	for _, value := range []any{ring, struct{ Ring *webhook.Keyring }{ring}} {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		printed.Write(encoded)
	}
	diff := &noted{}
	assert.Equal(diff, ring, new(webhook.Keyring)) // testify's diff goes through everything by reflection
	printed.WriteString(diff.text)
	require.Contains(t, diff.text, "ringKey")
	assert.Equal(t, "[redacted]", fmt.Sprint(ring))
	for _, key := range []string{vectorKey, otherKey} {
		assert.NotContains(t, printed.String(), key)
		assert.NotContains(t, printed.String(), fmt.Sprintf("%x", key))
		assert.NotContains(t, printed.String(), fmt.Sprintf("%X", key))
		assert.NotContains(t, printed.String(), fmt.Sprintf("%v", []byte(key)))
	}
}

// noted keeps what an assertion says.
type noted struct{ text string }

func (n *noted) Errorf(format string, args ...any) { n.text += fmt.Sprintf(format, args...) }

// With the race detector this shows that all of it can be done at once; a current key always counts.
func TestKeyringConcurrently(t *testing.T) {
	ring, err := webhook.NewKeyring(vectorKey)
	require.NoError(t, err)
	h := newHandler(t, webhook.Config{KeysFunc: ring.Keys})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				resume := ring.Pause()
				assert.NoError(t, ring.Rotate(fmt.Sprintf("key-%d-%d", i, j%5)))
				resume()
				fmt.Fprintf(io.Discard, "%+v", ring)
				assert.NoError(t, ring.Rotate(vectorKey))
				assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, vectorKey, webhooktest.SyncSuccess()).StatusCode)
			}
		})
	}
	all.Wait()
	ring.Forget()
	assert.Equal(t, []string{vectorKey}, keysOf(t, ring))
}

// A rotation whose response is lost has changed the key. Deliveries wait until another call has told one.
func TestRotationWhoseResponseIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		ring, err := webhook.NewKeyring(srv.SigningKey())
		require.NoError(t, err)
		handler, err := webhook.NewHandler(webhook.Config{KeysFunc: ring.Keys})
		require.NoError(t, err)
		srv.SetWebhookHandler(handler)
		srv.Inject(nangotest.Rule{Operation: gen.OperationRotateWebhookSigningKey, Nth: 1}, nangotest.LoseResponse())
		require.NoError(t, rotateKey(t.Context(), srv.Client(), ring))
		time.Sleep(6 * time.Minute)
		assert.Equal(t, 200, srv.SendWebhook(webhooktest.SyncSuccess()).Attempts[0].StatusCode)
	})
}
