package nangotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// Action is a function that a program calls and whose result it gets.
type Action struct {
	IntegrationID, Name string
	// Takes is how long it lasts on the server's clock. If that clock is stopped, the caller waits no time for it.
	Takes time.Duration
	// Run is the code of the action; if it is nil, the action returns null. Its result is anything that encodes to JSON, of 2 MiB
	// at most. As on the real server, 0, false and "" arrive as null, and integers beyond 2^53 lose digits. Its error says how the
	// action fails: an [*ActionError], an [*UpstreamError] or an [*ActionFailure]. Any other error, and a panic, count as an
	// exception that nobody caught. Run may call the server.
	Run func(context.Context, ActionCall) (any, error)
	// Bundled says that the action was deployed in a bundle. Only such functions can be invoked (POST /functions/invocations).
	Bundled bool
	// Details is what else the API shows.
	Details FunctionDetails
}

// ActionCall is what an action is called with.
type ActionCall struct {
	IntegrationID, ConnectionID string
	// Input is JSON. It is {} where the caller sent none, and for null, 0, false and "", as the code of a real action sees it.
	Input json.RawMessage
	// Metadata is the connection's, JSON, empty for none.
	Metadata json.RawMessage
	// Attempt counts from 1; asynchronous actions can be tried again.
	Attempt int
}

// ActionError is an error that an action's own code throws (nango.ActionError in TypeScript): 500 action_script_runtime_error with
// the payload. A payload that is not a JSON object is wrapped in one, as its "message".
type ActionError struct{ Payload any }

// Error implements the error interface.
func (e *ActionError) Error() string { return "nangotest: an error that the action throws" }

// UpstreamError is a failed call of an action or a sync to its provider, with a status of 300 to 599: 424 script_http_error with
// the provider's response. Of its headers the server passes on Content-Type and those that begin with X-Rate. A body that is not a
// JSON object is wrapped in one, as its "message". A [*nango.ProviderError] and a [*nango.UpstreamError], which the client of the
// function may return, count as such a failure too.
type UpstreamError struct {
	StatusCode int
	Header     http.Header
	Body       any
}

// Error implements the error interface.
func (e *UpstreamError) Error() string {
	return fmt.Sprintf("nangotest: the provider responded with %d", e.StatusCode)
}

// ActionFailure is any other way an action fails, by the code that the server gives it. The status follows from the code: 424
// for script_api_rate_limit_error; 500 for script_internal_error, script_network_error, action_script_failure,
// execution_timeout, function_runtime_out_of_memory, function_runtime_timed_out, function_runtime_other, script_cancelled and
// script_invalid_error; 400 for invalid_action_input, invalid_action_output, script_output_too_large and action_failure; 410
// for script_aborted. A code that the server does not know is shown with "unhandled_" before it, with status 500.
type ActionFailure struct {
	Code string
	// Message is the server's own if it is empty.
	Message string
	// Payload is a JSON object; nil shows as {}.
	Payload any
}

// Error implements the error interface.
func (e *ActionFailure) Error() string { return "nangotest: the action fails with " + e.Code }

// AddAction deploys an action, in place of one of the same name. It panics for an unknown integration, a name that is empty or
// that the server refuses, a negative Takes, and invalid Details.
func (e *environment) AddAction(a Action) {
	notNegative(fmt.Sprintf("AddAction %q: Takes", a.Name), a.Takes)
	e.deploy("AddAction", a.IntegrationID, &function{kind: "action", name: a.Name, details: a.Details, action: &a})
}

// upstreamOf finds the failed call of a provider that an error is, which may be one of the function's own client.
func upstreamOf(err error) (*UpstreamError, bool) {
	if upstream, ok := errors.AsType[*UpstreamError](err); ok {
		return upstream, true
	}
	upstream := &UpstreamError{}
	if e, ok := errors.AsType[*nango.ProviderError](err); ok {
		upstream = &UpstreamError{e.StatusCode, e.Header(), bodyValue(e.Body())}
	} else if e, ok := errors.AsType[*nango.UpstreamError](err); ok {
		upstream = &UpstreamError{e.StatusCode, e.Header(), bodyValue(e.Body())}
	}
	return upstream, upstream.StatusCode >= http.StatusMultipleChoices
}

func bodyValue(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}

// failureOf turns an error into a failure with a payload.
func failureOf(err error) ActionFailure {
	if thrown, ok := errors.AsType[*ActionError](err); ok {
		return ActionFailure{Code: "action_script_runtime_error", Payload: wrapped(thrown.Payload)}
	}
	failure, ok := errors.AsType[*ActionFailure](err)
	if !ok {
		return *uncaught(err.Error())
	}
	shown := *failure
	if shown.Payload == nil {
		shown.Payload = object{}
	}
	return shown
}

// show returns the provider's response as the server hands it on.
func (e *UpstreamError) show() object {
	headers := object{}
	for name := range e.Header {
		if lower := strings.ToLower(name); lower == "content-type" || strings.HasPrefix(lower, "x-rate") {
			headers[lower] = e.Header.Get(name)
		}
	}
	return object{"status": e.StatusCode, "headers": headers, "body": wrapped(e.Body)}
}

// wrapped makes a JSON object of what is none.
func wrapped(v any) any {
	if text := throughJS(v); text[0] == '{' {
		return text
	}
	return object{"message": v}
}

// maxOutput is how many bytes an action may return.
const maxOutput = 2 << 20

// tooLarge is the exception that the server throws at more. It has the form of one that the action's own code did not catch.
func tooLarge(size int) error {
	return uncaught(fmt.Sprintf("Output size is too large: %d bytes. Maximum allowed size is %d bytes (2MB). "+
		"See the deprecation announcement: https://nango.dev/docs/updates/dev#august-22-2025", size, maxOutput))
}

// uncaught is the failure of an action whose code did not catch an exception.
func uncaught(message string) *ActionFailure {
	return &ActionFailure{Code: "script_internal_error", Payload: object{"name": "Error", "message": message}}
}

// call runs the action's code, with the server's state unlocked, and returns its output as JSON.
func (a *Action) call(ctx context.Context, input ActionCall) (output json.RawMessage, err error) {
	if a.Run == nil {
		return json.RawMessage("null"), nil
	}
	defer func() {
		if p := recover(); p != nil {
			output, err = nil, fmt.Errorf("%v", p)
		}
	}()
	result, err := a.Run(ctx, input)
	if err != nil {
		return nil, checkFailure(err)
	}
	output = orIfFalse(throughJS(result), "null")
	if len(output) > maxOutput {
		return nil, tooLarge(len(output))
	}
	return output, nil
}

// checkFailure says what is wrong with an error that says how an action or a sync fails, where that cannot be.
func checkFailure(err error) error {
	if failure, ok := errors.AsType[*ActionFailure](err); ok && failure.Code == "" {
		return errors.New("nangotest: an ActionFailure needs a Code")
	}
	if upstream, ok := errors.AsType[*UpstreamError](err); ok && (upstream.StatusCode < 300 || upstream.StatusCode > 599) {
		return fmt.Errorf("nangotest: an UpstreamError needs a StatusCode of 300 to 599, not %d", upstream.StatusCode)
	}
	return err
}

// orIfFalse puts something in the place of what JavaScript takes for false, and of nothing.
func orIfFalse(text json.RawMessage, otherwise string) json.RawMessage {
	if len(text) > 0 && js.Truthy(js.Parse(text)) {
		return text
	}
	return json.RawMessage(otherwise)
}

// asyncAction is an action that was triggered in the background.
type asyncAction struct {
	id      string
	conn    *connection
	action  *Action
	call    ActionCall
	retries int  // that are left
	invoked bool // by an invocation, which sends no webhook
	ended   bool
	output  json.RawMessage
	failure error
}

func (a *asyncAction) url() string {
	if a.invoked {
		return "/functions/invocations/" + a.id
	}
	return "/action/" + a.id
}

// enqueue takes an action in. The server runs those of an environment one after another.
func (e *environment) enqueue(a *asyncAction) {
	e.asyncActions[a.id] = a
	e.waiting = append(e.waiting, a)
	if len(e.waiting) == 1 {
		e.server.clock.After(e.server.delays.AsyncActions, e.runFirst)
	}
}

// runFirst runs the first of the actions that wait. It is called with the state unlocked.
func (e *environment) runFirst() {
	var a *asyncAction
	e.server.locked(func() { a = e.waiting[0] })
	output, err := a.action.call(e.server.ctx, a.call)
	e.server.clock.After(a.action.Takes, func() { e.ended(a, output, err) })
}

// ended notes how an attempt of the first action ended, and has the next one run.
func (e *environment) ended(a *asyncAction, output json.RawMessage, err error) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	if err != nil && a.retries > 0 {
		a.retries--
		a.call.Attempt++
	} else {
		a.ended, a.output, a.failure = true, output, err
		e.waiting = e.waiting[1:]
		if !a.invoked {
			e.emit(a.conn, &webhook.AsyncActionEvent{
				ConnectionID: a.call.ConnectionID, IntegrationID: a.call.IntegrationID,
				Action: webhook.ActionReference{ID: a.id, StatusURL: a.url()},
			})
		}
	}
	if len(e.waiting) > 0 {
		e.server.clock.After(e.server.delays.AsyncActions, e.runFirst)
	}
}
