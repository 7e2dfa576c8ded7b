package jsonx

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// forgiving reads as own does, but passes every value below the top by decodeOdd first.
var forgiving = jsonv2.JoinOptions(lenient, jsonv2.WithUnmarshalers(jsonv2.JoinUnmarshalers(
	jsonv2.UnmarshalFromFunc(decodeAny),
	jsonv2.UnmarshalFromFunc(decodeOdd),
)))

// UnmarshalLenient is Unmarshal, but a value that its Go type cannot hold costs nothing else. Where
// no information is lost it is converted: numbers and booleans into strings, strings that spell a
// number or a boolean into those, 1.0 and 1e3 into integers. Otherwise it becomes the zero value,
// and an element of a list of pointers is left out, so that no nil gets into it. Only invalid
// JSON, and a document that is as a whole of another kind, are errors.
func UnmarshalLenient(data []byte, v any) error {
	data = TrimMark(data)
	if jsonv2.Unmarshal(data, v, own) == nil {
		return nil
	}
	// What the first attempt has set, the second sets again.
	return unmarshalForgiving(data, v)
}

func unmarshalForgiving(data []byte, v any) error {
	if err := jsonv2.Unmarshal(data, v, forgiving); err != nil {
		return decodeFailure(data, v, err)
	}
	return nil
}

// decodeOdd is called for a pointer to every value that is decoded. It leaves structs, maps and
// lists to the default, which comes back here with what is inside them.
func decodeOdd(dec *jsontext.Decoder, p any) error {
	v, kind := reflect.ValueOf(p).Elem(), dec.PeekKind()
	container, base := isContainer(v.Type())
	switch {
	case dec.StackDepth() == 0, kind == jsontext.KindInvalid:
		return errors.ErrUnsupported
	case container && v.Kind() == reflect.Slice && kind == jsontext.KindBeginArray && v.Type().Elem().Kind() == reflect.Pointer:
		return decodePointers(dec, v)
	case container && (kind == containerKind(base) || kind == jsontext.KindNull):
		return errors.ErrUnsupported
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if read, ok := readOdd(raw, v.Type()); ok {
		v.Set(read)
	} else {
		v.SetZero()
	}
	return nil
}

// decodePointers decodes the elements of a list that fit.
func decodePointers(dec *jsontext.Decoder, list reflect.Value) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	list.Set(reflect.MakeSlice(list.Type(), 0, 0))
	for dec.PeekKind() != jsontext.KindEndArray {
		null, element := dec.PeekKind() == jsontext.KindNull, reflect.New(list.Type().Elem())
		if err := jsonv2.UnmarshalDecode(dec, element.Interface()); err != nil {
			return err
		}
		if null || !element.Elem().IsNil() {
			list.Set(reflect.Append(list, element.Elem()))
		}
	}
	_, err := dec.ReadToken()
	return err
}

// isContainer reports whether a type, or what its pointers lead to, is decoded part by part. It
// returns the kind of that.
func isContainer(t reflect.Type) (bool, reflect.Kind) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	parts := t.Kind() == reflect.Struct || t.Kind() == reflect.Map || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
	return parts && !decodesItself(t), t.Kind()
}

func containerKind(k reflect.Kind) jsontext.Kind {
	if k == reflect.Slice {
		return jsontext.KindBeginArray
	}
	return jsontext.KindBeginObject
}

// readOdd reads a value whole: as it is, or else as what it can be converted into.
func readOdd(raw jsontext.Value, t reflect.Type) (reflect.Value, bool) {
	if t.Kind() == reflect.Pointer {
		p := reflect.New(t.Elem())
		inner, ok := readOdd(raw, t.Elem())
		if ok && raw.Kind() != jsontext.KindNull {
			p.Elem().Set(inner)
			return p, true
		}
		return reflect.Value{}, false
	}
	if container, _ := isContainer(t); container {
		return reflect.Value{}, false
	}
	for _, text := range append([]string{string(raw)}, conversions(raw, t)...) {
		v := reflect.New(t)
		if jsonv2.Unmarshal([]byte(text), v.Interface(), own) == nil {
			return v.Elem(), true
		}
	}
	return reflect.Value{}, false
}

// conversions returns other JSON for the same value, as the type could want it.
func conversions(raw jsontext.Value, t reflect.Type) []string {
	text := string(raw)
	switch {
	case decodesItself(t):
	case t.Kind() == reflect.String:
		if kind := raw.Kind(); kind == jsontext.KindNumber || kind == jsontext.KindTrue || kind == jsontext.KindFalse {
			return []string{strconv.Quote(text)}
		}
	case t.Kind() == reflect.Bool:
		text, _ = Unquote(raw)
		return []string{text}
	case reflect.Int <= t.Kind() && t.Kind() <= reflect.Float64:
		if unquoted, ok := Unquote(raw); ok {
			text = unquoted
		}
		return []string{text, integral(text)}
	}
	return nil
}

// integral writes a number without fraction and exponent. It returns nothing for what is no integer, or has more than 20 digits.
func integral(number string) string {
	const most = len("18446744073709551615")
	number, negative := strings.CutPrefix(number, "-")
	number, exponent, scaled := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, _ := strings.Cut(number, ".")
	shift, err := strconv.Atoi(exponent)
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" || scaled && err != nil {
		return ""
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	// Of the digits, and of endless zeros after them, so many are the integer.
	length := len(digits) - len(fraction) + shift
	digits = strings.TrimRight(digits, "0")
	if length < len(digits) || length > most {
		return ""
	}
	digits += strings.Repeat("0", length-len(digits))
	if negative {
		return "-" + digits
	}
	return digits
}
