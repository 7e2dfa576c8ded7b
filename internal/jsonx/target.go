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

	targets sync.Map // reflect.Type → *Target

	// From Go 1.27 on the mirror's types are those of encoding/json.
	mirrorIsStandard = reflect.TypeFor[jsonv1.Number]() == numberType
)

// Target is a type into which a caller's documents are decoded.
type Target struct {
	t       reflect.Type
	fast    jsonv2.Options // the options of the mirror; nil if encoding/json has to decode
	ignored sync.Map       // string → bool
}

// TargetOf returns the target of a type, which is a pointer.
//
// The mirror decodes into most types, and exactly as encoding/json does. It does not do so for the `,string` option
// (laxer on some inputs, stricter on others), tag options and methods that encoding/json before Go 1.27 does not
// know, odd names in tags, and kinds of map keys and interfaces that encoding/json refuses: those
// types go to encoding/json itself. This distinction goes away, with number.go, when go.mod says 1.27: encoding/json is
// the mirror then.
func TargetOf(t reflect.Type) *Target {
	if known, ok := targets.Load(t); ok {
		return known.(*Target)
	}
	target := &Target{t: t}
	if s := (survey{seen: map[reflect.Type]bool{}}); t != nil && s.agrees(t) {
		target.fast = fast
		if s.numbers {
			target.fast = fastWithNumbers
		}
	}
	known, _ := targets.LoadOrStore(t, target)
	return known.(*Target)
}

// Fill is [UnmarshalCaller] in one pass for a v that points to a zero value. If it returns false, v has to be set to zero
// again, and only UnmarshalCaller can tell whether the document has a fault, and which.
func (t *Target) Fill(data []byte, v any) bool {
	return t.fast != nil && jsonv2.Unmarshal(data, v, t.fast) == nil
}

// Ignores reports whether a value of the type does not depend on a member of the document: the type is a struct that has
// no field for this name and does not decode itself.
func (t *Target) Ignores(name string) bool {
	if known, ok := t.ignored.Load(name); ok {
		return known.(bool)
	}
	of := t.t
	for of.Kind() == reflect.Pointer && !decodesItself(of) {
		of = of.Elem()
	}
	ignores := of.Kind() == reflect.Struct && !decodesItself(of) && !mentions(of, name, map[reflect.Type]bool{})
	t.ignored.Store(name, ignores)
	return ignores
}

// mentions reports whether a field of a struct, or of one embedded in it, has a name. It does not matter whether another
// field hides it: by which rules is the decoder's business.
func mentions(t reflect.Type, name string, seen map[reflect.Type]bool) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return false
	}
	seen[t] = true
	for f := range t.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if strings.EqualFold(tag, name) || strings.EqualFold(f.Name, name) || f.Anonymous && mentions(f.Type, name, seen) {
			return true
		}
	}
	return false
}

// survey looks at a type and at all types inside it.
type survey struct {
	seen    map[reflect.Type]bool
	numbers bool // there is an interface or a Number
}

func (s *survey) agrees(t reflect.Type) bool {
	if s.seen[t] {
		return true
	}
	s.seen[t] = true
	if has(t, v2UnmarshalerType) {
		return mirrorIsStandard
	}
	if t == numberType || t == anyType {
		s.numbers = true
		return true
	}
	if decodesItself(t) {
		return true
	}
	switch k := t.Kind(); k {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return s.agrees(t.Elem())
	case reflect.Map:
		return plainKey(t.Key()) && s.agrees(t.Elem())
	case reflect.Struct:
		return s.fieldsAgree(t)
	default:
		return k == reflect.String || reflect.Bool <= k && k <= reflect.Float64
	}
}

func (s *survey) fieldsAgree(t reflect.Type) bool {
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if !plainTag(tag) || !s.agrees(f.Type) {
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
