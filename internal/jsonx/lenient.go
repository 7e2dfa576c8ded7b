package jsonx

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// UnmarshalLenient is Unmarshal for what a server sent: a value that does not fit its field costs that field only, which
// stays zero. Numbers and booleans become texts, and texts and whole numbers become numbers, where nothing is lost by it.
// The document itself still has to be JSON of the right kind.
func UnmarshalLenient(data []byte, v any) error {
	strict := Unmarshal(data, v)
	if strict == nil || checkSyntax(data) != nil || !sameKind(jsontext.Value(data).Kind(), reflect.TypeOf(v).Elem()) {
		return strict
	}
	reflect.ValueOf(v).Elem().SetZero()
	if err := jsonv2.Unmarshal(data, v, own, lenientValues); err != nil {
		return decodeFailure(data, v, err)
	}
	return nil
}

// lenientValues looks at every value before it is decoded.
var lenientValues = jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(dec *jsontext.Decoder, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return errors.ErrUnsupported
	}
	target = target.Elem()
	kind := dec.PeekKind()
	if decodesItself(target.Type()) {
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if jsonv2.Unmarshal(raw, v, own) != nil {
			target.SetZero()
		}
		return nil
	}
	if sameKind(kind, target.Type()) && !isNumeric(target.Kind()) {
		return errors.ErrUnsupported // decoded as usual, value by value
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	target.SetZero()
	convert(raw, target)
	return nil
}))

// sameKind reports whether JSON of a kind goes into a Go type as a rule.
func sameKind(kind jsontext.Kind, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if kind == jsontext.KindNull || t.Kind() == reflect.Interface || decodesItself(t) {
		return true
	}
	switch kind {
	case jsontext.KindBeginObject:
		return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
	case jsontext.KindBeginArray:
		return t.Kind() == reflect.Slice || t.Kind() == reflect.Array
	case jsontext.KindString:
		return t.Kind() == reflect.String
	case jsontext.KindNumber:
		return isNumeric(t.Kind())
	}
	return t.Kind() == reflect.Bool
}

func isNumeric(kind reflect.Kind) bool { return reflect.Int <= kind && kind <= reflect.Float64 }

// convert sets target from JSON of another kind where it can.
func convert(raw jsontext.Value, target reflect.Value) {
	if target.Kind() == reflect.Pointer {
		value := reflect.New(target.Type().Elem())
		if convert(raw, value.Elem()); !value.Elem().IsZero() {
			target.Set(value)
		}
		return
	}
	text := string(raw)
	switch raw.Kind() {
	case jsontext.KindString:
		text, _ = Unquote(raw)
		text = strings.TrimSpace(text)
	case jsontext.KindNumber:
	case jsontext.KindTrue, jsontext.KindFalse:
		if target.Kind() == reflect.String {
			target.SetString(text)
		}
		return
	default:
		return
	}
	switch {
	case target.Kind() == reflect.String:
		target.SetString(text)
	case target.CanFloat():
		if f, err := strconv.ParseFloat(text, 64); err == nil && !target.OverflowFloat(f) {
			target.SetFloat(f)
		}
	case target.CanInt():
		if n, ok := wholeNumber(text); ok && !target.OverflowInt(n) {
			target.SetInt(n)
		}
	case target.CanUint():
		if n, ok := wholeNumber(text); ok && n >= 0 && !target.OverflowUint(uint64(n)) {
			target.SetUint(uint64(n))
		}
	case target.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		target.SetBool(err == nil && b)
	}
}

// wholeNumber reads digits, and also 1.0 and 1e3.
func wholeNumber(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53
}
