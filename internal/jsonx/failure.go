package jsonx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// failure is every error of this package. The errors of the two JSON packages, and of methods that
// they call, quote what they could not read; this one keeps such an error for errors.Is alone, out
// of reach of everything that prints.
type failure struct {
	what string
	at   string // the place, in names of Go
	pos  int64  // offset in bytes, 0 when it says nothing
	is   func(target error) bool
}

func newFailure(what, at string, pos int64, cause error) *failure {
	return &failure{what, at, pos, func(target error) bool { return errors.Is(cause, target) }}
}

func (f *failure) Error() string {
	text := "json: " + f.what
	if f.at != "" {
		text += " at " + shorten(strings.TrimPrefix(f.at, "."))
	}
	if f.pos > 0 {
		text += fmt.Sprintf(" (offset %d)", f.pos)
	}
	return text
}

// Is lets errors.Is see the cause without handing it out.
func (f *failure) Is(target error) bool { return f.is(target) }

func decodeFailure(data []byte, v any, err error) error {
	if syntax := checkSyntax(data); syntax != nil {
		return syntaxFailure(syntax)
	}
	// The three types may be two: from Go 1.27 on the mirror is encoding/json, so no type switch.
	t := reflect.TypeOf(v)
	if e, ok := err.(*jsonv2.SemanticError); ok {
		return semanticFailure(e, t)
	}
	if e, ok := err.(*jsonv1.UnmarshalTypeError); ok {
		return newFailure(mismatch(e.Value, e.Type), placeIn(t, pointerAt(data, e.Offset)), e.Offset, err)
	}
	if e, ok := err.(*json.UnmarshalTypeError); ok {
		return newFailure(mismatch(e.Value, e.Type), placeIn(t, pointerAt(data, e.Offset)), e.Offset, err)
	}
	return newFailure(fmt.Sprintf("cannot decode into Go %s (%T)", typeName(t), err), "", 0, err)
}

// syntaxFailure names no place: what is around the fault need not be what a Go type expects there.
func syntaxFailure(err error) error {
	f := newFailure("invalid JSON", "", 0, err)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		f.what = "the JSON document is cut short"
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		f.pos = e.ByteOffset
	}
	return f
}

// semanticFailure joins the place of a value with the place inside it that an SDK type's own
// UnmarshalJSON, which calls Unmarshal in turn, found wrong.
func semanticFailure(e *jsonv2.SemanticError, t reflect.Type) error {
	at := placeIn(t, e.JSONPointer)
	if inner, ok := e.Err.(*failure); ok {
		return newFailure(inner.what, at+inner.at, e.ByteOffset+inner.pos, inner)
	}
	return newFailure(mismatch(kindName(e.JSONKind), e.GoType), at, e.ByteOffset, e)
}

// mismatch takes the first word of found alone: encoding/json lets the literal follow it.
func mismatch(found string, t reflect.Type) string {
	kind, _, _ := strings.Cut(found, " ")
	return fmt.Sprintf("cannot decode JSON %s into Go %s", kind, typeName(t))
}

func encodeFailure(v any, err error) error {
	t, what := reflect.TypeOf(v), "cannot encode Go %s as JSON"
	if e, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		t = e.Type
	} else if _, ok := errors.AsType[*json.UnsupportedValueError](err); ok {
		what += ": it holds NaN, an infinity or a cycle"
	} else if e, ok := errors.AsType[*json.MarshalerError](err); ok {
		t, what = e.Type, what+": its marshal method failed"
	}
	return newFailure(fmt.Sprintf(what, typeName(t)), "", 0, err)
}

func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindBeginObject, jsontext.KindEndObject:
		return "object"
	case jsontext.KindBeginArray, jsontext.KindEndArray:
		return "array"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "boolean"
	case jsontext.KindInvalid:
		return "value"
	}
	return k.String()
}

func typeName(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	return shorten(t.String())
}

func shorten(s string) string {
	const most = 100
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
