package webhook

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// oldKeyLifetime is how long a key counts after a newer one came. Parts of the server sign with the old one for up to five
// minutes more. The last attempt of a delivery that was signed then can come two minutes later: three for each of two URLs, each
// of which may take 20 s. The rest is for clocks and for what the rotation itself takes.
const oldKeyLifetime = 10 * time.Minute

// Keyring holds the signing keys that count at present, for a key that is rotated while the receiver runs. Its Keys is a
// KeysFunc of [Config]. It is for one process; several need a store that they share, and a KeysFunc of their own.
//
// The zero Keyring is empty. A Keyring is safe for concurrent use and may not be copied. Whatever prints or encodes it, by
// reflection too, sees no key.
type Keyring struct {
	mu      sync.Mutex
	held    func() []heldKey // the newest first; a function, since nothing that prints looks into one
	pauses  int
	resumed chan struct{} // closed when there is no pause any more
}

// heldKey is a key and when it stops to count, which is never for the newest.
type heldKey struct {
	key   string
	until time.Time
}

// NewKeyring returns a Keyring of the current key and of the keys before it, the newest of them first. The latter count for ten
// minutes from now, so give them if the last rotation is not longer ago. An empty key, or one with white space, is an [ErrNoKey].
func NewKeyring(current string, previous ...string) (*Keyring, error) {
	keys := append([]string{current}, previous...)
	if err := checkKeys(keys); err != nil {
		return nil, err
	}
	k := new(Keyring)
	for _, key := range slices.Backward(keys) {
		_ = k.Rotate(key) // just checked
	}
	return k, nil
}

// Rotate makes newKey the current key. The key before it counts for ten minutes more: Nango goes on to sign with it for up to
// five minutes, and what was signed then is delivered again for almost two. The same key again changes nothing. An empty key, or
// one with white space, is an [ErrNoKey] and changes nothing either.
//
// It does not ask the server for a key, and does not store one: store newKey before the call, or it is lost with the process.
// Begin with Pause.
func (k *Keyring) Rotate(newKey string) error {
	if err := checkKeys([]string{newKey}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := k.counting()
	if len(keys) > 0 {
		keys[0].until = time.Now().Add(oldKeyLifetime)
	}
	keys = slices.DeleteFunc(keys, func(old heldKey) bool { return old.key == newKey })
	k.hold(slices.Insert(keys, 0, heldKey{key: newKey}))
	return nil
}

// Pause makes Keys wait until resume is called. Nango can sign with a new key before the call that makes it has returned, and a
// delivery that is refused then is lost, while one that waits is answered in time or comes again. So call it before
// RotateSigningKey, and resume after Rotate, and after a failure too: defer it. Several pauses end with the last of them; a second
// call of the same resume does nothing.
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

// Forget drops all keys but the current one at once. That is right when an older key has leaked, since whoever has it can sign
// until then. Deliveries that Nango still signs with it are refused and lost.
func (k *Keyring) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if keys := k.counting(); len(keys) > 0 {
		k.hold(keys[:1])
	}
}

// Keys returns the keys that count, the current one first. It waits while there is a pause, and fails if ctx ends before that. An
// empty Keyring is an [ErrNoKey].
func (k *Keyring) Keys(ctx context.Context) ([]string, error) {
	for {
		keys, resumed := k.now()
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

// now returns the keys that count, or what to wait for.
func (k *Keyring) now() (keys []string, resumed <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pauses > 0 {
		return nil, k.resumed
	}
	for _, held := range k.counting() {
		keys = append(keys, held.key)
	}
	return keys, nil
}

// counting returns a copy of the keys that count at present.
func (k *Keyring) counting() []heldKey {
	if k.held == nil {
		return nil
	}
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(k.held()), func(held heldKey) bool {
		return !held.until.IsZero() && !now.Before(held.until)
	})
}

func (k *Keyring) hold(keys []heldKey) { k.held = func() []heldKey { return keys } }

// Format prints "[redacted]" for every verb and flag.
func (k *Keyring) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }
