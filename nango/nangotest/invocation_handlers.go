package nangotest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

var invocationHandlers = map[gen.OperationID]handler{gen.OperationInvokeFunction: invokeFunction, gen.OperationGetInvocation: getInvocation}

// invokeFunction runs an action that was deployed in a bundle. The recorded build checks the request and goes no further.
func invokeFunction(c *call) *response {
	var body struct {
		IntegrationID string          `json:"integration_id"`
		ConnectionID  string          `json:"connection_id"`
		Name          string          `json:"name"`
		Input         json.RawMessage `json:"input"`
		Type          string          `json:"invocation_type"`
	}
	c.into(&body)
	conn := c.env.find(body.IntegrationID, body.ConnectionID)
	if conn == nil {
		return fail(http.StatusNotFound, "connection_not_found",
			fmt.Sprintf("Connection '%s' was not found for integration '%s'", body.ConnectionID, body.IntegrationID))
	}
	f := conn.integration.function("action", body.Name)
	works := c.s.from(oldestRelease)
	switch {
	case (f == nil || !f.action.Bundled) && works:
		return fail(http.StatusNotFound, "function_not_found", fmt.Sprintf("Function '%s' was not found", body.Name))
	case f == nil || !f.action.Bundled:
		return fail(http.StatusNotFound, "unknown_function", fmt.Sprintf("Function '%s' was not found", body.Name))
	case f.details.Disabled:
		return fail(http.StatusForbidden, "function_disabled", fmt.Sprintf("Function '%s' is disabled", body.Name))
	case !works:
		return fail(http.StatusNotImplemented, "not_implemented", "Function invocation is not implemented yet")
	}
	input := ActionCall{
		IntegrationID: body.IntegrationID, ConnectionID: body.ConnectionID, Input: orIfFalse(body.Input, "{}"), Metadata: conn.metadata, Attempt: 1,
	}
	if body.Type == "no_wait" {
		a := &asyncAction{id: c.s.newID(), conn: conn, action: f.action, call: input, invoked: true}
		c.env.enqueue(a)
		return a.begun()
	}
	return c.run(f.action, input, invocationFailed)
}

// begun is the response while an invocation runs.
func (a *asyncAction) begun() *response {
	accepted := jsonResponse(http.StatusAccepted, object{"id": a.id, "statusUrl": a.url()})
	accepted.header.Set("Location", a.url())
	return accepted
}

func getInvocation(c *call) *response {
	a := c.env.asyncActions[c.path["id"]]
	switch {
	case a == nil || !a.invoked:
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("No invocation '%s' found", c.path["id"]))
	case !a.ended:
		running := a.begun()
		running.header.Del("Location")
		return running
	case a.failure != nil:
		return invocationFailed(a.failure)
	}
	return ok(a.output)
}

func invocationFailed(err error) *response {
	return fail(http.StatusInternalServerError, "function_failed", failureOf(err).Code)
}
