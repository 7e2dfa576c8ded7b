package nangotest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// strict is a server with one of each.
func strict(t *testing.T) *nangotest.Server {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	for _, provider := range []string{"unauthenticated", "github", "netsuite-tba"} {
		srv.AddIntegration(nangotest.Integration{Provider: provider})
	}
	srv.AddSync(nangotest.Sync{IntegrationID: "unauthenticated", Name: "issues", Models: []string{"Issue"}})
	srv.AddSync(nangotest.Sync{IntegrationID: "unauthenticated", Name: "off", Details: nangotest.FunctionDetails{Disabled: true}})
	conn := srv.AddConnection(nangotest.Connection{IntegrationID: "unauthenticated", ConnectionID: "c"})
	conn.SaveRecords("Issue", map[string]any{"id": 1}, map[string]any{"id": 2}, map[string]any{"id": 3})
	return srv
}

// said is the status of a response with the error's code and items, or its body where it is no error.
func said(t *testing.T, srv *nangotest.Server, method, target string, header http.Header, body string) string {
	t.Helper()
	req, err := http.NewRequest(method, "http://nango.test"+target, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {"Bearer " + srv.Key()}, "Content-Type": {"application/json"}}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := srv.HTTPClient().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var failure struct {
		Error struct {
			Code   string
			Errors []struct {
				Code string
				Path []string
			}
		}
	}
	if json.Unmarshal(text, &failure) != nil || failure.Error.Code == "" {
		return fmt.Sprintf("%d %s", resp.StatusCode, text)
	}
	out := fmt.Sprint(resp.StatusCode, " ", failure.Error.Code)
	for _, item := range failure.Error.Errors {
		out += fmt.Sprintf(" %s(%s)", item.Code, strings.Join(item.Path, "."))
	}
	return out
}

func TestOrderOfChecks(t *testing.T) {
	srv := strict(t)
	const wrong = `{"zzz":1}`
	for _, tt := range []struct{ method, target, body, want string }{
		{"PATCH", "/integrations/a%2Fb?x=1", wrong, "400 invalid_query_params unrecognized_keys()"},
		{"PATCH", "/integrations/a%2Fb", wrong, "400 invalid_body unrecognized_keys()"},
		{"PATCH", "/integrations/a%2Fb", "{}", "400 invalid_uri_params invalid_format(uniqueKey)"},
		{"PATCH", "/connections/*?provider_config_key=github", wrong, "400 invalid_body unrecognized_keys()"},
		{"GET", "/connections/*", "", "400 invalid_query_params invalid_type(provider_config_key)"},
		{"DELETE", "/connections/*", "", "400 invalid_uri_params invalid_format(connectionId)"},
		{"DELETE", "/connections/*", "", "400 invalid_uri_params invalid_format(connectionId)"},
		{"GET", "/integrations/github/functions/a.b?x=1", "", "400 invalid_query_params unrecognized_keys()"},
		{"GET", "/integrations/github/functions/a.b/code?x=1", "", "400 invalid_uri_params invalid_format(name)"},
		{"POST", "/sync/a.b/variant/v?x=1", wrong, "400 invalid_body invalid_type(provider_config_key) invalid_type(connection_id) unrecognized_keys()"},
		{"POST", "/sync/a.b/variant/v?x=1", `{"provider_config_key":"github","connection_id":"c"}`, "400 invalid_uri_params invalid_format(name)"},
		{"DELETE", "/sync/a.b/variant/v?x=1", `{"provider_config_key":"github","connection_id":"c"}`, "400 invalid_uri_params invalid_format(name)"},
		{"POST", "/action/trigger?x=1", wrong, "400 invalid_headers invalid_type(provider-config-key) invalid_type(connection-id)"},
		{"PATCH", "/records/prune", wrong, "400 invalid_body invalid_type(model) invalid_type(until_cursor) unrecognized_keys()"},
		{"GET", "/records?x=1", "", "400 invalid_query_params invalid_type(model) unrecognized_keys()"},
		{"PATCH", "/connections/c?provider_config_key=nope", `{"webhook_url_override":"http://localhost"}`, "400 invalid_body custom(webhook_url_override)"},
		{"POST", "/connect/sessions", `{"tags":{"1":"a"},"webhook_url_override":"http://127.0.0.1"}`, "400 invalid_body invalid_key(tags.1) custom(webhook_url_override)"},
	} {
		assert.Equal(t, tt.want, said(t, srv, tt.method, tt.target, nil, tt.body), "%s %s %s", tt.method, tt.target, tt.body)
	}
}

// A server with a dashboard has a page for all that is no route of the API, and only for GETs.
func TestDashboard(t *testing.T) {
	srv := strict(t)
	assert.Equal(t, "500 generic_error_support", said(t, srv, "GET", "/nope", nil, ""))
	srv.SetDashboard("<p>page</p>")
	for _, target := range []string{"/", "/nope", "/connections/a/b", "//connections"} {
		assert.Equal(t, "200 <p>page</p>", said(t, srv, "GET", target, nil, ""), target)
	}
	assert.Equal(t, "200 ", said(t, srv, "HEAD", "/nope", nil, ""))
	assert.Equal(t, `200 {"result":"ok"}`, said(t, srv, "GET", "/health", nil, ""))
	assert.Equal(t, "404 not_found", said(t, srv, "GET", "/integrations/nope", nil, ""))
	assert.Contains(t, said(t, srv, "PUT", "/nope", nil, ""), "404 <!DOCTYPE html>")
}

// What no schema knows of and the server answers in its own way.
func TestStrictResponses(t *testing.T) {
	const defaults = `{"tags":{},"integrations_config_defaults":{"github":{"connection_config":{"webhook_url":%s}}}}`
	const nested = "(integrations_config_defaults.github.connection_config.webhook_url)"
	for _, tt := range []struct {
		name, method, target, body, want string
		header                           http.Header
	}{
		{"no authorization", "GET", "/connections", "", "401 missing_auth_header", http.Header{"Authorization": {""}}},
		{"JSON of no bytes", "POST", "/integrations", "", "400 invalid_body invalid_type(provider) invalid_type(unique_key)", nil},
		{"no body", "POST", "/integrations", "", "400 invalid_body invalid_type()", http.Header{"Content-Type": nil}},
		{"a charset that is not read", "POST", "/integrations", "{}", "500 generic_error_support", http.Header{"Content-Type": {"application/json; charset=latin1"}}},
		{"gzip that is none", "POST", "/integrations", "{}", "500 generic_error_support", http.Header{"Content-Encoding": {"gzip"}}},
		{"gzip of nothing", "GET", "/integrations/nope", "", "404 not_found", http.Header{"Content-Encoding": {"gzip"}}},
		{"no JSON for a route that there is not", "POST", "/mcp", "x", "415 invalid_content_type", http.Header{"Content-Type": {"text/plain"}}},
		{"upper case", "GET", "/Integrations/nope", "", "404 not_found", nil},
		{"health", "GET", "/health", "", `200 {"result":"ok"}`, nil},
		{"a page beyond all numbers", "GET", "/connections?page=1e300", "", "500 generic_error_support", nil},
		{"functions beyond all numbers", "GET", "/integrations/github/functions?page=9223372036854775807&limit=100", "", "500 server_error", nil},
		{"a page with a blank", "GET", "/integrations/github/functions?page=%201e1", "", `200 {"data":[],"pagination":{"limit":20,"page":10,"total":0}}`, nil},
		{"a nested URL that is none", "POST", "/connect/sessions", fmt.Sprintf(defaults, `"x"`), "400 invalid_body invalid_union" + nested, nil},
		{"a nested URL that is no text", "POST", "/connect/sessions", fmt.Sprintf(defaults, `5`), "400 invalid_body invalid_union" + nested, nil},
		{"a nested URL of Nango's", "POST", "/connect/sessions", fmt.Sprintf(defaults, `"https://api.nango.dev"`), "400 invalid_body custom" + nested, nil},
		{"a nested URL on the machine", "POST", "/connect/sessions", fmt.Sprintf(defaults, `"http://[::1]"`), "400 invalid_body custom" + nested, nil},
		{"a third part of a sync's name", "POST", "/sync/start", `{"syncs":["issues::base::x"],"provider_config_key":"unauthenticated","connection_id":"c"}`, `200 {"success":true}`, nil},
		{"a variant of a sync that is off", "POST", "/sync/off/variant/v", `{"provider_config_key":"unauthenticated","connection_id":"c"}`, "400 unknown_sync", nil},
		{"a number that is none", "POST", "/connections/metadata", `{"connection_id":"c","provider_config_key":"unauthenticated","metadata":{"a":[1e999,9007199254740993]}}`,
			`201 {"connection_id":"c","metadata":{"a":[null,9007199254740992]},"provider_config_key":"unauthenticated"}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, said(t, strict(t), tt.method, tt.target, tt.header, tt.body))
		})
	}
}

// The server makes numbers of what JavaScript makes numbers of.
func TestNumbersOfAllKinds(t *testing.T) {
	srv := strict(t)
	header := http.Header{"Provider-Config-Key": {"unauthenticated"}, "Connection-Id": {"c"}}
	page, err := nango.ListRecords[map[string]any](t.Context(), srv.Client().Connection("unauthenticated", "c"), nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	last := page.Records[2].Metadata.Cursor
	for _, limit := range []string{`"1"`, `true`, `[" 1 "]`} {
		body := fmt.Sprintf(`{"model":"Issue","until_cursor":%q,"limit":%s}`, last, limit)
		want := `200 {"count":1,"has_more":true}`
		if limit == `[" 1 "]` {
			want = `200 {"count":1,"has_more":false}`
		}
		assert.Equal(t, want, said(t, srv, "PATCH", "/records/prune", header, body), limit)
	}

	srv.SetRelease("0.71.5")
	account := http.Header{"Authorization": {"Bearer " + srv.AddAccountKey(nangotest.Key{}).Secret}}
	assert.Equal(t, "400 cannot_delete_prod_environment", said(t, srv, "DELETE", "/environments/1e0", account, ""))
	assert.Equal(t, "409 conflict", said(t, srv, "POST", "/environment/api-keys", account, `{"environment_id":true,"display_name":"default"}`))
}

// What is odd about a request and taken all the same.
func TestOddRequests(t *testing.T) {
	srv := strict(t)
	assert.Regexp(t, `^201 .*"connection_id":"",`, said(t, srv, "POST", "/connections", nil, `{"provider_config_key":"unauthenticated","connection_id":"","credentials":{"type":"NONE"}}`))
	assert.Regexp(t, "^201 ", said(t, srv, "POST", "/connections", nil,
		`{"provider_config_key":"netsuite-tba","credentials":{"type":"TBA","token_id":"a","token_secret":"b"},"connection_config":{"accountId":5}}`))
}

// The server takes dates without seconds.
func TestDatesWithoutSeconds(t *testing.T) {
	srv := strict(t)
	header := http.Header{"Provider-Config-Key": {"unauthenticated"}, "Connection-Id": {"c"}}
	assert.Equal(t, `200 {"next_cursor":null,"records":[]}`, said(t, srv, "GET", "/records?model=Issue&modified_after=2026-06-01T00:00Z", header, ""))
	var run nangotest.DryRun
	srv.SetSandbox(&nangotest.Sandbox{DryRun: func(_ context.Context, r nangotest.DryRun) (any, error) {
		run = r
		return nil, nil
	}})
	assert.Regexp(t, "^202 ", said(t, srv, "POST", "/functions/dryruns", nil,
		`{"integration_id":"unauthenticated","connection_id":"c","function_type":"sync","code":"x","last_sync_date":"2026-04-30T12:00Z"}`))
	srv.Settle()
	assert.Equal(t, noon.AddDate(0, 0, -1), run.LastSyncDate)
}

// Keys that differ in case from those that the server knows are others.
func TestKeysInUpperCase(t *testing.T) {
	srv := strict(t)
	srv.AddAction(nangotest.Action{IntegrationID: "unauthenticated", Name: "echo", Run: func(_ context.Context, call nangotest.ActionCall) (any, error) {
		return call.Input, nil
	}})
	header := http.Header{"Provider-Config-Key": {"unauthenticated"}, "Connection-Id": {"c"}}
	assert.Equal(t, `200 {"n":9007199254740992}`, said(t, srv, "POST", "/action/trigger", header, `{"action_name":"echo","input":{"n":9007199254740993},"INPUT":1}`))

	assert.Equal(t, `200 {"success":true}`, said(t, srv, "POST", "/sync/trigger", header, `{"syncs":[{"name":"issues","variant":"base","NAME":5}]}`))
	assert.Equal(t, `200 {"success":true}`, said(t, srv, "POST", "/sync/trigger", header, `{"syncs":[],"opts":{"reset":true,"emptycache":true,"EMPTYCACHE":5}}`))
	srv.Settle()
	assert.Contains(t, said(t, srv, "GET", "/records?model=Issue&ids=1", header, ""), `"id":"1"`)

	created := said(t, srv, "POST", "/connect/sessions", nil, `{"tags":{},"overrides":{"github":{"docs_connect":"","DOCS_CONNECT":5}}}`)
	_, token, _ := strings.Cut(created, `"token":"`)
	token, _, _ = strings.Cut(token, `"`)
	assert.Contains(t, said(t, srv, "GET", "/connect/session", http.Header{"Authorization": {"Bearer " + token}}, ""), `"overrides":{"github":{"docs_connect":""}}`)
}
