package webhook

import (
	"fmt"
	"slices"
	"strings"
)

// checkKeys returns an error that matches ErrNoKey if there is no key, or if one cannot be a signing key. The error
// quotes no key.
func checkKeys(keys []string) error {
	if len(keys) == 0 || slices.Contains(keys, "") {
		return ErrNoKey
	}
	for i, key := range keys {
		if strings.ContainsFunc(key, isInvalidInKey) {
			return invalidKeyError(i)
		}
	}
	return nil
}

// isInvalidInKey reports whether no signing key holds the character. The server signs with a UUID.
func isInvalidInKey(r rune) bool { return r <= ' ' || r > '~' }

// invalidKeyError is the index of a key that no server signs with. Most often it ends with the line end of the file
// that it was read from. With such a key the receiver would refuse every delivery, and Nango would not send it again.
type invalidKeyError int

func (i invalidKeyError) Error() string {
	return fmt.Sprintf("webhook: signing key %d holds white space, a control character or a character beyond ASCII", int(i)+1)
}

// Is makes the error match ErrNoKey, since an invalid key is as good as none.
func (invalidKeyError) Is(target error) bool { return target == ErrNoKey }
