package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const requestDocument = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /trees/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {allOf: [{$ref: "#/components/schemas/ID"}], x-go-type: string}}
    get:
      operationId: getTree
      x-scopes: []
      x-retry: always
      x-timeout: short
      x-auth: key
      parameters:
        - {name: Tree-Id, in: header, required: true, schema: {$ref: "#/components/schemas/ID"}}
        - {name: parts, in: query, schema: {type: array, maxItems: 100, items: {type: string, minLength: 1}}}
        - {name: limit, in: query, schema: {type: number, minimum: 0, maximum: 2.5}}
        - {name: dead, in: query, schema: {$ref: "#/components/schemas/Dead"}}
        - {name: kinds, in: query, schema: {type: string, pattern: "^a", x-comma-list: {type: string, enum: [a, b]}}}
        - {name: search, in: query, schema: {type: string, x-coerce: trim}}
      responses: {"200": {description: ok}}
    put:
      operationId: putTree
      x-scopes: []
      x-retry: always
      x-timeout: short
      x-auth: key
      x-open-query: true
      parameters: [{name: any, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Tree"}}}}
      responses: {"200": {description: ok}}
    post:
      operationId: postTree
      x-scopes: []
      x-retry: always
      x-timeout: short
      x-auth: key
      x-body: unchecked
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Tree"}}}}
      responses: {"200": {description: ok}}
    delete:
      operationId: deleteTree
      x-scopes: []
      x-retry: always
      x-timeout: short
      x-auth: key
      x-body: empty
      responses: {"204": {description: ok}}
components:
  schemas:
    ID: {type: string, maxLength: 255, pattern: '^[a"]+$', x-go-type: string}
    Dead: {type: string, pattern: "^(true|false)$", x-coerce: boolean}
    Tree:
      type: object
      additionalProperties: false
      required: [zone, height]
      properties:
        zone: {type: string, nullable: true, format: uri, not: {pattern: x, x-message: not there}}
        children: {type: array, items: {$ref: "#/components/schemas/Tree"}}
        height: {anyOf: [{type: integer, minimum: 1}, {type: string}], x-coerce: number}
        felled: {type: string, x-coerce: date}
        owner: {type: object, properties: {name: {type: string}}, x-item: invalid_union, x-message: no owner}
        labels: {type: object, maxProperties: 10, additionalProperties: {type: string}, x-key-pattern: "^k", x-rules: [tags]}
        notes: {type: object, additionalProperties: true}
        kind:
          oneOf:
            - {type: object, required: [is], properties: {is: {type: string, enum: [oak]}}}
            - {type: object, required: [is], properties: {is: {type: string, enum: [elm]}}}
        crown: {anyOf: [{type: number, enum: [1]}, {type: boolean}, {}]}
        key: {allOf: [{type: string, pattern: "^a"}, {type: string, pattern: "z$"}]}
      not: {required: [felled]}
      x-required-unless: {children: labels}
`

// A tilde stands for a backquote.
const requestSource = `var (
	dead Schema
	id   Schema
	tree Schema
)

// Set here rather than where they stand, so that schemas may hold each other.
func init() {
	dead = Schema{Kind: Flag, Coerce: true}
	id = Schema{Kind: String, Max: new(255.0), Patterns: []string{~^[a"]+$~}}
	tree = Schema{Kind: Object, Closed: true, Fields: []Field{
		{Name: "zone", Required: true, Schema: &Schema{Kind: String, Format: "uri", Not: &Schema{Kind: String, Message: "not there", Patterns: []string{~x~}}, Null: true}},
		{Name: "children", Required: true, Unless: "labels", Schema: &Schema{Kind: List, Items: &tree}},
		{Name: "height", Required: true, Schema: &Schema{Kind: Number, Coerce: true, Int: true, Min: new(1.0)}},
		{Name: "felled", Schema: &Schema{Kind: Date, Coerce: true}},
		{Name: "owner", Schema: &Schema{Kind: Object, Code: "invalid_union", Fields: []Field{
			{Name: "name", Schema: &Schema{Kind: String}},
		}, Message: "no owner"}},
		{Name: "labels", Schema: &Schema{Kind: Map, Items: &Schema{Kind: String}, Keys: ~^k~, Rules: []string{~tags~}}},
		{Name: "notes", Schema: &Schema{Kind: Map}},
		{Name: "kind", Schema: &Schema{Kind: Union, By: "is", Union: []*Schema{
			{Kind: Object, Fields: []Field{
				{Name: "is", Required: true, Schema: &Schema{Kind: Enum, Enum: []any{~oak~}}},
			}},
			{Kind: Object, Fields: []Field{
				{Name: "is", Required: true, Schema: &Schema{Kind: Enum, Enum: []any{~elm~}}},
			}},
		}}},
		{Name: "crown", Schema: &Schema{Kind: Union, Union: []*Schema{
			{Kind: Enum, Enum: []any{1.0}},
			{Kind: Boolean},
			{Kind: Any},
		}}},
		{Name: "key", Schema: &Schema{Kind: String, Patterns: []string{~^a~, ~z$~}}},
	}}
}

var operations = map[string]*Operation{
	"deleteTree": {
		ID: "deleteTree",
		Path: &Schema{Kind: Object, Fields: []Field{
			{Name: "id", Required: true, Schema: &id},
		}},
		Query:    &nothing,
		Body:     &nothing,
		Bodiless: true,
	},
	"getTree": {
		ID: "getTree",
		Path: &Schema{Kind: Object, Fields: []Field{
			{Name: "id", Required: true, Schema: &id},
		}},
		Header: &Schema{Kind: Object, Fields: []Field{
			{Name: "tree-id", Required: true, Schema: &id},
		}},
		Query: &Schema{Kind: Object, Closed: true, Fields: []Field{
			{Name: "parts", Schema: &Schema{Kind: Union, Union: []*Schema{
				{Kind: String, Min: new(1.0)},
				{Kind: List, Items: &Schema{Kind: String, Min: new(1.0)}, Max: new(100.0)},
			}}},
			{Name: "limit", Schema: &Schema{Kind: Number, Coerce: true, Max: new(2.5), Min: new(0.0)}},
			{Name: "dead", Schema: &dead},
			{Name: "kinds", Schema: &Schema{Kind: CommaList, Items: &Schema{Kind: Enum, Enum: []any{~a~, ~b~}}}},
			{Name: "search", Schema: &Schema{Kind: String, Coerce: true}},
		}},
	},
	"postTree": {
		ID: "postTree",
		Path: &Schema{Kind: Object, Fields: []Field{
			{Name: "id", Required: true, Schema: &id},
		}},
		Query: &nothing,
	},
	"putTree": {
		ID: "putTree",
		Path: &Schema{Kind: Object, Fields: []Field{
			{Name: "id", Required: true, Schema: &id},
		}},
		Body: &tree,
	},
}
`

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "openapi.yaml")
	outputs := []string{filepath.Join(dir, "operations.gen.go"), filepath.Join(dir, "requests.gen.go"), filepath.Join(dir, "page.md")}
	read := func() (written []string) {
		for _, name := range outputs {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			written = append(written, string(data))
		}
		return written
	}
	require.NoError(t, os.WriteFile(in, []byte(requestDocument), 0o600))
	require.ErrorContains(t, run(in, outputs[0], outputs[1], outputs[2]), "page.md")
	require.NoError(t, os.WriteFile(outputs[2], []byte("no table"), 0o600))
	require.EqualError(t, run(in, outputs[0], outputs[1], outputs[2]), outputs[2]+": no place for the table")
	require.NoError(t, os.WriteFile(outputs[2], []byte(tableBegin+tableEnd), 0o600))
	require.NoError(t, run(in, outputs[0], outputs[1], outputs[2]))
	got := read()
	assert.Contains(t, got[0], `ID: OperationGetTree`)
	assert.Equal(t, requestPreamble+strings.ReplaceAll(requestSource, "~", "`"), got[1])
	assert.Contains(t, got[2], "| | 0.71.4 | recorded build |")

	for old, faulty := range map[string]string{"x-retry: always": "x-retry: no", "maxLength: 255": "maxLength: 255, default: a"} {
		document := strings.Replace(requestDocument, old, faulty, 1)
		require.NoError(t, os.WriteFile(in, []byte(document), 0o600))
		require.ErrorContains(t, run(in, outputs[0], outputs[1], outputs[2]), in+": ", faulty)
		assert.Equal(t, got, read(), "a faulty document must leave the files alone")
	}
}

func TestRenderRequestsRefuses(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"unknown keyword", "maxLength: 255", "maxLength: 255, default: a", "ID: the checker knows nothing of default here"},
		{"keyword of another kind", "maxLength: 255", "maxLength: 255, maximum: 1", "ID: the checker knows nothing of maximum here"},
		{"words beside a reference", `x-go-type: string}}`, `minLength: 1}}`, strings.Join([]string{
			"deleteTree id: the checker knows nothing of minLength here", "getTree id: the checker knows nothing of minLength here",
			"postTree id: the checker knows nothing of minLength here", "putTree id: the checker knows nothing of minLength here"}, "\n")},
		{"parts of other kinds", `{type: string, pattern: "z$"}`, `{type: string, maxLength: 1}`, "Tree.key allOf 1: the checker knows nothing of maxLength here"},
		{"map with names", "x-rules: [tags]}", "properties: {a: {type: string}}}", "Tree.labels: the checker knows nothing of maxProperties here\nTree.labels: the checker knows nothing of properties here"},
		{"boolean parameter", "{type: string, x-coerce: trim}", "{type: boolean}", "getTree search: a boolean parameter wants an x-coerce, since it comes as text"},
		{"unknown x-body", "x-body: empty", "x-body: none", "deleteTree: x-body is none, want empty or unchecked"},
		{"required without a description", "required: [zone, height]", "required: [zone, weight]", "Tree: weight is required but not described"},
		{"required-unless without a description", "{children: labels}", "{child: labels}", "Tree: child is required but not described"},
		{"parts of a list that are no schema", "x-comma-list: {type: string, enum: [a, b]}", `x-comma-list: {$ref: "#/components/schemas/ID"}`,
			"getTree kinds: map[$ref:#/components/schemas/ID] is not a schema of its own: <nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, requestDocument, tt.old)
			_, err := renderRequests(loaded(t, strings.Replace(requestDocument, tt.old, tt.new, 1)))
			assert.EqualError(t, err, tt.want)
		})
	}
}
