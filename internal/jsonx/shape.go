package jsonx

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nango-go/sdk/gen"
)

// CheckShape returns an error that names the first place where a JSON document is not of a shape, such as "connections[0]
// is null". It reads the document once.
func CheckShape(data []byte, shape *gen.Shape) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(TrimMark(data)), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := checkValue(dec, shape)
	if err == nil {
		if _, err = dec.ReadToken(); err == io.EOF {
			return nil
		} else if err == nil {
			err = errors.New("something follows the value")
		}
	}
	if lack, ok := err.(*ShapeError); ok {
		return lack
	}
	return syntaxFailure(err)
}

// ShapeError is a value that is not what it has to be. It names keys of the shape and indices, and no key of the document.
type ShapeError struct{ at, what string }

func (e *ShapeError) Error() string {
	if e.at == "" {
		return "the response " + e.what
	}
	return e.at + " " + e.what
}

// below puts the name of a key or an index in front of the place.
func below(name string, err error) error {
	lack, ok := err.(*ShapeError)
	if !ok {
		return err
	}
	if lack.at != "" && lack.at[0] != '[' {
		name += "."
	}
	return &ShapeError{name + lack.at, lack.what}
}

// checkValue reads one value.
func checkValue(dec *jsontext.Decoder, shape *gen.Shape) error {
	kind := dec.PeekKind()
	switch shape.Kind {
	case gen.ShapeObject:
		if kind == jsontext.KindBeginObject {
			return checkObject(dec, shape.Keys)
		}
	case gen.ShapeList:
		if kind == jsontext.KindBeginArray {
			return checkList(dec, shape.Items)
		}
	case gen.ShapeOneOf:
		return checkOneOf(dec, shape.OneOf)
	case gen.ShapeText, gen.ShapeTime:
		if kind == jsontext.KindString || kind == jsontext.KindNumber && shape.Kind == gen.ShapeText {
			value, err := dec.ReadValue()
			if err != nil {
				return err
			}
			return checkText(value, shape.Kind)
		}
	case gen.ShapeNumber:
		if kind == jsontext.KindString || kind == jsontext.KindNumber {
			value, err := dec.ReadValue()
			if err != nil {
				return err
			}
			if _, err := strconv.ParseFloat(string(bytes.Trim(value, `"`)), 64); err != nil {
				return &ShapeError{what: "is not a number"}
			}
			return nil
		}
	case gen.ShapeFlag, gen.ShapeTrue:
		if kind == jsontext.KindTrue || kind == jsontext.KindFalse && shape.Kind == gen.ShapeFlag {
			return dec.SkipValue()
		}
	default:
		return dec.SkipValue()
	}
	if err := dec.SkipValue(); err != nil {
		return err
	}
	return &ShapeError{what: "is " + article(kindName(kind)) + ", not " + article(string(shape.Kind))}
}

func checkObject(dec *jsontext.Decoder, keys []gen.Key) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	var found [8]bool // a response has three essential keys at most
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		key := -1
		for i := range keys {
			if isName(name, keys[i].Name) {
				key = i
			}
		}
		if key < 0 {
			if err := dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		found[key] = true
		if err := checkValue(dec, &keys[key].Shape); err != nil {
			return below(keys[key].Name, err)
		}
	}
	for i := range keys {
		if !found[i] {
			return &ShapeError{what: "has no " + keys[i].Name}
		}
	}
	_, err := dec.ReadToken()
	return err
}

// isName compares a name as it stands in the document, which may be written with escapes.
func isName(raw jsontext.Value, name string) bool {
	if len(raw) == len(name)+2 && string(raw[1:len(raw)-1]) == name {
		return true
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return false
	}
	text, _ := Unquote(raw)
	return text == name
}

func checkList(dec *jsontext.Decoder, items *gen.Shape) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; dec.PeekKind() != jsontext.KindEndArray; i++ {
		if err := checkValue(dec, items); err != nil {
			return below("["+strconv.Itoa(i)+"]", err)
		}
	}
	_, err := dec.ReadToken()
	return err
}

// checkOneOf returns the error of the alternative that is of the value's kind, or of the first.
func checkOneOf(dec *jsontext.Decoder, shapes []gen.Shape) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	var first error
	for i := range shapes {
		err := CheckShape(value, &shapes[i])
		if err == nil {
			return nil
		}
		sameKind := shapes[i].Kind == gen.ShapeObject && value.Kind() == jsontext.KindBeginObject ||
			shapes[i].Kind == gen.ShapeList && value.Kind() == jsontext.KindBeginArray
		if first == nil || sameKind {
			first = err
		}
	}
	return first
}

func checkText(value jsontext.Value, kind gen.ShapeKind) error {
	switch text, _ := Unquote(value); {
	case len(value) == len(`""`):
		return &ShapeError{what: "is empty"}
	case kind == gen.ShapeTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return &ShapeError{what: "is not a time"}
		}
	}
	return nil
}

func article(noun string) string {
	switch noun {
	case "null", "true", "false":
		return noun
	case "object", "array":
		return "an " + noun
	}
	return "a " + noun
}
