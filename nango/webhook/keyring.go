package webhook

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// oldKeyLifetime is the time for which a key stays valid after the next key is known. Parts of the server sign with the
// old key for up to five minutes. The last attempt of such a delivery can arrive two minutes later: there are three
// attempts for each of two URLs, and each attempt can take 20 s. The rest is for clocks that differ and for the time
// that the rotation itself takes.
const oldKeyLifetime = 10 * time.Minute

// Keyring holds the signing keys that are valid now. With a Keyring, a receiver can keep running while the key is
// rotated. Use its method Keys as KeysFunc of [Config]. A Keyring is for one process. Several processes need a shared
// store, and a KeysFunc that reads it.
//
// The zero Keyring is empty. A Keyring is safe for concurrent use. Do not copy it. Printing, encoding and reflection do
// not show the keys.
type Keyring struct {
	mu      sync.Mutex
	keys    func() []ringKey // newest first; a function, because printing a function does not show the keys
	pauses  int
	resumed chan struct{} // closed when the last pause ends
}

// ringKey is a key and the time when it expires. The newest key has no expiry time.
type ringKey struct {
	key     string
	expires time.Time
}

// NewKeyring returns a Keyring with the current key and the previous keys, the newest of them first. The previous keys
// are valid for ten minutes from now: pass them if the last rotation was less than ten minutes ago. If a key is empty
// or holds white space, the error matches [ErrNoKey].
func NewKeyring(current string, previous ...string) (*Keyring, error) {
	keys := append([]string{current}, previous...)
	if err := checkKeys(keys); err != nil {
		return nil, err
	}
	k := new(Keyring)
	for _, key := range slices.Backward(keys) {
		_ = k.Rotate(key) // the key was checked above
	}
	return k, nil
}

// Rotate makes newKey the current key. The key before it stays valid for ten minutes: Nango signs with it for up to
// five minutes, and retries such deliveries for almost two more. If newKey is already the current key, nothing changes.
// If newKey is empty or holds white space, the error matches [ErrNoKey], and nothing changes.
//
// Rotate makes no request and does not store the key. Store newKey before the call, or it is lost when the process
// ends. Call Pause before you request a new key from Nango.
func (k *Keyring) Rotate(newKey string) error {
	if err := checkKeys([]string{newKey}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := k.valid()
	if len(keys) > 0 {
		keys[0].expires = time.Now().Add(oldKeyLifetime)
	}
	keys = slices.DeleteFunc(keys, func(old ringKey) bool { return old.key == newKey })
	k.set(slices.Insert(keys, 0, ringKey{key: newKey}))
	return nil
}

// Pause makes Keys wait until you call resume. Call Pause before RotateSigningKey, and defer resume, so that it runs
// after Rotate and after a failure.
//
// The reason: Nango can sign with the new key before RotateSigningKey has returned it. If the receiver refuses such a
// delivery, the delivery is lost. If the receiver waits, it can respond in time, or Nango retries the delivery.
//
// If there are several pauses, Keys waits until all have ended. A second call of the same resume does nothing.
func (k *Keyring) Pause() (resume func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pauses++; k.pauses == 1 {
		k.resumed = make(chan struct{})
	}
	return sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.pauses--; k.pauses == 0 {
			close(k.resumed)
		}
	})
}

// Forget removes all keys except the current one at once. Call it if an older key has leaked, since an attacker can
// sign with that key until it expires. The receiver then refuses deliveries that Nango still signs with an older key,
// and they are lost.
func (k *Keyring) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys := k.valid(); len(keys) > 0 {
		k.set(keys[:1])
	}
}

// Keys returns the valid keys, the current key first. During a pause it waits, and returns an error if ctx ends before
// the pause. If there is no valid key, the error matches [ErrNoKey].
func (k *Keyring) Keys(ctx context.Context) ([]string, error) {
	for {
		keys, resumed := k.validOrPaused()
		if resumed == nil {
			return keys, checkKeys(keys)
		}
		select {
		case <-resumed:
		case <-ctx.Done():
			return nil, fmt.Errorf("webhook: the signing key is being rotated: %w", context.Cause(ctx))
		}
	}
}

// validOrPaused returns the valid keys, or during a pause a channel that is closed when it ends.
func (k *Keyring) validOrPaused() (keys []string, resumed <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pauses > 0 {
		return nil, k.resumed
	}
	for _, valid := range k.valid() {
		keys = append(keys, valid.key)
	}
	return keys, nil
}

// valid returns a copy of the keys that have not expired.
func (k *Keyring) valid() []ringKey {
	if k.keys == nil {
		return nil
	}
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(k.keys()), func(key ringKey) bool {
		return !key.expires.IsZero() && !now.Before(key.expires)
	})
}

func (k *Keyring) set(keys []ringKey) { k.keys = func() []ringKey { return keys } }

// Format prints "[redacted]" for every verb and flag.
func (k *Keyring) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }
