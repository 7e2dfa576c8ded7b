package nangotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nango-go/sdk/internal/frequency"
)

// Sandbox is where a server compiles source code, tries it out and deploys it. The zero value accepts any code and takes no time.
type Sandbox struct {
	// Takes is how long a dry run or a deployment lasts on the server's clock.
	Takes time.Duration
	// Compile turns TypeScript into JavaScript; if it is nil, the code stays as it is. Its error says what is wrong with the code:
	// a [*FunctionError], or any other, which counts as a compilation_error.
	Compile func(code string) (Compiled, error)
	// DryRun tries a compiled function out; if it is nil, the result is null. Its result is anything that encodes to JSON, and is
	// shown for actions only. Its error fails the run: a [*FunctionError] with its code, any other with function_error.
	DryRun func(context.Context, DryRun) (any, error)
}

// Compiled is the result of compiling a function's source.
type Compiled struct {
	// JS is the bundle.
	JS string
	// Details are what the API shows of the deployed function, besides its code, its source and its version.
	Details FunctionDetails
	// Models are what a sync saves, and Runs is how often, "every day" if it is empty.
	Models []string
	Runs   string
}

// DryRun is a request to try a function out. Fields that the request left out are empty.
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

// FunctionError says why code cannot be compiled, tried out or deployed. Compiling fails with its code, such as compilation_error
// and validation_error (400), execution_environment_unavailable (503), timeout (504) and any other (500); jobs have it as their
// error. Without a code it counts as any other error.
type FunctionError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Payload any    `json:"payload,omitzero"`
}

// Error implements the error interface.
func (e *FunctionError) Error() string { return "nangotest: " + e.Code + ": " + e.Message }

// SetSandbox sets how the server runs source code. Nil is a server without a sandbox, which refuses code with 500 server_error. It
// panics if Takes is negative.
func (s *Server) SetSandbox(sandbox *Sandbox) {
	if sandbox != nil {
		notNegative("SetSandbox: Takes", sandbox.Takes)
	}
	s.locked(func() { s.sandbox = sandbox })
}

// compile is called with the state unlocked.
func (b *Sandbox) compile(code string) (Compiled, error) {
	if b.Compile == nil {
		return Compiled{JS: code}, nil
	}
	compiled, err := b.Compile(code)
	if _, _, ok := frequency.Parse(compiled.Runs); err == nil && compiled.Runs != "" && !ok {
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
