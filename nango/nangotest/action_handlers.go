package nangotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/reqschema"
)

var actionHandlers = map[gen.OperationID]handler{gen.OperationTriggerAction: triggerAction, gen.OperationGetActionResult: getActionResult}

func triggerAction(c *call) *response {
	conn := c.namedConnection()
	if conn == nil {
		return fail(http.StatusBadRequest, "unknown_connection", "Failed to find connection")
	}
	var body map[string]json.RawMessage // keys that differ in case are others, and passed over
	c.into(&body)
	name := textOf(decodeAny(body["action_name"]))
	f := conn.integration.function("action", name)
	switch {
	case f == nil:
		return fail(http.StatusNotFound, "not_found", "Action not found"+conn.integration.missingFunction("action", name, "AddAction"))
	case f.details.Disabled:
		return fail(http.StatusNotFound, "disabled_resource", "The action is disabled")
	}
	input := ActionCall{
		IntegrationID: conn.integration.key, ConnectionID: conn.connectionID, Input: orIfFalse(body["input"], "{}"), Metadata: conn.metadata, Attempt: 1,
	}
	if reqschema.IsTrue(c.r.Header.Get("X-Async")) {
		retries, _ := strconv.Atoi(c.r.Header.Get("X-Max-Retries"))
		a := &asyncAction{id: c.s.newID(), conn: conn, action: f.action, call: input, retries: retries}
		c.env.enqueue(a)
		return a.begun()
	}
	return c.run(f.action, input, actionFailed)
}

// run runs an action while the caller waits, and returns its output, or what failed makes of its error.
func (c *call) run(action *Action, input ActionCall, failed func(error) *response) *response {
	var output json.RawMessage
	var err error
	c.s.outside(func() {
		output, err = action.call(c.r.Context(), input)
		c.s.clock.Wait(c.r.Context(), action.Takes)
	})
	if err != nil {
		return failed(err)
	}
	return ok(output)
}

// getActionResult cannot tell an action that has not ended, one that is not there and one that returned nothing apart.
func getActionResult(c *call) *response {
	a := c.env.asyncActions[c.path["id"]]
	switch {
	case a == nil, a.invoked, !a.ended, a.failure == nil && string(a.output) == "null":
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("No action '%s' found", c.path["id"]))
	case a.failure != nil:
		return actionFailed(a.failure)
	}
	return ok(a.output)
}

// actionCodes are the failures that the server knows.
var actionCodes = map[string]struct {
	status  int
	message string
}{
	"script_api_rate_limit_error":    {http.StatusFailedDependency, "Script API rate limit exceeded."},
	"action_script_runtime_error":    {http.StatusInternalServerError, "The action script failed with a runtime error"},
	"script_internal_error":          {http.StatusInternalServerError, "An internal error occurred during the script execution"},
	"script_network_error":           {http.StatusInternalServerError, "A network error occurred during an HTTP call"},
	"action_script_failure":          {http.StatusInternalServerError, "The action script failed with an error"},
	"execution_timeout":              {http.StatusInternalServerError, "The function exceeded the maximum execution time"},
	"function_runtime_out_of_memory": {http.StatusInternalServerError, "The function runtime ran out of memory"},
	"function_runtime_timed_out":     {http.StatusInternalServerError, "The function runtime timed out"},
	"function_runtime_other":         {http.StatusInternalServerError, "An unknown error occurred with the function runtime"},
	"script_cancelled":               {http.StatusInternalServerError, "The script was cancelled"},
	"script_invalid_error":           {http.StatusInternalServerError, "An invalid error"},
	"invalid_action_input":           {http.StatusBadRequest, "Failed to validate the input passed to the action"},
	"invalid_action_output":          {http.StatusBadRequest, "Failed to validate the output passed to the action"},
	"script_output_too_large":        {http.StatusBadRequest, "Script output is too large"},
	"action_failure":                 {http.StatusBadRequest, "Failed to perform the action"},
	"script_aborted":                 {http.StatusGone, "The script was aborted"},
}

// actionFailed is the response that says why an action failed.
func actionFailed(err error) *response {
	if upstream, ok := upstreamOf(err); ok {
		shown := upstream.show()
		return jsonResponse(http.StatusFailedDependency,
			envelope{Code: "script_http_error", Payload: shown["body"], Upstream: shown}.wrap())
	}
	failure := failureOf(err)
	known, ok := actionCodes[failure.Code]
	if !ok {
		known.status, known.message = http.StatusInternalServerError, "An unhandled error of type '"+failure.Code+"' has occurred"
		failure.Code = "unhandled_" + failure.Code
	}
	if failure.Message == "" {
		failure.Message = known.message
	}
	return failWithPayload(known.status, failure.Code, failure.Message, failure.Payload)
}
