package nango

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ArgumentError reports a call that was refused before any request was made, because the server would have misread it. The
// value that was refused is not part of the error.
type ArgumentError struct {
	// Name is the argument, as the call or the API names it.
	Name string
	// Reason says what is wrong with it, as in "is empty".
	Reason string
}

// Error names the argument and the reason.
func (e *ArgumentError) Error() string { return "nango: " + e.Name + " " + e.Reason }

// checkID refuses an id that would change the path that it becomes part of. Services call it before they build a
// request, since building one already resolves the dots.
func checkID(name, id string) error {
	if fault := dotpath.IDFault(id); fault != "" {
		return &ArgumentError{Name: name, Reason: fault}
	}
	if strings.ContainsFunc(id, unicode.IsControl) {
		return &ArgumentError{Name: name, Reason: "holds a control character"}
	}
	return nil
}

// checkHeaderID is checkID for an id that a header carries. HTTP drops spaces around a header's value, so an id with such
// spaces would mean another one.
func checkHeaderID(name, id string) error {
	if err := checkID(name, id); err != nil {
		return err
	}
	if strings.TrimSpace(id) != id {
		return &ArgumentError{Name: name, Reason: spaceReason}
	}
	return nil
}

const spaceReason = "begins or ends with a space, which a header cannot carry"

func checkNumber(name string, n int64) error {
	if n <= 0 {
		return &ArgumentError{Name: name, Reason: "must be positive"}
	}
	return nil
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

// optionalObject is encodeObject for a value that may be left out: nil, or what encodes to null, such as a nil map.
func optionalObject(name string, v any) (*json.RawMessage, error) {
	raw, err := encode(name, v)
	if err != nil || string(raw) == "null" {
		return nil, err
	}
	raw, err = object(name, raw)
	return &raw, err
}
