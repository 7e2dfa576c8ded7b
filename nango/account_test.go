package nango_test

import (
	"fmt"
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

func TestCreateAPIKey(t *testing.T) {
	client, server := serve(t, "api-keys/create")
	key, err := client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentID: 3, DisplayName: "ci key"})
	require.NoError(t, err)
	assert.Equal(t, &nango.APIKey{
		ID: 10, DisplayName: "ci key", Scopes: []string{"environment:*"}, CreatedAt: milliseconds("2026-11-22T13:30:10.813Z"),
		Secret: nango.NewSecret("05eec03f-1fed-45a2-b33c-f0f27f0bc0f9"),
	}, key)
	server.requireRecorded()
}

// Servers after the recorded one add UUIDs.
func TestAccountUUIDs(t *testing.T) {
	client, _ := serveBodies(t, `{"data":{"id":1,"name":"n","uuid":"u"}}`, `{"data":{"id":1,"display_name":"n","uuid":"u","secret":"s"}}`)
	environment, err := client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "n"})
	require.NoError(t, err)
	assert.Equal(t, &nango.Environment{ID: 1, Name: "n", UUID: new("u")}, environment)
	key, err := client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentID: 1, DisplayName: "n"})
	require.NoError(t, err)
	assert.Equal(t, &nango.APIKey{ID: 1, DisplayName: "n", UUID: "u", Secret: nango.NewSecret("s")}, key)
}

func TestAccountDeletions(t *testing.T) {
	client, server := serve(t, "environment/delete", "environment/delete-again-404", "api-keys/delete", "api-keys/delete-again", "api-keys/delete-unknown-env")
	require.NoError(t, client.Account.DeleteEnvironment(t.Context(), 3))
	requireFailure(t, client.Account.DeleteEnvironment(t.Context(), 3), nango.ErrNotFound, "not_found")
	key := nango.DeleteAPIKeyParams{EnvironmentID: 3, KeyID: 10}
	require.NoError(t, client.Account.DeleteAPIKey(t.Context(), key))
	requireFailure(t, client.Account.DeleteAPIKey(t.Context(), key), nango.ErrNotFound, "not_found")
	requireFailure(t, client.Account.DeleteAPIKey(t.Context(), nango.DeleteAPIKeyParams{EnvironmentID: 99999, KeyID: 1}), nango.ErrNotFound, "not_found")
	server.requireRecorded()
}

func TestAccountErrors(t *testing.T) {
	createKey := func(id int64, name string) func(*nango.AccountService) error {
		return func(s *nango.AccountService) error {
			return failed(s.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentID: id, DisplayName: name}))
		}
	}
	create := func(name string) func(*nango.AccountService) error {
		return func(s *nango.AccountService) error {
			return failed(s.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: name}))
		}
	}
	for recording, test := range map[string]struct {
		call   func(*nango.AccountService) error
		is     error
		code   string
		scope  string // that the text names
		fields []nango.FieldError
	}{
		"environment/create-duplicate": {create("staging-x"), nango.ErrConflict, "conflict", "", nil},
		"environment/create-bad-name": {create("Bad Name"), nango.ErrInvalid, "invalid_body", "", []nango.FieldError{
			{Code: "invalid_format", Message: "Invalid string: must match pattern /^[a-z0-9_-]+$/", Path: []string{"name"}},
		}},
		"auth/environments-with-env-key-403": {create("x"), nango.ErrForbidden, "forbidden", "account:environments:create", nil},
		"auth/api-keys-with-env-key-403":     {createKey(2, "x"), nango.ErrForbidden, "forbidden", "account:environments:api_keys:create", nil},
		"api-keys/create-duplicate-name":     {createKey(3, "ci key"), nango.ErrConflict, "conflict", "", nil},
		"api-keys/create-unknown-env":        {createKey(99999, "x"), nango.ErrNotFound, "not_found", "", nil},
		"environment/delete-prod-forbidden": {func(s *nango.AccountService) error { return s.DeleteEnvironment(t.Context(), 1) },
			nango.ErrInvalid, "cannot_delete_prod_environment", "", nil},
		"environment/delete-env-key-403": {func(s *nango.AccountService) error { return s.DeleteEnvironment(t.Context(), 1) },
			nango.ErrForbidden, "forbidden", "account:environments:delete", nil},
		"api-keys/delete-env-key-403": {func(s *nango.AccountService) error {
			return s.DeleteAPIKey(t.Context(), nango.DeleteAPIKeyParams{EnvironmentID: 2, KeyID: 1})
		}, nango.ErrForbidden, "forbidden", "account:environments:api_keys:delete", nil},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			err := test.call(client.Account)
			requireFailure(t, err, test.is, test.code, test.fields...)
			assert.ErrorContains(t, err, test.scope)
			server.requireRecorded()
		})
	}
}

func TestAccountArguments(t *testing.T) {
	client, server := serve(t)
	s, ctx := client.Account, t.Context()
	for _, test := range []struct {
		err      error
		argument string
	}{
		{s.DeleteEnvironment(ctx, 0), "environmentID"},
		{s.DeleteEnvironment(ctx, -1), "environmentID"},
		{failed(s.CreateAPIKey(ctx, nango.CreateAPIKeyParams{DisplayName: "n"})), "EnvironmentID"},
		{s.DeleteAPIKey(ctx, nango.DeleteAPIKeyParams{KeyID: 1}), "EnvironmentID"},
		{s.DeleteAPIKey(ctx, nango.DeleteAPIKeyParams{EnvironmentID: 1}), "KeyID"},
	} {
		requireArgument(t, test.err, test.argument, "must be positive")
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
