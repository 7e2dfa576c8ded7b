package nango_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func TestEnvironmentVariables(t *testing.T) {
	client, server := serve(t, "environment/variables", "environment/variables-prod-empty")
	variables, err := client.Environment.Variables(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*nango.EnvironmentVariable{
		{Name: "MY_VAR", Value: nango.NewSecret("hello")}, {Name: "OTHER", Value: nango.NewSecret("wörld 2")},
	}, variables)
	none, err := client.Environment.Variables(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*nango.EnvironmentVariable{}, none)
	server.requireRecorded()
}

func TestRotateSigningKey(t *testing.T) {
	client, server := serve(t, "environment/rotate-webhook-signing-key-prod")
	key, err := client.Environment.RotateSigningKey(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "66ed0943-4e20-44aa-9c60-3aead5b9f1c8", key.Reveal())
	server.requireRecorded()
}

func TestEnvironmentErrors(t *testing.T) {
	client, server := serve(t, "auth/scoped-environment-variables-403", "environment/rotate-account-key")
	variables, err := client.Environment.Variables(t.Context())
	requireFailure(t, err, nango.ErrForbidden, "forbidden")
	assert.ErrorContains(t, err, "environment:variables:read")
	assert.Nil(t, variables)
	key, err := client.Environment.RotateSigningKey(t.Context())
	requireFailure(t, err, nango.ErrForbidden, "forbidden")
	assert.ErrorContains(t, err, "environment:webhook_signing_key:rotate")
	assert.True(t, key.IsZero())
	assert.Len(t, server.requests, 2)

	server.responses = []*recordings.Exchange{exchange(409, `{"error":{"code":"multiple_webhook_signing_keys"}}`)}
	requireFailure(t, failed(server.client().Environment.RotateSigningKey(t.Context())), nango.ErrConflict, "multiple_webhook_signing_keys")
}

func TestCreateEnvironment(t *testing.T) {
	client, server := serve(t, "environment/create")
	environment, err := client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "staging-x"})
	require.NoError(t, err)
	assert.Equal(t, &nango.Environment{ID: 3, Name: "staging-x"}, environment)
	server.requireRecorded()

	client, server = serve(t, "environment/create-full")
	_, err = client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{
		Name: "prod-y", IsProduction: new(true), CallbackURL: "https://example.com/cb", HMACKey: "hk", HMACEnabled: new(true), SlackNotifications: new(false),
		OTLPEndpoint: "https://otlp.example.com", OTLPHeaders: map[string]string{"b": "2", "a": "1", "c": "3"},
	})
	require.NoError(t, err)
	want := recorded(t, "environment/create-full")
	want.Body = `{"name":"prod-y","is_production":true,"callback_url":"https://example.com/cb","hmac_key":"hk","hmac_enabled":true,"slack_notifications":false,
		"otlp_endpoint":"https://otlp.example.com","otlp_headers":[{"name":"a","value":"1"},{"name":"b","value":"2"},{"name":"c","value":"3"}]}`
	server.requireSent(want)
}

// The UUIDs of an environment and of one of its keys.
const (
	environmentUUID = "6f1c2c0e-4c3b-4f5e-9a55-0d6f1c2b3a41"
	keyUUID         = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
)

var accountKey = nango.APIKeyRef{EnvironmentUUID: environmentUUID, KeyUUID: keyUUID}

// No recording shows these calls: the bodies are as the sources of 0.71.10 write them.
func TestAccountByUUID(t *testing.T) {
	created := milliseconds("2026-11-22T13:30:10.813Z")
	const shown = `"id":10,"uuid":"` + keyUUID + `","display_name":"ci key","scopes":["environment:*"],"created_at":"2026-11-22T13:30:10.813Z"`
	jsonHeader := http.Header{"Content-Type": {"application/json"}}
	keys := "/environments/" + environmentUUID + "/api-keys"
	key := nango.APIKey{ID: 10, UUID: keyUUID, DisplayName: "ci key", Scopes: []string{"environment:*"}, CreatedAt: created}
	secret, used := key, key
	secret.Secret = nango.NewSecret("s")
	used.LastUsedAt = created
	for _, test := range []struct {
		name, body string
		call       func(*nango.AccountService) (any, error)
		want       any
		sent       sent
	}{
		{"environments", `{"data":[{"id":1,"uuid":"u","name":"prod","is_production":true},{"id":2,"uuid":"v","name":"dev","is_production":false}]}`,
			func(s *nango.AccountService) (any, error) { return s.ListEnvironments(t.Context(), nil) },
			[]*nango.Environment{{ID: 1, UUID: "u", Name: "prod", IsProduction: new(true)}, {ID: 2, UUID: "v", Name: "dev", IsProduction: new(false)}},
			sent{Method: "GET", Path: "/environments"}},
		{"an environment by name", `{"data":[]}`,
			func(s *nango.AccountService) (any, error) {
				return s.ListEnvironments(t.Context(), &nango.ListEnvironmentsParams{Name: "dev"})
			}, []*nango.Environment{}, sent{Method: "GET", Path: "/environments", Query: url.Values{"name": {"dev"}}}},
		{"a new environment", `{"data":{"id":1,"name":"n","uuid":"u"}}`,
			func(s *nango.AccountService) (any, error) {
				return s.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "n"})
			}, &nango.Environment{ID: 1, Name: "n", UUID: "u"}, sent{Method: "POST", Path: "/environments", Header: jsonHeader, Body: `{"name":"n"}`}},
		{"keys", `{"data":[{` + shown + `,"last_used_at":null},{` + shown + `,"last_used_at":"2026-11-22T13:30:10.813Z"}]}`,
			func(s *nango.AccountService) (any, error) { return s.ListAPIKeys(t.Context(), environmentUUID, nil) },
			[]*nango.APIKey{&key, &used}, sent{Method: "GET", Path: keys}},
		{"a key by name", `{"data":[]}`,
			func(s *nango.AccountService) (any, error) {
				return s.ListAPIKeys(t.Context(), environmentUUID, &nango.ListAPIKeysParams{DisplayName: "ci key"})
			}, []*nango.APIKey{}, sent{Method: "GET", Path: keys, Query: url.Values{"display_name": {"ci key"}}}},
		{"a key", `{"data":{` + shown + `,"secret":"s","last_used_at":null}}`,
			func(s *nango.AccountService) (any, error) { return s.GetAPIKey(t.Context(), accountKey) },
			&secret, sent{Method: "GET", Path: keys + "/" + keyUUID}},
		{"a new key", `{"data":{` + shown + `,"secret":"s"}}`,
			func(s *nango.AccountService) (any, error) {
				return s.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID, DisplayName: "ci key"})
			}, &secret, sent{Method: "POST", Path: keys, Header: jsonHeader, Body: `{"display_name":"ci key"}`}},
		{"no key any more", `{"success":true}`,
			func(s *nango.AccountService) (any, error) { return nil, s.DeleteAPIKey(t.Context(), accountKey) },
			nil, sent{Method: "DELETE", Path: keys + "/" + keyUUID}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := serveBodies(t, test.body)
			got, err := test.call(client.Account)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			server.requireSent(test.sent)
		})
	}
	client, server := serve(t, "environment/delete", "environment/delete-again-404")
	require.NoError(t, client.Account.DeleteEnvironment(t.Context(), environmentUUID))
	requireFailure(t, client.Account.DeleteEnvironment(t.Context(), environmentUUID), nango.ErrNotFound, "not_found")
	server.requireSent(sent{Method: "DELETE", Path: "/environments/" + environmentUUID}, sent{Method: "DELETE", Path: "/environments/" + environmentUUID})
}

// The responses are those of the recorded build to calls by number.
func TestAccountErrors(t *testing.T) {
	createKey := func(s *nango.AccountService) error {
		return failed(s.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID, DisplayName: "ci key"}))
	}
	deleteKey := func(s *nango.AccountService) error { return s.DeleteAPIKey(t.Context(), accountKey) }
	deleteEnvironment := func(s *nango.AccountService) error { return s.DeleteEnvironment(t.Context(), environmentUUID) }
	create := func(name string) func(*nango.AccountService) error {
		return func(s *nango.AccountService) error {
			return failed(s.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: name}))
		}
	}
	for recording, test := range map[string]struct {
		call   func(*nango.AccountService) error
		is     error
		code   string
		text   string // that the error's text has
		fields []nango.FieldError
	}{
		"environment/create-duplicate": {create("staging-x"), nango.ErrConflict, "conflict", "", nil},
		"environment/create-bad-name": {create("Bad Name"), nango.ErrInvalid, "invalid_body", "", []nango.FieldError{
			{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-z0-9_-]+$/", Path: []string{"name"}},
		}},
		"auth/environments-with-env-key-403": {create("x"), nango.ErrForbidden, "forbidden", "account:environments:create", nil},
		"auth/api-keys-with-env-key-403":     {createKey, nango.ErrForbidden, "forbidden", "account:environments:api_keys:create", nil},
		"api-keys/create-duplicate-name":     {createKey, nango.ErrConflict, "conflict", "", nil},
		"api-keys/create-unknown-env":        {createKey, nango.ErrNotFound, "not_found", "", nil},
		"environment/delete-prod-forbidden":  {deleteEnvironment, nango.ErrInvalid, "cannot_delete_prod_environment", "", nil},
		"environment/delete-env-key-403":     {deleteEnvironment, nango.ErrForbidden, "forbidden", "account:environments:delete", nil},
		"environment/delete-bad-id": {deleteEnvironment, nango.ErrInvalid, "invalid_uri_params", "Nango has this operation since release 0.71.6: the server may be older",
			[]nango.FieldError{{Code: "invalid_type", Message: "Invalid input: expected number, received NaN", Path: []string{"environmentId"}}}},
		"api-keys/delete-env-key-403": {deleteKey, nango.ErrForbidden, "forbidden", "account:environments:api_keys:delete", nil},
		"api-keys/delete-again":       {deleteKey, nango.ErrNotFound, "not_found", "", nil},
	} {
		t.Run(recording, func(t *testing.T) {
			client, _ := refused(t, recording)
			err := test.call(client.Account)
			requireFailure(t, err, test.is, test.code, test.fields...)
			assert.ErrorContains(t, err, test.text)
		})
	}
}

func TestAccountArguments(t *testing.T) {
	client, server := serve(t)
	s, ctx := client.Account, t.Context()
	for _, id := range []string{"3", "urn:uuid:" + keyUUID, "{" + keyUUID + "}", keyUUID + " ", "0b9a6c1e7d544e2f9a382c61f0d4b7ea", "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7eg"} {
		for _, test := range []struct {
			err      error
			argument string
		}{
			{s.DeleteEnvironment(ctx, id), "environmentUUID"},
			{failed(s.ListAPIKeys(ctx, id, nil)), "environmentUUID"},
			{failed(s.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: id, DisplayName: "n"})), "EnvironmentUUID"},
			{failed(s.GetAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: id, KeyUUID: keyUUID})), "EnvironmentUUID"},
			{failed(s.GetAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: environmentUUID, KeyUUID: id})), "KeyUUID"},
			{s.DeleteAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: id, KeyUUID: keyUUID}), "EnvironmentUUID"},
			{s.DeleteAPIKey(ctx, nango.APIKeyRef{EnvironmentUUID: environmentUUID, KeyUUID: id}), "KeyUUID"},
		} {
			requireArgument(t, test.err, test.argument, "is not a UUID")
		}
	}
	server.requireSent()
}

func TestAccountSecretsAreHidden(t *testing.T) {
	requireSilent(t, "secret", nango.EnvironmentVariable{Name: "n", Value: nango.NewSecret(marker)})
	requireSilent(t, "secret", nango.APIKey{Secret: nango.NewSecret(marker)})
	client, _ := serveBodies(t, `{"data":{"webhook_signing_key":"`+marker+`"}}`)
	key, err := client.Environment.RotateSigningKey(t.Context())
	require.NoError(t, err)
	requireSilent(t, "secret", key)
	client, _ = serveBodies(t, `[{"name":"n","value":{"unexpected":"`+marker+`"}}]`, `[{"name":{},"value":"`+marker+`"}]`)
	variables, err := client.Environment.Variables(t.Context())
	require.NoError(t, err)
	requireSilent(t, "secret", variables)
	_, err = client.Environment.Variables(t.Context())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		assert.NotContains(t, fmt.Sprintf(verb, err), marker)
	}
}
