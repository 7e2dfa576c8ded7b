package jsonx

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var (
	anyType             = reflect.TypeFor[any]()
	numberType          = reflect.TypeFor[json.Number]()
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	v2UnmarshalerType   = reflect.TypeFor[jsonv2.UnmarshalerFrom]()

	mirrorableTypes sync.Map // reflect.Type → bool

	// From Go 1.27 on the mirror's types are those of encoding/json.
	mirrorIsStandard = reflect.TypeFor[jsonv1.Number]() == numberType
)

// mirrorable goes away, with number.go, when go.mod says 1.27: encoding/json is the mirror then.
//
// It reports whether the mirror decodes into the type of v exactly as encoding/json does.
// It does for what programs are made of. It does not for the `,string` option (laxer on some
// inputs, stricter on others), tag options and methods that encoding/json before Go 1.27 does not
// know, odd names in tags, and kinds of map keys and interfaces that encoding/json refuses: those
// types go to encoding/json itself.
func mirrorable(v any) bool {
	t := reflect.TypeOf(v)
	if known, ok := mirrorableTypes.Load(t); ok {
		return known.(bool)
	}
	ok := t != nil && agrees(t, map[reflect.Type]bool{})
	mirrorableTypes.Store(t, ok)
	return ok
}

func agrees(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	if has(t, v2UnmarshalerType) {
		return mirrorIsStandard
	}
	if decodesItself(t) || t == numberType || t == anyType {
		return true
	}
	switch k := t.Kind(); k {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return agrees(t.Elem(), seen)
	case reflect.Map:
		return plainKey(t.Key()) && agrees(t.Elem(), seen)
	case reflect.Struct:
		return fieldsAgree(t, seen)
	default:
		return k == reflect.String || reflect.Bool <= k && k <= reflect.Float64
	}
}

func fieldsAgree(t reflect.Type, seen map[reflect.Type]bool) bool {
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if !plainTag(tag) || !agrees(f.Type, seen) {
			return false
		}
	}
	return true
}

func plainKey(t reflect.Type) bool {
	k := t.Kind()
	return (k == reflect.String || reflect.Int <= k && k <= reflect.Uintptr) && t != numberType && !decodesItself(t)
}

func plainTag(tag string) bool {
	name, options, _ := strings.Cut(tag, ",")
	odd := strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"'\`+"`", r)
	})
	return !odd && (options == "" || options == "omitempty" || options == "omitzero")
}

func decodesItself(t reflect.Type) bool {
	return has(t, unmarshalerType) || has(t, textUnmarshalerType)
}

func has(t, method reflect.Type) bool { return reflect.PointerTo(t).Implements(method) }
