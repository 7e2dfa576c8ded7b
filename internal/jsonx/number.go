package jsonx

import (
	"encoding/json"
	"errors"
	"reflect"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// keepNumbers makes the mirror decode numbers into encoding/json's Number wherever the target is
// an interface, and lets fields of that type take numbers at all: to the mirror it is a string.
// Reading what is inside an interface here, without reflection, is also what makes it quick.
var keepNumbers = jsonv2.WithUnmarshalers(jsonv2.JoinUnmarshalers(
	jsonv2.UnmarshalFromFunc(decodeAny),
	jsonv2.UnmarshalFromFunc(decodeNumber),
))

// decodeAny follows encoding/json: a pointer that the interface already holds is decoded into,
// anything else is replaced. (An interface that points to itself counts as anything else.)
func decodeAny(dec *jsontext.Decoder, p *any) error {
	if held := reflect.ValueOf(*p); held.Kind() == reflect.Pointer && !held.IsNil() && *p != any(p) {
		if dec.PeekKind() != jsontext.KindNull || held.Elem().Kind() == reflect.Pointer {
			return jsonv2.UnmarshalDecode(dec, *p)
		}
	}
	v, err := readValue(dec)
	*p = v
	return err
}

func decodeNumber(dec *jsontext.Decoder, p *json.Number) error {
	switch dec.PeekKind() {
	case jsontext.KindNull:
		return dec.SkipValue()
	case jsontext.KindNumber, jsontext.KindString:
		tok, err := dec.ReadToken()
		if err != nil {
			return err
		}
		text := tok.String()
		if tok.Kind() == jsontext.KindString && !isNumber(text) {
			return &jsonv2.SemanticError{JSONKind: jsontext.KindString, GoType: reflect.TypeFor[json.Number]()}
		}
		*p = json.Number(text)
		return nil
	}
	return errors.ErrUnsupported
}

// isNumber holds for JSON's numbers, without the white space that may surround a JSON value.
func isNumber(s string) bool {
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	return s != "" && (s[0] == '-' || digit(s[0])) && digit(s[len(s)-1]) && jsontext.Value(s).IsValid()
}

func readValue(dec *jsontext.Decoder) (any, error) {
	switch dec.PeekKind() {
	case jsontext.KindBeginObject:
		m := map[string]any{}
		return m, readMembers(dec, m)
	case jsontext.KindBeginArray:
		return readElements(dec)
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case jsontext.KindString:
		return tok.String(), nil
	case jsontext.KindNumber:
		return json.Number(tok.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return tok.Bool(), nil
	}
	return nil, nil
}

func readMembers(dec *jsontext.Decoder, m map[string]any) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		key := name.String() // the token is void after the next read
		if m[key], err = readValue(dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func readElements(dec *jsontext.Decoder) ([]any, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	list := []any{}
	for dec.PeekKind() != jsontext.KindEndArray {
		v, err := readValue(dec)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.ReadToken()
	return list, err
}
