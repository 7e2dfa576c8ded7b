package spectest

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const document = `openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: https://api.example.com/base}]
security: [{key: []}]
paths:
  /things:
    parameters:
      - {name: trace, in: query, schema: {type: string}}
    get:
      operationId: listThings
      parameters:
        - {name: limit, in: query, schema: {type: number, minimum: 1}}
        - {name: names, in: query, schema: {type: string}}
        - {name: kinds, in: query, explode: false, schema: {type: array, items: {type: string, enum: [a, b]}}}
        - {name: ids, in: query, schema: {type: array, maxItems: 2, items: {type: string, minLength: 1}}}
        - {name: when, in: query, schema: {type: string, format: date-time, pattern: 'Z$'}}
        - name: tags
          in: query
          style: deepObject
          explode: true
          schema: {$ref: '#/components/schemas/Tags'}
        - {name: Thing-Kind, in: header, required: true, schema: {type: string, pattern: '^[a-z]+$'}}
      responses:
        "200":
          description: ok
          headers: {X-Count: {schema: {type: integer}}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/List'}}
    post:
      operationId: createThing
      x-open-query: true
      x-also: {REPORT: {operationId: reportThing}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/NewThing'}}
      responses:
        "201": {description: ok}
        "204": {description: ok}
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, pattern: '^[a-z /]+$', maxLength: 4}}
    get:
      operationId: getThing
      responses:
        "200": {description: ok, content: {application/json: {schema: {nullable: true, x-free-form: true}}}}
    delete:
      operationId: deleteThing
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Owner'}}
      responses:
        "204": {description: ok}
  /proxy/{path}:
    get:
      operationId: proxyGet
      parameters:
        - {name: path, in: path, required: true, schema: {type: string}}
      responses:
        "200": {description: ok, content: {'*/*': {schema: {}}}}
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  schemas:
    Tags:
      type: object
      maxProperties: 2
      additionalProperties: {type: string, minLength: 1, maxLength: 3}
      x-key-pattern: '^[a-z]+$'
    Owner:
      type: object
      additionalProperties: false
      required: [email]
      properties:
        email: {type: string, format: email}
        id: {type: string, format: uuid}
        page: {type: string, format: uri}
    NewThing:
      type: object
      additionalProperties: false
      required: [shape]
      properties:
        owners: {type: array, items: {$ref: '#/components/schemas/Owner'}}
        tags: {$ref: '#/components/schemas/Tags'}
        shape:
          oneOf:
            - type: object
              additionalProperties: false
              required: [radius]
              properties: {radius: {type: number}, tags: {$ref: '#/components/schemas/Tags'}}
            - type: object
              additionalProperties: false
              required: [side]
              properties: {side: {type: number}}
    List:
      type: object
      required: [things]
      properties:
        things: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        open: {type: object, additionalProperties: true}
        alsoOpen: {type: object, additionalProperties: {}}
        anything: {}
        own: {type: object, additionalProperties: true, x-free-form: true}
        counts: {type: object, additionalProperties: {$ref: '#/components/schemas/Count'}}
        rows: {type: array, items: {}}
        ownRows: {type: array, items: {x-free-form: true}}
    Count: {type: object, properties: {n: {type: integer}}}
    Thing:
      allOf:
        - {type: object, properties: {id: {type: string}}}
        - {$ref: '#/components/schemas/Count'}
      anyOf:
        - {type: object, required: [kind, leg], properties: {kind: {type: string, enum: [ape]}, leg: {type: integer}}}
        - type: object
          required: [kind]
          properties: {kind: {type: string, enum: [record]}, meta: {$ref: '#/components/schemas/Count'}}
          x-free-form: true
`

var validator = sync.OnceValues(func() (*Validator, error) { return New([]byte(document)) })

func TestNewRefusesAnInvalidDocument(t *testing.T) {
	_, err := New([]byte(strings.Replace(document, "operationId: getThing", "operationId: listThings", 1)))
	assert.ErrorContains(t, err, `operations "GET /things" and "GET /things/{id}" have the same operation id "listThings"`)
}

func TestOperation(t *testing.T) {
	v, err := validator()
	require.NoError(t, err)
	for target, want := range map[string]string{
		"/things": "listThings", "/things?limit=1": "listThings", "/things/a%2Fb": "getThing", "/proxy/a/b/c?d=e": "proxyGet",
	} {
		op, err := v.Operation("GET", target)
		require.NoError(t, err, target)
		assert.Equal(t, want, op.OperationID, target)
	}
	for _, unknown := range []string{"/", "/thing", "/things/a/b", "/base/things"} {
		_, err := v.Operation("GET", unknown)
		assert.ErrorIs(t, err, ErrNoOperation, unknown)
		assert.ErrorIs(t, v.Request("GET", unknown, nil, nil), ErrNoOperation, unknown)
		assert.ErrorIs(t, v.Response("GET", unknown, 200, nil, nil), ErrNoOperation, unknown)
		_, err = v.UnnamedKeys("GET", unknown, 200, []byte("{}"))
		assert.ErrorIs(t, err, ErrNoOperation, unknown)
	}
	_, err = v.Operation("PUT", "/things")
	assert.ErrorIs(t, err, ErrNoOperation)

	op, err := v.Operation("REPORT", "/things")
	require.NoError(t, err)
	assert.Equal(t, "reportThing", op.OperationID)
	assert.NoError(t, v.Request("REPORT", "/things", http.Header{"Content-Type": {"application/json"}}, []byte(`{"shape":{"side":1}}`)))
	assert.ErrorContains(t, v.Request("REPORT", "/things", http.Header{"Content-Type": {"application/json"}}, []byte(`{}`)), "shape")
	op, err = v.Operation("POST", "/things")
	require.NoError(t, err)
	assert.Equal(t, "createThing", op.OperationID)
	_, err = v.Operation("REPORT", "/things/a")
	assert.ErrorIs(t, err, ErrNoOperation, "whose operations have no such method")
}

func TestRequest(t *testing.T) {
	v, err := validator()
	require.NoError(t, err)
	tests := []struct {
		name, method, target, body string
		header                     http.Header
		want                       string // part of the error; empty: allowed
	}{
		{name: "plain", target: "/things"},
		{name: "path's own query key", target: "/things?trace=1"},
		{name: "undeclared key", target: "/things?nope=1", want: `query key "nope" is not declared`},
		{name: "undeclared list", target: "/things?nope[]=1", want: `query key "nope" is not declared`},
		{name: "undeclared key where all are ignored", method: "POST", target: "/things?nope=1", body: `{"shape":{"side":1}}`},
		{name: "scalar", target: "/things?limit=1.5"},
		{name: "scalar out of range", target: "/things?limit=0", want: "number must be at least 1"},
		{name: "scalar without value", target: "/things?limit=", want: "empty value is not allowed"},
		{name: "scalar twice", target: "/things?limit=1&limit=1", want: `query key "limit" is given 2 times`},
		{name: "scalar as list", target: "/things?limit[]=1", want: `query key "limit" takes one value`},
		{name: "scalar as object", target: "/things?limit[a]=1", want: `query key "limit" takes one value`},
		{name: "comma list", target: "/things?names=a,b"},
		{name: "comma list twice", target: "/things?names=a&names=b", want: `query key "names" is given 2 times`},
		{name: "comma list by style", target: "/things?kinds=a,b"},
		{name: "comma list by style, bad item", target: "/things?kinds=a,c", want: "not one of the allowed values"},
		{name: "comma list by style, twice", target: "/things?kinds=a&kinds=b", want: `query key "kinds" is given 2 times`},
		{name: "list", target: "/things?ids=a&ids=b"},
		{name: "list of one", target: "/things?ids=a"},
		{name: "list in brackets", target: "/things?ids[]=a&ids%5B%5D=b"},
		{name: "list with numbers", target: "/things?ids[0]=a&ids[1]=b"},
		{name: "list in mixed forms, too long", target: "/things?ids=a&ids[]=b&ids[0]=c", want: "maximum number of items is 2"},
		{name: "list as object", target: "/things?ids[a]=a", want: `query key "ids" is a list, not an object`},
		{name: "list with an empty item", target: "/things?ids=a&ids=", want: "minimum string length is 1"},
		{name: "object", target: "/things?tags[a]=b&tags%5Bc%5D=d"},
		{name: "object, bad key", target: "/things?tags[A]=b", want: `key "A" does not match ^[a-z]+$`},
		{name: "object, long value", target: "/things?tags[a]=bcde", want: "maximum string length is 3"},
		{name: "object, empty value", target: "/things?tags[a]=", want: "minimum string length is 1"},
		{name: "object, too many", target: "/things?tags[a]=b&tags[c]=d&tags[e]=f", want: "at most 2 properties"},
		{name: "object as text", target: "/things?tags=a", want: `query key "tags" wants entries`},
		{name: "object as list", target: "/things?tags[]=a", want: `query key "tags" wants entries`},
		{name: "object, key twice", target: "/things?tags[a]=a&tags[a]=b", want: `query key "tags" wants entries`},
		{name: "object, deeper", target: "/things?tags[a][b]=a", want: `query key "tags" wants entries`},
		{name: "date with Z", target: "/things?when=2026-01-02T03:04:05.678Z"},
		{name: "date with offset", target: "/things?when=2026-01-02T03:04:05%2B00:00", want: "regular expression"},
		{name: "no date", target: "/things?when=nowZ", want: "date-time"},
		{name: "bad escape", target: "/things?limit=%zz", want: "invalid URL escape"},
		{name: "missing header", target: "/things", header: http.Header{}, want: "value is required but missing"},
		{name: "bad header", target: "/things", header: http.Header{"Thing-Kind": {"A1"}}, want: "regular expression"},
		{name: "path, decoded", target: "/things/a%2Fb"},
		{name: "path, bad", target: "/things/a%25", want: "regular expression"},
		{name: "path, too long", target: "/things/abcde", want: "maximum string length is 4"},
		{name: "body of GET ignored", target: "/things", body: `{"a":1}`},
		{name: "body", method: "POST", target: "/things", body: `{"shape":{"side":1},"owners":[{"email":"a@b.co"}],"tags":{"a":"b"}}`},
		{name: "body missing", method: "POST", target: "/things", want: "value is required but missing"},
		{name: "body not JSON", method: "POST", target: "/things", body: `{`, want: "failed to decode request body"},
		{name: "body with undeclared key", method: "POST", target: "/things", body: `{"shape":{"side":1},"a":1}`, want: `property "a" is unsupported`},
		{name: "body with undeclared key in a list", method: "POST", target: "/things",
			body: `{"shape":{"side":1},"owners":[{"email":"a@b.co","a":1}]}`, want: `property "a" is unsupported`},
		{name: "body with undeclared key in an alternative", method: "POST", target: "/things",
			body: `{"shape":{"side":1,"a":1}}`, want: `property "a" is unsupported`},
		{name: "body with keys of two alternatives", method: "POST", target: "/things",
			body: `{"shape":{"side":1,"radius":1}}`, want: `property "side" is unsupported`},
		{name: "body with a bad map key", method: "POST", target: "/things",
			body: `{"shape":{"side":1},"tags":{"A":"b"}}`, want: `body /tags/A: key "A" does not match ^[a-z]+$`},
		{name: "body with a bad map key in an alternative", method: "POST", target: "/things",
			body: `{"shape":{"radius":1,"tags":{"A":"b"}}}`, want: `body /shape/tags/A: key "A" does not match ^[a-z]+$`},
		{name: "email", method: "DELETE", target: "/things/a", body: `{"email":"nope"}`, want: "email"},
		{name: "uuid", method: "DELETE", target: "/things/a", body: `{"email":"a@b.co","id":"1"}`, want: "uuid"},
		{name: "uri", method: "DELETE", target: "/things/a", body: `{"email":"a@b.co","page":"not a url"}`, want: "uri"},
		{name: "formats", method: "DELETE", target: "/things/a",
			body: `{"email":"a@b.co","id":"4c3a3242-2496-420d-a1b0-8c9bfccae57a","page":"https://b.co/c"}`},
		{name: "body of DELETE missing", method: "DELETE", target: "/things/a", want: "value is required but missing"},
		{name: "content type", method: "DELETE", target: "/things/a", body: `{"email":"a@b.co"}`,
			header: http.Header{"Content-Type": {"text/plain"}}, want: "header Content-Type has unexpected value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method, header := tt.method, tt.header
			if method == "" {
				method = "GET"
			}
			if header == nil {
				header = http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Thing-Kind": {"ape"}}
			}
			err := v.Request(method, tt.target, header, []byte(tt.body))
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestResponse(t *testing.T) {
	v, err := validator()
	require.NoError(t, err)
	tests := []struct {
		name, method, target string
		status               int
		contentType, count   string
		body                 string
		want                 string
	}{
		{"described", "GET", "/things", 200, "application/json; charset=utf-8", "1", `{"things":[]}`, ""},
		{"open", "GET", "/things", 200, "application/json", "1", `{"things":[],"new":1}`, ""},
		{"any JSON", "GET", "/things/a", 200, "application/json", "", `null`, ""},
		{"status", "GET", "/things", 404, "application/json", "", `{}`, "status is not supported"},
		{"redirect", "GET", "/things", 308, "", "", ``, "status 308 is not described"},
		{"not modified", "GET", "/things", 304, "", "", ``, "status 304 is not described"},
		{"content type", "GET", "/things", 200, "text/html", "", `<html>`, "Content-Type has unexpected value"},
		{"no content type", "GET", "/things", 200, "", "", `{"things":[]}`, "Content-Type has unexpected value"},
		{"empty", "GET", "/things", 200, "application/json", "", ``, "failed to decode response body"},
		{"not JSON", "GET", "/things", 200, "application/json", "", `{`, "failed to decode response body"},
		{"body", "GET", "/things", 200, "application/json", "", `{"things":1}`, "value must be an array"},
		{"header", "GET", "/things", 200, "application/json", "many", `{"things":[]}`, "X-Count"},
		{"no body", "POST", "/things", 204, "", "", ``, ""},
		{"body on 204", "POST", "/things", 204, "application/json", "", `{}`, "status 204 has a body"},
		{"body that nobody described", "POST", "/things", 201, "application/json", "", `{}`, "status 201 has a body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			for name, value := range map[string]string{"Content-Type": tt.contentType, "X-Count": tt.count} {
				if value != "" {
					header.Set(name, value)
				}
			}
			err := v.Response(tt.method, tt.target, tt.status, header, []byte(tt.body))
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestUnnamedKeys(t *testing.T) {
	v, err := validator()
	require.NoError(t, err)
	tests := []struct {
		name, body string
		want       []string
	}{
		{"all named", `{"things":[{"id":"a","n":1,"kind":"ape","leg":1}],"counts":{"any":{"n":1}}}`, nil},
		{"top level", `{"things":[],"new":1}`, []string{"/new"}},
		{"only open", `{"open":{"a":1},"alsoOpen":{"b~/c":1},"anything":{"d":1}}`, []string{"/alsoOpen/b~0~1c", "/anything/d", "/open/a"}},
		{"free-form", `{"own":{"a":{"b":1}},"ownRows":[{"a":1},[{"a":1}]]}`, nil},
		{"list of anything", `{"rows":[1,{"a":1}]}`, []string{"/rows/1/a"}},
		{"in a map", `{"counts":{"x":{"n":1,"m":2}}}`, []string{"/counts/x/m"}},
		{"in an alternative", `{"things":[{"kind":"ape","leg":1,"arm":2}]}`, []string{"/things/0/arm"}},
		{"of another alternative", `{"things":[{"kind":"ape","leg":1,"meta":{}}]}`, []string{"/things/0/meta"}},
		{"free-form alternative", `{"things":[{"kind":"record","arm":2}]}`, nil},
		{"named part of a free-form object", `{"things":[{"kind":"record","meta":{"m":2}}]}`, []string{"/things/0/meta/m"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := v.UnnamedKeys("GET", "/things", 200, []byte(tt.body))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	shape, err := v.Shape("GET", "/things", 200, []byte(
		`{"things":[{"id":"a","kind":"ape"},{"id":"b","new":{"x":1}}],"counts":{"c":{"n":1},"d":{"n":1}},"own":{"a":{"b":1}}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"/counts", "/counts/*", "/counts/*/n", "/own", "/things", "/things/[]/id", "/things/[]/kind",
		"/things/[]/new"}, shape)

	_, err = v.UnnamedKeys("GET", "/things", 200, []byte("{"))
	assert.Error(t, err)
	got, err := v.UnnamedKeys("GET", "/things", 404, []byte(`{"a":1}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"/a"}, got, "a status that is not described names no key")
}
