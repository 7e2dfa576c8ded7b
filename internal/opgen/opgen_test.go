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
      responses: {"200": {description: ok}}
    delete:
      operationId: deleteZebra
      deprecated: true
      x-scopes: []
      x-retry: rate-limit-only
      x-timeout: job
      x-auth: account-key
      responses: {"204": {description: ok}}
  /apes:
    post:
      operationId: createApe
      x-scopes: []
      x-retry: never
      x-timeout: none
      x-auth: session
      requestBody:
        content:
          application/json:
            schema:
              properties: {name: {type: string}}
              allOf: [{properties: {age: {type: integer}}}]
              oneOf:
                - {properties: {kind: {type: string}, bones: {type: integer}}}
                - {properties: {kind: {type: string}, leaves: {type: integer}}}
      responses: {"201": {description: ok}}
    put:
      operationId: replaceApe
      x-scopes: []
      x-retry: never
      x-timeout: none
      x-auth: session
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
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
	assert.Equal(t, []operation{
		{ID: "getZebra", Method: "GET", Path: "/zebras/{id}",
			Scopes: []string{"environment:zebras:read", "environment:zebras:read_credentials"},
			Retry:  "RetryAlways", Timeout: "TimeoutShort", Auth: "AuthKey", Query: []string{"fields", "tags", "verbose"}},
		{ID: "deleteZebra", Method: "DELETE", Path: "/zebras/{id}", Scopes: []string{},
			Retry: "RetryRateLimitOnly", Timeout: "TimeoutJob", Auth: "AuthAccountKey", Query: []string{"verbose"}, Deprecated: true},
		{ID: "createApe", Method: "POST", Path: "/apes", Scopes: []string{},
			Retry: "RetryNever", Timeout: "TimeoutNone", Auth: "AuthSession", Body: []string{"age", "bones", "kind", "leaves", "name"}},
		{ID: "replaceApe", Method: "PUT", Path: "/apes", Scopes: []string{},
			Retry: "RetryNever", Timeout: "TimeoutNone", Auth: "AuthSession", Body: []string{}},
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
	source, err := render(operations)
	require.NoError(t, err)
	assert.Equal(t, preamble+table, string(source))
}

const table = `	{
		ID: "getZebra", Method: "GET", Path: "/zebras/{id}",
		Scopes: []string{"environment:zebras:read", "environment:zebras:read_credentials"},
		Retry:  RetryAlways, Timeout: TimeoutShort, Auth: AuthKey,
		Query: []string{"fields", "tags", "verbose"},
	},
	{
		ID: "deleteZebra", Method: "DELETE", Path: "/zebras/{id}",
		Retry: RetryRateLimitOnly, Timeout: TimeoutJob, Auth: AuthAccountKey,
		Query:      []string{"verbose"},
		Deprecated: true,
	},
	{
		ID: "createApe", Method: "POST", Path: "/apes",
		Retry: RetryNever, Timeout: TimeoutNone, Auth: AuthSession,
		Body: []string{"age", "bones", "kind", "leaves", "name"},
	},
	{
		ID: "replaceApe", Method: "PUT", Path: "/apes",
		Retry: RetryNever, Timeout: TimeoutNone, Auth: AuthSession,
		Body: []string{},
	},
}
`
