package webhook

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// oldKeyLifetime is how long a key is valid after the next one has come. Parts of the server sign with the old key for
// up to five minutes. The last attempt of a delivery that they sign can come two minutes later: there are three
// attempts for each of two URLs, and each attempt can take 20 s. The rest is for clocks that differ and for the time
// that the rotation itself takes.
const oldKeyLifetime = 10 * time.Minute

// Keyring holds the signing keys that are valid now, for a receiver that runs while the key is rotated. Use its method
// Keys as KeysFunc of [Config]. A Keyring is for one process. Several processes need a store that they share and a
// KeysFunc that reads it.
//
// The zero Keyring is empty. A Keyring is safe for concurrent use. Do not copy it. Printing or encoding it shows no
// key, and neither does reflection.
type Keyring struct {
	mu      sync.Mutex
	keys    func() []ringKey // the newest first; in a function, since nothing prints what a function refers to
	pauses  int
	resumed chan struct{} // closed when the last pause ends
}

// ringKey is a key and the time when it expires. The newest key has no such time.
type ringKey struct {
	key     string
	expires time.Time
}

// NewKeyring returns a Keyring with the current key and the previous keys, the newest of them first. The previous keys
// are valid for ten minutes from now: pass them if the last rotation was less than ten minutes ago. A key that is empty
// or holds white space is an [ErrNoKey].
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

// Rotate makes newKey the current key. The key before it is valid for ten minutes more: Nango signs with it for up to
// five minutes, and repeats such deliveries for almost two. If newKey is the current key, nothing changes. A key that
// is empty or holds white space is an [ErrNoKey], and nothing changes.
//
// Rotate makes no request and stores nothing. Store newKey before the call, or it is lost when the process ends. Call
// Pause before you ask Nango for the new key.
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

// Pause makes Keys wait until resume is called. Nango can sign with a new key before RotateSigningKey has returned it.
// A delivery that the receiver refuses then is lost, but one that waits gets its response in time, or Nango sends it
// again. So call Pause before RotateSigningKey, and resume after Rotate or after a failure: defer it. If there are
// several pauses, Keys waits for the end of all. A second call of the same resume does nothing.
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

// Forget removes all keys but the current one at once. Call it if an older key has leaked, since whoever has that key
// can sign with it until it expires. Deliveries that Nango still signs with an older key are then refused and lost.
func (k *Keyring) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys := k.valid(); len(keys) > 0 {
		k.set(keys[:1])
	}
}

// Keys returns the valid keys, the current one first. During a pause it waits, and returns an error if ctx ends before
// the pause does. Without a key the error is an [ErrNoKey].
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
