package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Parse reads a body that Verify has accepted. It fails only if body is not JSON, or nested deeper
// than encoding/json goes (10,000 levels), and its error quotes nothing of it; whatever else a body
// may be, there is an event for it. See the package comment for how far that event can be trusted.
// The event keeps no reference to body.
func Parse(body []byte) (Event, error) {
	if !json.Valid(body) {
		return nil, notJSON(body)
	}
	var room [24]member // enough for every event of Nango's own, and on the stack
	if m, ok := membersOf(body, room[:0]); ok {
		if event := m.recognize(); event != nil {
			m.fill(event)
			return event, nil
		}
	}
	return &RawEvent{Body: bytes.Clone(body)}, nil
}

func notJSON(body []byte) error {
	var offset int64
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(json.RawMessage))); ok {
		offset = syntax.Offset
	}
	return fmt.Errorf("webhook: the body is not JSON (at offset %d)", offset)
}

// recognize returns the empty event of the kind that m is, or nil if it is not Nango's. Providers'
// payloads have keys called type and from too, so both must fit, and so must the keys that Nango
// always sends with them.
func (m members) recognize() Event {
	if !m.is('"', "type", "from", "connectionId", "providerConfigKey") {
		return nil
	}
	kind := text(m.last("type"))
	if kind == "forward" && m.last("payload") != nil {
		return new(ForwardEvent)
	}
	if text(m.last("from")) != "nango" {
		return nil
	}
	switch kind {
	case "", "forward":
	case "auth":
		switch {
		case !m.is('"', "operation"):
		case !AuthOperation(text(m.last("operation"))).known():
			return new(UnknownEvent)
		case m.isBool("success"):
			return new(AuthEvent)
		}
	case "sync":
		if m.is('"', "syncName", "model") && m.isBool("success") {
			return new(SyncEvent)
		}
	case "async_action":
		if action, _ := membersOf(m.last("payload"), nil); action.is('"', "id") {
			return new(AsyncActionEvent)
		}
	default:
		return new(UnknownEvent)
	}
	return nil
}

// is reports whether the values of all keys are there and begin with first, the byte that tells
// JSON's kinds apart.
func (m members) is(first byte, keys ...string) bool {
	for _, key := range keys {
		if value := m.last(key); len(value) == 0 || value[0] != first {
			return false
		}
	}
	return true
}

func (m members) isBool(key string) bool { return m.is('t', key) || m.is('f', key) }
