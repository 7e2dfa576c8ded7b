package main

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const document = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /zebras/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: verbose, in: query, schema: {type: boolean}}
    get:
      operationId: getZebra
      x-scopes: ["environment:zebras:read", "environment:zebras:read_credentials"]
      x-retry: always
      x-timeout: short
      x-auth: key
      parameters:
        - {name: tags, in: query, style: deepObject, schema: {type: object}}
        - {name: Zebra-Id, in: header, schema: {type: string}}
        - {name: fields, in: query, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/ZebraList"}}}}}
    delete:
      operationId: deleteZebra
      x-gone: [gone, eaten]
      x-scopes: []
      x-retry: rate-limit-only
      x-timeout: job
      x-auth: account-key
      responses: {"204": {description: ok}}
  /apes:
    post:
      operationId: createApe
      x-proxied: true
      x-scopes: []
      x-retry: never
      x-timeout: none
      x-auth: session
      responses: {"201": {description: ok}}
    put:
      operationId: replaceApe
      x-scopes: []
      x-retry: never
      x-timeout: none
      x-auth: session
      responses:
        "200": {description: ok, content: {application/json: {schema: {anyOf: [{$ref: "#/components/schemas/Zebra"}, {type: array, items: {type: string}}, {type: object, x-essential: [tail], properties: {tail: {type: string, x-any: true}}}]}}}}
components:
  schemas:
    ZebraList: {type: object, x-essential: [zebras, total], properties: {zebras: {type: array, items: {$ref: "#/components/schemas/Zebra"}}, total: {type: integer}, more: {type: boolean}}}
    Zebra:
      type: object
      x-essential: [id, born, striped]
      properties: {id: {type: string}, born: {type: string, format: date-time}, striped: {type: boolean, x-const: true}, tame: {type: boolean}}
`

func loaded(t *testing.T, document string) *openapi3.T {
	t.Helper()
	doc, err := load([]byte(document))
	require.NoError(t, err)
	return doc
}

func TestReadOperations(t *testing.T) {
	operations, err := readOperations(loaded(t, document))
	require.NoError(t, err)
	for i := range operations {
		operations[i].line = 0
	}
	zebra := shape{Kind: "Object", Keys: []key{{"id", shape{Kind: "Text"}}, {"born", shape{Kind: "Time"}}, {"striped", shape{Kind: "True"}}}}
	zebras := shape{Kind: "Object", Keys: []key{{"zebras", shape{Kind: "List", Items: &zebra}}, {"total", shape{Kind: "Number"}}}}
	assert.Equal(t, []operation{
		{ID: "getZebra", Method: "GET", Path: "/zebras/{id}",
			Scopes: []string{"environment:zebras:read", "environment:zebras:read_credentials"},
			Retry:  "RetryAlways", Timeout: "TimeoutShort", Auth: "AuthKey", Success: zebras},
		{ID: "deleteZebra", Method: "DELETE", Path: "/zebras/{id}", Scopes: []string{},
			Retry: "RetryRateLimitOnly", Timeout: "TimeoutJob", Auth: "AuthAccountKey", Gone: []string{"gone", "eaten"}, Success: shape{Kind: "Empty"}},
		{ID: "createApe", Method: "POST", Path: "/apes", Scopes: []string{},
			Retry: "RetryNever", Timeout: "TimeoutNone", Auth: "AuthSession", Proxied: true, Success: shape{Kind: "Empty"}},
		{ID: "replaceApe", Method: "PUT", Path: "/apes", Scopes: []string{},
			Retry: "RetryNever", Timeout: "TimeoutNone", Auth: "AuthSession",
			Success: shape{Kind: "OneOf", OneOf: []shape{zebra, {Kind: "List", Items: &shape{Kind: "Text"}}, {Kind: "Object", Keys: []key{{"tail", shape{Kind: "Any"}}}}}}},
	}, operations)
}

func TestReadOperationsRefuses(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string
	}{
		{"no scopes", "      x-scopes: [\"environment:zebras:read\", \"environment:zebras:read_credentials\"]\n", "",
			"GET /zebras/{id}: no x-scopes"},
		{"scopes no list", `x-scopes: ["environment:zebras:read", "environment:zebras:read_credentials"]`, `x-scopes: all`,
			"GET /zebras/{id}: x-scopes is all, want a list"},
		{"no scope", `"environment:zebras:read",`, `"zebras",`, "GET /zebras/{id}: x-scopes holds zebras, which is not a scope"},
		{"no retry", "      x-retry: always\n", "", "GET /zebras/{id}: no x-retry"},
		{"unknown retry", "x-retry: always", "x-retry: sometimes",
			"GET /zebras/{id}: x-retry is sometimes, want one of always, never, rate-limit-only"},
		{"no timeout", "      x-timeout: short\n", "", "GET /zebras/{id}: no x-timeout"},
		{"unknown timeout", "x-timeout: short", "x-timeout: 5", "GET /zebras/{id}: x-timeout is 5, want one of job, none, short"},
		{"no auth", "      x-auth: key\n", "", "GET /zebras/{id}: no x-auth"},
		{"unknown auth", "x-auth: key", "x-auth: password", "GET /zebras/{id}: x-auth is password, want one of account-key, key, session"},
		{"essential to nothing", "x-essential: [zebras, total]", "x-essential: [stripes]", "GET /zebras/{id}: x-essential holds stripes, which is not a property"},
		{"too much essential", "x-essential: [zebras, total]", "x-essential: [a, b, c, d]", "GET /zebras/{id}: x-essential is [a b c d], want a list of 1 to 3 keys"},
		{"no code", "x-gone: [gone, eaten]", "x-gone: [5]", "DELETE /zebras/{id}: x-gone holds 5, which is not a code"},
		{"codes no list", "x-gone: [gone, eaten]", "x-gone: gone", "DELETE /zebras/{id}: x-gone is gone, want a list of codes"},
		{"no id", "      operationId: getZebra\n", "", "GET /zebras/{id}: no operationId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, document, tt.old)
			_, err := readOperations(loaded(t, strings.Replace(document, tt.old, tt.new, 1)))
			assert.EqualError(t, err, tt.want)
		})
	}
}

func TestReadOperationsNamesEveryFault(t *testing.T) {
	broken := strings.NewReplacer("x-retry: always", "x-retry: no", "x-auth: session", "x-auth: none").Replace(document)
	_, err := readOperations(loaded(t, broken))
	assert.EqualError(t, err, `GET /zebras/{id}: x-retry is no, want one of always, never, rate-limit-only
POST /apes: x-auth is none, want one of account-key, key, session
PUT /apes: x-auth is none, want one of account-key, key, session`)
}

func TestRender(t *testing.T) {
	operations, err := readOperations(loaded(t, document))
	require.NoError(t, err)
	source, err := render(operations, "0.71.10")
	require.NoError(t, err)
	assert.Equal(t, preamble+table, string(source))
}

const table = `// Release is the newest release of Nango that the document describes.
const Release = "0.71.10"

// The operations of the document, in its order.
const (
	OperationGetZebra    OperationID = "getZebra"
	OperationDeleteZebra OperationID = "deleteZebra"
	OperationCreateApe   OperationID = "createApe"
	OperationReplaceApe  OperationID = "replaceApe"
)

// Operations lists every operation of the document, in its order.
var Operations = []Operation{
	{
		ID: OperationGetZebra, Method: "GET", Path: "/zebras/{id}",
		Scopes: []string{"environment:zebras:read", "environment:zebras:read_credentials"},
		Retry:  RetryAlways, Timeout: TimeoutShort, Auth: AuthKey,
		Success: Shape{Kind: ShapeObject, Keys: []Key{{"zebras", Shape{Kind: ShapeList, Items: &Shape{Kind: ShapeObject, Keys: []Key{{"id", Shape{Kind: ShapeText}}, {"born", Shape{Kind: ShapeTime}}, {"striped", Shape{Kind: ShapeTrue}}}}}}, {"total", Shape{Kind: ShapeNumber}}}},
	},
	{
		ID: OperationDeleteZebra, Method: "DELETE", Path: "/zebras/{id}",
		Retry: RetryRateLimitOnly, Timeout: TimeoutJob, Auth: AuthAccountKey,
		Gone:    []string{"gone", "eaten"},
		Success: Shape{Kind: ShapeEmpty},
	},
	{
		ID: OperationCreateApe, Method: "POST", Path: "/apes",
		Retry: RetryNever, Timeout: TimeoutNone, Auth: AuthSession,
		Proxied: true,
		Success: Shape{Kind: ShapeEmpty},
	},
	{
		ID: OperationReplaceApe, Method: "PUT", Path: "/apes",
		Retry: RetryNever, Timeout: TimeoutNone, Auth: AuthSession,
		Success: Shape{Kind: ShapeOneOf, OneOf: []Shape{{Kind: ShapeObject, Keys: []Key{{"id", Shape{Kind: ShapeText}}, {"born", Shape{Kind: ShapeTime}}, {"striped", Shape{Kind: ShapeTrue}}}}, {Kind: ShapeList, Items: &Shape{Kind: ShapeText}}, {Kind: ShapeObject, Keys: []Key{{"tail", Shape{Kind: ShapeAny}}}}}},
	},
}
`
