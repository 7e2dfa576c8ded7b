package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// encode returns the members of raw, the Raw of the event, and writes those anew whose fields have changed since Parse.
// So nothing is lost that no field holds, and a changed field never has its old value in the JSON.
func encode[E any](event *E, raw json.RawMessage) ([]byte, error) {
	fields, err := encodeFields(event)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return json.Marshal(fields) // the event was not parsed
	}
	var before map[string]json.RawMessage
	var parsed E
	if decode(raw, &parsed) == nil {
		if before, err = encodeFields(&parsed); err != nil {
			return nil, err
		}
	}
	for key := range before {
		if _, ok := fields[key]; !ok {
			delete(object, key)
		}
	}
	for key, value := range fields {
		if !bytes.Equal(value, before[key]) {
			object[key] = value
		}
	}
	return json.Marshal(object)
}

// encodeFields returns an event as it is without Raw. Its type stands for some members, which therefore have no field.
func encodeFields(event any) (map[string]json.RawMessage, error) {
	// A type without methods: encoding/json encodes it field by field.
	switch e := event.(type) {
	case *AuthEvent:
		type fields AuthEvent
		return toObject(fields(*e), `{"from":"nango","type":"auth"}`)
	case *SyncEvent:
		type fields SyncEvent
		return toObject(struct {
			fields
			// These take the place of the fields with the same keys.
			ModifiedAfter  timestamp `json:"modifiedAfter,omitzero"`
			QueryTimestamp timestamp `json:"queryTimeStamp,omitzero"`
			StartedAt      timestamp `json:"startedAt,omitzero"`
			FailedAt       timestamp `json:"failedAt,omitzero"`
		}{
			fields(*e), timestamp{e.ModifiedAfter},
			timestamp{e.QueryTimestamp},
			timestamp{e.StartedAt}, timestamp{e.FailedAt},
		}, `{"from":"nango","type":"sync"}`)
	case *AsyncActionEvent:
		type fields AsyncActionEvent
		return toObject(fields(*e), `{"from":"nango","type":"async_action"}`)
	case *ForwardEvent:
		type fields ForwardEvent
		return toObject(fields(*e), `{"type":"forward"}`)
	case *UnknownEvent:
		type fields UnknownEvent
		return toObject(fields(*e), `{"from":"nango"}`)
	}
	panic(fmt.Sprintf("webhook: no event: %T", event))
}

// toObject returns the members of a struct and of an object beside it.
func toObject(fields any, constants string) (object map[string]json.RawMessage, err error) {
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	for _, members := range [][]byte{data, []byte(constants)} {
		if err := json.Unmarshal(members, &object); err != nil {
			return nil, err
		}
	}
	return object, nil
}

// timestamp is a time that encodes as the server writes it: in UTC and with three decimals.
type timestamp struct{ time.Time }

func (t timestamp) MarshalJSON() ([]byte, error) {
	layout := "2006-01-02T15:04:05.000Z"
	if !t.Equal(t.Truncate(time.Millisecond)) {
		layout = time.RFC3339Nano
	}
	return json.Marshal(t.UTC().Format(layout))
}

func decode[E any](data []byte, event *E) error {
	parsed, err := Parse(data)
	if err != nil {
		return err
	}
	same, ok := any(parsed).(*E)
	if !ok {
		return fmt.Errorf("webhook: the JSON of a %T where that of a %T is expected", parsed, event)
	}
	*event = *same
	return nil
}

// MarshalJSON encodes the event as [Event] says.
func (e AuthEvent) MarshalJSON() ([]byte, error) { return encode(&e, e.Raw) }

// MarshalJSON encodes the event as [Event] says.
func (e SyncEvent) MarshalJSON() ([]byte, error) { return encode(&e, e.Raw) }

// MarshalJSON encodes the event as [Event] says.
func (e AsyncActionEvent) MarshalJSON() ([]byte, error) { return encode(&e, e.Raw) }

// MarshalJSON encodes the event as [Event] says.
func (e ForwardEvent) MarshalJSON() ([]byte, error) { return encode(&e, e.Raw) }

// MarshalJSON encodes the event as [Event] says.
func (e UnknownEvent) MarshalJSON() ([]byte, error) { return encode(&e, e.Raw) }

// MarshalJSON returns Body.
func (e RawEvent) MarshalJSON() ([]byte, error) { return e.Body.MarshalJSON() }

// UnmarshalJSON decodes a body for which Parse returns an AuthEvent. Every other body is an error.
func (e *AuthEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes a body for which Parse returns a SyncEvent. Every other body is an error.
func (e *SyncEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes a body for which Parse returns an AsyncActionEvent. Every other body is an error.
func (e *AsyncActionEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes a body for which Parse returns a ForwardEvent. Every other body is an error.
func (e *ForwardEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON decodes a body for which Parse returns an UnknownEvent. Every other body is an error.
func (e *UnknownEvent) UnmarshalJSON(data []byte) error { return decode(data, e) }

// UnmarshalJSON sets Body to a copy of data.
func (e *RawEvent) UnmarshalJSON(data []byte) error {
	e.Body = bytes.Clone(data)
	return nil
}
