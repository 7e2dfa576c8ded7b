package nango

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/nango-go/sdk/internal/jsonx"
)

// decodeData is decode for the many answers that have their value under the key data. One without it is an error, so that no
// nil gets out.
func decodeData[T any](resp *http.Response, err error) (T, error) {
	out, err := decode[struct {
		Data *T `json:"data"`
	}](resp, err)
	if err != nil {
		return *new(T), err
	}
	if out.Data == nil {
		return *new(T), notDecoded(resp, errors.New("the answer has no data"))
	}
	return *out.Data, nil
}

// value returns what params points to, or the zero value for nil: nil params mean the defaults. It is a copy, so that the
// caller's struct is never written to.
func value[T any](params *T) T {
	if params == nil {
		return *new(T)
	}
	return *params
}

// optional returns nil for the zero value, which the generated client then leaves out of the request.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// optionalMap returns nil for a nil map and a pointer for any other, an empty one included: on the wire {} clears.
func optionalMap[M ~map[K]V, K comparable, V any](m M) *M {
	if m == nil {
		return nil
	}
	return &m
}

// copyMap returns a map that can be written to without the caller noticing.
func copyMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	return out
}

// encode turns a value of the caller's into JSON, by encoding/json's rules.
func encode(name string, v any) (json.RawMessage, error) {
	raw, err := jsonx.Marshal(v)
	if err != nil {
		return nil, &ArgumentError{Name: name, Reason: "cannot be encoded as JSON: " + err.Error()}
	}
	return raw, nil
}

// encodeObject is encode for what has to be a JSON object.
func encodeObject(name string, v any) (json.RawMessage, error) {
	raw, err := encode(name, v)
	if err != nil {
		return nil, err
	}
	return object(name, raw)
}

func object(name string, raw json.RawMessage) (json.RawMessage, error) {
	if raw[0] != '{' {
		return nil, &ArgumentError{Name: name, Reason: "must be a JSON object"}
	}
	return raw, nil
}
