package webhooktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nango-go/sdk/nango/webhook"
)

// LegacySignatureHeader is the header of the older signature, which Nango still sends beside [webhook.SignatureHeader]: the
// SHA-256 of key and body. It proves nothing, and package webhook ignores it.
const LegacySignatureHeader = "X-Nango-Signature"

// Sign sets both signatures of body under key. Any key and any body will do, so that a test can also make what has to be refused.
func Sign(header http.Header, key string, body []byte) {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	header.Set(webhook.SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	legacy := sha256.Sum256(append([]byte(key), body...))
	header.Set(LegacySignatureHeader, hex.EncodeToString(legacy[:]))
}

// NewRequest returns the delivery of payload, signed with key, to url: an absolute URL for an [http.Client], a path is enough
// for a handler. The payload is an event or any other value that encodes to JSON; see [Encode]. A forward carries headers of
// the provider's too, which can be added to the request.
func NewRequest(ctx context.Context, url, key string, payload any) (*http.Request, error) {
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

// Deliver sends payload, signed with key, to handler and returns its answer. The request's context is that of t. A payload
// that does not encode fails the test.
func Deliver(t testing.TB, handler http.Handler, key string, payload any) *http.Response {
	t.Helper()
	req, err := NewRequest(t.Context(), "/", key, payload)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, req)
	return answer.Result()
}
