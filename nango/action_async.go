package nango

import (
	"context"
	"errors"

	"github.com/nango-go/sdk/gen"
)

// AsyncAction is an action that was queued. [ActionResult] and [WaitForActionResult] return its result.
type AsyncAction struct {
	client *Client
	id     string
}

// ID returns the id of the run, a UUID. The webhook of type async_action carries it too.
func (a *AsyncAction) ID() string { return a.id }

// AsyncAction returns an action that was queued earlier, by its id, which may have been stored or come with a webhook. It
// makes no request and never fails; an id that cannot be sent fails at the first call.
func (c *Client) AsyncAction(id string) *AsyncAction { return &AsyncAction{client: c, id: id} }

// AsyncActionParams shape an asynchronous run.
type AsyncActionParams struct {
	// MaxRetries is how often Nango runs the action again when it fails, 0 to 5.
	MaxRetries int
}

// TriggerActionAsync queues an action on the connection and returns at once. The asynchronous actions of an environment run one
// after another, each of which can take 10 s to begin: ten of half a second have taken 82 s. One can wait for its turn for up to
// 24 hours. The input is that of [TriggerAction]. So are the errors, except those of the action itself, which come with its
// result.
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
	if out.ID == "" { // what ran instead was a synchronous action
		return nil, notDecoded(resp, errors.New("the response has no id: a proxy on the way may have removed the header X-Async"))
	}
	return h.client.AsyncAction(out.ID), nil
}

// ActionResult returns the result of an asynchronous action as a T, decoded by encoding/json's rules (numbers in an any are
// json.Number). An error that matches [ErrActionPending] means that there is none: the action has not ended, or it ended
// without a result (null, 0, false and "" are none to the server), or its id is unknown or expired. The server does not tell
// these apart, so poll with a deadline. A failure of the action itself, after all of its retries, is an error that matches
// [ErrAction].
//
// GET /action/{id} (getActionResult). Node: getAsyncActionResult.
func ActionResult[T any](ctx context.Context, a *AsyncAction) (T, error) {
	if err := checkID("id", a.id); err != nil {
		return *new(T), err
	}
	result, err := decodeCaller[T](a.client.gen.GetActionResult(ctx, gen.PathID(a.id)))
	return deref(result), err
}

// WaitForActionResult polls for the result of an asynchronous action. The context needs a deadline, because an action that ended
// without a result looks like one that still runs. At the deadline the wait fails with a [*WaitError] that matches
// [ErrActionPending] too. If the action fails, the wait ends at once with a [*WaitError] that matches [ErrAction]. A program that
// receives webhooks should wait for the one of type async_action instead, and then call [ActionResult], which stays pending if the
// action had no result.
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
