package webhook

import (
	"fmt"
	"slices"
	"strings"
)

// checkKeys returns an error that matches ErrNoKey, unless there is a key and each can be a signing key. It never quotes one.
func checkKeys(keys []string) error {
	if len(keys) == 0 || slices.Contains(keys, "") {
		return ErrNoKey
	}
	for i, key := range keys {
		if strings.ContainsFunc(key, notInKey) {
			return badKey(i)
		}
	}
	return nil
}

// notInKey holds for what no signing key has. The server signs with a UUID.
func notInKey(r rune) bool { return r <= ' ' || r > '~' }

// badKey is the index of a key that no server signs with. The line end of a file is the usual reason, and with it every
// genuine delivery would be refused, and lost.
type badKey int

func (k badKey) Error() string {
	return fmt.Sprintf("webhook: signing key %d holds white space, a control character or a character beyond ASCII", int(k)+1)
}

// Is makes it match ErrNoKey: without a usable key nothing can be accepted either.
func (badKey) Is(target error) bool { return target == ErrNoKey }
