package jsonx

import (
	"bytes"
	"encoding/json"
)

// Marshal encodes v with encoding/json, so that every type encodes as it does elsewhere in the
// caller's program. Two differences: '<', '>' and '&' are written as they are, since a request
// body is never HTML, and errors quote no values.
func Marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, encodeFailure(v, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
