package nango_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const expiryText = "2026-11-22T14:30:07.738Z"

var expiry = milliseconds(expiryText)

// credentialCase is what the server sends for a connection, what it decodes into, and what Token and RawTokenResponse make of
// it; an empty token or raw is one that there is none of.
type credentialCase struct {
	name, sent string
	want       nango.Credentials
	token      string
	expires    time.Time
	raw        string
}

// credentialCases has every type and every shape that the server sends.
func credentialCases(t *testing.T) []credentialCase {
	t.Helper()
	s := nango.NewSecret
	raw := func(text string) nango.SecretJSON { return NewSecretJSON(t, text) }
	const ghost = `{"type":"JWT","privateKey":{"id":"k","secret":"s"},"token":"tok","expires_at":"` + expiryText + `"}`
	const drupal = `{"type":"TWO_STEP","token":"tok","refresh_token":"ref","expires_at":"` + expiryText + `","raw":[1],"clientId":"a","_cookies":["x"]}`
	const oddToken = `{"type":"TWO_STEP","token":{"a": [1]},"raw":{}}`
	return []credentialCase{
		{"OAUTH2 in full", `{"type":"OAUTH2","access_token":"tok","refresh_token":"ref","expires_at":"` + expiryText + `","config_override":{"client_id":"i","client_secret":"s"},"raw":{"x":1}}`,
			&nango.OAuth2Credentials{AccessToken: s("tok"), RefreshToken: s("ref"), ExpiresAt: expiry, Raw: raw(`{"x":1}`),
				ConfigOverride: &nango.CredentialsOverride{ClientID: "i", ClientSecret: s("s")}}, "tok", expiry, `{"x":1}`},
		{"OAUTH2 with little", `{"type":"OAUTH2","access_token":"tok","raw":{},"expires_at":null,"config_override":{}}`,
			&nango.OAuth2Credentials{AccessToken: s("tok"), Raw: raw(`{}`), ConfigOverride: &nango.CredentialsOverride{}}, "tok", time.Time{}, `{}`},
		{"OAUTH1", `{"type":"OAUTH1","oauth_token":"t","oauth_token_secret":"s","raw":{"y":2}}`,
			&nango.OAuth1Credentials{Token: s("t"), TokenSecret: s("s"), Raw: raw(`{"y":2}`)}, "", time.Time{}, `{"y":2}`},
		{"OAUTH2_CC", `{"type":"OAUTH2_CC","token":"tok","client_id":"i","client_secret":"","client_certificate":"c","client_private_key":"k","expires_at":"` + expiryText + `","raw":{}}`,
			&nango.OAuth2CCCredentials{Token: s("tok"), ClientID: "i", ClientCertificate: s("c"), ClientPrivateKey: s("k"), ExpiresAt: expiry, Raw: raw(`{}`)}, "tok", expiry, `{}`},
		{"BASIC", `{"type":"BASIC","username":"u","password":"p"}`, &nango.BasicCredentials{Username: s("u"), Password: s("p")}, "", time.Time{}, ""},
		{"BASIC of a plugin", `{"type":"BASIC"}`, &nango.BasicCredentials{}, "", time.Time{}, ""},
		{"API_KEY", `{"type":"API_KEY","apiKey":"key"}`, &nango.APIKeyCredentials{APIKey: s("key")}, "key", time.Time{}, ""},
		{"APP", `{"type":"APP","access_token":"tok","expires_at":"` + expiryText + `","raw":{"r":1},"jwtToken":"jwt"}`,
			&nango.AppCredentials{AccessToken: s("tok"), ExpiresAt: expiry, JWT: s("jwt"), Raw: raw(`{"r":1}`)}, "tok", expiry, `{"r":1}`},
		{"CUSTOM", `{"type":"CUSTOM","raw":{"c":1},"app":{"type":"APP","access_token":"tok","expires_at":"` + expiryText + `","raw":{}},"user":{"type":"OAUTH2","access_token":"user","raw":{}}}`,
			&nango.CustomCredentials{App: &nango.AppCredentials{AccessToken: s("tok"), ExpiresAt: expiry, Raw: raw(`{}`)},
				User: &nango.OAuth2Credentials{AccessToken: s("user"), Raw: raw(`{}`)}, Raw: raw(`{"c":1}`)}, "tok", expiry, `{"c":1}`},
		{"CUSTOM without a user", `{"type":"CUSTOM","raw":{},"app":{"access_token":"tok"},"user":null}`,
			&nango.CustomCredentials{App: &nango.AppCredentials{AccessToken: s("tok")}, Raw: raw(`{}`)}, "tok", time.Time{}, `{}`},
		{"CUSTOM without an app", `{"type":"CUSTOM","raw":{},"user":{"access_token":"user"}}`,
			&nango.CustomCredentials{User: &nango.OAuth2Credentials{AccessToken: s("user")}, Raw: raw(`{}`)}, "", time.Time{}, `{}`},
		{"TBA", `{"type":"TBA","token_id":"i","token_secret":"s","config_override":{"client_id":"c"}}`,
			&nango.TBACredentials{TokenID: s("i"), TokenSecret: s("s"), ConfigOverride: &nango.CredentialsOverride{ClientID: "c"}}, "", time.Time{}, ""},
		{"JWT", ghost, &nango.JWTCredentials{Token: s("tok"), ExpiresAt: expiry, Fields: raw(ghost)}, "tok", expiry, ""},
		{"BILL", `{"type":"BILL","username":"u","password":"p","organization_id":"o","dev_key":"d","session_id":"tok","user_id":"i","expires_at":"` + expiryText + `","raw":{"s":1}}`,
			&nango.BillCredentials{Username: s("u"), Password: s("p"), OrganizationID: s("o"), DevKey: s("d"), SessionID: s("tok"), UserID: s("i"),
				ExpiresAt: expiry, Raw: raw(`{"s":1}`)}, "tok", expiry, `{"s":1}`},
		{"TWO_STEP", drupal, &nango.TwoStepCredentials{Token: s("tok"), RefreshToken: s("ref"), ExpiresAt: expiry, Raw: raw(`[1]`), Fields: raw(drupal)}, "tok", expiry, `[1]`},
		{"TWO_STEP, token not a string", oddToken, &nango.TwoStepCredentials{Token: s(`{"a": [1]}`), Raw: raw(`{}`), Fields: raw(oddToken)}, `{"a": [1]}`, time.Time{}, `{}`},
		{"SIGNATURE", `{"type":"SIGNATURE","username":"u","password":"p","token":"tok","expires_at":"` + expiryText + `"}`,
			&nango.SignatureCredentials{Username: s("u"), Password: s("p"), Token: s("tok"), ExpiresAt: expiry}, "tok", expiry, ""},
		{"SIGNATURE without a token", `{"type":"SIGNATURE","username":"u","password":"p"}`,
			&nango.SignatureCredentials{Username: s("u"), Password: s("p")}, "", time.Time{}, ""},
		{"AWS_SIGV4", `{"type":"AWS_SIGV4","role_arn":"a","region":"eu-1","service":"s3","access_key_id":"k","secret_access_key":"s","session_token":"t","external_id":"e","expires_at":"` + expiryText + `","raw":{"w":1}}`,
			&nango.AWSSigV4Credentials{RoleARN: s("a"), Region: "eu-1", Service: "s3", AccessKeyID: s("k"), SecretAccessKey: s("s"), SessionToken: s("t"),
				ExternalID: s("e"), ExpiresAt: expiry, Raw: raw(`{"w":1}`)}, "", time.Time{}, `{"w":1}`},
		{"a type of later", `{"type":"PASSKEY","key":"k"}`, &nango.UnknownCredentials{TypeName: "PASSKEY", Raw: raw(`{"type":"PASSKEY","key":"k"}`)}, "", time.Time{}, ""},
	}
}

func decodeConnection(t *testing.T, credentials string) nango.Connection {
	t.Helper()
	var connection nango.Connection
	require.NoError(t, json.Unmarshal([]byte(`{"id":1,"connection_id":"c","credentials":`+credentials+`}`), &connection))
	assert.Equal(t, int64(1), connection.InternalID, "the rest of the connection is there, whatever the credentials are")
	return connection
}

func TestCredentialsDecode(t *testing.T) {
	types := map[string]bool{}
	for _, test := range credentialCases(t) {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, decodeConnection(t, test.sent).Credentials)
			var head struct{ Type string }
			require.NoError(t, json.Unmarshal([]byte(test.sent), &head))
			assert.Equal(t, head.Type, test.want.Type())
			types[head.Type] = true
		})
	}
	assert.Len(t, types, 14, "the 13 types of the server, and an unknown one")
}

func TestNoCredentials(t *testing.T) {
	for _, text := range []string{`{}`, ` { } `, `null`} {
		assert.Nil(t, decodeConnection(t, text).Credentials, text)
	}
	var connection nango.Connection
	require.NoError(t, json.Unmarshal([]byte(`{"id":1}`), &connection))
	assert.Nil(t, connection.Credentials)
}

// The type counts wherever it stands and however it is written.
func TestCredentialsTypeAnywhere(t *testing.T) {
	for _, text := range []string{
		`{"type":"API_KEY","apiKey":"k"}`, `{"apiKey":"k","type":"API_KEY"}`, `{ "type" : "API_KEY","apiKey":"k"}`, `{"type":"API\u005fKEY","apiKey":"k"}`,
	} {
		assert.Equal(t, &nango.APIKeyCredentials{APIKey: nango.NewSecret("k")}, decodeConnection(t, text).Credentials, text)
	}
}

// A shape that nobody foresaw costs neither the connection nor the data.
func TestCredentialsOfUnforeseenShape(t *testing.T) {
	for text, name := range map[string]string{
		`{"type":"CUSTOM","app":"x"}`: "CUSTOM", `{"type":"CUSTOM","app":null,"user":["x"]}`: "CUSTOM", `{"type":7}`: "", `{"access_token":"t"}`: "", `{"type":""}`: "", `[]`: "", `"text"`: "", `false`: "",
	} {
		want := &nango.UnknownCredentials{TypeName: name, Raw: NewSecretJSON(t, text)}
		assert.Equal(t, want, decodeConnection(t, text).Credentials, text)
		assert.Equal(t, name, want.Type())
	}
}

// Secrets are kept as their JSON text where the server sends something else than text.
func TestCredentialsWithOddSecrets(t *testing.T) {
	got := decodeConnection(t, `{"type":"BASIC","username":42,"password":null}`).Credentials
	assert.Equal(t, &nango.BasicCredentials{Username: nango.NewSecret("42")}, got)
}

// Every connection ever recorded decodes to credentials that are known, or to none where {} was sent.
func TestRecordedCredentials(t *testing.T) {
	names := recordings.Names("connections")
	types := map[string]int{}
	for _, name := range names {
		e, err := recordings.Load(name)
		require.NoError(t, err)
		if !strings.HasPrefix(e.Response.Body, `{"id":`) {
			continue
		}
		var connection nango.Connection
		require.NoError(t, json.Unmarshal([]byte(e.Response.Body), &connection), name)
		_, unknown := connection.Credentials.(*nango.UnknownCredentials)
		assert.False(t, unknown, name)
		assert.Equal(t, strings.Contains(e.Response.Body, `"credentials":{}`), connection.Credentials == nil, name)
		if connection.Credentials != nil {
			types[connection.Credentials.Type()]++
		}
	}
	for _, kind := range []string{"OAUTH2", "OAUTH1", "OAUTH2_CC", "BASIC", "API_KEY", "APP", "TBA", "JWT", "BILL", "TWO_STEP"} {
		assert.Positive(t, types[kind], kind)
	}
}

func TestRecordedJWT(t *testing.T) {
	client, _ := serve(t, "connections/get-jwt")
	connection, err := client.Connection("ghost", "c").Get(t.Context(), nil)
	require.NoError(t, err)
	credentials := connection.Credentials.(*nango.JWTCredentials)
	var fields struct{ PrivateKey struct{ ID, Secret string } }
	require.NoError(t, credentials.Fields.Decode(&fields))
	assert.Equal(t, "1234567890abcdef12345678", fields.PrivateKey.ID)
	assert.Equal(t, "abcdef1234567890abcdef1234567890abcdef1234567890abcdef1234567890", fields.PrivateKey.Secret)
	assert.Equal(t, milliseconds("2026-11-22T13:54:19.823Z"), credentials.ExpiresAt)
}
