package nango

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/internal/jsonx"
)

// ArgumentError is the error of a call that the client refuses before it sends a request, because the server would
// misunderstand the call. The error does not contain the refused value.
type ArgumentError struct {
	// Name is the name of the argument, in this package or in the API.
	Name string
	// Reason says what is wrong with it, as in "is empty".
	Reason string
}

// Error names the argument and the reason.
func (e *ArgumentError) Error() string { return "nango: " + e.Name + " " + e.Reason }

// checkID refuses an id that would change the path of a URL that contains it. Services call it before they build a
// request, because building a request already resolves dot segments.
func checkID(name, id string) error {
	if fault := dotpath.IDFault(id); fault != "" {
		return &ArgumentError{Name: name, Reason: fault}
	}
	if strings.ContainsFunc(id, unicode.IsControl) {
		return &ArgumentError{Name: name, Reason: "holds a control character"}
	}
	return nil
}

// checkHeaderID is checkID for an id that is sent in a header. HTTP removes spaces at both ends of a header's value, so
// an id with such spaces would become another id.
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

// checkUUID is checkID for an id that the server gave, of a thing that has a UUID.
func checkUUID(name, id string) error {
	if err := checkID(name, id); err != nil {
		return err
	}
	if len(id) != len(uuid.Nil.String()) || uuid.Validate(id) != nil { // which takes other notations too
		return &ArgumentError{Name: name, Reason: "is not a UUID"}
	}
	return nil
}

// encode encodes a value of the caller as JSON, by encoding/json's rules.
func encode(name string, v any) (json.RawMessage, error) {
	raw, err := jsonx.Marshal(v)
	if err != nil {
		return nil, &ArgumentError{Name: name, Reason: "cannot be encoded as JSON: " + err.Error()}
	}
	return raw, nil
}

// encodeObject is encode for a value that must be a JSON object.
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

// optionalObject is encodeObject for an optional value. It returns nil for nil and for a value that encodes to null,
// such as a nil map.
func optionalObject(name string, v any) (*json.RawMessage, error) {
	raw, err := encode(name, v)
	if err != nil || string(raw) == "null" {
		return nil, err
	}
	raw, err = object(name, raw)
	return &raw, err
}
