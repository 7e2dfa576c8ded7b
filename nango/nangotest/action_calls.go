package nangotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/reqschema"
	"github.com/nango-go/sdk/nango/webhook"
)

var actionHandlers = map[gen.OperationID]handler{gen.OperationTriggerAction: triggerAction, gen.OperationGetActionResult: getActionResult}

func triggerAction(c *call) *answer {
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
		return fail(http.StatusNotFound, "not_found", "Action not found"+conn.integration.forgotten("action", name, "AddAction"))
	case f.details.Disabled:
		return fail(http.StatusNotFound, "disabled_resource", "The action is disabled")
	}
	input := ActionCall{
		IntegrationID: conn.integration.key, ConnectionID: conn.connectionID, Input: truthful(body["input"], "{}"), Metadata: conn.metadata, Attempt: 1,
	}
	if reqschema.IsTrue(c.r.Header.Get("X-Async")) {
		retries, _ := strconv.Atoi(c.r.Header.Get("X-Max-Retries"))
		return c.env.enqueue(&asyncAction{id: c.s.newID(), conn: conn, action: f.action, call: input, retries: retries})
	}
	var output json.RawMessage
	var err error
	c.s.outside(func() {
		output, err = f.action.call(c.r.Context(), input)
		c.s.clock.Wait(c.r.Context(), f.action.Takes)
	})
	if err != nil {
		return actionFailed(err)
	}
	return ok(output)
}

// asyncAction is an action that was triggered in the background.
type asyncAction struct {
	id      string
	conn    *connection
	action  *Action
	call    ActionCall
	retries int // that are left
	ended   bool
	output  json.RawMessage
	failure error
}

func (a *asyncAction) url() string { return "/action/" + a.id }

// enqueue takes an action in. The server runs those of an environment one after another.
func (e *environment) enqueue(a *asyncAction) *answer {
	e.asyncActions[a.id] = a
	e.waiting = append(e.waiting, a)
	if len(e.waiting) == 1 {
		e.server.clock.After(e.server.delays.AsyncActions, e.runFirst)
	}
	shown := jsonAnswer(http.StatusAccepted, object{"id": a.id, "statusUrl": a.url()})
	shown.header.Set("Location", a.url())
	return shown
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
		e.emit(a.conn, &webhook.AsyncActionEvent{
			ConnectionID: a.call.ConnectionID, IntegrationID: a.call.IntegrationID,
			Action: webhook.ActionReference{ID: a.id, StatusURL: a.url()},
		})
	}
	if len(e.waiting) > 0 {
		e.server.clock.After(e.server.delays.AsyncActions, e.runFirst)
	}
}

// getActionResult cannot tell an action that has not ended, one that is not there and one that returned nothing apart.
func getActionResult(c *call) *answer {
	a := c.env.asyncActions[c.path["id"]]
	switch {
	case a == nil, !a.ended, a.failure == nil && string(a.output) == "null":
		return fail(http.StatusNotFound, "not_found", fmt.Sprintf("No action '%s' found", c.path["id"]))
	case a.failure != nil:
		return actionFailed(a.failure)
	}
	return ok(a.output)
}
