// Package js is what a server written in JavaScript makes of values: how it reads and prints JSON, what it takes for a number, a
// date or true, how it reads queries, forms and URLs. Package nangotest and its parts need it, because the real server shows
// all of that to its callers. It links nothing beyond the standard library and package percent.
package js

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"unicode/utf16"
)

// Object is an object, whose keys stay in their order. Its values are of the kinds that [Parse] returns.
type Object struct {
	keys   []string
	values map[string]any
}

// NewObject returns an object without keys.
func NewObject() *Object { return &Object{values: map[string]any{}} }

// Len returns the number of keys.
func (o *Object) Len() int { return len(o.keys) }

// Get returns the value of a key, nil for a key that is not there.
func (o *Object) Get(key string) any { return o.values[key] }

// Set sets the value of a key. A key that is there stays in its place.
func (o *Object) Set(key string, value any) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// All returns the keys and values in the order in which JavaScript lists them: array indices come first, by their numbers.
func (o *Object) All() iter.Seq2[string, any] {
	keys := slices.Clone(o.keys)
	slices.SortStableFunc(keys, indicesFirst)
	return func(yield func(string, any) bool) {
		for _, key := range keys {
			if !yield(key, o.values[key]) {
				return
			}
		}
	}
}

func indicesFirst(a, b string) int {
	i, aIsIndex := ArrayIndex(a)
	j, bIsIndex := ArrayIndex(b)
	switch {
	case aIsIndex && bIsIndex:
		return cmp.Compare(i, j)
	case aIsIndex:
		return -1
	case bIsIndex:
		return 1
	}
	return 0
}

// ArrayIndex returns the number that a key is as an array index: one from 0 to 2³²-2, written as JavaScript writes it.
func ArrayIndex(key string) (index int64, ok bool) {
	i, err := strconv.ParseUint(key, 10, 32)
	return int64(i), err == nil && i < 1<<32-1 && strconv.FormatUint(i, 10) == key
}

// Sort sorts the keys of all objects inside a value by their UTF-16 code units, as Array.sort does.
func Sort(value any) {
	switch value := value.(type) {
	case *Object:
		slices.SortFunc(value.keys, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		for _, inner := range value.values {
			Sort(inner)
		}
	case []any:
		for _, element := range value {
			Sort(element)
		}
	}
}

// Truthy reports whether a value counts as true in a condition.
func Truthy(value any) bool {
	switch printed := Print(value); string(printed) {
	case "null", "false", "0", `""`:
		return false
	}
	return true
}
