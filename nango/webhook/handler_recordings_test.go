package webhook_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/test/recordings"
)

// mutations are ways to spoil a delivery, and what has to come of each.
var mutations = []struct {
	name   string
	mutate func(r *recordings.Webhook, header http.Header) http.Header
	want   error
}{
	{"none", func(_ *recordings.Webhook, h http.Header) http.Header { return h }, nil},
	{"header in lower case", renamed(strings.ToLower), nil},
	{"header in upper case", renamed(strings.ToUpper), nil},
	{"header of another name", renamed(func(s string) string { return s + "-" }), webhook.ErrNoSignature},
	{"missing header", replaced(func(string) []string { return nil }), webhook.ErrNoSignature},
	{"legacy only", func(_ *recordings.Webhook, h http.Header) http.Header {
		return http.Header{"X-Nango-Signature": h["X-Nango-Signature"]}
	}, webhook.ErrNoSignature},
	{"legacy in the place of the other", func(_ *recordings.Webhook, h http.Header) http.Header {
		h[webhook.SignatureHeader] = h["X-Nango-Signature"]
		return h
	}, webhook.ErrInvalidSignature},
	{"header twice", replaced(func(s string) []string { return []string{s, s} }), webhook.ErrInvalidSignature},
	{"header twice, the other forged", replaced(func(s string) []string { return []string{strings.Repeat("0", 64), s} }), webhook.ErrInvalidSignature},
	{"headers joined", replaced(func(s string) []string { return []string{s + "," + s} }), webhook.ErrInvalidSignature},
	{"empty", replaced(func(string) []string { return []string{""} }), webhook.ErrInvalidSignature},
	{"short", replaced(func(s string) []string { return []string{s[:63]} }), webhook.ErrInvalidSignature},
	{"long", replaced(func(s string) []string { return []string{s + "0"} }), webhook.ErrInvalidSignature},
	{"upper-case hex", replaced(func(s string) []string { return []string{strings.ToUpper(s)} }), webhook.ErrInvalidSignature},
	{"one bit of the signature", replaced(func(s string) []string { return []string{string(s[0]^1) + s[1:]} }), webhook.ErrInvalidSignature},
	{"another key", func(r *recordings.Webhook, h http.Header) http.Header { r.SigningKey = otherKey + "x"; return h }, webhook.ErrInvalidSignature},
	{"the key in upper case", func(r *recordings.Webhook, h http.Header) http.Header {
		r.SigningKey = strings.ToUpper(r.SigningKey)
		return h
	}, webhook.ErrInvalidSignature},
	{"one bit of the body", func(r *recordings.Webhook, h http.Header) http.Header {
		r.Body = string(r.Body[0]^1) + r.Body[1:]
		return h
	}, webhook.ErrInvalidSignature},
	{"a line end behind the body", func(r *recordings.Webhook, h http.Header) http.Header { r.Body += "\n"; return h }, webhook.ErrInvalidSignature},
	{"no body", func(r *recordings.Webhook, h http.Header) http.Header { r.Body = ""; return h }, webhook.ErrInvalidSignature},
}

func renamed(name func(string) string) func(*recordings.Webhook, http.Header) http.Header {
	return func(_ *recordings.Webhook, h http.Header) http.Header {
		values := h[webhook.SignatureHeader]
		delete(h, webhook.SignatureHeader)
		h[name(webhook.SignatureHeader)] = values
		return h
	}
}

func replaced(value func(string) []string) func(*recordings.Webhook, http.Header) http.Header {
	return func(_ *recordings.Webhook, h http.Header) http.Header {
		h[webhook.SignatureHeader] = value(h.Get(webhook.SignatureHeader))
		return h
	}
}

// TestMutations spoils every recorded delivery in every way. What is refused is refused by Verify with the documented
// error and by a handler with 401, what is accepted reaches the callback as it was sent.
func TestMutations(t *testing.T) {
	for _, tt := range mutations {
		for _, r := range recordedWebhooks(t) {
			header := tt.mutate(&r, r.Header)
			err := webhook.Verify([]string{"another", r.SigningKey}, header, []byte(r.Body))
			require.ErrorIs(t, err, tt.want, "%s: %s", tt.name, r.Name)

			var events []webhook.Event
			config := recordTo(&events)
			config.Keys = []string{"another", r.SigningKey}
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(r.Body))
			req.Header = header
			response := httptest.NewRecorder()
			newHandler(t, config).ServeHTTP(response, req)
			if tt.want != nil {
				require.Equal(t, http.StatusUnauthorized, response.Code, "%s: %s", tt.name, r.Name)
				require.Empty(t, events)
				continue
			}
			want, err := webhook.Parse([]byte(r.Body))
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, response.Code, "%s: %s", tt.name, r.Name)
			require.Equal(t, []webhook.Event{want}, events)
		}
	}
}

// TestHandlerOverHTTP sends every recorded delivery, to the byte and with all its headers, over a connection.
func TestHandlerOverHTTP(t *testing.T) {
	var events []webhook.Event
	config := recordTo(&events)
	all := recordedWebhooks(t)
	config.Keys = []string{otherKey + "x", all[0].SigningKey}
	server := httptest.NewServer(newHandler(t, config))
	defer server.Close()
	var want []webhook.Event
	for _, r := range all {
		require.Equal(t, all[0].SigningKey, r.SigningKey, "the recordings are of one environment")
		event, err := webhook.Parse([]byte(r.Body))
		require.NoError(t, err)
		want = append(want, event)

		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/nango", bytes.NewReader([]byte(r.Body)))
		require.NoError(t, err)
		req.Header = r.Header
		response, err := server.Client().Do(req)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode, r.Name)
	}
	assert.Equal(t, want, events)
}

// TestLogKeepsSecrets lets deliveries fail in every way and looks for what they carried.
func TestLogKeepsSecrets(t *testing.T) {
	const secret = "s3cr3t-0b9a6c1e"
	for _, tt := range mutations {
		for _, r := range recordedWebhooks(t) {
			var log logBuffer
			header := tt.mutate(&r, r.Header)
			config := webhook.Config{Keys: []string{secret, r.SigningKey}, Logger: log.logger(), MaxBody: 350}
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(r.Body))
			req.Header = header
			newHandler(t, config).ServeHTTP(httptest.NewRecorder(), req)
			for _, private := range append(header.Values(webhook.SignatureHeader), secret, r.SigningKey, r.Body, "conn-", "connectionId") {
				if private != "" {
					require.NotContains(t, log.String(), private, "%s: %s", tt.name, r.Name)
				}
			}
		}
	}
}
