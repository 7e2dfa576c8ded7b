package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Parse reads a body that [Verify] has accepted. It returns an event for every JSON body, and an error for everything
// else: the error quotes nothing of the body. JSON that is nested deeper than encoding/json reads (10,000 levels) is an
// error too. The event shares no memory with body. The package comment says how far you can trust an event.
func Parse(body []byte) (Event, error) {
	if !json.Valid(body) {
		return nil, notJSON(body)
	}
	raw := bytes.Clone(body)
	var room [24]member // on the stack, and enough for every event of Nango's own
	if m, ok := membersOf(raw, room[:0]); ok {
		if event := m.event(raw); event != nil {
			return event, nil
		}
	}
	return &RawEvent{Body: raw}, nil
}

func notJSON(body []byte) error {
	var offset int64
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(json.RawMessage))); ok {
		offset = syntax.Offset
	}
	return fmt.Errorf("webhook: the body is not JSON (at offset %d)", offset)
}

// event returns the event with these members, or nil if Nango did not write it. Payloads of providers have keys such as
// "type" and "from" too. So their values must be right, and the keys that Nango always sends with them must be there.
func (m members) event(raw json.RawMessage) Event {
	if !m.hasText("type", "from", "connectionId", "providerConfigKey") {
		return nil
	}
	kind := m.text("type")
	if kind == "forward" && m.value("payload") != nil {
		return m.forwardEvent(raw)
	}
	if m.text("from") != "nango" {
		return nil
	}
	switch kind {
	case "", "forward":
		return nil
	case "auth":
		return m.authEvent(raw)
	case "sync":
		return m.syncEvent(raw)
	case "async_action":
		return m.asyncActionEvent(raw)
	}
	return m.unknownEvent(raw)
}

func (m members) authEvent(raw json.RawMessage) Event {
	operation := AuthOperation(m.text("operation"))
	switch {
	case !m.hasText("operation"):
		return nil
	case !operation.known():
		return m.unknownEvent(raw)
	case !m.hasBool("success"):
		return nil
	}
	event := &AuthEvent{
		Operation:     operation,
		Success:       m.isTrue("success"),
		ConnectionID:  m.text("connectionId"),
		IntegrationID: m.text("providerConfigKey"),
		AuthMode:      m.text("authMode"),
		Provider:      m.text("provider"),
		Environment:   m.text("environment"),
		Tags:          m.texts("tags"),
		Raw:           raw,
	}
	if user, ok := m.object("endUser"); ok {
		event.EndUser = &EndUser{
			ID:             user.text("endUserId"),
			OrganizationID: user.text("organizationId"),
			Tags:           user.texts("tags"),
		}
		if user.hasText("endUserEmail") {
			event.EndUser.Email = new(user.text("endUserEmail"))
		}
	}
	if failure, ok := m.object("error"); ok {
		event.Error = &AuthFailure{
			Type:        failure.text("type"),
			Description: failure.text("description"),
			Payload:     failure.raw("payload"),
		}
	}
	return event
}

func (m members) syncEvent(raw json.RawMessage) Event {
	if !m.hasText("syncName", "model") || !m.hasBool("success") {
		return nil
	}
	event := &SyncEvent{
		ConnectionID:   m.text("connectionId"),
		IntegrationID:  m.text("providerConfigKey"),
		SyncName:       m.text("syncName"),
		SyncVariant:    m.text("syncVariant"),
		Model:          m.text("model"),
		SyncType:       SyncType(m.text("syncType")),
		Success:        m.isTrue("success"),
		ModifiedAfter:  m.time("modifiedAfter"),
		QueryTimestamp: m.time("queryTimeStamp"),
		StartedAt:      m.time("startedAt"),
		FailedAt:       m.time("failedAt"),
		Raw:            raw,
	}
	if results, ok := m.object("responseResults"); ok {
		event.Results = &SyncResults{
			Added:   results.integer("added"),
			Updated: results.integer("updated"),
			Deleted: results.integer("deleted"),
		}
	}
	if failure, ok := m.object("error"); ok {
		event.Error = &SyncFailure{
			Type:                 failure.text("type"),
			Description:          failure.text("description"),
			Payload:              failure.raw("payload"),
			AdditionalProperties: failure.raw("additional_properties"),
		}
	}
	if checkpoints, ok := m.object("checkpoints"); ok {
		event.Checkpoints = &Checkpoints{From: checkpoints.raw("from"), To: checkpoints.raw("to")}
	}
	return event
}

func (m members) asyncActionEvent(raw json.RawMessage) Event {
	action, _ := m.object("payload")
	if !action.hasText("id") {
		return nil
	}
	return &AsyncActionEvent{
		ConnectionID:  m.text("connectionId"),
		IntegrationID: m.text("providerConfigKey"),
		Action:        ActionReference{ID: action.text("id"), StatusURL: action.text("statusUrl")},
		Raw:           raw,
	}
}

func (m members) forwardEvent(raw json.RawMessage) Event {
	return &ForwardEvent{
		Provider:      m.text("from"),
		ConnectionID:  m.text("connectionId"),
		IntegrationID: m.text("providerConfigKey"),
		Payload:       m.raw("payload"),
		Raw:           raw,
	}
}

func (m members) unknownEvent(raw json.RawMessage) Event {
	return &UnknownEvent{
		Type:          m.text("type"),
		ConnectionID:  m.text("connectionId"),
		IntegrationID: m.text("providerConfigKey"),
		Raw:           raw,
	}
}

// members are those of a JSON object, in their order. Decoding into a struct would match keys in any case and take the
// "Type" of a provider for Nango's "type". Decoding into a map would take longer than all the rest.
type members []member

// member is a key, decoded, and its value as it is written. Both can share the bytes of the body.
type member struct{ key, value []byte }

// maxMembers is how many members an object of Nango's own can have: some fifty times as many as the largest has. A body
// can hold a million, and each takes more memory as a member than as text.
const maxMembers = 1000

// value returns the value of a key, or nil if there is none. Of equal keys the last one counts.
func (m members) value(key string) []byte {
	for i := len(m) - 1; i >= 0; i-- {
		if string(m[i].key) == key {
			return m[i].value
		}
	}
	return nil
}

// startsWith reports whether the value of a key starts with a byte, which tells the kinds of JSON values apart.
func (m members) startsWith(key string, first byte) bool {
	value := m.value(key)
	return value != nil && value[0] == first
}

func (m members) hasText(keys ...string) bool {
	for _, key := range keys {
		if !m.startsWith(key, '"') {
			return false
		}
	}
	return true
}

func (m members) hasBool(key string) bool { return m.isTrue(key) || m.startsWith(key, 'f') }

// The following methods return a value in the type of a field. A value of another kind is the zero value there: it does
// not make the event fail.

func (m members) isTrue(key string) bool { return m.startsWith(key, 't') }

func (m members) text(key string) string {
	if value := m.value(key); value != nil && value[0] == '"' {
		return string(unquote(value))
	}
	return ""
}

func (m members) integer(key string) int64 {
	if n, err := strconv.ParseInt(string(m.value(key)), 10, 64); err == nil {
		return n
	}
	return 0 // and not the nearest number that there is
}

func (m members) time(key string) time.Time {
	var t time.Time
	if value := m.value(key); value == nil || t.UnmarshalJSON(value) != nil {
		return time.Time{}
	}
	return t
}

func (m members) raw(key string) json.RawMessage { return bytes.Clone(m.value(key)) }

func (m members) object(key string) (members, bool) {
	return membersOf(m.value(key), make(members, 0, 8))
}

// texts returns an object of strings as a map, and nil for every other value.
func (m members) texts(key string) map[string]string {
	object, ok := m.object(key)
	if !ok {
		return nil
	}
	texts := make(map[string]string, len(object))
	for _, member := range object {
		if member.value[0] != '"' {
			return nil
		}
		texts[string(member.key)] = string(unquote(member.value))
	}
	return texts
}

// membersOf appends the members of data to m. It reports false if data is no object, or has more than maxMembers
// members. Here and below data is valid JSON, or empty.
func membersOf(data []byte, m members) (members, bool) {
	i := skipSpace(data, 0)
	if i == len(data) || data[i] != '{' {
		return nil, false
	}
	for i = skipSpace(data, i+1); data[i] != '}'; {
		if len(m) == maxMembers {
			return nil, false
		}
		end := skipString(data, i)
		key := data[i:end]
		i = skipSpace(data, end) // to the colon
		i = skipSpace(data, i+1) // to the value
		end = skipValue(data, i)
		m = append(m, member{unquote(key), data[i:end]})
		if i = skipSpace(data, end); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return m, true
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the index behind the value that starts at i.
func skipValue(data []byte, i int) int {
	for depth := 0; ; {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
		}
		if depth == 0 && (i == len(data) || bytes.IndexByte([]byte(" \t\r\n,:]}"), data[i]) >= 0) {
			return i
		}
	}
}

// skipString returns the index behind the string that starts at i.
func skipString(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquote decodes a string. The result shares the bytes of data where the string has no escapes.
func unquote(data []byte) []byte {
	if inner := data[1 : len(data)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	var text string
	_ = json.Unmarshal(data, &text) // data is a valid string
	return []byte(text)
}
