package nangotest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// misuse is a call that makes no sense, and what it panics with after "nangotest: "; what is left out of that is "…".
type misuse struct {
	want string
	call func()
}

// harmless are the functions and methods that nothing senseless can be given to.
var harmless = []string{
	"New", "LiveDelays", "ExpiredToken", "LoseResponse", "Refused", "Reset", "ResetAfterHeaders", "ServerError",
	"ActionError.Error", "ActionFailure.Error", "FunctionError.Error", "UpstreamError.Error", "Request.Format", "Request.String",
	"Server.Close", "Server.Deliveries", "Server.HTTPClient", "Server.Now", "Server.OpenConnections", "Server.ServeHTTP", "Server.Settle",
	"Server.SetDashboard", "Server.SigningKey", "Server.SigningKeys",
	// Handles never fail, and say of a connection that there is none. The others panic for it in one place.
	"Server.Connection", "ConnectionHandle.ConnectionID", "ConnectionHandle.IntegrationID", "ConnectionHandle.Exists",
	"ConnectionHandle.Config", "ConnectionHandle.Credentials", "ConnectionHandle.RestoreRefresh", "ConnectionHandle.Tags",
	"ConnectionHandle.Metadata", // returns an error for what cannot be decoded into
}

// Every exported function and method is here, or is harmless.
func TestMisusePanics(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "crm", Provider: "hubspot"})
	srv.AddIntegration(nangotest.Integration{ID: "free"})
	acme := srv.AddConnection(nangotest.Connection{IntegrationID: "crm", ConnectionID: "acme"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "free", ConnectionID: "acme"})
	srv.AddSync(nangotest.Sync{IntegrationID: "crm", Name: "issues", Models: []string{"Issue"}})
	acme.SaveRecords("Contact", map[string]int{"id": 1})

	covered := map[string]bool{}
	for _, name := range harmless {
		covered[name] = true
	}
	for _, table := range []map[string][]misuse{faultMisuses(srv), serverMisuses(t, srv), environmentMisuses(t, srv), connectionMisuses(srv, acme)} {
		for name, rows := range table {
			covered[name] = true
			for _, row := range rows {
				t.Run(name+"/"+row.want, func(t *testing.T) {
					said := panicOf(row.call)
					if beginning, more := strings.CutSuffix(row.want, "…"); more {
						assert.Contains(t, said, "nangotest: "+beginning)
						return
					}
					assert.Equal(t, "nangotest: "+row.want, said)
				})
			}
		}
	}
	var missing []string
	pkg := documented(t)
	for _, f := range pkg.Funcs {
		missing = append(missing, f.Name)
	}
	for _, typ := range pkg.Types {
		for _, f := range typ.Funcs {
			missing = append(missing, f.Name)
		}
		for _, f := range typ.Methods {
			missing = append(missing, strings.Replace(typ.Name, "Environment", "Server", 1)+"."+f.Name)
		}
	}
	missing = slices.DeleteFunc(missing, func(name string) bool { return covered[name] })
	assert.Empty(t, missing, "neither misused nor harmless")
}

func panicOf(call func()) (said any) {
	defer func() { said = recover() }()
	call()
	return nil
}

func faultMisuses(srv *nangotest.Server) map[string][]misuse {
	inject := func(when nangotest.Rule, fault nangotest.Fault) func() { return func() { srv.Inject(when, fault) } }
	return map[string][]misuse{
		"Server.Inject": {
			{`Inject: there is no operation "nope"`, inject(nangotest.Rule{Operation: "nope"}, nangotest.Reset())},
			{`Inject: there is no operation "ListRecords"; did you mean "listRecords"?`, inject(nangotest.Rule{Operation: "ListRecords"}, nangotest.Reset())},
			{`Inject: Nth is negative: -1`, inject(nangotest.Rule{Nth: -1}, nangotest.Reset())},
			{`Inject: the zero Fault does nothing; Latency, Respond and other functions make one`, inject(nangotest.Rule{}, nangotest.Fault{})},
			{`Inject: the operation "listRecords" needs no token`, inject(nangotest.Rule{Operation: "listRecords"}, nangotest.ExpiredToken())},
			{`Inject: the operation "importConnection" needs no token`, inject(nangotest.Rule{Operation: "importConnection"}, nangotest.RefreshFails(400, ""))},
		},
		"Server.Requests": {
			{`Requests: there is no operation "listRecord"; did you mean "listRecords"?`, func() { srv.Requests("getConnection", "listRecord") }},
		},
		"Fault.After":  {{`After: the delay is negative: -1s`, func() { nangotest.Reset().After(-time.Second) }}},
		"Latency":      {{`Latency: the delay is negative: -1ns`, func() { nangotest.Latency(-1) }}},
		"SlowBody":     {{`SlowBody: the pause is negative: -1ns`, func() { nangotest.SlowBody(-1) }}},
		"Truncated":    {{`Truncated: the number of bytes is negative: -1`, func() { nangotest.Truncated(-1) }}},
		"RefreshFails": {{`RefreshFails: 200 is no status of 400 to 599`, func() { nangotest.RefreshFails(200, "") }}},
		"RateLimited":  {{`RateLimited: Retry-After: a header cannot carry "1\n"`, func() { nangotest.RateLimited("1\n") }}},
		"Respond": {
			{`Respond: 0 is no status of 200 to 599`, func() { nangotest.Respond(0, "", "") }},
			{`Respond: 100 is no status of 200 to 599`, func() { nangotest.Respond(100, "", "") }},
			{`Respond: a response with the status 204 has no body`, func() { nangotest.Respond(204, "text/plain", "x") }},
			{`Respond: the content type: a header cannot carry "a\r\nb"`, func() { nangotest.Respond(502, "a\r\nb", "x") }},
		},
	}
}

func serverMisuses(t *testing.T, srv *nangotest.Server) map[string][]misuse {
	const known = "is none of the releases 0.71.5 to " + gen.Release + ", and not RecordedRelease"
	closed := nangotest.New()
	closed.Close()
	id := "11111111-1111-4111-8111-111111111111"
	srv.NextIDs(id)
	srv.AddTemplates("github", nango.FunctionTemplate{Type: "action", Name: "echo"})
	templates := func(template nango.FunctionTemplate) func() { return func() { srv.AddTemplates("github", template) } }
	key := srv.AddKey(nangotest.Key{Name: "ci"})
	handler := http.NotFoundHandler()
	return map[string][]misuse{
		"Start": {{`Start: there is no test; it is nil`, func() { nangotest.Start(nil) }}},
		"Server.ExpectOnly": {
			{`ExpectOnly: there is no test; it is nil`, func() { srv.ExpectOnly(nil) }},
			{`ExpectOnly: there is no operation "proxyget"; did you mean "proxyGet"?`, func() { srv.ExpectOnly(t, "proxyget") }},
		},
		"Server.Listen": {{`Listen: the server is closed`, func() { closed.Listen() }}},
		"Server.SetRelease": {
			{`SetRelease: "" ` + known, func() { srv.SetRelease("") }},
			{`SetRelease: "0.71.4" ` + known, func() { srv.SetRelease("0.71.4") }},
			{`SetRelease: "0.71.11" ` + known, func() { srv.SetRelease("0.71.11") }},
			{`SetRelease: "0.71" ` + known, func() { srv.SetRelease("0.71") }},
			{`SetRelease: "v0.71.10" ` + known, func() { srv.SetRelease("v0.71.10") }},
			{`SetRelease: "0.71.9+x" ` + known, func() { srv.SetRelease("0.71.9+x") }},
		},
		"Server.SetTime":        {{`SetTime: the time is zero`, func() { srv.SetTime(time.Time{}) }}},
		"Server.Advance":        {{`Advance: the duration is negative: -1m0s`, func() { srv.Advance(-time.Minute) }}},
		"Server.SetRateLimit":   {{`SetRateLimit: the number of requests is negative: -1`, func() { srv.SetRateLimit(-1) }}},
		"Server.SetPageBudget":  {{`SetPageBudget: the number of bytes is negative: -1`, func() { srv.SetPageBudget(-1) }}},
		"Server.SetSandbox":     {{`SetSandbox: Takes is negative: -1s`, func() { srv.SetSandbox(&nangotest.Sandbox{Takes: -time.Second}) }}},
		"Server.ClientWithKey":  {{`Client: nango: API key is empty`, func() { srv.ClientWithKey("") }}},
		"Server.Client":         {{`Client: nango: max response bytes is negative`, func() { srv.Client(nango.WithMaxResponseBytes(-1)) }}},
		"Server.AddEnvironment": {{`AddEnvironment: the name is empty`, func() { srv.AddEnvironment("") }}},
		"Server.AfterFunc": {
			{`AfterFunc: the duration is negative: -1s`, func() { srv.AfterFunc(-time.Second, func() {}) }},
			{`AfterFunc: the function is nil`, func() { srv.AfterFunc(0, nil) }},
		},
		"Server.SetDelays": {
			{`SetDelays: Syncs is negative: -1s`, func() { srv.SetDelays(nangotest.Delays{Syncs: -time.Second}) }},
			{`SetDelays: AsyncActions is negative: -1s`, func() { srv.SetDelays(nangotest.Delays{AsyncActions: -time.Second}) }},
		},
		"Server.SetConnectURL": {
			{`SetConnectURL: "" is no absolute URL without a query and a fragment`, func() { srv.SetConnectURL("") }},
			{`SetConnectURL: "/connect" is no absolute URL without a query and a fragment`, func() { srv.SetConnectURL("/connect") }},
			{`SetConnectURL: "http://a/?b=c" is no absolute URL without a query and a fragment`, func() { srv.SetConnectURL("http://a/?b=c") }},
			{`SetConnectURL: "http://a/#b" is no absolute URL without a query and a fragment`, func() { srv.SetConnectURL("http://a/#b") }},
		},
		"Server.NextIDs": {
			{`NextIDs: "1" is no UUID`, func() { srv.NextIDs("1") }},
			{`NextIDs: "{22222222-2222-4222-8222-222222222222}" is no UUID`, func() { srv.NextIDs("{22222222-2222-4222-8222-222222222222}") }},
			{`NextIDs: "` + id + `" is given already`, func() { srv.NextIDs(id) }},
		},
		"Server.HandleHost": {
			{`HandleHost: "" is no host, such as api.example.com, 10.0.0.7:4010 or https://api.example.com`, func() { srv.HandleHost("", handler) }},
			{`HandleHost: "example.com/v1" is no host, such as api.example.com, 10.0.0.7:4010 or https://api.example.com`, func() { srv.HandleHost("example.com/v1", handler) }},
			{`HandleHost: "ftp://example.com" is no host, such as api.example.com, 10.0.0.7:4010 or https://api.example.com`, func() { srv.HandleHost("ftp://example.com", handler) }},
			{`HandleHost: the handler is nil; the function that HandleHost returned takes a handler away`, func() { srv.HandleHost("example.com", nil) }},
		},
		"Server.AddProvider": {
			{`AddProvider: the Name is empty`, func() { srv.AddProvider(nangotest.Provider{AuthMode: "NONE"}) }},
			{`AddProvider "x": the AuthMode is "oauth2", and not one of OAUTH1, …`, func() { srv.AddProvider(nangotest.Provider{Name: "x", AuthMode: "oauth2"}) }},
			{`AddProvider "x": the BaseURL "api.example.com" is no URL`, func() { srv.AddProvider(nangotest.Provider{Name: "x", AuthMode: "NONE", BaseURL: "api.example.com"}) }},
			{`AddProvider "x": the server could not read the Definition: …`, func() {
				srv.AddProvider(nangotest.Provider{Name: "x", AuthMode: "NONE", Definition: map[string]any{"proxy": 5}})
			}},
		},
		"Server.AddTemplates": {
			{`AddTemplates: there is no provider "githup"; did you mean "github"?; AddProvider adds one`, func() { srv.AddTemplates("githup") }},
			{`AddTemplates: the Name is empty`, templates(nango.FunctionTemplate{Type: "action"})},
			{`AddTemplates "github": "x": the Type is "actions", and not one of action, sync; did you mean "action"?`, templates(nango.FunctionTemplate{Type: "actions", Name: "x"})},
			{`AddTemplates "github": "x": it cannot run "always"`, templates(nango.FunctionTemplate{Type: "sync", Name: "x", Runs: "always"})},
			{`AddTemplates "github": "echo": there is such a template already`, templates(nango.FunctionTemplate{Type: "action", Name: "echo"})},
		},
		"Server.AddSharedApp": {
			{`AddSharedApp: there is no provider "nope"; AddProvider adds one`, func() { srv.AddSharedApp("nope") }},
			{`AddSharedApp "unauthenticated": the server makes no quickstart integrations of the auth mode NONE`, func() { srv.AddSharedApp("unauthenticated") }},
		},
		"Server.AddAccountKey": {
			{`AddAccountKey: the secret is no UUID of version 4`, func() { srv.AddAccountKey(nangotest.Key{Secret: "x"}) }},
			{`AddAccountKey: there is a key with this secret already`, func() { srv.AddAccountKey(nangotest.Key{Secret: strings.ToUpper(key.Secret)}) }},
			{`AddAccountKey: there is no scope "account:environment:create"; did you mean "account:environments:create"?`, func() {
				srv.AddAccountKey(nangotest.Key{Scopes: []string{"account:environment:create"}})
			}},
		},
		"Server.AddKey": {
			{`AddKey: the secret is no UUID of version 4`, func() { srv.AddKey(nangotest.Key{Secret: "x"}) }},
			{`AddKey: there is a key with this secret already`, func() { srv.AddKey(nangotest.Key{Secret: key.Secret}) }},
			{`AddKey: there is a key with the name "ci" already`, func() { srv.AddKey(nangotest.Key{Name: "ci"}) }},
			{`AddKey: there is no scope "environment:connection:*"; did you mean "environment:connections:*"?`, func() {
				srv.AddKey(nangotest.Key{Scopes: []string{"environment:connection:*"}})
			}},
		},
	}
}
