package jsonx

import (
	"bytes"
	"encoding/json"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// Members iterates over the keys and values of a JSON object, as far as it can be read: of a value that is cut short it gives
// the part that is there, as the last. Anything else has no members.
func Members(data []byte) iter.Seq2[string, json.RawMessage] {
	data = TrimMark(data)
	return func(yield func(string, json.RawMessage) bool) {
		dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if dec.PeekKind() != jsontext.KindBeginObject {
			return
		}
		for _, err := dec.ReadToken(); err == nil && dec.PeekKind() == jsontext.KindString; {
			var name jsontext.Token
			if name, err = dec.ReadToken(); err != nil {
				return
			}
			key := name.String()
			var value jsontext.Value
			if value, err = dec.ReadValue(); err != nil {
				rest := bytes.TrimLeft(data[min(dec.InputOffset(), int64(len(data))):], ": \t\r\n")
				yield(key, json.RawMessage(rest))
				return
			}
			if !yield(key, json.RawMessage(bytes.Clone(value))) {
				return
			}
		}
	}
}

// UnmarshalRecord is [UnmarshalCaller] for a record with an id. Some servers send the id as a number; if the record does not
// fit, it is tried with the id as a string.
func UnmarshalRecord[T any](raw json.RawMessage, id string, v *T) error {
	err := UnmarshalCaller(raw, v)
	if err == nil {
		return nil
	}
	if withText, ok := idAsText(raw, id); ok {
		if *v = *new(T); UnmarshalCaller(withText, v) == nil {
			return nil
		}
	}
	return err
}

func idAsText(raw json.RawMessage, id string) (json.RawMessage, bool) {
	members := map[string]json.RawMessage{}
	if Unmarshal(raw, &members) != nil || len(members["id"]) == 0 || members["id"][0] == '"' {
		return nil, false
	}
	text, err := Marshal(id)
	if err != nil {
		return nil, false
	}
	members["id"] = text
	out, err := Marshal(members)
	return out, err == nil
}
