package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape returns the shape of a schema. What is in a schema of components is named by that schema, so that a difference in it is
// one row of the table, whatever number of operations shows it.
func (r *reader) shape(name string, ref *openapi3.SchemaRef) *shape {
	schema := ref.Value
	read := &shape{name: name, inside: name, At: lineOf(ref)}
	if component, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		read.inside = component
	}
	if slices.Contains(r.open, schema) {
		read.Kinds = []string{"any"}
		return read
	}
	r.open = append(r.open, schema)
	defer func() { r.open = r.open[:len(r.open)-1] }()

	var parts *shape
	for _, part := range slices.Concat(schema.AnyOf, schema.OneOf) {
		if at := read.inside + " alternative"; r.has(at, part.Extensions) && r.has(at, part.Value.Extensions) {
			parts = union(parts, r.shape(read.inside, part))
		}
	}
	for _, part := range schema.AllOf {
		parts = both(parts, r.shape(read.inside, part))
	}
	if parts != nil {
		read.Kinds, read.Enum, read.Items, read.Objects = parts.Kinds, parts.Enum, parts.Items, parts.Objects
	}
	if schema.Type != nil {
		r.own(read, schema)
	}
	switch {
	case len(read.Kinds) == 0:
		read.Kinds = []string{"any"}
	case schema.Nullable && !read.has("null"):
		read.Kinds = append(slices.Clone(read.Kinds), "null")
	}
	return read
}

// both is the shape of what is one and the other.
func both(a, b *shape) *shape {
	if a == nil {
		return b
	}
	if len(a.Objects) == 0 || len(b.Objects) == 0 {
		return a
	}
	left, right := merge(a.Objects), merge(b.Objects)
	keys := maps.Clone(left.Keys)
	maps.Copy(keys, right.Keys)
	one := *a
	one.Objects = []*object{{Keys: keys, Others: cmp.Or(left.Others, right.Others), free: left.free && right.free, name: left.name, At: left.At}}
	return &one
}

// own adds what a schema with a type says by itself.
func (r *reader) own(read *shape, schema *openapi3.Schema) {
	for _, kind := range *schema.Type {
		if kind == "integer" {
			kind = "number"
		}
		read.Kinds = append(read.Kinds, kind)
	}
	read.Enum = slices.Clone(schema.Enum)
	if parts, ok := schema.Extensions["x-comma-list"].(map[string]any); ok {
		read.Enum, _ = parts["enum"].([]any)
	}
	values, _ := schema.Extensions["x-values"].(map[string]any)
	for value, keys := range sorted(values) {
		if extensions, _ := keys.(map[string]any); r.has(read.name+" "+value, extensions) {
			read.Enum = append(read.Enum, value)
		}
	}
	if schema.Items != nil {
		read.Items = r.shape(read.inside+"[]", schema.Items)
	}
	if !read.has("object") {
		return
	}
	one := &object{Keys: map[string]*shape{}, At: read.At, free: schema.Extensions["x-free-form"] == true, name: read.inside}
	for key, ref := range schema.Properties {
		if at := read.inside + "." + key; r.has(at, ref.Extensions) && r.has(at, ref.Value.Extensions) {
			one.Keys[key] = r.shape(at, ref)
			one.Keys[key].Optional = !slices.Contains(schema.Required, key)
		}
	}
	if others := schema.AdditionalProperties.Schema; others != nil {
		one.Others = r.shape(read.inside+"{}", others)
	}
	read.Objects = append(read.Objects, one)
}

func lineOf(ref *openapi3.SchemaRef) string {
	return line(cmp.Or(ref.Origin, ref.Value.Origin), "")
}

// line is where something begins in the document, or a field of it.
func line(origin *openapi3.Origin, field string) string {
	if origin == nil || origin.Key == nil {
		return ""
	}
	at := origin.Key.Line
	if location, ok := origin.Fields.Lookup(field); ok {
		at = location.Line
	} else if items := origin.Sequences[field]; len(items) > 0 {
		at = items[0].Line
	}
	return fmt.Sprintf("api/openapi.yaml:%d", at)
}
