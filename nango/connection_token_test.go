package nango_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

func TestToken(t *testing.T) {
	for _, test := range credentialCases(t) {
		t.Run(test.name, func(t *testing.T) {
			client, server := serveBodies(t, `{"connection_id":"c","credentials":`+test.sent+`}`)
			token, err := client.Connection("i", "c").Token(t.Context(), nil)
			if test.token == "" {
				assert.EqualError(t, err, nango.ErrNoToken.Error()+": the credentials are of the type "+test.want.Type())
				assert.ErrorIs(t, err, nango.ErrNoToken)
				assert.Equal(t, nango.AccessToken{}, token)
			} else {
				require.NoError(t, err)
				assert.Equal(t, nango.AccessToken{Value: nango.NewSecret(test.token), ExpiresAt: test.expires}, token)
			}
			server.requireSent(getRequest)
		})
	}
}

var getRequest = sent{Method: "GET", Path: "/connections/c", Query: map[string][]string{"provider_config_key": {"i"}}}

func TestRawTokenResponse(t *testing.T) {
	for _, test := range credentialCases(t) {
		t.Run(test.name, func(t *testing.T) {
			client, server := serveBodies(t, `{"connection_id":"c","credentials":`+test.sent+`}`)
			raw, err := client.Connection("i", "c").RawTokenResponse(t.Context(), nil)
			if test.raw == "" {
				assert.EqualError(t, err, nango.ErrNoToken.Error()+": the credentials are of the type "+test.want.Type())
				assert.True(t, raw.IsZero())
			} else {
				require.NoError(t, err)
				assert.Equal(t, test.raw, string(raw.Reveal()))
			}
			server.requireSent(getRequest)
		})
	}
}

// What is asked for goes along, and nothing else.
func TestTokenParams(t *testing.T) {
	for query, params := range map[string]*nango.TokenParams{
		"":                                   nil,
		"&":                                  {},
		"&force_refresh=true":                {ForceRefresh: true},
		"&refresh_github_app_jwt_token=true": {RefreshGitHubAppJWT: true},
		"&force_refresh=true&refresh_github_app_jwt_token=true": {ForceRefresh: true, RefreshGitHubAppJWT: true},
	} {
		want, err := url.ParseQuery("provider_config_key=i" + query)
		require.NoError(t, err)
		request := sent{Method: "GET", Path: "/connections/c", Query: want}
		client, server := serveBodies(t, `{"connection_id":"c","credentials":{"type":"OAUTH2","access_token":"t","raw":{"access_token":"t"}}}`)
		token, err := client.Connection("i", "c").Token(t.Context(), params)
		require.NoError(t, err)
		assert.Equal(t, "t", token.Value.Reveal())
		raw, err := client.Connection("i", "c").RawTokenResponse(t.Context(), params)
		require.NoError(t, err)
		assert.Equal(t, `{"access_token":"t"}`, string(raw.Reveal()))
		server.requireSent(request, request)
	}
}

func TestTokenWithoutCredentials(t *testing.T) {
	client, server := serve(t, "auth/scoped-get-connection-without-credentials")
	handle := client.Connection("gh-oauth2", "conn-oauth2-1")
	token, err := handle.Token(t.Context(), nil)
	assert.Equal(t, nango.ErrNoCredentials, err)
	assert.Equal(t, nango.AccessToken{}, token)
	raw, err := handle.RawTokenResponse(t.Context(), nil)
	assert.Equal(t, nango.ErrNoCredentials, err)
	assert.True(t, raw.IsZero())
	assert.ErrorContains(t, nango.ErrNoCredentials, "environment:connections:read_credentials")
	assert.Len(t, server.requests, 2)
}

// Each call asks the server, which is what keeps a token fresh.
func TestTokenIsNotCached(t *testing.T) {
	client, server := serve(t, "connections/get-oauth2-no-refresh-token", "connections/get-oauth2-expired-auto-refresh")
	handle := client.Connection("canvas", "conn-canvas-1")
	var tokens []string
	for range 2 {
		token, err := handle.Token(t.Context(), nil)
		require.NoError(t, err)
		tokens = append(tokens, token.Value.Reveal())
	}
	assert.Equal(t, []string{"at-1", "refreshed-access-2"}, tokens)
	assert.Len(t, server.requests, 2)
}

func TestTokenErrors(t *testing.T) {
	client, _ := serve(t, "connections/get-unknown-connection")
	_, err := client.Connection("demo-none", "zzz").Token(t.Context(), nil)
	assert.ErrorIs(t, err, nango.ErrNotFound)
	_, err = client.Connection("demo-none", "zzz").RawTokenResponse(t.Context(), nil)
	assert.ErrorIs(t, err, nango.ErrNotFound)
}

func TestMetadata(t *testing.T) {
	type nested struct {
		Lang   string // untagged: encoding/json's rules
		Nested struct{ A []any }
	}
	client, server := serve(t, "connections/get-refresh-github-jwt")
	handle := client.Connection("demo-none", "conn-none-1")
	typed, err := nango.Metadata[nested](t.Context(), handle)
	require.NoError(t, err)
	want := nested{Lang: "en"}
	want.Nested.A = []any{json.Number("1"), json.Number("2"), map[string]any{"b": nil}}
	assert.Equal(t, want, typed)

	open, err := nango.Metadata[map[string]any](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"lang": "en", "nested": map[string]any{"a": want.Nested.A}}, open)

	raw, err := nango.Metadata[json.RawMessage](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, `{"lang":"en","nested":{"a":[1,2,{"b":null}]}}`, string(raw))

	pointer, err := nango.Metadata[*nested](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, &want, pointer)
	request := sent{Method: "GET", Path: "/connections/conn-none-1", Query: map[string][]string{"provider_config_key": {"demo-none"}}}
	server.requireSent(request, request, request, request)
}

func TestMetadataNull(t *testing.T) {
	client, _ := serve(t, "connections/get-oauth-flow-created-metadata-null")
	handle := client.Connection("canvas", "c")
	object, err := nango.Metadata[struct{ A int }](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, struct{ A int }{}, object)
	open, err := nango.Metadata[map[string]any](t.Context(), handle)
	require.NoError(t, err)
	assert.Nil(t, open)
	connection, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Nil(t, connection.Metadata)
}

func TestMetadataBigIntegers(t *testing.T) {
	client, _ := serveBodies(t, `{"connection_id":"c","metadata":{"id":9007199254740993,"list":[12345678901234567890]}}`)
	handle := client.Connection("i", "c")
	open, err := nango.Metadata[map[string]any](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"id": json.Number("9007199254740993"), "list": []any{json.Number("12345678901234567890")}}, open)
	typed, err := nango.Metadata[struct{ ID int64 }](t.Context(), handle)
	require.NoError(t, err)
	assert.Equal(t, int64(9007199254740993), typed.ID)
}

func TestMetadataErrors(t *testing.T) {
	type settings struct {
		Name string
		Plan int
	}
	client, _ := serveBodies(t, `{"connection_id":"c","metadata":{"name":"n","plan":"secret-plan"}}`)
	typed, err := nango.Metadata[settings](t.Context(), client.Connection("i", "c"))
	assert.ErrorContains(t, err, "nango: the connection's metadata does not fit nango_test.settings: ")
	assert.NotContains(t, err.Error(), "secret-plan")
	assert.Equal(t, settings{}, typed)

	client, _ = serve(t, "connections/get-unknown-connection")
	_, err = nango.Metadata[map[string]any](t.Context(), client.Connection("demo-none", "zzz"))
	assert.ErrorIs(t, err, nango.ErrNotFound)
}

func TestHandleMetadata(t *testing.T) {
	client, server := serve(t, "metadata/post-many", "metadata/patch-many")
	handle := client.Connection("demo-none", "conn-none-1")
	require.NoError(t, handle.SetMetadata(t.Context(), map[string]int{"a": 1}))
	require.NoError(t, handle.MergeMetadata(t.Context(), map[string]int{"b": 2}))
	server.requireSent(
		sent{Method: "POST", Path: "/connections/metadata", Header: jsonBody, Body: `{"provider_config_key":"demo-none","connection_id":["conn-none-1"],"metadata":{"a":1}}`},
		sent{Method: "PATCH", Path: "/connections/metadata", Header: jsonBody, Body: `{"provider_config_key":"demo-none","connection_id":["conn-none-1"],"metadata":{"b":2}}`},
	)
	requireArgument(t, handle.SetMetadata(t.Context(), nil), "metadata", "must be a JSON object")
	requireArgument(t, handle.MergeMetadata(t.Context(), []int{1}), "metadata", "must be a JSON object")
}
