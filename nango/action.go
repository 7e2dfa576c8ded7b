package nango

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/nango-go/sdk/gen"
)

// TriggerAction runs an action on a connection and returns its result as a T, decoded by encoding/json's rules (numbers in an
// any are json.Number). An action without a result, and one that returns 0, false or "", gives the zero T: the server turns
// them all into null.
//
// The input is anything that encodes to JSON, or nil for none. The action sees {} for nil, for null and for a nil pointer. Inputs
// of 0, false and "" are refused with an [*ArgumentError], because the action would see {} for them too. Input and result pass
// through JavaScript, where integers beyond 2^53 lose digits: send those as strings. A result of more than 2 MB fails with the
// code script_internal_error. The call may take 30 seconds in the queue and 15 minutes to run; only ctx ends it earlier. A failure
// of the action itself is an error that matches [ErrAction]. The call is repeated only where the action cannot have begun: after a
// rate limit, and when no connection could be made. A connection or an action that does not exist matches [ErrNotFound].
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

// isFalsy reports whether JavaScript takes the value for false, null apart.
func isFalsy(raw json.RawMessage) bool {
	switch string(raw) {
	case "false", `""`:
		return true
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	return err == nil && number == 0
}
