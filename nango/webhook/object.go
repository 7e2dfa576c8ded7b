package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
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

// fill moves m into the fields of e; what no field takes becomes its Extra.
func (m members) fill(e Event) {
	for key := range constants(e) {
		delete(m, key)
	}
	m.into(reflect.ValueOf(e).Elem())
}

func (m members) into(object reflect.Value) {
	for f, field := range object.Fields() {
		key, omit := wireKey(f)
		if raw, ok := m[key]; ok && key != "-" && set(field, raw, omit) {
			delete(m, key)
		}
	}
	if len(m) > 0 {
		object.FieldByName("Extra").Set(reflect.ValueOf(map[string]json.RawMessage(m)))
	}
}

// set decodes raw into field and reports whether encoding the field gives raw again. Where it
// does not, raw is kept in Extra, so that no value of an unforeseen type ever fails an event.
func set(field reflect.Value, raw json.RawMessage, omit bool) bool {
	t := field.Type()
	if t == reflect.TypeFor[json.RawMessage]() {
		field.SetBytes(raw)
		return true
	}
	if raw[0] == 'n' {
		return !omit && t.Kind() == reflect.Pointer
	}
	value := reflect.New(t).Elem()
	if object, ok := nested(value); ok {
		var inner members
		if json.Unmarshal(raw, &inner) != nil {
			return false
		}
		inner.into(object)
	} else if json.Unmarshal(raw, value.Addr().Interface()) != nil {
		return false
	}
	field.Set(value)
	return !omit || !value.IsZero()
}

// nested returns the struct that v is or points to, if it is one of this package's. A nil pointer
// that can be set is pointed to a new one.
func nested(v reflect.Value) (reflect.Value, bool) {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return v, false
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(t))
		}
		v = v.Elem()
	}
	return v, true
}

// plain returns the members of an object as encoding/json can take them.
func plain(object reflect.Value) map[string]any {
	out := map[string]any{}
	for f, field := range object.Fields() {
		key, omit := wireKey(f)
		if key == "-" || omit && field.IsZero() {
			continue
		}
		if inner, ok := nested(field); ok {
			out[key] = plain(inner)
		} else if at, ok := field.Interface().(time.Time); ok {
			out[key] = timestamp(at)
		} else {
			out[key] = field.Interface()
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

func wireKey(f reflect.StructField) (key string, omitZero bool) {
	key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
	return key, option == "omitzero"
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
