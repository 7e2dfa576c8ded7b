package nango_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// recordedCode is the source of a recorded request.
func recordedCode(t *testing.T, recording string) string {
	t.Helper()
	var body struct{ Code string }
	require.NoError(t, json.Unmarshal([]byte(recorded(t, recording).Body), &body))
	require.NotEmpty(t, body.Code)
	return body.Code
}

func TestFunctionsCompile(t *testing.T) {
	client, server := serve(t, "functions/compile-ok")
	compiled, err := client.Functions.Compile(t.Context(), recordedCode(t, "functions/compile-ok"))
	require.NoError(t, err)
	server.requireRecorded()
	assert.Contains(t, compiled.BundledJS, `"use strict";`)
	compiled.BundledJS = ""
	assert.Equal(t, &nango.CompiledFunction{BundleSizeBytes: 3373, CompiledAt: milliseconds("2026-11-22T13:39:10.657Z")}, compiled)
}

func TestFunctionsCreateDryRun(t *testing.T) {
	client, server := serve(t, "functions/dryrun-ok", "functions/dryrun-sync-ok")
	job, err := client.Functions.CreateDryRun(t.Context(), nango.CreateDryRunParams{
		IntegrationID: "demo-none", ConnectionID: "conn-none-1", Type: nango.FunctionAction, Code: recordedCode(t, "functions/dryrun-ok"),
		Input: map[string]string{"a": "hello"},
	})
	require.NoError(t, err)
	assert.Equal(t, &nango.Job{ID: dryRun, Status: nango.JobRunning, CreatedAt: milliseconds("2026-11-22T13:39:19.261Z")}, job)
	_, err = client.Functions.CreateDryRun(t.Context(), nango.CreateDryRunParams{
		IntegrationID: "demo-none", ConnectionID: "conn-none-1", Type: nango.FunctionSync, Code: recordedCode(t, "functions/dryrun-sync-ok"),
		Metadata: map[string]int{"x": 1}, LastSyncDate: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	server.requireRecorded()
}

// Unlike an action's, the input of a dry run may be 0, false or "".
func TestFunctionsDryRunInputs(t *testing.T) {
	type checkpoint struct {
		Round int `json:"round"`
	}
	for want, change := range map[string]func(*nango.CreateDryRunParams){
		``:                          func(*nango.CreateDryRunParams) {},
		`,"input":0`:                func(p *nango.CreateDryRunParams) { p.Input = 0 },
		`,"input":false`:            func(p *nango.CreateDryRunParams) { p.Input = false },
		`,"input":""`:               func(p *nango.CreateDryRunParams) { p.Input = "" },
		`,"input":null`:             func(p *nango.CreateDryRunParams) { p.Input = (*int)(nil) },
		`,"input":"<a&b>"`:          func(p *nango.CreateDryRunParams) { p.Input = json.RawMessage(`"<a&b>"`) },
		`,"metadata":{"k":[1]}`:     func(p *nango.CreateDryRunParams) { p.Metadata = map[string][]int{"k": {1}} },
		`,"metadata":{}`:            func(p *nango.CreateDryRunParams) { p.Metadata = map[string]int{} },
		`,"checkpoint":{"round":3}`: func(p *nango.CreateDryRunParams) { p.Checkpoint = &checkpoint{3} },
		`,"input":1,"checkpoint":{}`: func(p *nango.CreateDryRunParams) {
			p.Input, p.Checkpoint = 1, map[string]any(nil)
			p.Checkpoint = struct{}{}
		},
		`,"input":2`: func(p *nango.CreateDryRunParams) {
			p.Input, p.Metadata, p.Checkpoint = 2, map[string]any(nil), (*checkpoint)(nil)
		},
		`,"last_sync_date":"` + zulu + `"`: func(p *nango.CreateDryRunParams) {
			p.LastSyncDate = time.Date(2026, 11, 22, 15, 4, 5, 678_000_000, time.FixedZone("", 2*3600))
		},
	} {
		client, server := serve(t, "functions/dryrun-ok")
		params := nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Type: nango.FunctionAction, Code: "x"}
		change(&params)
		_, err := client.Functions.CreateDryRun(t.Context(), params)
		require.NoError(t, err, want)
		server.requireSent(sent{Method: "POST", Path: "/functions/dryruns", Header: jsonBody,
			Body: `{"integration_id":"i","connection_id":"c","function_type":"action","code":"x"` + want + `}`})
	}
}

const zulu = "2026-11-22T13:04:05.678Z"

func TestFunctionsDryRun(t *testing.T) {
	client, server := serve(t, "functions/dryrun-get-running", "functions/dryrun-get-success", "functions/dryrun-get-failed")
	want := nango.DryRun{
		ID: dryRun, Status: nango.JobRunning, IntegrationID: "demo-none", FunctionType: nango.FunctionAction,
		CreatedAt: milliseconds("2026-11-22T13:39:19.261Z"), UpdatedAt: milliseconds("2026-11-22T13:39:20.795Z"),
		StartedAt: milliseconds("2026-11-22T13:39:20.794Z"),
	}
	run, err := client.Functions.DryRun(t.Context(), dryRun)
	require.NoError(t, err)
	assert.Equal(t, &want, run)

	run, err = client.Functions.DryRun(t.Context(), dryRun)
	require.NoError(t, err)
	want.Status, want.DurationMS = nango.JobSuccess, 15257
	want.CompletedAt = milliseconds("2026-11-22T13:39:36.416Z")
	want.UpdatedAt = want.CompletedAt
	want.Output = "Executing -> integration:\"unauthenticated\" script:\"function\" \nin hello\nDone"
	want.Result = json.RawMessage(`{"b":"hello"}`)
	assert.Equal(t, &want, run)

	run, err = client.Functions.DryRun(t.Context(), "91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3")
	require.NoError(t, err, "a run that failed is no error")
	assert.Equal(t, nango.JobFailed, run.Status)
	require.NotNil(t, run.Error)
	assert.Equal(t, "compilation_error", run.Error.Code)
	assert.Contains(t, run.Error.Message, "'nango' is declared but its value is never read.")
	assert.Contains(t, run.Output, "Found 3 errors")
	assert.Nil(t, run.Result)
	server.requireRecorded()
}

func TestFunctionsDeploy(t *testing.T) {
	client, server := serve(t, "functions/deployment-ok", "functions/deployment-sync")
	job, err := client.Functions.DeployFunction(t.Context(), nango.DeployFunctionParams{
		IntegrationID: "demo-none", Name: "dep-fn", Type: nango.FunctionAction, Code: recordedCode(t, "functions/deployment-ok"),
	})
	require.NoError(t, err)
	assert.Equal(t, &nango.Job{ID: deployment, Status: nango.JobRunning, CreatedAt: milliseconds("2026-11-22T13:40:04.302Z")}, job)
	_, err = client.Functions.DeployFunction(t.Context(), nango.DeployFunctionParams{
		IntegrationID: "demo-none", Name: "slow-sync", Type: nango.FunctionSync, Code: recordedCode(t, "functions/deployment-sync"),
	})
	require.NoError(t, err)
	server.requireRecorded()
}

// The other fields, and templates, of which no success was recorded.
func TestFunctionsDeployFields(t *testing.T) {
	client, server := serveBodies(t, `{"id":"57968126-e761-45db-ad75-ccfbbd8539d9","status":"success","created_at":"`+zulu+`"}`)
	_, err := client.Functions.DeployFunction(t.Context(), nango.DeployFunctionParams{
		IntegrationID: "i", Name: "n", Type: nango.FunctionSync, Code: "a < b && c", Version: "1.2.3", AllowDestructive: true,
	})
	require.NoError(t, err)
	job, err := client.Functions.DeployTemplate(t.Context(), nango.DeployTemplateParams{IntegrationID: "i", Template: "n"})
	require.NoError(t, err)
	assert.Equal(t, &nango.Job{ID: deployment, Status: nango.JobSuccess, CreatedAt: milliseconds(zulu)}, job)
	_, err = client.Functions.DeployTemplate(t.Context(), nango.DeployTemplateParams{IntegrationID: "i", Template: "n", Type: nango.FunctionAction})
	require.NoError(t, err)
	server.requireSent(
		sent{Method: "POST", Path: "/functions/deployments", Header: jsonBody, Body: `{"type":"function","integration_id":"i","function_name":"n",
			"function_type":"sync","code":"a < b && c","version":"1.2.3","allow_destructive":true}`},
		sent{Method: "POST", Path: "/functions/deployments", Header: jsonBody, Body: `{"type":"template","integration_id":"i","template":"n"}`},
		sent{Method: "POST", Path: "/functions/deployments", Header: jsonBody, Body: `{"type":"template","integration_id":"i","template":"n","function_type":"action"}`},
	)
}

func TestFunctionsDeployment(t *testing.T) {
	client, server := serve(t, "functions/deployment-get-success", "functions/deployment-get-failed")
	got, err := client.Functions.Deployment(t.Context(), deployment)
	require.NoError(t, err)
	assert.Contains(t, got.Output, "✓ Deployed")
	got.Output = ""
	completed := milliseconds("2026-11-22T13:40:15.984Z")
	assert.Equal(t, &nango.Deployment{
		ID: deployment, Status: nango.JobSuccess, IntegrationID: "demo-none", FunctionName: "dep-fn", FunctionType: nango.FunctionAction,
		CreatedAt: milliseconds("2026-11-22T13:40:04.302Z"), UpdatedAt: completed, StartedAt: milliseconds("2026-11-22T13:40:05.796Z"), CompletedAt: completed,
		DurationMS: 9857, Deployed: true, DeployedFunctions: []nango.DeployedFunction{{Name: "dep-fn", Version: "v1.0.0"}},
	}, got)

	got, err = client.Functions.Deployment(t.Context(), "8c1c3faa-c781-4f1b-b58e-0dea99f5a7ad")
	require.NoError(t, err, "a deployment that failed is no error")
	assert.Equal(t, nango.JobFailed, got.Status)
	require.NotNil(t, got.Error)
	assert.Equal(t, "compilation_error", got.Error.Code)
	assert.False(t, got.Deployed)
	server.requireRecorded()
}

const (
	dryRun     = "b1def6e2-6a94-4fdc-b275-7d33e1c5c043"
	deployment = "57968126-e761-45db-ad75-ccfbbd8539d9"
)
