package nango_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func functionsRequest(query string) sent {
	values, err := url.ParseQuery(query)
	if err != nil {
		return sent{}
	}
	return sent{Method: "GET", Path: "/integrations/demo-none/functions", Query: values}
}

func functionNames(functions []*nango.Function) []string {
	names := []string{}
	for _, f := range functions {
		names = append(names, string(f.Type)+" "+f.Name)
	}
	return names
}

func TestFunctionsList(t *testing.T) {
	for recording, test := range map[string]struct {
		params *nango.ListFunctionsParams
		query  string
		names  []string
		total  int
		more   bool
	}{
		"functions/list": {nil, "limit=100", []string{
			"action crash-action", "action echo", "action fail-action", "action no-output", "on-event pre-delete",
			"sync failing-sync", "sync fetch-items", "sync manual-sync",
		}, 8, false},
		"functions/list-paged":         {&nango.ListFunctionsParams{PageSize: 2, Page: 1}, "limit=2&page=1", []string{"action fail-action", "action no-output"}, 8, true},
		"functions/list-search":        {&nango.ListFunctionsParams{Search: "echo"}, "limit=100&search=echo", []string{"action echo"}, 1, false},
		"functions/list-type-on-event": {&nango.ListFunctionsParams{Type: nango.FunctionOnEvent, PageSize: 100}, "limit=100&type=on-event", []string{"on-event pre-delete"}, 1, false},
		"functions/list-type-sync": {&nango.ListFunctionsParams{Type: nango.FunctionSync}, "limit=100&type=sync",
			[]string{"sync failing-sync", "sync fetch-items", "sync manual-sync"}, 3, false},
		"functions/list-page-past-end": {&nango.ListFunctionsParams{Page: 99, PageSize: 20}, "limit=20&page=99", []string{}, 8, false},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			page, err := client.Functions.List(t.Context(), "demo-none", test.params)
			require.NoError(t, err)
			assert.Equal(t, test.names, functionNames(page.Functions))
			page.Functions = nil
			assert.Equal(t, &nango.FunctionPage{Total: test.total, More: test.more}, page)
			server.requireSent(functionsRequest(test.query))
		})
	}
}

// There is more as long as the pages so far are fewer than the total.
func TestFunctionsListMore(t *testing.T) {
	for page, more := range []bool{true, true, true, false, false} {
		client, _ := serve(t, "functions/list-paged")
		got, err := client.Functions.List(t.Context(), "demo-none", &nango.ListFunctionsParams{PageSize: 2, Page: page})
		require.NoError(t, err)
		assert.Equal(t, more, got.More, page)
	}
	client, _ := serveBodies(t, `{"data":[],"pagination":{"total":8,"page":0,"limit":100}}`)
	got, err := client.Functions.List(t.Context(), "demo-none", nil)
	require.NoError(t, err)
	assert.Equal(t, &nango.FunctionPage{Functions: []*nango.Function{}, Total: 8}, got, "an empty page is the last one, whatever the total")
}

func collectFunctions(t *testing.T, all iter.Seq2[*nango.Function, error]) ([]string, error) {
	t.Helper()
	var functions []*nango.Function
	var failure error
	for f, err := range all {
		require.NoError(t, failure, "nothing may follow an error")
		if err != nil {
			assert.Nil(t, f)
			failure = err
			continue
		}
		functions = append(functions, f)
	}
	return functionNames(functions), failure
}

var fourPages = []sent{
	functionsRequest("limit=2&search=a"), functionsRequest("limit=2&search=a&page=1"),
	functionsRequest("limit=2&search=a&page=2"), functionsRequest("limit=2&search=a&page=3"),
}

func TestFunctionsAll(t *testing.T) {
	pages := []string{functionPage("a", "b"), functionPage("c", "d"), functionPage("e", "f"), functionPage("g", "h")}
	client, server := serveBodies(t, append(pages, pages...)...)
	params := nango.ListFunctionsParams{PageSize: 2, Search: "a"}
	all := client.Functions.All(t.Context(), "demo-none", &params)
	params.PageSize, params.Search = 50, "z"
	assert.Empty(t, server.requests, "nothing happens before the first range")
	for range 2 { // each range starts over
		names, err := collectFunctions(t, all)
		require.NoError(t, err)
		assert.Equal(t, []string{"sync a", "sync b", "sync c", "sync d", "sync e", "sync f", "sync g", "sync h"}, names)
	}
	server.requireSent(append(fourPages, fourPages...)...)
	assert.Equal(t, nango.ListFunctionsParams{PageSize: 50, Search: "z"}, params)

	client, server = serve(t, "functions/list")
	names, err := collectFunctions(t, client.Functions.All(t.Context(), "demo-none", nil))
	require.NoError(t, err)
	assert.Equal(t, "action crash-action", names[0])
	server.requireSent(functionsRequest("limit=100"))
}

// functionPage is a page of a list of eight.
func functionPage(names ...string) string {
	entries := make([]string, len(names))
	for i, name := range names {
		entries[i] = `{"type":"sync","name":"` + name + `"}`
	}
	return `{"data":[` + strings.Join(entries, ",") + `],"pagination":{"total":8,"page":0,"limit":2}}`
}

// A server that ignores the number of the page would show one page again and again.
func TestFunctionsAllEndsWhereNothingNewComes(t *testing.T) {
	client, server := serve(t, "functions/list-paged")
	names, err := collectFunctions(t, client.Functions.All(t.Context(), "demo-none", &nango.ListFunctionsParams{PageSize: 2, Search: "a"}))
	assert.EqualError(t, err, "nango: GET /integrations/{uniqueKey}/functions: the server returned a page that holds nothing new, which would go round for ever")
	assert.Equal(t, []string{"action fail-action", "action no-output"}, names)
	server.requireSent(fourPages[:2]...)

	// An action and a sync can have the same name.
	client, _ = serveBodies(t, `{"data":[{"type":"action","name":"a"}],"pagination":{"total":2}}`, `{"data":[{"type":"sync","name":"a"}],"pagination":{"total":2}}`)
	names, err = collectFunctions(t, client.Functions.All(t.Context(), "demo-none", &nango.ListFunctionsParams{PageSize: 1}))
	require.NoError(t, err)
	assert.Equal(t, []string{"action a", "sync a"}, names)
}

func TestFunctionsAllEnds(t *testing.T) {
	client, server := serve(t, "functions/list-paged", "functions/list-unknown-integration")
	all := client.Functions.All(t.Context(), "demo-none", &nango.ListFunctionsParams{PageSize: 2, Search: "a"})
	names, err := collectFunctions(t, all)
	requireFailure(t, err, nango.ErrNotFound, "not_found")
	assert.Equal(t, []string{"action fail-action", "action no-output"}, names)
	server.requireSent(fourPages[:2]...)

	client, server = serve(t, "functions/list-paged")
	seen := 0
	for _, err := range client.Functions.All(t.Context(), "demo-none", &nango.ListFunctionsParams{PageSize: 2, Search: "a"}) {
		require.NoError(t, err)
		if seen++; seen == 2 {
			break
		}
	}
	server.requireSent(fourPages[0])

	client, server = serve(t, "functions/list-paged")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen = 0
	var last error
	for _, err := range client.Functions.All(ctx, "demo-none", &nango.ListFunctionsParams{PageSize: 2, Search: "a"}) {
		if seen++; seen == 2 {
			cancel()
		}
		last = err
	}
	assert.Equal(t, 3, seen)
	assert.Equal(t, context.Canceled, last)
	server.requireSent(fourPages[0])
}

func TestFunctionsGet(t *testing.T) {
	deployed := milliseconds("2026-11-22T13:26:23.298Z")
	for recording, test := range map[string]struct {
		ref  nango.FunctionRef
		want nango.Function
	}{
		"functions/get-pre-delete": {nango.FunctionRef{IntegrationID: "demo-none", Name: "pre-delete"}, nango.Function{
			Name: "pre-delete", Type: nango.FunctionOnEvent, Event: "pre-connection-deletion", ID: 1, Enabled: true, Source: "repo", LastDeployed: deployed,
		}},
		"functions/get-slow-sync": {nango.FunctionRef{IntegrationID: "demo-none", Name: "slow-sync"}, nango.Function{
			Name: "slow-sync", Description: "slow", Type: nango.FunctionSync, Scopes: []string{}, Returns: []string{"Slow"}, Runs: "every day",
			JSONSchema: json.RawMessage(`{"definitions":{"Slow":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"],"additionalProperties":false}}}`),
			ID:         10, Enabled: true, Source: "standalone", LastDeployed: milliseconds("2026-11-22T13:43:53.620Z"),
		}},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			got, err := client.Functions.Get(t.Context(), test.ref)
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, &test.want, got)
		})
	}
	client, server := serve(t, "functions/get-with-type")
	got, err := client.Functions.Get(t.Context(), nango.FunctionRef{IntegrationID: "demo-none", Name: "echo", Type: nango.FunctionAction})
	require.NoError(t, err)
	server.requireRecorded()
	assert.Equal(t, "ActionInput_demo_none_echo", got.Input)
	assert.True(t, json.Valid(got.JSONSchema))
}

func TestFunctionsCode(t *testing.T) {
	client, server := serve(t, "functions/code-pre-delete")
	code, err := client.Functions.Code(t.Context(), nango.FunctionRef{IntegrationID: "demo-none", Name: "pre-delete"})
	require.NoError(t, err)
	server.requireRecorded()
	assert.Equal(t, &nango.FunctionCode{Type: nango.FunctionOnEvent, Code: "import { createOnEvent } from 'nango';\nexport default createOnEvent({ " +
		"event: 'pre-connection-deletion', description: 'pre delete', exec: async (nango) => { await nango.log('deleting'); } });\n"}, code)

	_, err = client.Functions.Code(t.Context(), nango.FunctionRef{IntegrationID: "demo-none", Name: "pre-delete", Type: nango.FunctionOnEvent})
	require.NoError(t, err)
	assert.Equal(t, url.Values{"type": {"on-event"}}, server.requests[1].Query)
}

// Two functions of one name were not recorded.
func TestFunctionsCodeAmbiguous(t *testing.T) {
	server := &server{t: t, responses: []*recordings.Exchange{
		exchange(409, `{"error":{"code":"ambiguous_function","message":"m","payload":{"matches":[{"type":"action","name":"a"},{"type":"sync","name":"a"}]}}}`),
	}}
	_, err := server.client().Functions.Code(t.Context(), nango.FunctionRef{IntegrationID: "i", Name: "a"})
	requireFailure(t, err, nango.ErrConflict, "ambiguous_function")
	var failure *nango.Error
	require.ErrorAs(t, err, &failure)
	assert.JSONEq(t, `{"matches":[{"type":"action","name":"a"},{"type":"sync","name":"a"}]}`, string(failure.Payload()))
}

func TestFunctionsDelete(t *testing.T) {
	client, server := serve(t, "functions/delete-standalone", "functions/delete-sync-standalone", "functions/delete-again")
	action := nango.FunctionRef{IntegrationID: "demo-none", Name: "dep-fn", Type: nango.FunctionAction}
	require.NoError(t, client.Functions.Delete(t.Context(), action))
	require.NoError(t, client.Functions.Delete(t.Context(), nango.FunctionRef{IntegrationID: "demo-none", Name: "slow-sync", Type: nango.FunctionSync}))
	requireFailure(t, client.Functions.Delete(t.Context(), action), nango.ErrNotFound, "not_found")
	server.requireRecorded()
}

func TestFunctionErrors(t *testing.T) {
	ref := func(integrationID, name, kind string) nango.FunctionRef {
		return nango.FunctionRef{IntegrationID: integrationID, Name: name, Type: nango.FunctionType(kind)}
	}
	ctx := t.Context()
	invalid := func(options, field string) nango.FieldError {
		return nango.FieldError{Code: "invalid_value", Message: "Invalid option: expected one of " + options, Path: []string{field}}
	}
	for recording, test := range map[string]struct {
		call   func(*nango.FunctionService) error
		is     error
		code   string
		fields []nango.FieldError
	}{
		"functions/get-unknown-404":          {func(s *nango.FunctionService) error { return failed(s.Get(ctx, ref("demo-none", "nope", ""))) }, nango.ErrNotFound, "not_found", nil},
		"functions/get-wrong-type":           {func(s *nango.FunctionService) error { return failed(s.Get(ctx, ref("demo-none", "echo", "sync"))) }, nango.ErrNotFound, "not_found", nil},
		"functions/code-unknown-404":         {func(s *nango.FunctionService) error { return failed(s.Code(ctx, ref("demo-none", "nope", ""))) }, nango.ErrNotFound, "not_found", nil},
		"functions/code-unknown-integration": {func(s *nango.FunctionService) error { return failed(s.Code(ctx, ref("demo-missing", "echo", ""))) }, nango.ErrNotFound, "not_found", nil},
		"functions/delete-repo-function": {func(s *nango.FunctionService) error { return s.Delete(ctx, ref("demo-none", "crash-action", "action")) },
			nango.ErrInvalid, "function_managed_by_deploy", nil},
		"functions/delete-unknown-integration": {func(s *nango.FunctionService) error { return s.Delete(ctx, ref("zzz", "echo", "action")) }, nango.ErrNotFound, "not_found", nil},
		"functions/delete-bad-type": {func(s *nango.FunctionService) error { return s.Delete(ctx, ref("demo-none", "pre-delete", "on-event")) },
			nango.ErrInvalid, "invalid_query_params", []nango.FieldError{invalid(`"sync"|"action"`, "type")}},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			requireFailure(t, test.call(client.Functions), test.is, test.code, test.fields...)
			server.requireRecorded()
		})
	}
	client, _ := refused(t, "functions/list-bad-type")
	_, err := client.Functions.List(ctx, "demo-none", &nango.ListFunctionsParams{Type: "nope"})
	requireFailure(t, err, nango.ErrInvalid, "invalid_query_params", invalid(`"sync"|"action"|"on-event"`, "type"))
}

func TestFunctionArguments(t *testing.T) {
	client, server := serve(t)
	s, ctx := client.Functions, t.Context()
	for _, test := range []struct {
		err              error
		argument, reason string
	}{
		{failed(s.List(ctx, "..", nil)), "integrationID", hasDots},
		{failed(s.List(ctx, "i", &nango.ListFunctionsParams{PageSize: 101})), "PageSize", "must be from 1 to 100"},
		{failed(s.List(ctx, "i", &nango.ListFunctionsParams{PageSize: -1})), "PageSize", "must be from 1 to 100"},
		{failed(s.List(ctx, "i", &nango.ListFunctionsParams{Page: -1})), "Page", "must not be negative"},
		{failed(collectFunctions(t, s.All(ctx, "", nil))), "integrationID", isEmpty},
		{failed(s.Get(ctx, nango.FunctionRef{Name: "n"})), "IntegrationID", isEmpty},
		{failed(s.Get(ctx, nango.FunctionRef{IntegrationID: "i", Name: ".."})), "Name", hasDots},
		{failed(s.Code(ctx, nango.FunctionRef{IntegrationID: "i"})), "Name", isEmpty},
		{s.Delete(ctx, nango.FunctionRef{IntegrationID: "i", Name: ".", Type: "sync"}), "Name", hasDots},
		{s.Delete(ctx, nango.FunctionRef{IntegrationID: "i", Name: "n"}), "Type", "is empty; say FunctionSync or FunctionAction"},
	} {
		requireArgument(t, test.err, test.argument, test.reason)
	}
	server.requireSent()
}
