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

// SignatureHeader is the header with the signature of a delivery: the HMAC-SHA256 of the exact body with the webhook
// signing key, as 64 lower-case hex digits.
const SignatureHeader = "X-Nango-Hmac-Sha256"

// The errors of Verify. It can wrap them.
var (
	// ErrNoKey is a mistake in the configuration of the receiver: it has no signing key, an empty one, or one with
	// white space, a control character or a character beyond ASCII, which Nango never signs with. Respond with 500, so
	// that Nango delivers again.
	ErrNoKey = errors.New("webhook: no signing key, or an empty one")

	// ErrNoSignature means that the request has no SignatureHeader, so that nothing proves that Nango sent it. Respond
	// with 401.
	ErrNoSignature = errors.New("webhook: no " + SignatureHeader + " header")

	// ErrInvalidSignature means that the signature is wrong, or that there are several, so that nothing proves that
	// Nango sent the request. Respond with 401. If this is the error of every delivery, the key is wrong: the webhook
	// signing key is not the API key.
	ErrInvalidSignature = errors.New("webhook: invalid signature")
)

// Verify returns nil if the header has a signature of this exact body with one of the keys.
//
// A key is the webhook signing key of an environment, as the dashboard and RotateSigningKey of package nango's
// Environment return it. White space is an error that matches [ErrNoKey], even the line end of the file that the key
// was read from. After a rotation pass the new and the old key for some minutes, since deliveries with the old one
// still come; see [Keyring.Rotate]. The names in header match in any case. The time that the check takes does not
// depend on which key is the right one, or on how much of a signature is right.
//
// Only the signature that Nango sends is valid. A signature with upper-case digits is not, and neither is a second
// header, nor the older X-Nango-Signature that Nango still sends too: it is a plain SHA-256 of key and body. Whoever
// has seen one delivery can append text to its body and compute the older signature without the key.
func Verify(keys []string, header http.Header, body []byte) error {
	if err := checkKeys(keys); err != nil {
		return err
	}
	signature, err := signatureIn(header)
	if err != nil {
		return err
	}
	return verifySignature(keys, signature, body)
}

// signatureIn returns the one signature in header. It has the right length, but may be wrong.
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

// verifySignature returns nil if signature is that of body with one of the keys.
func verifySignature(keys []string, signature string, body []byte) error {
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
