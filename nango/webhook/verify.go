package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
)

// SignatureHeader is the header that carries a delivery's signature: the HMAC-SHA256 of the exact
// body under the webhook signing key, as 64 lower-case hex digits.
const SignatureHeader = "X-Nango-Hmac-Sha256"

// What Verify returns, alone or wrapped.
var (
	// ErrNoKey is a mistake in the receiver's configuration: it has no signing key, an empty one, or
	// one with white space, a control character or a character beyond ASCII, with which Nango never
	// signs. Nothing is accepted until that is mended; answer 500, so that Nango tries again.
	ErrNoKey = errors.New("webhook: no signing key, or an empty one")

	// ErrNoSignature means that the request is not known to come from Nango, since it has no
	// SignatureHeader. Answer 401.
	ErrNoSignature = errors.New("webhook: no " + SignatureHeader + " header")

	// ErrInvalidSignature means that the request is not known to come from Nango, since its
	// signature does not fit, or is not exactly one signature. Answer 401. When every delivery
	// fails so, the key is wrong: the webhook signing key is not the API key.
	ErrInvalidSignature = errors.New("webhook: invalid signature")
)

// Verify returns nil if the request with this header and this exact body was signed with one of
// the keys.
//
// A key is an environment's webhook signing key, as the dashboard and the rotation endpoint show
// it, without white space around it: a line end that came with it out of a file is an [ErrNoKey].
// Give the old and the new one for a while after a rotation: deliveries under the old one can
// still come for minutes, as [Keyring.Rotate] says. Names in header match in any case. How long the check takes does
// not depend on which key fits or how much of a signature is right.
//
// Only the signature that Nango sends is accepted: no upper-case digits, no second header, and
// never the older X-Nango-Signature, which Nango still adds. That one is a plain SHA-256 over key
// and body, to which anyone who has seen one delivery can append text and know the new signature.
func Verify(keys []string, header http.Header, body []byte) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	signature, err := signatureIn(header)
	if err != nil {
		return err
	}
	return fits(keys, signature, body)
}

// signatureIn returns the one signature in header, which has the right length but need not be right.
func signatureIn(header http.Header) (string, error) {
	var sent []string
	for name, values := range header {
		if http.CanonicalHeaderKey(name) == SignatureHeader {
			sent = append(sent, values...)
		}
	}
	switch {
	case len(sent) == 0:
		return "", ErrNoSignature
	case len(sent) > 1:
		return "", fmt.Errorf("%w: %d headers where one is sent", ErrInvalidSignature, len(sent))
	case len(sent[0]) != hex.EncodedLen(sha256.Size):
		return "", fmt.Errorf("%w: %d characters where %d are sent", ErrInvalidSignature, len(sent[0]), hex.EncodedLen(sha256.Size))
	}
	return sent[0], nil
}

// fits returns nil if signature is that of body under one of the keys.
func fits(keys []string, signature string, body []byte) error {
	matches := 0
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		want := hex.EncodeToString(mac.Sum(nil))
		matches |= subtle.ConstantTimeCompare([]byte(want), []byte(signature))
	}
	if matches == 0 {
		return fmt.Errorf("%w: the body was changed or the key is not the webhook signing key (the API key is another)", ErrInvalidSignature)
	}
	return nil
}
