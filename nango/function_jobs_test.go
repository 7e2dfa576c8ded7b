package nango_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// waiting is a job of which nothing more is known.
const waiting = `{"id":"b1def6e2-6a94-4fdc-b275-7d33e1c5c043","status":"waiting","integration_id":"i","function_type":"action",` +
	`"created_at":"2026-11-22T13:39:19.261Z","updated_at":"2026-11-22T13:39:19.261Z"}`

func TestWaitForDryRun(t *testing.T) {
	for end, status := range map[string]nango.JobStatus{"functions/dryrun-get-success": nango.JobSuccess, "functions/dryrun-get-failed": nango.JobFailed} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			client, server := mixed(t, waiting, "functions/dryrun-get-running", "functions/dryrun-get-running", end)
			run, err := client.Functions.WaitForDryRun(t.Context(), dryRun, nil)
			require.NoError(t, err)
			assert.Equal(t, status, run.Status)
			assert.Equal(t, 1000+1500+2250, int(time.Since(started).Milliseconds()))
			poll := recorded(t, "functions/dryrun-get-running")
			server.requireSent(poll, poll, poll, poll)
		})
	}
}

func TestWaitForDeployment(t *testing.T) {
	for end, status := range map[string]nango.JobStatus{"functions/deployment-get-success": nango.JobSuccess, "functions/deployment-get-failed": nango.JobFailed} {
		synctest.Test(t, func(t *testing.T) {
			client, server := mixed(t, waiting, `{"id":"a","status":"running"}`, end)
			polls := 0
			got, err := client.Functions.WaitForDeployment(t.Context(), deployment, &nango.WaitParams{OnPoll: func(nango.WaitStatus) { polls++ }})
			require.NoError(t, err)
			assert.Equal(t, status, got.Status)
			assert.Equal(t, 2, polls)
			poll := recorded(t, "functions/deployment-get-success")
			server.requireSent(poll, poll, poll)
		})
	}
}

// A state that is not known yet is an end, so that it is not awaited for ever.
func TestWaitForJobEndsAtUnknownStates(t *testing.T) {
	client, server := serveBodies(t, `{"id":"a","status":"cancelled"}`)
	run, err := client.Functions.WaitForDryRun(t.Context(), dryRun, nil)
	require.NoError(t, err)
	assert.EqualValues(t, "cancelled", run.Status)
	got, err := client.Functions.WaitForDeployment(t.Context(), deployment, nil)
	require.NoError(t, err)
	assert.EqualValues(t, "cancelled", got.Status)
	assert.Len(t, server.requests, 2)
}

func TestWaitForJobFails(t *testing.T) {
	client, server := serve(t, "functions/dryrun-get-unknown", "functions/deployment-get-unknown")
	_, err := client.Functions.WaitForDryRun(t.Context(), "528bf7d0-7fbf-42f4-82fd-14aa5ba91f23", nil)
	requireFailure(t, err, nango.ErrNotFound, "dryrun_not_found")
	assert.ErrorContains(t, err, "nango: waiting for a dry run ended after 1 poll")
	_, err = client.Functions.WaitForDeployment(t.Context(), "4f504d01-f002-4477-b28f-b691144dfce1", nil)
	requireFailure(t, err, nango.ErrNotFound, "deployment_not_found")
	assert.ErrorContains(t, err, "nango: waiting for a deployment ended after 1 poll")
	server.requireRecorded()

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
		defer cancel()
		client, _ := mixed(t, waiting)
		_, err := client.Functions.WaitForDryRun(ctx, dryRun, nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		_, ok := err.(*nango.WaitError)
		assert.True(t, ok)
	})
	synctest.Test(t, func(t *testing.T) {
		client, server := serve(t, "functions/deployment-get-success")
		server.responses = append([]*recordings.Exchange{exchange(502, ``), exchange(503, ``)}, server.responses...)
		_, err := client.Functions.WaitForDeployment(t.Context(), deployment, nil)
		assert.NoError(t, err, "passing errors are tolerated")
		assert.Len(t, server.requests, 3)
	})
}

func TestFunctionCodeErrors(t *testing.T) {
	ctx := t.Context()
	deploy := func(integrationID, name, recording string) func(*nango.FunctionService) error {
		return func(s *nango.FunctionService) error {
			return failed(s.DeployFunction(ctx, nango.DeployFunctionParams{
				IntegrationID: integrationID, Name: name, Type: nango.FunctionAction, Code: recordedCode(t, recording),
			}))
		}
	}
	dry := func(integrationID, connectionID, recording string) func(*nango.FunctionService) error {
		return func(s *nango.FunctionService) error {
			return failed(s.CreateDryRun(ctx, nango.CreateDryRunParams{
				IntegrationID: integrationID, ConnectionID: connectionID, Type: nango.FunctionAction, Code: recordedCode(t, recording),
				Input: map[string]string{"a": "hello"},
			}))
		}
	}
	compile := func(recording string) func(*nango.FunctionService) error {
		return func(s *nango.FunctionService) error { return failed(s.Compile(ctx, recordedCode(t, recording))) }
	}
	badID := []nango.FieldError{{Code: "invalid_format", Message: "Invalid UUID", Path: []string{"id"}}}
	for recording, test := range map[string]struct {
		call   func(*nango.FunctionService) error
		is     error
		code   string
		fields []nango.FieldError
	}{
		"functions/compile-type-error":  {compile("functions/compile-type-error"), nango.ErrInvalid, "compilation_error", nil},
		"functions/compile-account-key": {compile("functions/compile-account-key"), nango.ErrForbidden, "forbidden", nil},
		"functions/dryrun-unknown-connection-2": {dry("demo-none", "zzz", "functions/dryrun-unknown-connection-2"),
			nango.ErrNotFound, "connection_not_found", nil},
		"functions/dryrun-unknown-integration-2": {dry("zzz", "conn-none-1", "functions/dryrun-unknown-integration-2"),
			nango.ErrNotFound, "integration_not_found", nil},
		"functions/dryrun-get-unknown": {func(s *nango.FunctionService) error {
			return failed(s.DryRun(ctx, "528bf7d0-7fbf-42f4-82fd-14aa5ba91f23"))
		}, nango.ErrNotFound, "dryrun_not_found", nil},
		"functions/dryrun-get-bad-id":     {func(s *nango.FunctionService) error { return failed(s.DryRun(ctx, "abc")) }, nango.ErrInvalid, "invalid_uri_params", badID},
		"functions/deployment-get-bad-id": {func(s *nango.FunctionService) error { return failed(s.Deployment(ctx, "abc")) }, nango.ErrInvalid, "invalid_uri_params", badID},
		"functions/deployment-existing-repo-function": {deploy("demo-none", "echo", "functions/deployment-existing-repo-function"),
			nango.ErrInvalid, "invalid_request", nil},
		"functions/deployment-unknown-integration": {deploy("zzz", "dep-fn", "functions/deployment-unknown-integration"),
			nango.ErrNotFound, "integration_not_found", nil},
		"functions/deployment-template-unknown": {func(s *nango.FunctionService) error {
			return failed(s.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: "demo-none", Template: "zzz"}))
		}, nango.ErrNotFound, "template_not_found", nil},
	} {
		t.Run(recording, func(t *testing.T) {
			client, server := refused(t, recording)
			requireFailure(t, test.call(client.Functions), test.is, test.code, test.fields...)
			server.requireRecorded()
		})
	}
}

func TestFunctionCodeArguments(t *testing.T) {
	client, server := serve(t)
	s, ctx := client.Functions, t.Context()
	dry := func(params nango.CreateDryRunParams) error { return failed(s.CreateDryRun(ctx, params)) }
	for _, test := range []struct {
		err              error
		argument, reason string
	}{
		{dry(nango.CreateDryRunParams{ConnectionID: "c"}), "IntegrationID", isEmpty},
		{dry(nango.CreateDryRunParams{IntegrationID: "i"}), "ConnectionID", isEmpty},
		{dry(nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Input: make(chan int)}), "Input", "cannot be encoded"},
		{dry(nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Metadata: []int{1}}), "Metadata", "must be a JSON object"},
		{dry(nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Checkpoint: "x"}), "Checkpoint", "must be a JSON object"},
		{failed(s.DeployFunction(ctx, nango.DeployFunctionParams{IntegrationID: ".."})), "IntegrationID", hasDots},
		{failed(s.DeployTemplate(ctx, nango.DeployTemplateParams{Template: "t"})), "IntegrationID", isEmpty},
		{failed(s.DryRun(ctx, "")), "id", isEmpty},
		{failed(s.Deployment(ctx, "..")), "id", hasDots},
		{failed(s.WaitForDryRun(ctx, dryRun, &nango.WaitParams{MaxDelay: -1})), "Wait", "holds a negative value"},
		{failed(s.WaitForDeployment(ctx, deployment, &nango.WaitParams{MinDelay: 2, MaxDelay: 1})), "Wait", "has a MaxDelay below MinDelay"},
	} {
		requireArgument(t, test.err, test.argument, test.reason)
	}
	server.requireSent()
}

// What starts a sandbox has five minutes, what only asks for a job a minute.
func TestFunctionCodeHasTheTimeThatItNeeds(t *testing.T) {
	within := func(d time.Duration) http.RoundTripper {
		return transportFunc(func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(d):
				return exchange(200, `{"id":"a","status":"running","bundled_js":"x"}`).Respond(req), nil
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		})
	}
	for name, test := range map[string]struct {
		call  func(context.Context, *nango.FunctionService) error
		limit time.Duration
	}{
		"compile": {func(ctx context.Context, s *nango.FunctionService) error { return failed(s.Compile(ctx, "x")) }, 5 * time.Minute},
		"dry run": {func(ctx context.Context, s *nango.FunctionService) error {
			return failed(s.CreateDryRun(ctx, nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c", Type: "sync", Code: "x"}))
		}, 5 * time.Minute},
		"deploy": {func(ctx context.Context, s *nango.FunctionService) error {
			return failed(s.DeployFunction(ctx, nango.DeployFunctionParams{IntegrationID: "i", Name: "n", Type: "sync", Code: "x"}))
		}, 5 * time.Minute},
		"get dry run": {func(ctx context.Context, s *nango.FunctionService) error { return failed(s.DryRun(ctx, dryRun)) }, time.Minute},
		"get deployment": {func(ctx context.Context, s *nango.FunctionService) error {
			return failed(s.Deployment(ctx, deployment))
		}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := (&server{t: t}).client(nango.WithHTTPClient(&http.Client{Transport: within(test.limit - time.Second)}))
				assert.NoError(t, test.call(t.Context(), client.Functions))
				client = (&server{t: t}).client(nango.WithHTTPClient(&http.Client{Transport: within(test.limit + time.Second)}))
				assert.ErrorIs(t, test.call(t.Context(), client.Functions), context.DeadlineExceeded)
			})
		})
	}
}
