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
	var m members
	if err := json.Unmarshal(body, &m); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, fmt.Errorf("webhook: the body is not JSON (at offset %d)", syntax.Offset)
		}
	}
	event := m.recognize()
	if event == nil {
		return &RawEvent{Body: bytes.Clone(body)}, nil
	}
	m.fill(event)
	return event, nil
}

// members are an object's values by their exact keys. Decoding into a struct would match keys in
// any case and take a provider's "Type" for Nango's "type".
type members map[string]json.RawMessage

// recognize returns the empty event of the kind that m is, or nil if it is not Nango's. Providers'
// payloads have keys called type and from too, so both must fit, and so must the keys that Nango
// always sends with them.
func (m members) recognize() Event {
	kind := m.text("type")
	if kind == "" || !m.is('"', "from", "connectionId", "providerConfigKey") {
		return nil
	}
	if _, ok := m["payload"]; ok && kind == "forward" {
		return new(ForwardEvent)
	}
	if m.text("from") != "nango" {
		return nil
	}
	switch kind {
	case "auth":
		if m.is('"', "operation") && m.isBool("success") {
			return new(AuthEvent)
		}
	case "sync":
		if m.is('"', "syncName", "model") && m.isBool("success") {
			return new(SyncEvent)
		}
	case "async_action":
		var action members
		if m.is('{', "payload") && json.Unmarshal(m["payload"], &action) == nil && action.is('"', "id") {
			return new(AsyncActionEvent)
		}
	case "forward":
	default:
		return new(UnknownEvent)
	}
	return nil
}

// is reports whether the values of all keys are there and begin with first, the byte that tells
// JSON's kinds apart.
func (m members) is(first byte, keys ...string) bool {
	for _, key := range keys {
		if value := m[key]; len(value) == 0 || value[0] != first {
			return false
		}
	}
	return true
}

func (m members) isBool(key string) bool { return m.is('t', key) || m.is('f', key) }

func (m members) text(key string) string {
	var s string
	if !m.is('"', key) || json.Unmarshal(m[key], &s) != nil {
		return ""
	}
	return s
}
