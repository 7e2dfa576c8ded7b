package nango

import (
	"context"
	"errors"

	"github.com/nango-go/sdk/gen"
)

// AsyncAction is an action in the queue of the server. [ActionResult] and [WaitForActionResult] return its result.
type AsyncAction struct {
	client *Client
	id     string
}

// ID returns the id of the run, a UUID. The webhook of type async_action has the same id.
func (a *AsyncAction) ID() string { return a.id }

// AsyncAction returns an action that was queued earlier. The id can come from your database or from a webhook. The
// method makes no request and never fails; if the id cannot be sent, the first call returns the error.
func (c *Client) AsyncAction(id string) *AsyncAction { return &AsyncAction{client: c, id: id} }

// AsyncActionParams are the options of [ConnectionHandle.TriggerActionAsync].
type AsyncActionParams struct {
	// MaxRetries is how often Nango retries the action if it fails, from 0 to 5.
	MaxRetries int
}

// TriggerActionAsync queues an action on the connection and returns at once. An environment runs its asynchronous
// actions one after another. Each of them can take 10 s to start: in one measurement, ten actions of half a second each
// took 82 s. An action waits in the queue for up to 24 hours.
//
// The input and the errors are the same as for [TriggerAction], with one difference: if the action itself fails,
// [ActionResult] returns the error.
//
// POST /action/trigger (triggerAction). Node: triggerActionAsync.
func (h *ConnectionHandle) TriggerActionAsync(ctx context.Context, name string, input any, params *AsyncActionParams) (*AsyncAction, error) {
	if err := h.checkHeaders(); err != nil {
		return nil, err
	}
	body, err := actionBody(name, input)
	if err != nil {
		return nil, err
	}
	p := deref(params)
	if p.MaxRetries < 0 || p.MaxRetries > 5 {
		return nil, &ArgumentError{Name: "MaxRetries", Reason: "must be from 0 to 5"}
	}
	resp, err := h.client.gen.TriggerAction(ctx, &gen.TriggerActionParams{
		ConnectionID: h.connectionID, ProviderConfigKey: h.integrationID,
		XAsync: new(true), XMaxRetries: optional(p.MaxRetries),
	}, body)
	out, err := decode[gen.AsyncActionReference](resp, err)
	if err != nil {
		return nil, err
	}
	if out.ID == "" { // the server ran the action synchronously
		return nil, notDecoded(resp, errors.New("the response has no id: a proxy on the way may have removed the header X-Async"))
	}
	return h.client.AsyncAction(out.ID), nil
}

// ActionResult returns the result of an asynchronous action as a T. The result is decoded by encoding/json's rules
// (numbers in an any are json.Number). If the action itself fails, after all of its retries, the error matches
// [ErrAction].
//
// If there is no result, the error matches [ErrActionPending]. There are three reasons for that: the action has not
// ended; it ended without a result (the server counts null, 0, false and "" as no result); or its id is unknown or
// expired. The server does not distinguish them, so poll with a deadline.
//
// GET /action/{id} (getActionResult). Node: getAsyncActionResult.
func ActionResult[T any](ctx context.Context, a *AsyncAction) (T, error) {
	if err := checkID("id", a.id); err != nil {
		return *new(T), err
	}
	result, err := decodeCaller[T](a.client.gen.GetActionResult(ctx, gen.PathID(a.id)))
	return deref(result), err
}

// WaitForActionResult polls until the result of an asynchronous action is there. An action that ended without a result
// looks like an action that still runs. So ctx must have a deadline; without one the error is an [*ArgumentError]. At
// the deadline the error is a [*WaitError] that also matches [ErrActionPending]. If the action fails, the wait ends at
// once with a [*WaitError] that matches [ErrAction].
//
// If your program receives webhooks, wait for the webhook of type async_action instead, and then call [ActionResult].
// For an action without a result it always returns [ErrActionPending].
//
// GET /action/{id} (getActionResult), repeatedly. Not in the Node SDK.
func WaitForActionResult[T any](ctx context.Context, a *AsyncAction, params *WaitParams) (T, error) {
	if _, ok := ctx.Deadline(); !ok {
		return *new(T), &ArgumentError{Name: "ctx", Reason: "has no deadline, and an action without a result would be awaited for ever"}
	}
	var pending error
	result, err := poll(ctx, &wait{awaited: "the result of an action", params: deref(params)}, func(ctx context.Context) (*T, error) {
		result, err := ActionResult[T](ctx, a)
		if errors.Is(err, ErrActionPending) {
			pending = err
			return nil, nil
		}
		return &result, err
	})
	if failed, ok := errors.AsType[*WaitError](err); ok && pending != nil && failed.Last != failed.Reason {
		failed.Last = pending
	}
	return deref(result), err
}
