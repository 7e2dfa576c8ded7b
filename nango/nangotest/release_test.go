package nangotest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

var releases = []string{nangotest.RecordedRelease, "0.71.5", "0.71.6", "0.71.7", "0.71.8", "0.71.9", "0.71.10"}

// from tells which of the releases have something, by the first that has it.
func from(first string) map[string]bool {
	has, found := map[string]bool{}, false
	for _, version := range releases {
		found = found || version == first
		has[version] = found
	}
	return has
}

// reader returns a function that reads what a generated method returned: the status, and the decoded body.
func reader(t *testing.T) func(*http.Response, error) (int, map[string]any) {
	return func(resp *http.Response, err error) (int, map[string]any) {
		t.Helper()
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		var body map[string]any
		_ = json.Unmarshal(text, &body) // a page of HTML is none
		return resp.StatusCode, body
	}
}

// The endpoints of the account are those of the release.
func TestReleaseOfAccount(t *testing.T) {
	for _, version := range releases {
		t.Run(version, func(t *testing.T) {
			srv := nangotest.Start(t)
			srv.SetRelease(version)
			client := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret, nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
			made, err := client.Account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "staging", IsProduction: new(true)})
			require.NoError(t, err)
			assert.Equal(t, from("0.71.6")[version], made.UUID != "")

			found, err := client.Account.ListEnvironments(t.Context(), nil)
			if from("0.71.7")[version] {
				require.NoError(t, err)
				require.Len(t, found, 3)
				assert.Equal(t, &nango.Environment{ID: made.ID, UUID: made.UUID, Name: "staging", IsProduction: new(true)}, found[2])
				assert.Equal(t, []any{new(true), new(false)}, []any{found[0].IsProduction, found[1].IsProduction}, "prod and dev")
			} else {
				assert.Error(t, err)
			}
			read, numbers := reader(t), client.Generated()
			status, body := read(numbers.CreateAPIKeyByNumber(t.Context(), gen.CreateAPIKeyByNumberRequest{EnvironmentID: made.ID, DisplayName: "old"}))
			if from("0.71.6")[version] {
				assert.Equal(t, http.StatusNotFound, status)
				assert.Nil(t, body, "a page")
				testKeysByUUID(t, client, made.UUID, from("0.71.7")[version])
				require.NoError(t, client.Account.DeleteEnvironment(t.Context(), made.UUID))
				assert.ErrorIs(t, client.Account.DeleteEnvironment(t.Context(), made.UUID), nango.ErrNotFound)
				status, _ = read(numbers.DeleteEnvironment(t.Context(), gen.PathID("3")))
				assert.Equal(t, http.StatusBadRequest, status, "a number")
				return
			}
			require.Equal(t, http.StatusOK, status)
			key := body["data"].(map[string]any)
			assert.NotContains(t, key, "uuid")
			id := int64(key["id"].(float64))
			_, err = client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: "6f1c2c0e-4c3b-4f5e-9a55-0d6f1c2b3a41", DisplayName: "new"})
			assert.EqualError(t, err, "nango: POST /environments/{environmentUuid}/api-keys: 404 Not Found: the response is not JSON but text/html: is the base URL right? "+
				"(Nango has this operation since release 0.71.6: the server may be older)")
			for _, want := range []int{http.StatusOK, http.StatusNotFound} {
				status, _ = read(numbers.DeleteAPIKeyByNumber(t.Context(), gen.DeleteAPIKeyByNumberRequest{EnvironmentID: made.ID, KeyID: id}))
				assert.Equal(t, want, status)
			}
			status, _ = read(numbers.DeleteEnvironment(t.Context(), gen.PathID("3")))
			assert.Equal(t, http.StatusNoContent, status)
		})
	}
}

func testKeysByUUID(t *testing.T, client *nango.Client, environment string, lists bool) {
	t.Helper()
	key, err := client.Account.CreateAPIKey(t.Context(), nango.CreateAPIKeyParams{EnvironmentUUID: environment, DisplayName: "ci"})
	require.NoError(t, err)
	ref := nango.APIKeyRef{EnvironmentUUID: environment, KeyUUID: key.UUID}
	keys, err := client.Account.ListAPIKeys(t.Context(), environment, &nango.ListAPIKeysParams{DisplayName: "ci"})
	if lists {
		require.NoError(t, err)
		shown := *key
		shown.Secret = nango.Secret{}
		assert.Equal(t, []*nango.APIKey{&shown}, keys)
		got, err := client.Account.GetAPIKey(t.Context(), ref)
		require.NoError(t, err)
		assert.Equal(t, key, got)
	} else {
		assert.Error(t, err)
	}
	require.NoError(t, client.Account.DeleteAPIKey(t.Context(), nango.APIKeyRef{EnvironmentUUID: strings.ToUpper(environment), KeyUUID: strings.ToUpper(key.UUID)}))
	assert.ErrorContains(t, client.Account.DeleteAPIKey(t.Context(), ref), "404 not_found: API key not found")
	ref.EnvironmentUUID = key.UUID
	assert.ErrorContains(t, client.Account.DeleteAPIKey(t.Context(), ref), "404 not_found: Environment not found")
}

// A key that was used says when.
func TestLastUseOfAKey(t *testing.T) {
	srv := nangotest.Start(t)
	account := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret).Account
	environments, err := account.ListEnvironments(t.Context(), &nango.ListEnvironmentsParams{Name: "dev"})
	require.NoError(t, err)
	_, body := reader(t)(srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{Name: "raw"}).Secret).Generated().ListAPIKeys(t.Context(), gen.PathID(environments[0].UUID), nil))
	first := body["data"].([]any)[0].(map[string]any)
	assert.Contains(t, first, "last_used_at")
	assert.Nil(t, first["last_used_at"], "never")
	at := srv.Now().UTC().Truncate(1e9)
	srv.SetTime(at)
	_, err = srv.Client().Integrations.List(t.Context())
	require.NoError(t, err)
	keys, err := account.ListAPIKeys(t.Context(), environments[0].UUID, nil)
	require.NoError(t, err)
	assert.Equal(t, at, keys[0].LastUsedAt)
}

// PROPFIND and REPORT carry their bodies from 0.71.10 on, and none before.
func TestReleaseOfProxiedMethods(t *testing.T) {
	srv, u := acme(t)
	for _, version := range releases {
		srv.SetRelease(version)
		for _, method := range []string{"PROPFIND", "REPORT"} {
			proxy(t, srv, method, "/dav", "<propfind/>", http.Header{"Content-Type": {"application/octet-stream"}, "Nango-Proxy-Content-Type": {"application/xml"}, "Nango-Proxy-Depth": {"1"}})
			seen := u.seen[len(u.seen)-1]
			want := ""
			if from("0.71.10")[version] {
				want = "<propfind/>"
			}
			assert.Equal(t, want, seen.body, "%s %s", version, method)
			assert.Regexp(t, "^"+method+" ", seen.line)
		}
	}
}

// A deletion is told from 0.71.6 on, in environments that were added since.
func TestReleaseOfDeletions(t *testing.T) {
	for _, version := range releases {
		srv, _ := hooked(t)
		srv.SetRelease(version) // the first call counts for the server's own environment
		old := srv.AddEnvironment("staging")
		srv.SetRelease("0.71.10")
		old.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
		old.SetWebhookHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		old.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c"})
		old.Connection("github", "c").Delete()
		srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c"})
		srv.Connection("github", "c").Delete()
		srv.Settle()
		assert.Equal(t, from("0.71.6")[version], len(old.Deliveries()) == 1, "added at %s", version)
		assert.Equal(t, from("0.71.6")[version], len(srv.Deliveries()) == 1, "deleted at %s", version)
	}
}

// An invoked function gets what one that is triggered gets, and takes its time.
func TestInvocationIsACall(t *testing.T) {
	srv, _ := hooked(t)
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c", Metadata: map[string]any{"a": 1}})
	var got nangotest.ActionCall
	srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "f", Bundled: true, Takes: time.Minute, Run: func(_ context.Context, c nangotest.ActionCall) (any, error) {
		got = c
		return nil, nil
	}})
	begun := srv.Now()
	resp, err := srv.Client().Generated().InvokeFunction(t.Context(), gen.InvokeFunctionRequest{IntegrationID: "github", ConnectionID: "c", Name: "f", InvocationType: "wait"})
	require.NoError(t, err)
	defer resp.Body.Close()
	output, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "null", string(output))
	assert.Equal(t, time.Minute, srv.Now().Sub(begun))
	assert.Equal(t, nangotest.ActionCall{
		IntegrationID: "github", ConnectionID: "c", Input: json.RawMessage(`{}`), Metadata: json.RawMessage(`{"a":1}`), Attempt: 1,
	}, got)
}

// Functions that came in a bundle can be invoked from 0.71.5 on.
func TestReleaseOfInvocations(t *testing.T) {
	for _, version := range releases {
		t.Run(version, func(t *testing.T) {
			srv, _ := hooked(t)
			srv.SetRelease(version)
			srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c"})
			run := func(_ context.Context, c nangotest.ActionCall) (any, error) { return c.Input, nil }
			srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "echo", Run: run, Bundled: true})
			srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "plain", Run: run})
			srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "off", Bundled: true, Details: nangotest.FunctionDetails{Disabled: true}})
			srv.AddAction(nangotest.Action{IntegrationID: "github", Name: "fails", Bundled: true, Run: func(context.Context, nangotest.ActionCall) (any, error) { return nil, io.ErrUnexpectedEOF }})
			read, client := reader(t), srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1})).Generated()
			invoke := func(connection, name, kind string) (int, map[string]any) {
				return read(client.InvokeFunction(t.Context(), gen.InvokeFunctionRequest{
					IntegrationID: "github", ConnectionID: connection, Name: name, InvocationType: kind, Input: json.RawMessage(`{"a":1}`),
				}))
			}
			code := func(status int, body map[string]any) string {
				failure, _ := body["error"].(map[string]any)
				return http.StatusText(status) + " " + failure["code"].(string)
			}
			assert.Equal(t, "Not Found connection_not_found", code(invoke("x", "echo", "wait")))
			if !from("0.71.5")[version] {
				assert.Equal(t, "Not Found unknown_function", code(invoke("c", "plain", "wait")))
				assert.Equal(t, "Not Implemented not_implemented", code(invoke("c", "echo", "no_wait")))
				status, _ := read(client.GetInvocation(t.Context(), gen.PathID("91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3")))
				assert.Equal(t, http.StatusInternalServerError, status, "the dashboard's route, which this server has not")
				return
			}
			assert.Equal(t, "Not Found function_not_found", code(invoke("c", "plain", "wait")))
			assert.Equal(t, "Forbidden function_disabled", code(invoke("c", "off", "wait")))
			assert.Equal(t, "Internal Server Error function_failed", code(invoke("c", "fails", "wait")))
			_, began := invoke("c", "fails", "no_wait")
			srv.Settle()
			assert.Equal(t, "Internal Server Error function_failed", code(read(client.GetInvocation(t.Context(), gen.PathID(began["id"].(string))))))
			status, output := invoke("c", "echo", "wait")
			assert.Equal(t, []any{200, map[string]any{"a": 1.0}}, []any{status, output})

			const id = "4b7d8a4e-6b57-4d0a-9d2c-2d6a9f0b7c11"
			srv.SetTime(srv.Now())
			srv.SetDelays(nangotest.LiveDelays())
			srv.NextIDs(id)
			begun := map[string]any{"id": id, "statusUrl": "/functions/invocations/" + id}
			status, output = invoke("c", "echo", "no_wait")
			assert.Equal(t, []any{202, begun}, []any{status, output})
			get := func(id gen.PathID) (int, map[string]any) { return read(client.GetInvocation(t.Context(), id)) }
			status, output = get(id)
			assert.Equal(t, []any{202, begun}, []any{status, output})
			srv.Advance(1e12)
			status, output = get(id)
			assert.Equal(t, []any{200, map[string]any{"a": 1.0}}, []any{status, output})
			assert.Equal(t, "Not Found not_found", code(get("91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3")))
			triggered, err := srv.Client().Connection("github", "c").TriggerActionAsync(t.Context(), "echo", nil, nil)
			require.NoError(t, err)
			assert.Equal(t, "Not Found not_found", code(get(gen.PathID(triggered.ID()))), "an action that was triggered is no invocation")
			assert.Empty(t, srv.Deliveries(), "an invocation sends no webhook")
		})
	}
}
