package credential_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/internal/credential"
	"github.com/nango-go/sdk/nango"
)

type object = map[string]any

func TestEncode(t *testing.T) {
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	for _, tt := range []struct {
		credentials nango.Credentials
		want        object
	}{
		{nil, object{}},
		{&nango.BasicCredentials{Username: nango.NewSecret("u")}, object{"type": "BASIC", "username": "u", "password": ""}},
		{&nango.OAuth2Credentials{AccessToken: nango.NewSecret("a"), ExpiresAt: expires}, object{
			"type": "OAUTH2", "access_token": "a", "expires_at": "2030-01-02T02:04:05.000Z",
			"raw": object{"type": "OAUTH2", "access_token": "a", "expires_at": "2030-01-02T02:04:05.000Z"},
		}},
		{&nango.OAuth2Credentials{AccessToken: nango.NewSecret("a"), Raw: nango.NewSecretJSON(json.RawMessage(`{"n":1.0}`))}, object{
			"type": "OAUTH2", "access_token": "a", "raw": object{"n": json.Number("1.0")},
		}},
		{&nango.JWTCredentials{Token: nango.NewSecret("t"), Fields: nango.NewSecretJSON(json.RawMessage(`{"token":"other","key":"k"}`))}, object{
			"type": "JWT", "token": "t", "key": "k",
		}},
		{&nango.UnknownCredentials{TypeName: "NEW", Raw: nango.NewSecretJSON(json.RawMessage(`{"type":"NEW","a":1}`))}, object{"type": "NEW", "a": json.Number("1")}},
	} {
		assert.Equal(t, tt.want, credential.Encode(tt.credentials))
	}
	assert.PanicsWithValue(t, "nangotest: this is no JSON: EOF", func() { credential.Encode(&nango.UnknownCredentials{}) })
}

func TestDecode(t *testing.T) {
	assert.Nil(t, credential.Decode(object{}))
	assert.Equal(t, &nango.APIKeyCredentials{APIKey: nango.NewSecret("k")}, credential.Decode(object{"type": "API_KEY", "apiKey": "k"}))
}

func TestWithoutRefreshTokens(t *testing.T) {
	given := object{"refresh_token": "r", "RefreshToken": "r", "a": []any{object{"refresh-token": "r", "token": "t"}, "refresh_token"}}
	assert.Equal(t, object{"a": []any{object{"token": "t"}, "refresh_token"}}, credential.WithoutRefreshTokens(given))
	assert.Len(t, given, 3, "the argument stays as it is")
}
