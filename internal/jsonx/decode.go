package jsonx

import (
	"bytes"
	"encoding/json"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var (
	lenient = jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	own     = jsonv2.JoinOptions(lenient, keepNumbers)
	caller  = jsonv2.JoinOptions(jsonv1.DefaultOptionsV1(), keepNumbers)
)

// Unmarshal decodes one JSON document into v, a pointer to one of the SDK's own types.
//
// Keys match field names exactly and unknown keys are ignored. Of a key that comes twice the last
// value counts (objects merge), invalid UTF-8 and lone surrogates become U+FFFD. Anything but
// white space after the value is an error.
func Unmarshal(data []byte, v any) error {
	data = TrimMark(data)
	if err := jsonv2.Unmarshal(data, v, own); err != nil {
		return decodeFailure(data, v, err)
	}
	return nil
}

// UnmarshalCaller decodes one JSON document into v, a pointer to a type that a caller chose, with
// the semantics of encoding/json and its Decoder.UseNumber. Anything but white space after the
// value is an error.
func UnmarshalCaller(data []byte, v any) error {
	data = TrimMark(data)
	decode := decodeStandard
	if mirrorable(v) {
		decode = decodeMirror
	}
	if err := decode(data, v); err != nil {
		return decodeFailure(data, v, err)
	}
	return nil
}

func decodeMirror(data []byte, v any) error {
	return jsonv2.Unmarshal(data, v, caller)
}

func decodeStandard(data []byte, v any) error {
	if err := checkSyntax(data); err != nil { // a Decoder stops before trailing data
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}

// TrimMark returns a document without the byte order mark before it, which JSON does not have and some servers send. All
// functions of this package that take a document read through it.
func TrimMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// Valid reports whether data is one JSON document.
func Valid(data []byte) bool { return json.Valid(TrimMark(data)) }

// checkSyntax returns the error that makes data something other than one JSON document.
func checkSyntax(data []byte) error {
	var raw jsontext.Value
	return jsonv2.Unmarshal(data, &raw, lenient)
}

// Unquote returns the Go string of a JSON string literal, with invalid UTF-8 and lone surrogates
// replaced by U+FFFD. It reports false when data is anything but one JSON string.
func Unquote(data []byte) (string, bool) {
	if isPlainString(data) {
		return string(data[1 : len(data)-1]), true
	}
	if jsontext.Value(data).Kind() != jsontext.KindString {
		return "", false
	}
	var s string
	err := jsonv2.Unmarshal(data, &s, lenient)
	return s, err == nil
}

// isPlainString reports whether data is a JSON string of printable ASCII without escapes, as most are. Such a one needs no
// decoder: every secret and every code of an error comes this way.
func isPlainString(data []byte) bool {
	last := len(data) - 1
	if last < 1 || data[0] != '"' || data[last] != '"' {
		return false
	}
	for _, b := range data[1:last] {
		if b < ' ' || b > '~' || b == '"' || b == '\\' {
			return false
		}
	}
	return true
}
