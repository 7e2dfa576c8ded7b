package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schemas are what the schema X of a test can refer to.
const schemas = `
openapi: 3.0.3
info: { title: x, version: x }
paths: {}
components:
  schemas:
    Self:
      type: object
      required: [a]
      properties: { a: { type: string }, self: { $ref: "#/components/schemas/Self" } }
    One:
      type: object
      required: [kind, a]
      properties: { kind: { type: string, enum: [one] }, a: { type: string } }
    Two:
      type: object
      required: [kind, a, b]
      properties: { kind: { type: string, enum: [two] }, a: { type: array, items: { type: string } }, b: { type: string } }
    X: `

func of(kinds ...string) *shape { return &shape{Kinds: kinds} }

func named(kind string, values ...any) *shape { return &shape{Kinds: []string{kind}, Enum: values} }

func listOf(items *shape) *shape { return &shape{Kinds: []string{"array"}, Items: items} }

func mapOf(others *shape) *shape {
	return &shape{Kinds: []string{"object"}, Objects: []*object{{Others: others}}}
}

func optional(s *shape) *shape {
	s.Optional = true
	return s
}

type keys map[string]*shape

func objects(alternatives ...keys) *shape {
	s := of("object")
	for _, alternative := range alternatives {
		s.Objects = append(s.Objects, &object{Keys: alternative})
	}
	return s
}

func TestShapes(t *testing.T) {
	const either = `{ oneOf: [{ $ref: "#/components/schemas/One" }, { $ref: "#/components/schemas/Two" }] }`
	for _, test := range []struct {
		name   string
		types  *shape
		schema string
		to     reading
		want   []string
	}{
		{"any value, declared", of("any"), `{ type: string }`, request, nil},
		{"any value, in the document", of("string"), `{ nullable: true }`, request, nil},
		{"an integer", of("number"), `{ type: integer }`, request, nil},
		{"null in a request", of("string", "null"), `{ type: string }`, request, nil},
		{"null in a response", of("string", "null"), `{ type: string }`, response, []string{"X: null is not in the document"}},
		{"a boolean in a query", of("boolean"), `{ type: string }`, parameter, nil},
		{"a list in a query", listOf(of("string")), `{ type: string }`, parameter, []string{"X: array is not in the document"}},

		{"a value of a list", listOf(named("string", "a", "b")), `{ type: array, items: { type: string, enum: [a, c] } }`, parameter,
			[]string{"X[]: the value b is not in the document", "X[]: the value c is not declared"}},
		{"a list in one text", named("string", "a", "b", "a,b"), `{ type: string, x-comma-list: { enum: [a, b] } }`, parameter, nil},
		{"a comma in a response", named("string", "a", "a,b"), `{ type: string, x-values: { a } }`, response,
			[]string{"X: the value a,b is not in the document"}},
		{"no declared values", of("string"), `{ type: string, enum: [a] }`, request, nil},
		{"no values in the document", named("string", "a"), `{ type: string }`, response, []string{"X: the value a is not in the document"}},
		{"values of numbers", named("number", 1, 2), `{ type: integer, enum: [1] }`, request, []string{"X: the value 2 is not in the document"}},
		{"true alone", named("boolean", true), `{ type: boolean }`, response, nil},
		{"values of two kinds", &shape{Kinds: []string{"number", "string"}, Enum: []any{1, "max"}},
			`{ anyOf: [{ type: number, enum: [1] }, { type: string, enum: [max] }] }`, request, nil},
		{"values beside all others", named("string", "a"), `{ anyOf: [{ type: string, enum: [a] }, { type: string }] }`, response,
			[]string{"X: the value a is not in the document"}},

		{"a map", mapOf(of("number")), `{ type: object, additionalProperties: { type: string } }`, response,
			[]string{"X{}: number is not in the document"}},
		{"a key against a map", objects(keys{"a": of("number")}), `{ type: object, additionalProperties: { type: string } }`, response,
			[]string{"X{}: number is not in the document"}},
		{"a map against a key", mapOf(of("number")), `{ type: object, properties: { a: { type: string } } }`, response,
			[]string{"X.a: number is not in the document"}},
		{"a free object", objects(keys{"a": of("string")}), `{ type: object, x-free-form: true }`, response, nil},
		{"a required key of any value", objects(keys{"a": of("any")}), `{ type: object, properties: { a: { type: string } } }`, request, nil},
		{"an optional key of any value", objects(keys{"a": optional(of("any"))}), `{ $ref: "#/components/schemas/Self" }`, request,
			[]string{"Self.self: not declared"}},
		{"a schema that holds itself", objects(keys{"a": of("string"), "self": objects(keys{"b": of("string")})}),
			`{ $ref: "#/components/schemas/Self" }`, response, nil},

		{"alternatives", objects(
			keys{"kind": named("string", "one"), "a": of("string")},
			keys{"kind": optional(named("string", "two")), "a": listOf(of("string"))},
		), either, response, []string{"Two.b: not declared", "Two.kind: optional in the types, required in the document"}},
		{"an alternative with two values", objects(
			keys{"kind": named("string", "one"), "a": of("string")},
			keys{"kind": named("string", "two")},
			keys{"kind": named("string", "three")},
		), `{ oneOf: [{ $ref: "#/components/schemas/One" }, { type: object, required: [kind], properties: { kind: { type: string, enum: [two, three] } } }] }`,
			response, nil},
		{"alternatives against an object", objects(
			keys{"kind": named("string", "one"), "a": of("string")},
			keys{"kind": named("string", "two"), "a": optional(of("string"))},
			keys{"kind": named("string", "three"), "a": of("string"), "b": of("string")},
		), `{ type: object, required: [kind, a, b], properties: { kind: { type: string, enum: [one, two, three] }, a: { type: string }, b: { type: string } } }`,
			response, []string{"X.a: optional in the types, required in the document", "X.b: optional in the types, required in the document"}},
		{"an object against alternatives", objects(
			keys{"kind": named("string", "one", "two"), "a": &shape{Kinds: []string{"array", "string"}, Items: of("number")}},
		), either, response, []string{"Two.a[]: number is not in the document", "Two.b: not declared"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, err := openapi3.NewLoader().LoadFromData([]byte(schemas + test.schema))
			require.NoError(t, err)
			r := &reader{doc: doc, release: "1.2.3", left: map[string]bool{}}
			c := newComparison()
			c.shape(test.types, r.component("X"), test.to)
			assert.Equal(t, test.want, slices.Sorted(maps.Keys(c.found)))
		})
	}
}
