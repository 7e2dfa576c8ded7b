package nango

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/nango-go/sdk/gen"
)

// TriggerAction runs an action on a connection and returns its result as a T. The result is decoded by encoding/json's
// rules (numbers in an any are json.Number). If the action returns nothing, 0, false or "", the result is the zero T:
// the server turns all of these into null.
//
// The input is any value that encodes to JSON, or nil for no input. The action sees {} if there is no input, and also
// if the input is null, such as a nil pointer. For 0, false and "" the action would see {} too, so TriggerAction
// refuses them with an [*ArgumentError]. Input and result pass through JavaScript, where integers beyond 2^53 lose
// digits: send such integers as strings. A result of more than 2 MB fails with the code script_internal_error.
//
// The action may wait 30 seconds in the queue and run for 15 minutes; only ctx ends the call earlier. If the action
// itself fails, the error matches [ErrAction]. If the connection or the action does not exist, the error matches
// [ErrNotFound]. The client retries the call only if the action cannot have started: after a rate limit, and if it
// could not connect to the server.
//
// POST /action/trigger (triggerAction). Node: triggerAction.
func TriggerAction[T any](ctx context.Context, h *ConnectionHandle, name string, input any) (T, error) {
	if err := h.checkHeaders(); err != nil {
		return *new(T), err
	}
	body, err := actionBody(name, input)
	if err != nil {
		return *new(T), err
	}
	result, err := decodeCaller[T](h.client.gen.TriggerAction(ctx, &gen.TriggerActionParams{
		ConnectionID: h.connectionID, ProviderConfigKey: h.integrationID,
	}, body))
	return deref(result), err
}

func actionBody(name string, input any) (gen.TriggerActionRequest, error) {
	body := gen.TriggerActionRequest{ActionName: name}
	if name == "" {
		return body, &ArgumentError{Name: "name", Reason: "is empty"}
	}
	if input == nil {
		return body, nil
	}
	raw, err := encode("input", input)
	if err != nil {
		return body, err
	}
	if isFalsy(raw) {
		return body, &ArgumentError{Name: "input", Reason: `is 0, false or "", which the action would see as {}`}
	}
	body.Input = raw
	return body, nil
}

// isFalsy reports whether the value is false in JavaScript. It does not count null.
func isFalsy(raw json.RawMessage) bool {
	switch string(raw) {
	case "false", `""`:
		return true
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	return err == nil && number == 0
}
