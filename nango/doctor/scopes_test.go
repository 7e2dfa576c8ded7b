package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
)

// checked returns the scopes that a run without Params.Scopes tells about, by their result.
func checked(t *testing.T, report *doctor.Report) map[string]doctor.Check {
	t.Helper()
	found := map[string]doctor.Check{}
	for _, c := range report.Checks {
		if c.ID == doctor.CheckScope && c.Subject != "writes" {
			found[c.Subject] = c
		}
	}
	require.Len(t, found, 19)
	return found
}

// A key that has one scope is told from keys that have another one, scope by scope.
func TestScopes(t *testing.T) {
	srv := start(t)
	alsoEnough := map[string][]string{ // a call that reads a connection takes either scope
		"environment:connections:read_credentials": {"environment:connections:read"},
	}
	for scope := range checked(t, run(t, srv.Client(), doctor.Params{})) {
		key := srv.AddKey(nangotest.Key{Scopes: []string{scope}})
		for other, c := range checked(t, run(t, srv.ClientWithKey(key.Secret), doctor.Params{})) {
			want := doctor.Warn
			if other == scope || slices.Contains(alsoEnough[scope], other) {
				want = doctor.Pass
			}
			assert.Equal(t, want, c.Status, "a key with %s: %v", scope, c)
			assert.Equal(t, want == doctor.Warn, strings.Contains(c.Next, other), "%v", c)
		}
	}
}

// Every scope that a call of the SDK needs is told about, or is among those that no call without effect tells.
func TestScopesAreAll(t *testing.T) {
	srv := start(t)
	report := run(t, srv.Client(), doctor.Params{})
	told := checked(t, report)
	writes := find(t, report, doctor.CheckScope, "writes")
	assert.Equal(t, doctor.Inconclusive, writes.Status)
	either := map[string]bool{ // of operations that take one of two scopes, the other one is checked
		"environment:integrations:list_credentials": true, "environment:integrations:read_credentials": true, "environment:connections:list_credentials": true,
		"environment:functions:invocations": true, // no method of package nango needs it
	}
	of := run(t, srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret), doctor.Params{})
	expect(t, of, doctor.CheckScope, "account:environments:list", doctor.Pass)
	expect(t, of, doctor.CheckScope, "account:environments:api_keys:list", doctor.Pass)
	untold := strings.FieldsFunc(writes.Seen+" "+find(t, of, doctor.CheckScope, "writes").Seen, func(r rune) bool { return r == ' ' || r == ',' })
	assert.Contains(t, untold, "environment:webhook_signing_key:rotate")
	for _, op := range gen.Operations {
		for _, scope := range op.Scopes {
			if !either[scope] && told[scope].ID == "" && scope != "account:environments:list" && scope != "account:environments:api_keys:list" {
				assert.Contains(t, untold, scope)
			}
		}
	}
}

// A key of the account is asked for its own scopes, and a scope that a key of its kind cannot have is not looked at.
func TestAccountScopes(t *testing.T) {
	srv := start(t)
	narrow := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{Scopes: []string{"account:environments:list"}}).Secret)
	report := run(t, narrow, doctor.Params{})
	expect(t, report, doctor.CheckScope, "account:environments:list", doctor.Pass)
	expect(t, report, doctor.CheckScope, "account:environments:api_keys:list", doctor.Warn, "lacks")
	both := doctor.Params{Scopes: []string{"account:environments:list", "environment:proxy"}}
	expect(t, run(t, narrow, both), doctor.CheckScope, "environment:proxy", doctor.Skipped, "key of the environment")
	expect(t, run(t, srv.Client(), both), doctor.CheckScope, "account:environments:list", doctor.Skipped, "key of the account")
}

// The scopes that a program needs are a failure where they are missing, and no other is asked for.
func TestNeededScopes(t *testing.T) {
	srv := start(t)
	key := srv.AddKey(nangotest.Key{Scopes: []string{"environment:proxy"}})
	needed := []string{"environment:proxy", "environment:records:read", "environment:connections:delete", "environment:new:thing"}
	report := run(t, srv.ClientWithKey(key.Secret), doctor.Params{Scopes: needed})
	expect(t, report, doctor.CheckScope, needed[0], doctor.Pass, "has the scope")
	expect(t, report, doctor.CheckScope, needed[1], doctor.Fail, "lacks a scope that your program needs", needed[1]+" in the dashboard")
	expect(t, report, doctor.CheckScope, needed[2], doctor.Inconclusive, "in the dashboard")
	expect(t, report, doctor.CheckScope, needed[3], doctor.Warn, "knows no such scope", "compare the spelling")
	assert.Len(t, report.Failed(), 1)
	assert.False(t, report.OK())
	assert.Empty(t, srv.Requests(gen.OperationTriggerSync))
}

// A response that is not about scopes is not taken for one.
func TestScopesInDoubt(t *testing.T) {
	const scope = "environment:records:read"
	for name, fault := range map[string]nangotest.Fault{
		"a gateway's 403":        nangotest.Respond(403, "text/html", "<html>blocked"),
		"another 403 of Nango's": nangotest.Respond(403, "application/json", `{"error":{"code":"forbidden","message":"Your plan does not have this feature"}}`),
		"a third 403":            nangotest.Respond(403, "application/json", `{"error":{"code":"function_disabled","message":"out of scope"}}`),
		"a gateway's 404":        nangotest.Respond(404, "text/plain", "not found"),
		"a 500":                  nangotest.ServerError(),
		"a 429":                  nangotest.RateLimited("1"),
		"a 415":                  nangotest.Respond(415, "application/json", `{"error":{"code":"invalid_content_type"}}`),
		"a reset":                nangotest.Reset(),
	} {
		srv := start(t)
		srv.Inject(nangotest.Rule{Operation: gen.OperationListRecords}, fault)
		report := run(t, srv.Client(), doctor.Params{Scopes: []string{scope, "environment:proxy"}})
		assert.Equal(t, doctor.Inconclusive, find(t, report, doctor.CheckScope, scope).Status, name)
		assert.Equal(t, doctor.Pass, find(t, report, doctor.CheckScope, "environment:proxy").Status, name)
	}
}

// A run with all that it can look at leaves the server as it was. The few writes are those that the server refuses before it does
// anything, and no connection is read unless that is asked for.
func TestNoEffect(t *testing.T) {
	srv := start(t)
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "contacts", Models: []string{"Contact"}})
	srv.SetVariable("NAME", "secret-variable")
	stored := srv.Connection("crm", "c1")
	state := func() []any {
		client, ctx := srv.Client(), t.Context()
		get := func(v any, err error) any {
			require.NoError(t, err)
			return v
		}
		return []any{
			get(client.Integrations.List(ctx)), get(client.Connections.List(ctx, nil)), get(client.Syncs.Status(ctx, "crm", nango.AllSyncs())),
			get(client.Environment.Variables(ctx)), get(client.Functions.ScriptsConfig(ctx)), stored.Credentials(), stored.Config(), stored.Tags(), srv.SigningKeys(),
		}
	}
	srv.HandleProxy("crm", okHandler)
	before, seen := state(), len(srv.Requests())
	params := doctor.Params{
		SigningKey: nango.NewSecret(srv.SigningKey()), ProxyConnection: srv.Client().Connection("crm", "c1"), ProxyPath: "/me",
		Connections: []*nango.ConnectionHandle{srv.Client().Connection("crm", "c1")},
	}
	report := run(t, srv.Client(), params)
	assert.True(t, report.OK(), "%s", report)
	var writes []nango.OperationID
	for _, r := range srv.Requests()[seen:] {
		switch {
		case r.Method != "GET" && r.Method != "HEAD":
			assert.False(t, r.Executed, "%v", r)
			assert.Equal(t, 400, r.StatusCode, "%v", r)
			assert.Contains(t, r.Target, "?nango-go-doctor=1") // a query that no write takes, and a body that none takes
			assert.Equal(t, `{"nango-go-doctor":1}`, string(r.Body))
			writes = append(writes, r.Operation)
		case r.Operation == gen.OperationGetConnection:
			assert.Contains(t, r.Target, "/connections/nango-go-doctor?")
		case r.Operation == gen.OperationListEnvironmentVariables:
			assert.False(t, r.Executed, "the variables were sent")
		}
	}
	assert.Equal(t, []nango.OperationID{
		gen.OperationPruneRecords, gen.OperationTriggerSync, gen.OperationCreateConnectSession, gen.OperationCompileFunction,
	}, writes)
	assert.Equal(t, before, state())
	assert.Empty(t, srv.Deliveries())
	assert.NotContains(t, report.String(), "secret-variable")
}
