package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// constants are the members that a kind of event always has and that its type stands for.
func constants(e Event) map[string]string {
	switch e.(type) {
	case *AuthEvent:
		return map[string]string{"from": "nango", "type": "auth"}
	case *SyncEvent:
		return map[string]string{"from": "nango", "type": "sync"}
	case *AsyncActionEvent:
		return map[string]string{"from": "nango", "type": "async_action"}
	case *ForwardEvent:
		return map[string]string{"type": "forward"}
	case *UnknownEvent:
		return map[string]string{"from": "nango"}
	}
	return nil
}

// wireField is a field of an event or of an object in it.
type wireField struct {
	index    int
	key      string
	omitZero bool
}

// wireFields are the fields of each such type but Extra, read off their tags once.
var wireFields = map[reflect.Type][]wireField{}

func init() {
	for _, event := range []Event{&AuthEvent{}, &SyncEvent{}, &AsyncActionEvent{}, &ForwardEvent{}, &UnknownEvent{}} {
		learn(reflect.TypeOf(event).Elem())
	}
}

func learn(object reflect.Type) {
	for f := range object.Fields() {
		key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		wireFields[object] = append(wireFields[object], wireField{f.Index[0], key, option == "omitzero"})
		if inner, ok := nested(f.Type); ok {
			learn(inner)
		}
	}
}

// nested returns the struct that t is or points to, if it is one of this package's.
func nested(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]()
}

// fill moves m into the fields of e; what no field takes becomes its Extra.
func (m members) fill(e Event) {
	for key := range constants(e) {
		m.take(key)
	}
	m.into(reflect.ValueOf(e).Elem())
}

func (m members) into(object reflect.Value) {
	for _, f := range wireFields[object.Type()] {
		if raw := m.last(f.key); raw != nil && set(object.Field(f.index), raw, f.omitZero) {
			m.take(f.key)
		}
	}
	if rest := m.rest(); rest != nil {
		object.FieldByName("Extra").Set(reflect.ValueOf(rest))
	}
}

// set decodes raw into field and reports whether encoding the field gives raw again. Where it
// does not, the field stays as it is and raw is kept in Extra, so that no value of an unforeseen
// type ever fails an event.
func set(field reflect.Value, raw json.RawMessage, omitZero bool) bool {
	first := raw[0]
	switch p := field.Addr().Interface().(type) {
	case *json.RawMessage:
		*p = bytes.Clone(raw)
		return true
	case *bool:
		*p = first == 't'
		return *p || first == 'f'
	case *int64:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err == nil {
			*p = n
		}
		return err == nil
	case *time.Time:
		var at time.Time
		if first != '"' || at.UnmarshalJSON(raw) != nil || omitZero && at.IsZero() {
			return false
		}
		*p = at
		return true
	case *map[string]string:
		return setTexts(p, raw)
	case **string:
		if first == '"' {
			*p = new(text(raw))
		}
		return first == '"' || first == 'n'
	}
	if field.Kind() == reflect.String {
		if first == '"' {
			field.SetString(text(raw))
		}
		return first == '"' && !(omitZero && field.IsZero())
	}
	var room [8]member
	m, ok := membersOf(raw, room[:0])
	if !ok {
		return false
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	m.into(field)
	return true
}

// setTexts decodes an object of strings, and reports whether it is one.
func setTexts(p *map[string]string, raw []byte) bool {
	var room [16]member
	m, ok := membersOf(raw, room[:0])
	if !ok {
		return false
	}
	texts := make(map[string]string, len(m))
	for _, member := range m {
		if member.value[0] != '"' {
			return false
		}
		texts[string(member.key)] = text(member.value)
	}
	*p = texts
	return true
}

// plain returns the members of an object as encoding/json can take them.
func plain(object reflect.Value) map[string]any {
	out := map[string]any{}
	for _, f := range wireFields[object.Type()] {
		field := object.Field(f.index)
		if f.omitZero && field.IsZero() {
			continue
		}
		if _, ok := nested(field.Type()); ok {
			out[f.key] = plain(reflect.Indirect(field))
		} else if at, ok := field.Interface().(time.Time); ok {
			out[f.key] = timestamp(at)
		} else {
			out[f.key] = field.Interface()
		}
	}
	for key, raw := range object.FieldByName("Extra").Seq2() {
		out[key.String()] = raw.Interface()
	}
	return out
}

// timestamp writes a time as the server does: in UTC, with three decimals.
func timestamp(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(time.Millisecond)) {
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	return t.Format(time.RFC3339Nano)
}

func encode(e Event) ([]byte, error) {
	out := plain(reflect.ValueOf(e).Elem())
	for key, value := range constants(e) {
		out[key] = value
	}
	return json.Marshal(out)
}

func decode[E any](data []byte, e *E) error {
	event, err := Parse(data)
	if err != nil {
		return err
	}
	parsed, ok := any(event).(*E)
	if !ok {
		return fmt.Errorf("webhook: the JSON of a %T where that of a %T is due", event, e)
	}
	*e = *parsed
	return nil
}

// MarshalJSON encodes the event as Nango sends it, "from" and "type" included.
func (e AuthEvent) MarshalJSON() ([]byte, error) { return encode(&e) }

// MarshalJSON encodes the event as Nango sends it, "from" and "type" included.
func (e SyncEvent) MarshalJSON() ([]byte, error) { return encode(&e) }

// MarshalJSON encodes the event as Nango sends it, "from" and "type" included.
func (e AsyncActionEvent) MarshalJSON() ([]byte, error) { return encode(&e) }

// MarshalJSON encodes the event as Nango sends it, "type" included.
func (e ForwardEvent) MarshalJSON() ([]byte, error) { return encode(&e) }

// MarshalJSON encodes the event as Nango sends it, "from" included.
func (e UnknownEvent) MarshalJSON() ([]byte, error) { return encode(&e) }

// MarshalJSON returns Body.
func (e RawEvent) MarshalJSON() ([]byte, error) { return e.Body.MarshalJSON() }

// UnmarshalJSON decodes what Parse takes for an AuthEvent, and refuses anything else.
func (e *AuthEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes what Parse takes for a SyncEvent, and refuses anything else.
func (e *SyncEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes what Parse takes for an AsyncActionEvent, and refuses anything else.
func (e *AsyncActionEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes what Parse takes for a ForwardEvent, and refuses anything else.
func (e *ForwardEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes what Parse takes for an UnknownEvent, and refuses anything else.
func (e *UnknownEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON keeps data as Body.
func (e *RawEvent) UnmarshalJSON(data []byte) error {
	e.Body = bytes.Clone(data)
	return nil
}
