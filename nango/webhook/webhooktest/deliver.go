package webhooktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nango-go/sdk/nango/webhook"
)

// LegacySignatureHeader is the header of the older signature, which Nango still sends too: the SHA-256 of key and body.
// It proves nothing, and package webhook ignores it.
const LegacySignatureHeader = "X-Nango-Signature"

// Sign sets the headers of both signatures of body with key. The body can be any bytes, so that a test can also send
// what a receiver must refuse. Sign panics if the key is empty or holds white space, since no receiver accepts such a
// key. For a test with a wrong key use one such as "another-key".
func Sign(header http.Header, key string, body []byte) {
	if err := checkKey(key); err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	header.Set(webhook.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	legacy := sha256.Sum256(append([]byte(key), body...))
	header.Set(LegacySignatureHeader, hex.EncodeToString(legacy[:]))
}

// checkKey returns the error of Verify for a key. Verify checks the keys before anything else.
func checkKey(key string) error {
	if err := webhook.Verify([]string{key}, nil, nil); errors.Is(err, webhook.ErrNoKey) {
		return fmt.Errorf("webhooktest: %w", err)
	}
	return nil
}

// NewRequest returns the request that delivers payload to url, signed with key. For an [http.Client] the URL is
// absolute; for a handler a path is enough. The payload is an event, or any other value that encodes to JSON; see
// [Encode]. With a forward, Nango also sends headers of the provider: add them to the request. A key that is empty or
// holds white space is an error that matches [webhook.ErrNoKey].
func NewRequest(ctx context.Context, url, key string, payload any) (*http.Request, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	body, err := Encode(payload)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, text/plain, */*")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "nango/0.71.4 (linux/6.18.44; node.js/22.23.3)")
	Sign(req.Header, key, body)
	return req, nil
}

// Deliver sends payload, signed with key, to handler and returns the response. The context of the request is that of t.
// If the payload does not encode, or the key is empty or holds white space, the test fails.
func Deliver(t testing.TB, handler http.Handler, key string, payload any) *http.Response {
	t.Helper()
	req, err := NewRequest(t.Context(), "/", key, payload)
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, req)
	return recorder.Result()
}
