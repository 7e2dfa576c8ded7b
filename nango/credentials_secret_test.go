package nango_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

const hidden = "hunter2"

// credentialKeys are the keys of each type whose values are secret; every one of them is sent as the word that must not show.
var credentialKeys = map[string]string{
	"OAUTH2":    "access_token refresh_token raw config_override.client_secret",
	"OAUTH1":    "oauth_token oauth_token_secret raw",
	"OAUTH2_CC": "token client_secret client_certificate client_private_key raw",
	"BASIC":     "username password",
	"API_KEY":   "apiKey",
	"APP":       "access_token jwtToken raw",
	"CUSTOM":    "raw app.access_token app.jwtToken app.raw user.access_token user.refresh_token user.raw",
	"TBA":       "token_id token_secret config_override.client_secret",
	"JWT":       "token privateKey",
	"BILL":      "username password organization_id dev_key session_id user_id raw",
	"TWO_STEP":  "token refresh_token raw clientSecret",
	"SIGNATURE": "username password token",
	"AWS_SIGV4": "role_arn access_key_id secret_access_key session_token external_id raw",
	"PASSKEY":   "key",
}

// secretCredentials are credentials of a type with all of their secrets set.
func secretCredentials(t *testing.T, kind string) nango.Credentials {
	t.Helper()
	object := map[string]any{"type": kind}
	for key := range strings.FieldsSeq(credentialKeys[kind]) {
		if outer, inner, nested := strings.Cut(key, "."); nested {
			part, _ := object[outer].(map[string]any)
			if part == nil {
				part = map[string]any{}
				object[outer] = part
			}
			part[inner] = hidden
		} else {
			object[key] = hidden
		}
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	credentials := decodeConnection(t, string(text)).Credentials
	_, unknown := credentials.(*nango.UnknownCredentials)
	assert.Equal(t, kind == "PASSKEY", unknown)
	return credentials
}

// holder is a caller's type, whose unexported fields fmt and slog read without calling a method.
type holder struct{ value any }

// printed is everything that printing, logging and encoding make of a value.
func printed(t *testing.T, value any) map[string]string {
	t.Helper()
	out := map[string]string{}
	forms := map[string]any{"": value, "held ": holder{value}, "held by pointer ": &holder{value}, "listed ": []any{value}, "mapped ": map[string]any{"k": value}}
	for name, form := range forms {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			out[name+verb] = fmt.Sprintf(verb, form)
		}
		var text, object bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "value", form)
		slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "value", form)
		out[name+"slog text"], out[name+"slog JSON"] = text.String(), object.String()
		encoded, err := json.Marshal(form)
		require.NoError(t, err)
		out[name+"json.Marshal"] = string(encoded)
	}
	return out
}

func requireHidden(t *testing.T, value any) {
	t.Helper()
	for how, text := range printed(t, value) {
		assert.NotContains(t, text, hidden, how)
		assert.NotContains(t, text, hex.EncodeToString([]byte(hidden)), how)
		assert.NotContains(t, text, fmt.Sprint([]byte(hidden))[1:10], how)
	}
}

func TestCredentialsAreHidden(t *testing.T) {
	require.Len(t, credentialKeys, 14)
	for kind := range credentialKeys {
		t.Run(kind, func(t *testing.T) {
			credentials := secretCredentials(t, kind)
			requireHidden(t, credentials)
			requireHidden(t, reflect.ValueOf(credentials).Elem().Interface())
			var connection nango.Connection
			require.NoError(t, json.Unmarshal([]byte(`{"connection_config":{"a":"`+hidden+`"}}`), &connection))
			connection.Credentials = credentials
			requireHidden(t, connection)
			requireHidden(t, &connection)
		})
	}
}

func TestTokensAreHidden(t *testing.T) {
	client, _ := answer(t, `{"connection_id":"c","credentials":{"type":"API_KEY","apiKey":"`+hidden+`"}}`,
		`{"connection_id":"c","credentials":{"type":"OAUTH1","oauth_token":"a","oauth_token_secret":"b","raw":{"a":"`+hidden+`"}}}`,
		`{"data":{"token":"`+hidden+`","connect_link":"https://connect.example.com","expires_at":"2026-11-22T14:00:00.000Z"}}`,
		`{"data":{"endUser":null,"connectUISettings":{},"integrations_config_defaults":{"slack":{"connection_config":{"a":"`+hidden+`"}}}}}`)
	handle := client.Connection("i", "c")
	token, err := handle.Token(t.Context(), nil)
	require.NoError(t, err)
	requireHidden(t, token)
	raw, err := handle.RawTokenResponse(t.Context(), nil)
	require.NoError(t, err)
	requireHidden(t, raw)
	session, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}})
	require.NoError(t, err)
	requireHidden(t, session)
	requireHidden(t, *session)
	info, err := client.ConnectSessions.Get(t.Context(), sessionTokenText)
	require.NoError(t, err)
	requireHidden(t, info)
	requireHidden(t, *info)
	assert.Equal(t, hidden, token.Value.Reveal())
	assert.Equal(t, hidden, session.Token.Reveal())
	assert.Contains(t, string(raw.Reveal())+string(info.Defaults["slack"].ConnectionConfig.Reveal()), hidden)
}

// The encoding of a connection leaves out what must not be shown, and of the rest nothing.
func TestConnectionEncoded(t *testing.T) {
	connection := nango.Connection{
		InternalID: 1, ConnectionID: "c", IntegrationID: "i", Provider: "p", Errors: []nango.ConnectionError{{Type: "auth", LogID: "l"}},
		Tags: map[string]string{"k": "v"}, Metadata: json.RawMessage(`{"a":1}`), Config: NewSecretJSON(t, `{"a":"`+hidden+`"}`),
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret(hidden)},
	}
	encoded, err := json.Marshal(connection)
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"id": 1, "connection_id": "c", "provider_config_key": "i", "provider": "p", "errors": [{"type": "auth", "log_id": "l"}], "end_user": null,
		"tags": {"k": "v"}, "metadata": {"a": 1}, "connection_config": "[redacted]", "webhook_url_override": "",
		"created_at": "2026-01-02T03:04:05Z", "updated_at": "0001-01-01T00:00:00Z", "last_fetched_at": "0001-01-01T00:00:00Z"
	}`, string(encoded))
}
