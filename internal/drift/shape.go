package main

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// shape is what the types or the document say about the JSON at one place.
type shape struct {
	Kinds    []string  `json:"kinds"`    // any, array, boolean, null, number, object, string
	Enum     []any     `json:"enum"`     // the values that it names; nil if it names none
	Items    *shape    `json:"items"`    // of an array
	Objects  []*object `json:"objects"`  // the alternatives of an object
	Optional bool      `json:"optional"` // of a key: it can be absent
	At       string    `json:"at"`       // of a key: the file and the line

	name   string // in the document: the schema and the path in it, such as Integration.webhook_url
	inside string // in the document: the same for what is in it; a schema of its own begins anew
}

// object is one alternative of an object.
type object struct {
	Keys   map[string]*shape `json:"keys"`
	Others *shape            `json:"others"` // of the keys without a name; nil if there are none
	At     string            `json:"at"`     // where it is declared

	free bool   // in the document: x-free-form, so that the keys without a name can be any
	name string // in the document: as the shape's inside
}

func (s *shape) has(kind string) bool { return slices.Contains(s.Kinds, kind) }

func (s *shape) names(value any) bool {
	return slices.ContainsFunc(s.Enum, func(named any) bool { return text(named) == text(value) })
}

// text is a value as the table shows it.
func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return strings.Trim(string(encoded), `"`)
}

// String describes a shape in a few words.
func (s *shape) String() string {
	words := strings.Join(s.Kinds, " or ")
	if s.Optional {
		words = "optional " + words
	}
	if s.At != "" {
		words += ", " + s.At
	}
	return words
}

// sorted visits a map in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// union is the shape of what can be one or the other.
func union(a, b *shape) *shape {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	both := *a
	both.Kinds = slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Kinds, b.Kinds))))
	both.Objects = slices.Concat(a.Objects, b.Objects)
	both.Items = union(a.Items, b.Items)
	both.Optional = a.Optional || b.Optional
	both.Enum = nil
	if a.namesAll() && b.namesAll() {
		both.Enum = slices.Clone(a.Enum)
		for _, value := range b.Enum {
			if !a.names(value) {
				both.Enum = append(both.Enum, value)
			}
		}
	}
	return &both
}

// namesAll reports whether a shape names all values that are no array, object or null.
func (s *shape) namesAll() bool {
	return s.Enum != nil || !slices.ContainsFunc([]string{"any", "boolean", "number", "string"}, s.has)
}

// merge makes one object of alternatives. A key is optional if one of them can do without it.
func merge(alternatives []*object) *object {
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	merged := &object{Keys: map[string]*shape{}, name: alternatives[0].name}
	var places []string
	for _, alternative := range alternatives {
		merged.free = merged.free || alternative.free
		if alternative.At != "" && !slices.Contains(places, alternative.At) {
			places = append(places, alternative.At)
		}
		merged.Others = union(merged.Others, alternative.Others)
		for key, value := range alternative.Keys {
			merged.Keys[key] = union(merged.Keys[key], value)
		}
	}
	merged.At = strings.Join(places, "; ")
	for key, value := range merged.Keys {
		if slices.ContainsFunc(alternatives, func(alternative *object) bool { return alternative.Keys[key] == nil }) {
			optional := *value
			optional.Optional = true
			merged.Keys[key] = &optional
		}
	}
	return merged
}

// tags returns the keys that tell alternatives apart, such as the type of credentials: two of them have no value in common.
func tags(alternatives []*object) []string {
	found := map[string]bool{}
	for i, a := range alternatives {
		for _, b := range alternatives[i+1:] {
			for key, value := range a.Keys {
				other := b.Keys[key]
				if value.Enum != nil && other != nil && other.Enum != nil && !slices.ContainsFunc(value.Enum, other.names) {
					found[key] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// split returns the alternatives by the value of their tag, and under "" those without the tag. It leaves out an alternative
// whose tag can have any value: that one stands for what a later server sends.
func split(alternatives []*object, tag string) map[string]*object {
	groups := map[string][]*object{}
	for _, alternative := range alternatives {
		value := alternative.Keys[tag]
		if value == nil {
			groups[""] = append(groups[""], alternative)
			continue
		}
		for _, named := range value.Enum {
			groups[text(named)] = append(groups[text(named)], alternative)
		}
	}
	merged := map[string]*object{}
	for value, group := range groups {
		merged[value] = merge(group)
	}
	return merged
}

// lower is a shape of headers with their names in lower case: HTTP makes no difference.
func (s *shape) lower() *shape {
	if s == nil {
		return nil
	}
	lowered := *s
	lowered.Objects = nil
	for _, o := range s.Objects {
		one := *o
		one.Keys = map[string]*shape{}
		for name, value := range o.Keys {
			one.Keys[strings.ToLower(name)] = value
		}
		lowered.Objects = append(lowered.Objects, &one)
	}
	return &lowered
}
