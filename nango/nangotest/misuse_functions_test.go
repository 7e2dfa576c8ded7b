package nangotest_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func environmentMisuses(t *testing.T, srv *nangotest.Server) map[string][]misuse {
	var noMux *http.ServeMux
	var noApp *nango.OAuth2App
	var noCredentials *nango.OAuth2Credentials
	integration := func(i nangotest.Integration) func() { return func() { srv.AddIntegration(i) } }
	connection := func(c nangotest.Connection) func() {
		c.IntegrationID = "crm"
		return func() { srv.AddConnection(c) }
	}
	action := func(name string, a nangotest.Action) func() {
		a.IntegrationID, a.Name = "crm", name
		return func() { srv.AddAction(a) }
	}
	sync := func(name string, s nangotest.Sync) func() {
		s.IntegrationID, s.Name = "crm", name
		return func() { srv.AddSync(s) }
	}
	session, err := srv.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"a": "b"}})
	require.NoError(t, err)
	token := session.Token.Reveal()
	bare := srv.AddEnvironment("bare")
	gone, keyless := lost(t, srv)
	refusedURL := "the server refuses that: Invalid input"
	return map[string][]misuse{
		"Server.Key":         {{`Key: the environment "keyless" has no key any more`, func() { keyless.Key() }}},
		"Server.SetVariable": {{`SetVariable: the name is empty`, func() { srv.SetVariable("", "x") }}},
		"Server.SetWebhookSettings": {{`SetWebhookSettings: the environment "gone" was deleted`, func() {
			gone.SetWebhookSettings(nangotest.WebhookSettings{})
		}}},
		"Server.HandleProxy": {
			{`HandleProxy: there is no integration "cmr"; did you mean "crm"?`, func() { srv.HandleProxy("cmr", http.NotFoundHandler()) }},
			{`HandleProxy: the handler is nil; the function that HandleProxy returned takes a handler away`, func() { srv.HandleProxy("crm", nil) }},
			{`HandleProxy: the handler is nil; the function that HandleProxy returned takes a handler away`, func() { srv.HandleProxy("crm", http.HandlerFunc(nil)) }},
			{`HandleProxy: the handler is nil; the function that HandleProxy returned takes a handler away`, func() { srv.HandleProxy("crm", noMux) }},
		},
		"Server.SetWebhookHandler": {
			{`SetWebhookHandler: the handler is nil; SetWebhookURL("") makes the environment send none`, func() { srv.SetWebhookHandler(nil) }},
		},
		"Server.SetWebhookURL":          {{`SetWebhookURL: "localhost:8080" is no URL with a host`, func() { srv.SetWebhookURL("localhost:8080") }}},
		"Server.SetSecondaryWebhookURL": {{`SetSecondaryWebhookURL: "/hook" is no URL with a host`, func() { srv.SetSecondaryWebhookURL("/hook") }}},
		"Server.SendWebhook": {
			{`SendWebhook: the environment has no webhook URL`, func() { bare.SendWebhook("x") }},
			{`SendWebhook: there is no event`, func() { srv.SendWebhook(nil) }},
		},
		"Server.ForwardWebhook": {
			{`ForwardWebhook: there is no integration ""`, func() { srv.ForwardWebhook(nangotest.ProviderWebhook{}) }},
			{`ForwardWebhook: an id of a connection is empty`, func() {
				srv.ForwardWebhook(nangotest.ProviderWebhook{IntegrationID: "crm", ConnectionIDs: []string{""}})
			}},
		},
		"Server.AddIntegration": {
			{`AddIntegration: it has neither an ID nor a Provider`, integration(nangotest.Integration{})},
			{`AddIntegration: the ID "a/b": the server refuses that: Invalid string: must match pattern /^[a-zA-Z0-9~:.@ _-]+$/`, integration(nangotest.Integration{ID: "a/b"})},
			{`AddIntegration "crm": there is one already`, integration(nangotest.Integration{ID: "crm"})},
			{`AddIntegration "x": there is no provider "git-hub"; did you mean "github"?; AddProvider adds one`, integration(nangotest.Integration{ID: "x", Provider: "git-hub"})},
			{`AddIntegration "x": an app of the type TBA does not fit the auth mode OAUTH2`, integration(nangotest.Integration{ID: "x", Provider: "github", App: nango.TBAApp{}})},
			{`AddIntegration "x": the App is a nil pointer`, integration(nangotest.Integration{ID: "x", Provider: "github", App: noApp})},
			{`AddIntegration "x": the provider github has no setting "a" for the Config`, integration(nangotest.Integration{ID: "x", Provider: "github", Config: map[string]string{"a": "b"}})},
			{`AddIntegration "x": credentials of the auth mode OAUTH2 are not tried out, so that Verify is never called`, integration(nangotest.Integration{
				ID: "x", Provider: "github", Verify: func(nango.Credentials, map[string]any) error { return nil },
			})},
			{`AddIntegration "x": the environment "gone" was deleted`, func() { gone.AddIntegration(nangotest.Integration{ID: "x"}) }},
		},
		"Server.AddConnection": {
			{`AddConnection "x": there is no integration ""`, func() { srv.AddConnection(nangotest.Connection{ConnectionID: "x"}) }},
			{`there is a connection "acme" of the integration "crm" already`, connection(nangotest.Connection{ConnectionID: "acme"})},
			{`integration "crm": credentials of the type API_KEY do not fit the auth mode OAUTH2`, connection(nangotest.Connection{Credentials: &nango.APIKeyCredentials{}})},
			{`integration "crm": the credentials are nil`, connection(nangotest.Connection{Credentials: noCredentials})},
			{`metadata has to be a JSON object`, connection(nangotest.Connection{Metadata: []int{1}})},
			{`this cannot be JSON: json: unsupported value: +Inf`, connection(nangotest.Connection{Config: map[string]any{"a": math.Inf(1)}})},
			{`AddConnection "x": the Tags (1): the server refuses that: Invalid key in record`, connection(nangotest.Connection{ConnectionID: "x", Tags: map[string]string{"1": "x"}})},
			{`AddConnection "x": the WebhookURLOverride "x": ` + refusedURL, connection(nangotest.Connection{ConnectionID: "x", WebhookURLOverride: "x"})},
			{`AddConnection "x": the EndUser (id): the server refuses that: Too small: expected string to have >=1 characters`, connection(nangotest.Connection{
				ConnectionID: "x", EndUser: &nangotest.EndUser{Email: "a@example.com"},
			})},
			{`AddConnection "x": the EndUser has an OrganizationName without an OrganizationID`, connection(nangotest.Connection{
				ConnectionID: "x", EndUser: &nangotest.EndUser{ID: "u", OrganizationName: "o"},
			})},
		},
		"Server.AddAction": {
			{`AddAction: the Name is empty`, action("", nangotest.Action{})},
			{`AddAction: the Name "a b": the server refuses that: Invalid string: must match pattern /^[a-zA-Z0-9_-]+$/`, action("a b", nangotest.Action{})},
			{`AddAction "x": there is no integration "nope"`, func() { srv.AddAction(nangotest.Action{IntegrationID: "nope", Name: "x"}) }},
			{`AddAction "x": Takes is negative: -1s`, action("x", nangotest.Action{Takes: -time.Second})},
			{`AddAction "x": the Source is "cli", and not one of repo, standalone, catalog`, action("x", nangotest.Action{Details: nangotest.FunctionDetails{Source: "cli"}})},
			{`AddAction "x": the Method of an endpoint is "get", and not one of GET, POST, PUT, PATCH, DELETE; did you mean "GET"?`, action("x", nangotest.Action{
				Details: nangotest.FunctionDetails{Endpoints: []nangotest.FunctionEndpoint{{Method: "get", Path: "/x"}}},
			})},
			{`AddAction "x": the Path of an endpoint is "x", which does not begin with a slash`, action("x", nangotest.Action{
				Details: nangotest.FunctionDetails{Endpoints: []nangotest.FunctionEndpoint{{Method: "GET", Path: "x"}}},
			})},
			{`AddAction "x": the JSONSchema is none: unexpected end of JSON input`, action("x", nangotest.Action{Details: nangotest.FunctionDetails{JSONSchema: []byte("{")}})},
			{`AddAction "x": the JSONSchema does not define the Input "In"; did you mean "Inn"?`, action("x", nangotest.Action{
				Details: nangotest.FunctionDetails{Input: "In", JSONSchema: []byte(`{"definitions":{"Inn":{}}}`)},
			})},
		},
		"Server.AddSync": {
			{`AddSync: the Name is empty`, sync("", nangotest.Sync{})},
			{`AddSync "x": there is no integration "crn"; did you mean "crm"?`, func() { srv.AddSync(nangotest.Sync{IntegrationID: "crn", Name: "x"}) }},
			{`AddSync "x": it cannot run "often"; it can run "every 5 minutes", for example, and not more often than every 30 seconds`, sync("x", nangotest.Sync{Runs: "often"})},
			{`AddSync "x": it cannot run "every 5 seconds"; it can run "every 5 minutes", for example, and not more often than every 30 seconds`, sync("x", nangotest.Sync{Runs: "every 5 seconds"})},
			{`AddSync "x": the Type is "partial", and not one of full, incremental`, sync("x", nangotest.Sync{Type: "partial"})},
			{`AddSync "x": Takes is negative: -1s`, sync("x", nangotest.Sync{Takes: -time.Second})},
			{`AddSync "x": the model "issue": the server refuses that: Invalid string: must match pattern /^[A-Z][a-zA-Z0-9_-]+$/`, sync("x", nangotest.Sync{Models: []string{"issue"}})},
			{`AddSync "x": it has the model "Issue" twice`, sync("x", nangotest.Sync{Models: []string{"Issue", "Issue"}})},
		},
		"Server.AddEventHandler": {
			{`AddEventHandler: the Name is empty`, func() {
				srv.AddEventHandler(nangotest.EventHandler{IntegrationID: "crm", Event: "validate-connection"})
			}},
			{`AddEventHandler "x": the Event is "validate", and not one of post-connection-creation, pre-connection-deletion, validate-connection`, func() {
				srv.AddEventHandler(nangotest.EventHandler{IntegrationID: "crm", Name: "x", Event: "validate"})
			}},
			{`AddEventHandler "x": there is no integration ""`, func() { srv.AddEventHandler(nangotest.EventHandler{Name: "x", Event: "validate-connection"}) }},
		},
		"Server.Authorize": {
			{`Authorize: there is no IntegrationID, and the session does not allow one integration only`, func() { srv.Authorize(token, nangotest.Authorization{}) }},
			{`Authorize: there is no integration "cmr"; did you mean "crm"?`, func() { srv.Authorize(token, nangotest.Authorization{IntegrationID: "cmr"}) }},
			{`there is a connection "acme" of the integration "crm" already`, func() {
				srv.Authorize(token, nangotest.Authorization{IntegrationID: "crm", ConnectionID: "acme"})
			}},
			{`integration "crm": credentials of the type API_KEY do not fit the auth mode OAUTH2`, func() {
				srv.Authorize(token, nangotest.Authorization{IntegrationID: "crm", Credentials: &nango.APIKeyCredentials{}})
			}},
		},
		"Server.FailAuthorization": {
			{`FailAuthorization: there is no integration "nope"`, func() { srv.FailAuthorization(token, nangotest.AuthorizationFailure{IntegrationID: "nope"}) }},
		},
	}
}

// lost returns an environment that a program deleted, and one all of whose keys it deleted.
func lost(t *testing.T, srv *nangotest.Server) (gone, keyless *nangotest.Environment) {
	t.Helper()
	account := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret).Account
	created, err := account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "gone"})
	require.NoError(t, err)
	gone = srv.AddEnvironment("gone")
	require.NoError(t, account.DeleteEnvironment(t.Context(), created.UUID))

	created, err = account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "keyless"})
	require.NoError(t, err)
	keys, err := account.ListAPIKeys(t.Context(), created.UUID, nil)
	require.NoError(t, err)
	for _, key := range keys {
		require.NoError(t, account.DeleteAPIKey(t.Context(), nango.APIKeyRef{EnvironmentUUID: created.UUID, KeyUUID: key.UUID}))
	}
	return gone, srv.AddEnvironment("keyless")
}

func connectionMisuses(srv *nangotest.Server, acme *nangotest.ConnectionHandle) map[string][]misuse {
	free := srv.Connection("free", "acme")
	run := new(nangotest.SyncRun)
	return map[string][]misuse{
		"ConnectionHandle.Delete": {
			{`Connection: there is no connection "acne" of the integration "crm"; did you mean "acme"?`, func() { srv.Connection("crm", "acne").Delete() }},
			{`Connection: there is no integration "cmr"; did you mean "crm"?`, func() { srv.Connection("cmr", "acme").Delete() }},
		},
		"ConnectionHandle.ExpireToken": {{`connection "acme": credentials of the type "" are never refreshed`, func() { free.ExpireToken() }}},
		"ConnectionHandle.FailRefresh": {
			{`FailRefresh: 0 is no status of 400 to 599`, func() { acme.FailRefresh(0, "") }},
			{`connection "acme": credentials of the type "" are never refreshed`, func() { free.FailRefresh(400, "") }},
		},
		"ConnectionHandle.SetCredentials": {
			{`integration "crm": credentials of the type API_KEY do not fit the auth mode OAUTH2`, func() { acme.SetCredentials(&nango.APIKeyCredentials{}) }},
		},
		"ConnectionHandle.SetMetadata": {{`metadata has to be a JSON object`, func() { acme.SetMetadata("x") }}},
		"ConnectionHandle.SaveRecords": {
			{`SaveRecords: the model is empty`, func() { acme.SaveRecords("", map[string]int{"id": 1}) }},
			{`SaveRecords: the model "issue": the server refuses that: Invalid string: must match pattern /^[A-Z][a-zA-Z0-9_-]+$/`, func() { acme.SaveRecords("issue", map[string]int{"id": 1}) }},
			{`SaveRecords: the variant is empty`, func() { acme.SaveRecords("Issue::", map[string]int{"id": 1}) }},
			{`a record has no id: {"a":1}`, func() { acme.SaveRecords("Issue", map[string]int{"a": 1}) }},
			{`a record is not a JSON object: 5`, func() { acme.SaveRecords("Issue", 5) }},
			{`this cannot be JSON: json: unsupported type: func()`, func() { acme.SaveRecords("Issue", func() {}) }},
		},
		"ConnectionHandle.DeleteRecords": {
			{`DeleteRecords: connection "acme" has no model "Isue"; did you mean "Issue"?`, func() { acme.DeleteRecords("Isue", "1") }},
			{`DeleteRecords: an id is empty`, func() { acme.DeleteRecords("Issue", "") }},
		},
		"ConnectionHandle.ClearRecords": {
			{`ClearRecords: connection "acme" has no model "Contacts"; did you mean "Contact"?`, func() { acme.ClearRecords("Contacts") }},
		},
		"SyncRun.Save":          {{`SyncRun.Save: this is no run of a sync, which only the server begins`, func() { run.Save("Issue") }}},
		"SyncRun.Delete":        {{`SyncRun.Delete: this is no run of a sync, which only the server begins`, func() { run.Delete("Issue") }}},
		"SyncRun.Checkpoint":    {{`SyncRun.Checkpoint: this is no run of a sync, which only the server begins`, func() { run.Checkpoint() }}},
		"SyncRun.SetCheckpoint": {{`SyncRun.SetCheckpoint: this is no run of a sync, which only the server begins`, func() { run.SetCheckpoint(nil) }}},
	}
}

// The functions that a test gives are the server's business too: what makes no sense of theirs says so where it shows.
func TestMisuseInsideOfFunctions(t *testing.T) {
	srv, acme := actor(t, nangotest.Action{})
	payloadOf := func(fail error) string {
		srv.AddAction(nangotest.Action{IntegrationID: "crm", Name: "act", Run: func(context.Context, nangotest.ActionCall) (any, error) { return nil, fail }})
		_, err := nango.TriggerAction[any](t.Context(), acme, "act", nil)
		failed, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, "%v", err)
		return failed.Code + " " + string(failed.Payload())
	}
	assert.Equal(t, `script_internal_error {"message":"nangotest: an ActionFailure needs a Code","name":"Error"}`, payloadOf(&nangotest.ActionFailure{}))
	assert.Equal(t, `script_internal_error {"message":"nangotest: an UpstreamError needs a StatusCode of 300 to 599, not 0","name":"Error"}`,
		payloadOf(&nangotest.UpstreamError{}))

	var said []any
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "issues", Models: []string{"Issue"}, Run: func(_ context.Context, run *nangotest.SyncRun) error {
		for _, call := range []func(){
			func() { run.Save("Isue", issue{"1", "x"}) }, func() { run.Delete("Isue", "1") }, func() { run.SetCheckpoint(5) },
			func() { run.SetCheckpoint(map[string]any{"a": []int{1}}) },
		} {
			said = append(said, panicOf(call))
		}
		return nil
	}})
	require.NoError(t, acme.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, nil))
	srv.Settle()
	noModel := `nangotest: the sync has no model "Isue"; did you mean "Issue"?`
	assert.Equal(t, []any{
		noModel, noModel, "nangotest: SetCheckpoint: the checkpoint is no JSON object", `nangotest: SetCheckpoint: "a" is no text, number or boolean`,
	}, said)

	srv.SetSandbox(&nangotest.Sandbox{Compile: func(string) (nangotest.Compiled, error) { return nangotest.Compiled{Runs: "often"}, nil }})
	_, err := srv.Client().Functions.Compile(t.Context(), "x")
	assert.ErrorContains(t, err, `nangotest: Compiled: a sync cannot run "often"`)
	srv.SetSandbox(&nangotest.Sandbox{Compile: func(string) (nangotest.Compiled, error) {
		return nangotest.Compiled{}, &nangotest.FunctionError{Message: "without a code"}
	}})
	_, err = srv.Client().Functions.Compile(t.Context(), "x")
	failed, _ := errors.AsType[*nango.Error](err)
	assert.Equal(t, "compilation_error", failed.Code)
}

// A function that refreshes has to give credentials that the connection can have.
func TestRefreshThatGivesNoCredentials(t *testing.T) {
	for want, renewed := range map[string]nango.Credentials{
		"nangotest: Refresh: the credentials are nil":                                         nil,
		"nangotest: Refresh: credentials of the type API_KEY do not fit the auth mode OAUTH2": &nango.APIKeyCredentials{},
	} {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
		acme := srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme", Refresh: func(nango.Credentials) (nango.Credentials, error) {
			return renewed, nil
		}})
		acme.ExpireToken()
		_, err := srv.Client().Connection("crm", "acme").Token(t.Context(), nil)
		assert.ErrorIs(t, err, nango.ErrRefreshFailed)
		assert.ErrorContains(t, err, want)
	}
}

// The sessions of an environment end with it.
func TestAuthorizeInADeletedEnvironment(t *testing.T) {
	srv := nangotest.Start(t)
	account := srv.ClientWithKey(srv.AddAccountKey(nangotest.Key{}).Secret).Account
	created, err := account.CreateEnvironment(t.Context(), nango.CreateEnvironmentParams{Name: "gone"})
	require.NoError(t, err)
	gone := srv.AddEnvironment("gone")
	gone.AddIntegration(nangotest.Integration{ID: "crm"})
	session, err := gone.Client().ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"a": "b"}})
	require.NoError(t, err)
	require.NoError(t, account.DeleteEnvironment(t.Context(), created.UUID))
	_, err = gone.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "crm"})
	assert.ErrorContains(t, err, "has expired, was deleted or never was")
}

// What is unusual and makes sense does not panic.
func TestUnusualCallsThatMakeSense(t *testing.T) {
	srv, acme := actor(t, nangotest.Action{})
	srv.Inject(nangotest.Rule{}, nangotest.Latency(0))()
	srv.Inject(nangotest.Rule{}, nangotest.SlowBody(0))()
	srv.Inject(nangotest.Rule{}, nangotest.Fault{}.After(time.Second))()
	srv.Inject(nangotest.Rule{Operation: "proxyGet"}, nangotest.ExpiredToken())()
	srv.Inject(nangotest.Rule{}, nangotest.RateLimited("tomorrow"))()
	assert.Empty(t, srv.Requests(""), "requests of no operation")
	srv.AddKey(nangotest.Key{Scopes: []string{"environment:*", "environment:syncs:variant:*", "environment:mcp"}})
	srv.HandleHost("::1", http.NotFoundHandler())
	srv.HandleHost("[::1]:80", http.NotFoundHandler())
	srv.AddProvider(nangotest.Provider{Name: "acme", AuthMode: "NONE", BaseURL: "https://${connectionConfig.subdomain}.acme.com/v1"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "bad*id#?"})
	handle := srv.Connection("crm", "acme")
	handle.SaveRecords("Issue::german", issue{"1", "x"})
	handle.ClearRecords("Issue::german")
	handle.DeleteRecords("Issue::german", "1")
	handle.RestoreRefresh()
	srv.Advance(0)
	_, err := acme.Get(t.Context(), nil)
	assert.NoError(t, err)
}
