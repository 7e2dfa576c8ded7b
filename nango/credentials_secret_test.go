package nango_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

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
			part[inner] = marker
		} else {
			object[key] = marker
		}
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	credentials := decodeConnection(t, string(text)).Credentials
	_, unknown := credentials.(*nango.UnknownCredentials)
	assert.Equal(t, kind == "PASSKEY", unknown)
	return credentials
}

func TestCredentialsAreHidden(t *testing.T) {
	require.Len(t, credentialKeys, 14)
	for kind := range credentialKeys {
		t.Run(kind, func(t *testing.T) {
			credentials := secretCredentials(t, kind)
			requireSilent(t, "secret", credentials)
			requireSilent(t, "secret", reflect.ValueOf(credentials).Elem().Interface())
			var connection nango.Connection
			require.NoError(t, json.Unmarshal([]byte(`{"connection_config":{"a":"`+marker+`"}}`), &connection))
			connection.Credentials = credentials
			requireSilent(t, "secret", connection)
			requireSilent(t, "secret", &connection)
		})
	}
}

func TestTokensAreHidden(t *testing.T) {
	client, _ := serveBodies(t, `{"connection_id":"c","credentials":{"type":"API_KEY","apiKey":"`+marker+`"}}`,
		`{"connection_id":"c","credentials":{"type":"OAUTH1","oauth_token":"a","oauth_token_secret":"b","raw":{"a":"`+marker+`"}}}`,
		`{"data":{"token":"`+marker+`","connect_link":"https://connect.example.com","expires_at":"2026-11-22T14:00:00.000Z"}}`,
		`{"data":{"endUser":null,"connectUISettings":{},"integrations_config_defaults":{"slack":{"connection_config":{"a":"`+marker+`"}}}}}`)
	handle := client.Connection("i", "c")
	token, err := handle.Token(t.Context(), nil)
	require.NoError(t, err)
	requireSilent(t, "secret", token)
	raw, err := handle.RawTokenResponse(t.Context(), nil)
	require.NoError(t, err)
	requireSilent(t, "secret", raw)
	session, err := client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{}})
	require.NoError(t, err)
	requireSilent(t, "secret", session)
	requireSilent(t, "secret", *session)
	info, err := client.ConnectSessions.Get(t.Context(), sessionTokenText)
	require.NoError(t, err)
	requireSilent(t, "secret", info)
	requireSilent(t, "secret", *info)
	assert.Equal(t, marker, token.Value.Reveal())
	assert.Equal(t, marker, session.Token.Reveal())
	assert.Contains(t, string(raw.Reveal())+string(info.Defaults["slack"].ConnectionConfig.Reveal()), marker)
}

// The encoding of a connection leaves out what must not be shown, and of the rest nothing.
func TestConnectionEncoded(t *testing.T) {
	connection := nango.Connection{
		InternalID: 1, ConnectionID: "c", IntegrationID: "i", Provider: "p", Errors: []nango.ConnectionError{{Type: "auth", LogID: "l"}},
		Tags: map[string]string{"k": "v"}, Metadata: json.RawMessage(`{"a":1}`), Config: NewSecretJSON(t, `{"a":"`+marker+`"}`),
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret(marker)},
	}
	encoded, err := json.Marshal(connection)
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"id": 1, "connection_id": "c", "provider_config_key": "i", "provider": "p", "errors": [{"type": "auth", "log_id": "l"}], "end_user": null,
		"tags": {"k": "v"}, "metadata": {"a": 1}, "connection_config": "[redacted]", "webhook_url_override": "",
		"created_at": "2026-01-02T03:04:05Z", "updated_at": "0001-01-01T00:00:00Z", "last_fetched_at": "0001-01-01T00:00:00Z"
	}`, string(encoded))
}

func TestSecretsAreSilent(t *testing.T) {
	for name, value := range map[string]any{
		"Secret": nango.NewSecret(marker), "SecretJSON": nango.NewSecretJSON([]byte(`{"` + marker + `":"` + marker + `"}`)),
		"AccessToken": nango.AccessToken{Value: nango.NewSecret(marker)}, "EnvironmentVariable": nango.EnvironmentVariable{Name: "n", Value: nango.NewSecret(marker)},
		"credentials": &nango.OAuth2Credentials{AccessToken: nango.NewSecret(marker), Raw: nango.NewSecretJSON([]byte(`["` + marker + `"]`))},
		"connection":  &nango.Connection{Config: nango.NewSecretJSON([]byte(`["` + marker + `"]`)), Credentials: &nango.APIKeyCredentials{APIKey: nango.NewSecret(marker)}},
	} {
		requireSilent(t, name, value)
	}
	err := nango.NewSecretJSON([]byte(`{"` + marker + `\u001b":"` + marker + `"}`)).Decode(new(map[string]int))
	requireSilent(t, "Decode", err)
	assert.EqualError(t, err, "nango: the secret JSON: json: cannot decode JSON string into Go int at [*] (offset 24)")

	client, _ := serveBodies(t, `{"connection_id":"c","credentials":{"type":"NEW\u001b[31m\n","a":"`+marker+`"}}`)
	_, err = client.Connection("i", "c").Token(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrNoToken)
	requireSilent(t, "a type of the wire", err)
	client, _ = serveBodies(t, `{"connection_id":"c","metadata":{"`+marker+`":{"`+marker+`\u001b":true}}}`)
	_, err = nango.Metadata[map[string]map[string]int](t.Context(), client.Connection("i", "c"))
	requireSilent(t, "metadata", err)
	assert.ErrorContains(t, err, "into Go int at [*][*] (offset ")
}
