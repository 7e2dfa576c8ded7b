package nango

import (
	"context"
	"time"

	"github.com/nango-go/sdk/gen"
)

// Compile type-checks and bundles the TypeScript source of one function. It can take three and a half minutes.
//
// Source that does not compile is an error that matches [ErrInvalid]. Its code is compilation_error, and
// [Error.FullMessage] returns the compiler's output. On a server that has no sandbox to run code in, the error of this
// call, of dry runs and of deployments matches [ErrServer].
//
// POST /functions/compile (compileFunction). Not in the Node SDK.
func (s *FunctionService) Compile(ctx context.Context, code string) (*CompiledFunction, error) {
	return decode[CompiledFunction](s.client.gen.CompileFunction(ctx, gen.CompileFunctionRequest{Code: code}))
}

// The states of a job.
const (
	JobWaiting JobStatus = "waiting"
	JobRunning JobStatus = "running"
	JobSuccess JobStatus = "success"
	JobFailed  JobStatus = "failed"
)

// CreateDryRunParams describes a dry run: it runs source once against a connection, and stores nothing.
type CreateDryRunParams struct {
	IntegrationID string
	ConnectionID  string
	Type          FunctionType // FunctionSync or FunctionAction
	Code          string       // TypeScript source
	// Input is the input of an action: anything that encodes to JSON, or nil for none.
	Input any
	// Metadata replaces the connection's metadata, and Checkpoint the sync's checkpoint, during the run. Each is nil or
	// anything that encodes to a JSON object.
	Metadata   any
	Checkpoint any
	// LastSyncDate is the date of the last run that the source sees; zero means none.
	LastSyncDate time.Time
}

// CreateDryRun starts a dry run. The run takes eight and a half minutes at most; [FunctionService.WaitForDryRun]
// returns its outcome.
//
// A connection or an integration that does not exist is an error that matches [ErrNotFound]. The server refuses an API
// key that was not created in Nango, such as one from the server's own configuration; that error matches
// [ErrForbidden].
//
// POST /functions/dryruns (createDryRun). Not in the Node SDK.
func (s *FunctionService) CreateDryRun(ctx context.Context, params CreateDryRunParams) (*Job, error) {
	if err := checkID("IntegrationID", params.IntegrationID); err != nil {
		return nil, err
	}
	if err := checkID("ConnectionID", params.ConnectionID); err != nil {
		return nil, err
	}
	body := gen.CreateDryRunRequest{
		IntegrationID: params.IntegrationID, ConnectionID: params.ConnectionID,
		FunctionType: params.Type, Code: params.Code,
	}
	var err error
	if params.Input != nil {
		if body.Input, err = encode("Input", params.Input); err != nil {
			return nil, err
		}
	}
	if body.Metadata, err = optionalObject("Metadata", params.Metadata); err != nil {
		return nil, err
	}
	checkpoint, err := optionalObject("Checkpoint", params.Checkpoint)
	if err != nil {
		return nil, err
	}
	body.Checkpoint = deref(checkpoint)
	if !params.LastSyncDate.IsZero() {
		body.LastSyncDate = new(params.LastSyncDate.UTC().Format(time.RFC3339Nano))
	}
	return decode[Job](s.client.gen.CreateDryRun(ctx, body))
}

// DryRun returns the state of a dry run. A run that failed is not an error of this call: its Status is [JobFailed] and
// its Error says why. Result is the value that an action returned. Output is a text; it shows the records that a sync
// would have saved. A run that does not exist, or was created more than 14 days ago, is an error that matches
// [ErrNotFound].
//
// GET /functions/dryruns/{id} (getDryRun). Not in the Node SDK.
func (s *FunctionService) DryRun(ctx context.Context, id string) (*DryRun, error) {
	if err := checkID("id", id); err != nil {
		return nil, err
	}
	return decode[DryRun](s.client.gen.GetDryRun(ctx, gen.PathID(id)))
}

// WaitForDryRun polls until a dry run has ended. The Status says whether the run succeeded. If ctx ends or polling
// keeps failing, the error is a [*WaitError].
//
// GET /functions/dryruns/{id} (getDryRun), repeatedly. Not in the Node SDK.
func (s *FunctionService) WaitForDryRun(ctx context.Context, id string, params *WaitParams) (*DryRun, error) {
	return poll(ctx, &wait{awaited: "a dry run", params: deref(params)}, func(ctx context.Context) (*DryRun, error) {
		run, err := s.DryRun(ctx, id)
		if err != nil || !isTerminal(run.Status) {
			return nil, err
		}
		return run, nil
	})
}

// DeployFunctionParams describes a function to deploy from source.
type DeployFunctionParams struct {
	IntegrationID string
	Name          string
	Type          FunctionType // FunctionSync or FunctionAction
	Code          string       // TypeScript source
	Version       string       // empty: the server's choice
	// AllowDestructive allows a deployment that loses data of the function that it overwrites.
	AllowDestructive bool
}

// DeployFunction starts to deploy a function from source. The deployment takes five and a half minutes at most;
// [FunctionService.WaitForDeployment] returns its outcome.
//
// It overwrites a function of the same name if that was deployed from source too (its Source is standalone). Any other
// function of that name is an error with the code invalid_request. An integration that does not exist is an error that
// matches [ErrNotFound]. The server refuses the same API keys as for [FunctionService.CreateDryRun].
//
// POST /functions/deployments (createDeployment). Not in the Node SDK.
func (s *FunctionService) DeployFunction(ctx context.Context, params DeployFunctionParams) (*Job, error) {
	return s.deploy(ctx, params.IntegrationID, gen.DeployFunctionRequest{
		Type: "function", IntegrationID: params.IntegrationID, FunctionName: params.Name, FunctionType: params.Type,
		Code: params.Code, Version: optional(params.Version), AllowDestructive: optional(params.AllowDestructive),
	})
}

// DeployTemplateParams describes a function to deploy from the catalogue.
type DeployTemplateParams struct {
	IntegrationID string
	Template      string
	Type          FunctionType // required if a sync and an action have the same name
}

// DeployTemplate deploys a function from the catalogue of templates; see [ProviderService.Templates]. When the call
// returns, the deployment is complete.
//
// A template or an integration that does not exist is an error that matches [ErrNotFound]. The error matches
// [ErrConflict] if the template is already deployed, or if a sync and an action have this name and Type is empty.
//
// POST /functions/deployments (createDeployment). Not in the Node SDK.
func (s *FunctionService) DeployTemplate(ctx context.Context, params DeployTemplateParams) (*Job, error) {
	return s.deploy(ctx, params.IntegrationID, gen.DeployTemplateRequest{
		Type: "template", IntegrationID: params.IntegrationID, Template: params.Template, FunctionType: optional(params.Type),
	})
}

func (s *FunctionService) deploy(ctx context.Context, integrationID string, body any) (*Job, error) {
	if err := checkID("IntegrationID", integrationID); err != nil {
		return nil, err
	}
	raw, err := encode("params", body)
	if err != nil {
		return nil, err
	}
	return decode[Job](s.client.gen.CreateDeployment(ctx, raw))
}

// Deployment returns the state of a deployment. A deployment that failed is not an error of this call: its Status is
// [JobFailed] and its Error says why. A deployment that does not exist, or was created more than 14 days ago, is an
// error that matches [ErrNotFound].
//
// GET /functions/deployments/{id} (getDeployment). Not in the Node SDK.
func (s *FunctionService) Deployment(ctx context.Context, id string) (*Deployment, error) {
	if err := checkID("id", id); err != nil {
		return nil, err
	}
	return decode[Deployment](s.client.gen.GetDeployment(ctx, gen.PathID(id)))
}

// WaitForDeployment polls until a deployment has ended. The Status says whether it succeeded. If ctx ends or polling
// keeps failing, the error is a [*WaitError].
//
// GET /functions/deployments/{id} (getDeployment), repeatedly. Not in the Node SDK.
func (s *FunctionService) WaitForDeployment(ctx context.Context, id string, params *WaitParams) (*Deployment, error) {
	return poll(ctx, &wait{awaited: "a deployment", params: deref(params)}, func(ctx context.Context) (*Deployment, error) {
		deployment, err := s.Deployment(ctx, id)
		if err != nil || !isTerminal(deployment.Status) {
			return nil, err
		}
		return deployment, nil
	})
}

// isTerminal reports whether a job has ended. An unknown state counts as an end, so that no caller waits for ever.
func isTerminal(status JobStatus) bool { return status != JobWaiting && status != JobRunning }
