package jsonx

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var (
	lenient = jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	own     = jsonv2.JoinOptions(lenient, keepNumbers)

	// caller has the semantics of encoding/json, and its errors: to find the one to report, it reads everything twice.
	caller = jsonv2.JoinOptions(jsonv1.DefaultOptionsV1(), keepNumbers)
	// fast and fastWithNumbers have the same semantics, and are for documents without a fault. To keep numbers, the
	// second looks up each type that it meets.
	fast            = jsonv2.JoinOptions(jsonv1.DefaultOptionsV1(), jsonv1.ReportErrorsWithLegacySemantics(false))
	fastWithNumbers = jsonv2.JoinOptions(fast, keepNumbers)
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
	if err := decodeCaller(data, v); err != nil {
		return decodeFailure(data, v, err)
	}
	return nil
}

func decodeCaller(data []byte, v any) error {
	target := TargetOf(reflect.TypeOf(v))
	if target.fast == nil {
		return decodeStandard(data, v)
	}
	// The second attempt has to find the value as the first one did.
	if held := reflect.ValueOf(v); held.Kind() == reflect.Pointer && !held.IsNil() && held.Elem().IsZero() {
		if target.Fill(data, v) {
			return nil
		}
		held.Elem().SetZero()
	}
	return jsonv2.Unmarshal(data, v, caller)
}

func decodeStandard(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF { // a Decoder stops before trailing data
		return checkSyntax(data)
	}
	return nil
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
	if text, ok := PlainString(data); ok {
		return string(text), true
	}
	if jsontext.Value(data).Kind() != jsontext.KindString {
		return "", false
	}
	var s string
	err := jsonv2.Unmarshal(data, &s, lenient)
	return s, err == nil
}

// PlainString returns what is between the quotes, if data is a JSON string of printable ASCII
// and other UTF-8 without escapes, as most are. Such a string needs no decoder: all secrets, the
// codes of errors and the metadata of records are among them. The result shares the memory of data.
func PlainString(data []byte) ([]byte, bool) {
	last := len(data) - 1
	if last < 1 || data[0] != '"' || data[last] != '"' || !IsPlain(data[1:last]) {
		return nil, false
	}
	return data[1:last], true
}

// IsPlain reports whether a JSON string may hold these bytes as they are, all of them printable
// ASCII or other UTF-8.
func IsPlain(text []byte) bool {
	for i, b := range text {
		if b >= utf8.RuneSelf {
			return utf8.Valid(text[i:]) && !slices.ContainsFunc(text[i:], isSpecial)
		}
		if isSpecial(b) {
			return false
		}
	}
	return true
}

func isSpecial(b byte) bool { return b < ' ' || b == '"' || b == '\\' || b == 0x7f }
