package jsonx

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// placeIn writes a JSON pointer in the names of a Go type, such as .Records[3].Title. A key that the document chose itself, in a
// map or where no field claims it, is a *: it may be a token or a customer's id.
func placeIn(t reflect.Type, at jsontext.Pointer) string {
	place := ""
	for token := range at.Tokens() {
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := "[*]"
		switch {
		case t == nil || decodesItself(t):
			t = nil
		case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
			name, t = "["+token+"]", t.Elem()
		case t.Kind() == reflect.Map:
			t = t.Elem()
		case t.Kind() == reflect.Struct:
			if field, ok := fieldOf(t, token); ok {
				name, t = "."+field.Name, field.Type
				break
			}
			t = nil
		default:
			t = nil
		}
		place += name
	}
	return place
}

// fieldOf returns the field that a key is decoded into: the one of that name, or else one that differs in case alone.
func fieldOf(t reflect.Type, key string) (found reflect.StructField, ok bool) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		switch {
		case !field.IsExported() || field.Anonymous && field.Tag.Get("json") == "":
		case name == key:
			return field, true
		case !ok && strings.EqualFold(name, key):
			found, ok = field, true
		}
	}
	return found, ok
}

// pointerAt leads to the value or key that ends at an offset, as encoding/json's errors give it, or that begins just before it, as
// they do for objects, lists and keys.
func pointerAt(data []byte, offset int64) jsontext.Pointer {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return ""
		}
		if dec.InputOffset() >= offset {
			return dec.StackPointer()
		}
	}
}
