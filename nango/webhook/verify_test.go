package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

func TestVerify(t *testing.T) {
	flipped := []byte(vectorSig)
	flipped[63] ^= 1 // '9' becomes '8': one bit of the signature
	tests := []struct {
		name   string
		keys   []string
		header http.Header
		body   string
		want   error
	}{
		{"vector", []string{vectorKey}, signed(vectorSig), vectorBody, nil},
		{"vector in UTF-8", []string{vectorKey}, signed("7e6a82a83e9bb7fffa0995b2826332ebaeb98a8a77d150e23de2552a5fa5fe5e"), `{"connectionId":"café-☃","from":"nango","type":"sync"}`, nil},
		{"first of several keys", []string{vectorKey, otherKey, "third"}, signed(vectorSig), vectorBody, nil},
		{"second of several keys", []string{otherKey, vectorKey, "third"}, signed(vectorSig), vectorBody, nil},
		{"last of several keys", []string{otherKey, "third", vectorKey}, signed(vectorSig), vectorBody, nil},
		{"the same key twice", []string{vectorKey, vectorKey}, signed(vectorSig), vectorBody, nil},
		{"lower-case header name", []string{vectorKey}, http.Header{"x-nango-hmac-sha256": {vectorSig}}, vectorBody, nil},
		{"upper-case header name", []string{vectorKey}, http.Header{"X-NANGO-HMAC-SHA256": {vectorSig}}, vectorBody, nil},

		{"no keys", nil, signed(vectorSig), vectorBody, webhook.ErrNoKey},
		{"an empty key", []string{""}, signed(vectorSig), vectorBody, webhook.ErrNoKey},
		{"an empty key beside the right one", []string{vectorKey, ""}, signed(vectorSig), vectorBody, webhook.ErrNoKey},
		{"an empty key that matches", []string{""}, signed("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"), "", webhook.ErrNoKey},

		{"no header at all", []string{vectorKey}, nil, vectorBody, webhook.ErrNoSignature},
		{"header without values", []string{vectorKey}, signed(), vectorBody, webhook.ErrNoSignature},
		{"legacy header only", []string{vectorKey}, http.Header{"X-Nango-Signature": {vectorLegacy}}, vectorBody, webhook.ErrNoSignature},
		{"a similar header", []string{vectorKey}, http.Header{webhook.SignatureHeader + "x": {vectorSig}}, vectorBody, webhook.ErrNoSignature},

		{"legacy signature in the header", []string{vectorKey}, signed(vectorLegacy), vectorBody, webhook.ErrInvalidSignature},
		{"header twice", []string{vectorKey}, signed(vectorSig, vectorSig), vectorBody, webhook.ErrInvalidSignature},
		{"header twice, in two cases", []string{vectorKey}, http.Header{webhook.SignatureHeader: {vectorSig}, "x-nango-hmac-sha256": {vectorSig}}, vectorBody, webhook.ErrInvalidSignature},
		{"header joined", []string{vectorKey}, signed(vectorSig + ", " + vectorSig), vectorBody, webhook.ErrInvalidSignature},
		{"empty signature", []string{vectorKey}, signed(""), vectorBody, webhook.ErrInvalidSignature},
		{"short", []string{vectorKey}, signed(vectorSig[:63]), vectorBody, webhook.ErrInvalidSignature},
		{"half", []string{vectorKey}, signed(vectorSig[:32]), vectorBody, webhook.ErrInvalidSignature},
		{"long", []string{vectorKey}, signed(vectorSig + "0"), vectorBody, webhook.ErrInvalidSignature},
		{"not hex", []string{vectorKey}, signed(strings.Repeat("z", 64)), vectorBody, webhook.ErrInvalidSignature},
		{"upper-case hex", []string{vectorKey}, signed(strings.ToUpper(vectorSig)), vectorBody, webhook.ErrInvalidSignature},
		{"one bit of the signature", []string{vectorKey}, signed(string(flipped)), vectorBody, webhook.ErrInvalidSignature},
		{"other key", []string{otherKey, "third"}, signed(vectorSig), vectorBody, webhook.ErrInvalidSignature},
		{"body with a line end", []string{vectorKey}, signed(vectorSig), vectorBody + "\n", webhook.ErrInvalidSignature},
		{"no body", []string{vectorKey}, signed(vectorSig), "", webhook.ErrInvalidSignature},
	}
	all := []error{webhook.ErrNoKey, webhook.ErrNoSignature, webhook.ErrInvalidSignature}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := webhook.Verify(tt.keys, tt.header, []byte(tt.body))
			if tt.want == nil {
				assert.NoError(t, err)
				return
			}
			for _, sentinel := range all {
				assert.Equal(t, sentinel == tt.want, errors.Is(err, sentinel), "%v is %v", err, sentinel)
			}
			for _, private := range slices.Concat(tt.keys, tt.header[webhook.SignatureHeader], []string{tt.body, vectorLegacy}) {
				if strings.TrimSpace(private) != "" {
					assert.NotContains(t, err.Error(), strings.TrimSpace(private))
				}
			}
		})
	}
}

// TestVerifyCoversEveryBit flips each bit of a body in turn.
func TestVerifyCoversEveryBit(t *testing.T) {
	keys, header, body := []string{otherKey, vectorKey}, signed(vectorSig), []byte(vectorBody)
	for i := range body {
		for bit := range 8 {
			body[i] ^= 1 << bit
			assert.ErrorIs(t, webhook.Verify(keys, header, body), webhook.ErrInvalidSignature, "byte %d, bit %d", i, bit)
			body[i] ^= 1 << bit
		}
	}
	assert.NoError(t, webhook.Verify(keys, header, body))
}

func TestMismatchHintsAtTheKey(t *testing.T) {
	err := webhook.Verify([]string{"nango-api-key"}, signed(vectorSig), []byte(vectorBody))
	assert.EqualError(t, err, "webhook: invalid signature: the body was changed or the key is not the webhook signing key (the API key is another)")
}

func TestRecordingsVerify(t *testing.T) {
	for _, r := range recordedWebhooks(t) {
		require.NoError(t, webhook.Verify([]string{r.SigningKey}, r.Header, []byte(r.Body)), r.Name)
	}
}

// TestVerifyCoversEveryByteRecorded flips a bit in each byte of each recorded body.
func TestVerifyCoversEveryByteRecorded(t *testing.T) {
	for _, r := range recordedWebhooks(t) {
		keys, header, body := []string{r.SigningKey}, r.Header, []byte(r.Body)
		for i := range body {
			body[i] ^= 1 << (i % 8)
			require.ErrorIs(t, webhook.Verify(keys, header, body), webhook.ErrInvalidSignature, "%s: byte %d", r.Name, i)
			body[i] ^= 1 << (i % 8)
		}
		require.NoError(t, webhook.Verify(keys, header, body), r.Name)
	}
}

// FuzzVerify holds Verify to its definition, worked out here a second time.
func FuzzVerify(f *testing.F) {
	for _, r := range recordedWebhooks(f) {
		f.Add(r.SigningKey, r.Header.Get(webhook.SignatureHeader), []byte(r.Body))
		f.Add(r.SigningKey, r.Header.Get("X-Nango-Signature"), []byte(r.Body))
	}
	f.Add("", "", []byte(nil))
	f.Add("key\n", "", []byte(nil))
	f.Add("\xff", "", []byte(nil))
	f.Fuzz(func(t *testing.T, key, signature string, body []byte) {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		right := hex.EncodeToString(mac.Sum(nil))
		for _, sent := range []string{signature, right} {
			err := webhook.Verify([]string{"another-key", key}, http.Header{webhook.SignatureHeader: {sent}}, body)
			switch {
			case !regexp.MustCompile(`^[!-~]+$`).MatchString(key):
				assert.ErrorIs(t, err, webhook.ErrNoKey)
			case sent == right:
				assert.NoError(t, err)
			default:
				assert.ErrorIs(t, err, webhook.ErrInvalidSignature)
			}
		}
	})
}
