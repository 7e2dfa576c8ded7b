package nango_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// The link of a session holds its token: it is cut wherever a session is printed or logged, and whole in JSON.
func TestConnectSessionIsSilent(t *testing.T) {
	at := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for link, cut := range map[string]string{
		"https://connect.nango.dev/?session_token=" + markedToken: "https://connect.nango.dev/[redacted]",
		"http://localhost:3009/" + markedToken + "#" + marker:     "http://localhost:3009/[redacted]",
		"https://" + marker + "@h.test":                           "https://h.test/[redacted]",
		"https://h.test/%zz" + marker:                             "[redacted]",
		marker:                                                    "[redacted]",
		"":                                                        "",
	} {
		session := nango.ConnectSession{Token: nango.NewSecret(markedToken), ConnectLink: link, ExpiresAt: at}
		want := "{Token:[redacted] ConnectLink:" + cut + " ExpiresAt:2026-11-22T14:00:00Z}"
		for _, form := range []any{session, &session} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				assert.Equal(t, want, fmt.Sprintf(verb, form), verb)
				for _, list := range []any{[]any{form}, map[string]any{"k": form}, struct{ Session any }{form}} {
					requireSilentText(t, verb, fmt.Sprintf(verb, list), false)
				}
			}
			var text, object bytes.Buffer
			slog.New(slog.NewTextHandler(&text, nil)).Info("m", "s", form, "list", []any{form})
			slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "s", form, slog.Group("g", "s", form))
			requireSilentText(t, "text", text.String(), false)
			requireSilentText(t, "JSON", object.String(), false)
			var line struct{ S map[string]any }
			require.NoError(t, json.Unmarshal(object.Bytes(), &line))
			assert.Equal(t, map[string]any{"token": "[redacted]", "connect_link": cut, "expires_at": "2026-11-22T14:00:00Z"}, line.S)
			encoded, err := json.Marshal(form)
			require.NoError(t, err)
			quoted, err := json.Marshal(link)
			require.NoError(t, err)
			assert.JSONEq(t, `{"token":"[redacted]","connect_link":`+string(quoted)+`,"expires_at":"2026-11-22T14:00:00Z"}`, string(encoded))
		}
	}
	assert.Equal(t, "<nil>", fmt.Sprint((*nango.ConnectSession)(nil)))
	assert.Equal(t, "{Token: ConnectLink: ExpiresAt:0001-01-01T00:00:00Z}", fmt.Sprint(nango.ConnectSession{}))
}
