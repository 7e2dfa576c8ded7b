package nango

import (
	"context"
	"errors"

	"github.com/nango-go/sdk/gen"
)

// AsyncAction is an action that was queued. Its result is had with [ActionResult] or [WaitForActionResult].
type AsyncAction struct {
	client *Client
	id     string
}

// ID returns the id of the run, a UUID. The webhook of type async_action carries it too.
func (a *AsyncAction) ID() string { return a.id }

// AsyncAction returns an action that was queued earlier, by its id. It makes no request and never fails; an id that cannot be
// sent fails at the first call.
func (c *Client) AsyncAction(id string) *AsyncAction { return &AsyncAction{client: c, id: id} }

// AsyncActionParams shape an asynchronous run.
type AsyncActionParams struct {
	// MaxRetries is how often Nango runs the action again when it fails, 0 to 5.
	MaxRetries int
}

// TriggerActionAsync queues an action on the connection and returns at once. Asynchronous actions of an environment run one after
// another and can wait for up to 24 hours. The input and the errors are those of [TriggerAction].
//
// POST /action/trigger. Node: triggerActionAsync.
func (h *ConnectionHandle) TriggerActionAsync(ctx context.Context, name string, input any, params *AsyncActionParams) (*AsyncAction, error) {
	if err := h.checkHeaders(); err != nil {
		return nil, err
	}
	body, err := actionBody(name, input)
	if err != nil {
		return nil, err
	}
	p := value(params)
	if p.MaxRetries < 0 || p.MaxRetries > 5 {
		return nil, &ArgumentError{Name: "MaxRetries", Reason: "must be from 0 to 5"}
	}
	out, err := decode[gen.AsyncActionReference](h.client.gen.TriggerAction(ctx, &gen.TriggerActionParams{
		ConnectionID: h.connectionID, ProviderConfigKey: h.integrationID,
		XAsync: new(true), XMaxRetries: optional(p.MaxRetries),
	}, body))
	if err != nil {
		return nil, err
	}
	return h.client.AsyncAction(out.ID), nil
}

// ActionResult returns the result of an asynchronous action as a T, decoded by encoding/json's rules (numbers in an any are
// json.Number). [ErrActionPending] means that there is none: the action has not ended, or ended without a result, or its id is
// unknown or expired. The server does not tell these apart, so poll with a deadline. A failure of the action itself is an error
// that matches [ErrAction].
//
// GET /action/{id}. Node: getAsyncActionResult.
func ActionResult[T any](ctx context.Context, a *AsyncAction) (T, error) {
	if err := checkID("id", a.id); err != nil {
		return *new(T), err
	}
	result, err := decodeCaller[T](a.client.gen.GetActionResult(ctx, a.id))
	return value(result), err
}

// WaitForActionResult polls for the result of an asynchronous action. Because an action that ended without a result looks like one
// that still runs, the context needs a deadline; at it the wait fails with a [*WaitError] that matches [ErrActionPending] too. A
// failure of the action ends the wait at once, in a [*WaitError] that matches [ErrAction].
//
// GET /action/{id}, repeatedly. Not in the Node SDK.
func WaitForActionResult[T any](ctx context.Context, a *AsyncAction, params WaitParams) (T, error) {
	if _, ok := ctx.Deadline(); !ok {
		return *new(T), &ArgumentError{Name: "ctx", Reason: "has no deadline, and an action without a result would be awaited for ever"}
	}
	pending := error(nil)
	result, err := until(ctx, wait{awaited: "the result of an action", params: params}, func(ctx context.Context) (*T, error) {
		result, err := ActionResult[T](ctx, a)
		if errors.Is(err, ErrActionPending) {
			pending = err
			return nil, nil
		}
		return &result, err
	})
	if failed, ok := errors.AsType[*WaitError](err); ok && failed.Last == nil {
		failed.Last = pending
	}
	return value(result), err
}
