package nangotest_test

//lint:file-ignore SA1019 what is deprecated of a status the server sends all the same

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// library is a server with a function of every kind and source.
func library(t *testing.T) (*nangotest.Server, *nango.FunctionService) {
	srv, _, _ := tracker(t)
	schema := json.RawMessage(`{"definitions":{"In":{"type":"object","properties":{"text":{"type":"string"},"n":{"type":"number"}},"required":["text"]}}}`)
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "twin", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true, TrackDeletes: true,
		Details: nangotest.FunctionDetails{Source: "catalog"},
	})
	srv.AddAction(nangotest.Action{IntegrationID: "tracker", Name: "twin", Details: nangotest.FunctionDetails{Source: "standalone", Code: "twin"}})
	srv.AddAction(nangotest.Action{IntegrationID: "tracker", Name: "echo", Details: nangotest.FunctionDetails{
		Description: "Says it again\n- text: What to say", Version: "1.2.0", Scopes: []string{"say"}, Input: "In", Returns: []string{"Out"},
		JSONSchema: schema, Code: "export default 1",
	}})
	srv.AddEventHandler(nangotest.EventHandler{IntegrationID: "tracker", Name: "hello", Event: "post-connection-creation"})
	return srv, srv.Client().Functions
}

func TestFunctions(t *testing.T) {
	_, functions := library(t)
	page, err := functions.List(t.Context(), "tracker", &nango.ListFunctionsParams{PageSize: 3})
	require.NoError(t, err)
	assert.Equal(t, 4, page.Total)
	assert.True(t, page.More)
	names := func(list []*nango.Function) (names []string) {
		for _, f := range list {
			names = append(names, string(f.Type)+" "+f.Name+" "+f.Source)
		}
		return names
	}
	assert.Equal(t, []string{"action echo repo", "action twin standalone", "on-event hello repo"}, names(page.Functions))
	page, err = functions.List(t.Context(), "tracker", &nango.ListFunctionsParams{Search: "TWI", Type: "sync"})
	require.NoError(t, err)
	assert.Equal(t, []string{"sync twin catalog"}, names(page.Functions))
	assert.Equal(t, &nango.Function{
		ID: page.Functions[0].ID, Name: "twin", Type: "sync", Enabled: true, LastDeployed: page.Functions[0].LastDeployed, Source: "catalog",
		Scopes: []string{}, Returns: []string{"Issue"}, Runs: "every hour", AutoStart: true, TrackDeletes: true, JSONSchema: json.RawMessage("null"),
	}, page.Functions[0])
	assert.Equal(t, midday, page.Functions[0].LastDeployed.UTC())

	ref := nango.FunctionRef{IntegrationID: "tracker", Name: "twin"}
	f, err := functions.Get(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, nango.FunctionAction, f.Type)
	_, err = functions.Code(t.Context(), ref)
	assert.ErrorIs(t, err, nango.ErrConflict)
	ref.Type = "sync"
	_, err = functions.Code(t.Context(), ref)
	assert.ErrorIs(t, err, nango.ErrNotFound, "it has no source file")
	ref.Type = "action"
	code, err := functions.Code(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, &nango.FunctionCode{Type: "action", Code: "twin"}, code)
}

func TestDeleteFunctions(t *testing.T) {
	srv, functions := library(t)
	twin := nango.FunctionRef{IntegrationID: "tracker", Name: "twin", Type: "sync"}
	require.NoError(t, functions.Delete(t.Context(), twin))
	assert.ErrorIs(t, functions.Delete(t.Context(), twin), nango.ErrNotFound)
	assert.ErrorIs(t, functions.Delete(t.Context(), nango.FunctionRef{IntegrationID: "tracker", Name: "echo", Type: "action"}), nango.ErrInvalid)

	// What connections have of a deleted sync stays, and does not run.
	connection := srv.Client().Connection("tracker", "acme")
	require.NoError(t, connection.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "twin"}}, nil))
	statuses, err := connection.SyncStatus(t.Context(), nango.AllSyncs())
	require.NoError(t, err)
	require.Len(t, statuses, 1)
	assert.Equal(t, &nango.SyncStatus{
		ID: statuses[0].ID, ConnectionID: "acme", Name: "twin", Variant: "base", Status: nango.SyncPaused, Type: "INITIAL",
		LatestRun: nango.SyncSuccess, LatestResult: nango.SyncResults{"Issue": {}}, FinishedAt: statuses[0].FinishedAt,
		RecordCount: map[string]int64{},
	}, statuses[0])
	assert.Equal(t, midday.Add(time.Millisecond), statuses[0].FinishedAt.UTC(), "it has not run since")
}

func TestScripts(t *testing.T) {
	srv, functions := library(t)
	srv.AddIntegration(nangotest.Integration{ID: "second", Provider: "unauthenticated"})
	srv.AddAction(nangotest.Action{IntegrationID: "second", Name: "other"})
	groups, err := functions.ScriptsConfig(t.Context())
	require.NoError(t, err)
	require.Len(t, groups, 1, "one for each provider, under the name of its first integration")
	var names []string
	for _, script := range slices.Concat(groups[0].Syncs, groups[0].Actions) {
		names = append(names, groups[0].ProviderConfigKey+" "+script.Name+" "+script.Version)
	}
	assert.Equal(t, []string{"tracker twin ", "tracker echo 1.2.0", "tracker twin ", "tracker other "}, names)

	tools, err := functions.Tools(t.Context())
	require.NoError(t, err)
	require.Len(t, tools, 4)
	shown, err := json.Marshal(tools[1])
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"echo","description":"Says it again\n- text: What to say","parameters":{"type":"object","required":["text"],
		"properties":{"text":{"type":"string","description":"What to say"},"n":{"type":"number"}}}}`, string(shown))

	empty, err := srv.AddEnvironment("empty").Client().Functions.Tools(t.Context())
	require.NoError(t, err)
	assert.Empty(t, empty)
}

// picky is a sandbox that takes two minutes and refuses some code.
func picky() *nangotest.Sandbox {
	return &nangotest.Sandbox{
		Takes: 2 * time.Minute,
		Compile: func(code string) (nangotest.Compiled, error) {
			switch code {
			case "bad":
				return nangotest.Compiled{}, errors.New("line 1: no")
			case "slow":
				return nangotest.Compiled{}, &nangotest.FunctionError{Code: "timeout", Message: "too slow"}
			}
			return nangotest.Compiled{JS: "js of " + code, Details: nangotest.FunctionDetails{Description: "compiled"}}, nil
		},
		DryRun: func(_ context.Context, run nangotest.DryRun) (any, error) {
			if run.Code == "crash" {
				return nil, errors.New("boom")
			}
			return run.Type + " " + run.ConnectionID + " " + string(run.Input), nil
		},
	}
}

func TestCompile(t *testing.T) {
	srv, functions := library(t)
	srv.SetSandbox(picky())
	got, err := functions.Compile(t.Context(), "good")
	require.NoError(t, err)
	assert.Equal(t, &nango.CompiledFunction{BundledJS: "js of good", BundleSizeBytes: 10, CompiledAt: got.CompiledAt}, got)
	for code, want := range map[string]string{"bad": "400 compilation_error line 1: no", "slow": "504 timeout too slow"} {
		_, err = functions.Compile(t.Context(), code)
		failed, ok := errors.AsType[*nango.Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, want, fmt.Sprint(failed.StatusCode, " ", failed.Code, " ", failed.Message))
	}
	srv.SetSandbox(nil)
	_, err = functions.Compile(t.Context(), "good")
	assert.ErrorIs(t, err, nango.ErrServer)
}

func TestDryRuns(t *testing.T) {
	srv, functions := library(t)
	srv.SetSandbox(picky())
	start := func(code string, kind nango.FunctionType) string {
		job, err := functions.CreateDryRun(t.Context(), nango.CreateDryRunParams{
			IntegrationID: "tracker", ConnectionID: "acme", Type: kind, Code: code, Input: 1,
		})
		require.NoError(t, err)
		assert.Equal(t, nango.JobRunning, job.Status)
		return job.ID
	}
	ids := []string{start("good", "action"), start("good", "sync"), start("bad", "action"), start("crash", "action")}
	outcomes := func() (shown []string) {
		for _, id := range ids {
			run, err := functions.DryRun(t.Context(), id)
			require.NoError(t, err)
			line := string(run.Status) + " " + string(run.Result)
			if run.Error != nil {
				line = string(run.Status) + " " + run.Error.Code + " " + run.Error.Message
			}
			shown = append(shown, line)
		}
		return shown
	}
	srv.Advance(2*time.Minute - 1)
	assert.Equal(t, []string{"running ", "running ", "running ", "running "}, outcomes())
	srv.Advance(1)
	assert.Equal(t, []string{
		`success "action acme 1"`,
		"success ", "failed compilation_error line 1: no", "failed function_error boom",
	}, outcomes())
	srv.Advance(14 * 24 * time.Hour)
	_, err := functions.DryRun(t.Context(), ids[0])
	assert.ErrorIs(t, err, nango.ErrNotFound)
	_, err = functions.CreateDryRun(t.Context(), nango.CreateDryRunParams{IntegrationID: "tracker", ConnectionID: "none", Type: "action", Code: "x"})
	assert.ErrorIs(t, err, nango.ErrNotFound)
}

func TestDeployments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, functions := library(t)
		srv.SetSandbox(picky())
		deploy := func(name, code string) error {
			_, err := functions.DeployFunction(t.Context(), nango.DeployFunctionParams{
				IntegrationID: "tracker", Name: name, Type: "action", Code: code, Version: "2.0.0",
			})
			return err
		}
		assert.ErrorIs(t, deploy("echo", "good"), nango.ErrInvalid, "it came from a repository")
		srv.NextIDs("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
		require.NoError(t, deploy("twin", "good"))
		require.NoError(t, deploy("new", "bad"))
		srv.Advance(2 * time.Minute)
		done, err := functions.Deployment(t.Context(), "11111111-1111-4111-8111-111111111111")
		require.NoError(t, err)
		assert.Equal(t, nango.JobSuccess, done.Status)
		assert.Equal(t, []nango.DeployedFunction{{Name: "twin", Version: "v2.0.0"}}, done.DeployedFunctions)
		done, err = functions.Deployment(t.Context(), "22222222-2222-4222-8222-222222222222")
		require.NoError(t, err)
		assert.Equal(t, "failed compilation_error", string(done.Status)+" "+done.Error.Code)
		f, err := functions.Get(t.Context(), nango.FunctionRef{IntegrationID: "tracker", Name: "twin", Type: "action"})
		require.NoError(t, err)
		assert.Equal(t, "compiled standalone", f.Description+" "+f.Source)
		_, err = functions.Get(t.Context(), nango.FunctionRef{IntegrationID: "tracker", Name: "new", Type: "action"})
		assert.ErrorIs(t, err, nango.ErrNotFound)
	})
}

func TestDeployTemplates(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddProvider(nangotest.Provider{Name: "shop", AuthMode: "NONE"})
	srv.AddTemplates("shop",
		nango.FunctionTemplate{Name: "orders", Type: "sync", Returns: []string{"Order"}, Runs: "every hour", AutoStart: true},
		nango.FunctionTemplate{Name: "both", Type: "sync", Returns: []string{"Both"}}, nango.FunctionTemplate{Name: "both", Type: "action"},
	)
	srv.AddIntegration(nangotest.Integration{ID: "shop", Provider: "shop"})
	functions := srv.Client().Functions
	deploy := func(name, kind string) error {
		_, err := functions.DeployTemplate(t.Context(), nango.DeployTemplateParams{IntegrationID: "shop", Template: name, Type: nango.FunctionType(kind)})
		return err
	}
	require.NoError(t, deploy("orders", ""))
	assert.ErrorIs(t, deploy("orders", ""), nango.ErrConflict)
	assert.ErrorIs(t, deploy("both", ""), nango.ErrConflict)
	require.NoError(t, deploy("both", "action"))
	assert.ErrorIs(t, deploy("none", ""), nango.ErrNotFound)
	page, err := functions.List(t.Context(), "shop", nil)
	require.NoError(t, err)
	var found []string
	for _, f := range page.Functions {
		found = append(found, fmt.Sprint(f.Type, " ", f.Name, " ", f.Source, " ", f.Returns, " ", f.Runs, " ", f.AutoStart))
	}
	assert.Equal(t, []string{"action both catalog []  false", "sync orders catalog [Order] every hour true"}, found)
}
