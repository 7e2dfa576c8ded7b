package nangotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nango-go/sdk/internal/js"
)

// Sandbox is where a server compiles functions that it is sent as code, tries them out and deploys them. The zero value takes
// any code and is done at once.
type Sandbox struct {
	// Takes is how long a dry run or a deployment lasts on the server's clock.
	Takes time.Duration
	// Compile turns TypeScript into JavaScript. Its error says what is wrong with the code: a [*FunctionError], or any other,
	// which is a compilation_error. Nil, the code is taken as it is.
	Compile func(code string) (Compiled, error)
	// DryRun tries a function out that compiles. Its result is anything that encodes to JSON, and shows for actions only. Its
	// error fails the run as a [*FunctionError] or, if it is another, with function_error. Nil, the result is null.
	DryRun func(context.Context, DryRun) (any, error)
}

// Compiled is what comes of a function's source.
type Compiled struct {
	// JS is the bundle.
	JS string
	// Details are shown of the function once it is deployed, besides its code, its source and its version.
	Details FunctionDetails
	// Models are what a sync saves, and Runs is how often, "every day" if it is empty.
	Models []string
	Runs   string
}

// DryRun is what a function is tried out with. The texts of JSON are empty where the request had none.
type DryRun struct {
	IntegrationID string          `json:"integration_id"`
	ConnectionID  string          `json:"connection_id"`
	Type          string          `json:"function_type"` // "action" or "sync"
	Code          string          `json:"code"`
	Input         json.RawMessage `json:"input"`
	Metadata      json.RawMessage `json:"metadata"`
	Checkpoint    json.RawMessage `json:"checkpoint"`
	LastSyncDate  time.Time       `json:"-"` // zero where the request had none
}

// FunctionError is why code is not compiled, tried out or deployed. Compiling answers with its code, such as
// compilation_error and validation_error (400), execution_environment_unavailable (503), timeout (504) and any other (500);
// jobs hold it as their error. Without a code it is taken for any other error.
type FunctionError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Payload any    `json:"payload,omitzero"`
}

// Error implements the error interface.
func (e *FunctionError) Error() string { return "nangotest: " + e.Code + ": " + e.Message }

// SetSandbox sets what becomes of functions that are sent as code. Nil is an install without a sandbox, which answers them with
// 500 server_error. It panics if Takes is negative.
func (s *Server) SetSandbox(sandbox *Sandbox) {
	if sandbox != nil {
		notNegative("SetSandbox: Takes", sandbox.Takes)
	}
	s.locked(func() { s.sandbox = sandbox })
}

func noSandbox() *answer {
	return fail(http.StatusInternalServerError, "server_error", "The execution environment could not be started")
}

// compile is called with the state unlocked.
func (b *Sandbox) compile(code string) (Compiled, error) {
	if b.Compile == nil {
		return Compiled{JS: code}, nil
	}
	compiled, err := b.Compile(code)
	if _, _, ok := interval(compiled.Runs); err == nil && compiled.Runs != "" && !ok {
		err = fmt.Errorf("nangotest: Compiled: a sync cannot run %q", compiled.Runs)
	}
	return compiled, functionError(err, "compilation_error")
}

func functionError(err error, otherwise string) error {
	if known, ok := errors.AsType[*FunctionError](err); err == nil || ok && known.Code != "" {
		return err
	}
	return &FunctionError{Code: otherwise, Message: err.Error()}
}

var compileStatus = map[string]int{
	"compilation_error": http.StatusBadRequest, "validation_error": http.StatusBadRequest,
	"execution_environment_unavailable": http.StatusServiceUnavailable, "timeout": http.StatusGatewayTimeout,
}

func compileFunction(c *call) *answer {
	var body struct{ Code string }
	c.into(&body)
	sandbox := c.s.sandbox
	if sandbox == nil {
		return noSandbox()
	}
	var compiled Compiled
	var err error
	c.s.outside(func() { compiled, err = sandbox.compile(body.Code) })
	if failed, ok := errors.AsType[*FunctionError](err); ok {
		status, known := compileStatus[failed.Code]
		if !known {
			status = http.StatusInternalServerError
		}
		return jsonAnswer(status, envelope{Code: failed.Code, Message: failed.Message, Payload: failed.Payload}.wrap())
	}
	return ok(object{"bundle_size_bytes": len(compiled.JS), "bundled_js": compiled.JS, "compiled_at": zulu(c.now)})
}

func noFunctionIntegration(status int, id string) *answer {
	return fail(status, "integration_not_found", fmt.Sprintf("Integration '%s' was not found", id))
}

func noFunctionConnection(integrationID, connectionID string) *answer {
	return fail(http.StatusNotFound, "connection_not_found",
		fmt.Sprintf("Connection '%s' was not found for integration '%s'", connectionID, integrationID))
}

func createDryRun(c *call) *answer {
	var run DryRun
	c.into(&run)
	if date, given := c.body.(object)["last_sync_date"]; given {
		run.LastSyncDate, _ = js.Date(date)
	}
	if c.env.integration(run.IntegrationID) == nil {
		return noFunctionIntegration(http.StatusNotFound, run.IntegrationID)
	}
	if c.env.find(run.IntegrationID, run.ConnectionID) == nil {
		return noFunctionConnection(run.IntegrationID, run.ConnectionID)
	}
	return c.startJob(&job{kind: dryRunJob, integrationID: run.IntegrationID, functionType: run.Type, code: run.Code}, func(s *Sandbox, j *job) error {
		if s.DryRun == nil {
			return nil
		}
		result, err := s.DryRun(c.s.ctx, run)
		if err == nil {
			j.result, err = json.Marshal(result)
		}
		return functionError(err, "function_error")
	})
}

func createDeployment(c *call) *answer {
	var body struct {
		Type          string
		IntegrationID string `json:"integration_id"`
		Name          string `json:"function_name"`
		FunctionType  string `json:"function_type"`
		Code          string
		Version       string
		Template      string
	}
	c.into(&body)
	i := c.env.integration(body.IntegrationID)
	if i == nil {
		return noFunctionIntegration(http.StatusNotFound, body.IntegrationID)
	}
	if body.Type == "template" {
		return c.deployTemplate(i, body.Template, body.FunctionType)
	}
	if f := i.function(body.FunctionType, body.Name); f != nil && f.details.Source != "standalone" {
		return fail(http.StatusBadRequest, "invalid_request", fmt.Sprintf("Cannot overwrite existing function '%s'", body.Name))
	}
	if body.Version == "" {
		body.Version = "1.0.0"
	}
	j := &job{kind: deploymentJob, integrationID: i.key, functionType: body.FunctionType, functionName: body.Name, code: body.Code, version: body.Version}
	return c.startJob(j, func(*Sandbox, *job) error { return nil })
}
