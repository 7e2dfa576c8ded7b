package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// differences compares the declarations in a folder of testdata with a document.
func differences(t *testing.T, folder, text string, lines ...string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", folder, "declared.json"))
	require.NoError(t, err)
	types, err := readDeclared(data)
	require.NoError(t, err)
	doc, err := readDocument([]byte(text), types.Release)
	require.NoError(t, err)
	accepted, err := readAccepted([]byte("# why\n"+strings.Join(append(lines, "a line"), "\n")), types.Release)
	require.NoError(t, err)
	var found []string
	rows, _ := compare(types, doc, accepted.aliases)
	for _, d := range rows {
		found = append(found, d.what)
	}
	return found
}

func things(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/api.yaml")
	require.NoError(t, err)
	return string(data)
}

// The folders hold what declared.mjs read in small declarations; declared.test.mjs says that it still does.
func TestDifferences(t *testing.T) {
	for folder, want := range map[string][]string{
		"base": nil,
		"removed-key": {
			"CreateThingRequest.note: not declared",
			"Thing.payload: not declared",
			"Thing.tags: not declared",
		},
		"new-operation": {
			"POST /things/:thingId/close: not in the document",
			"POST /things: not declared",
		},
		"changed-enum": {
			"CreateThingRequest.kind: the value new is not in the document",
			"CreateThingRequest.kind: the value odd is not declared",
			"WebhookChange.operation: the value deletion is not in the document",
			"WebhookChange.operation: the value override is not declared",
		},
		"changed-code": {
			"ErrorDetails.code: the value too_many_request is not in the document",
			"listThings code bad_kind: not in the document",
			"listThings code unknown_kind: not declared",
		},
		"required-key": {
			"CreateThingRequest.note: required in the types, optional in the document",
			"Thing.kind: optional in the types, required in the document",
		},
		"parts": {
			"PATCH /things/:id: not in the document",
			"Thing.extra: not in the document",
			"listThings code late: not in the document",
			"listThings code unknown_kind: not declared",
			"listThings part ResponseHeaders: not known",
			"listThings query.kinds: not declared",
			"listThings query.more: not in the document",
			"webhook note: not in the document",
		},
		"further": {
			"CreateThingRequest.name: array is not in the document",
			"FullThing.credentials: the alternative type= is not declared",
			"FullThing.credentials: the alternative type=CERTIFICATE is not in the document",
			"Provider.auth_mode: the value CERTIFICATE is not in the document",
			"Provider.auth_mode: the value TOKEN is not declared",
			"Thing.id: null is not in the document",
			"Thing.id: string is not in the document",
			"Thing.tags: array is not in the document",
			"deleteThing path.id: is declared as uuid",
			"deleteThing success: not in the document",
			"scope account:things:list: not declared",
			"scope account:things:read: not in the document",
			"webhook long_run: not declared",
			"webhook note: not in the document",
		},
	} {
		t.Run(folder, func(t *testing.T) {
			assert.Equal(t, want, differences(t, folder, things(t)))
		})
	}
}

// The same the other way round: the declarations stay, the document changes.
func TestDocumentChanges(t *testing.T) {
	for name, test := range map[string]struct {
		before, after string
		want          []string
	}{
		"a key more in a response":   {"made: { type: string, format: date-time }", "made: { type: string }\n        more: { type: string }", []string{"Thing.more: not declared"}},
		"a kind more in a response":  {"id: { type: integer }", "id: { anyOf: [{ type: integer }, { type: string }] }", nil},
		"a kind more in a request":   {"        name: { type: string }", "        name: { anyOf: [{ type: integer }, { type: string }] }", []string{"CreateThingRequest.name: number is not declared"}},
		"null in a request":          {"        name: { type: string }", "        name: { type: string, nullable: true }", []string{"CreateThingRequest.name: null is not declared"}},
		"an optional key":            {"required: [id, made, kind, tags, payload]", "required: []", nil},
		"a list in a query":          {"name: limit, in: query, schema: { type: string }", "name: limit, in: query, schema: { type: array, items: { type: string } }", []string{"listThings query.limit: array is not declared"}},
		"a key since this release":   {"note: { type: string, nullable: true }", "note: { type: string, nullable: true, x-since: 1.2.3 }", nil},
		"a key since a later one":    {"note: { type: string, nullable: true }", "note: { type: string, nullable: true, x-since: 1.2.4 }", []string{"FullThing.note: not in the document", "Thing.note: not in the document"}},
		"a key until this release":   {"gone: { type: string, x-until: 1.2.2 }", "gone: { type: string, x-until: 1.2.3 }", []string{"Thing.gone: not declared"}},
		"a reference since":          {"later: { allOf: [{ $ref: \"#/components/schemas/Any\" }], x-since: 1.2.4 }", "later: { $ref: \"#/components/schemas/Any\", x-since: 1.2.4 }", nil},
		"a value since this release": {"future: { x-since: 1.3.0 }", "future: { x-since: 1.2.3 }", []string{"Thing.kind: the value future is not declared"}},
		"an operation of this one":   {"x-scopes: [environment:things:older]\n      x-until: 1.2.2", "x-scopes: []\n      x-until: 1.2.3", []string{"GET /things/older: not declared"}},
		"a method of this one":       {"operationId: reportThing, x-since: 1.3.0", "operationId: reportThing", []string{"REPORT /things/{id}: not declared"}},
		"a parameter's older name": {
			"schema: { type: string } }\n    get:\n      operationId: getThing", "schema: { anyOf: [{ type: string, x-until: 1.2.3, x-name: uuid }] } }\n    get:\n      operationId: getThing",
			[]string{"deleteThing path.uuid: is declared as id", "getThing path.uuid: is declared as id"},
		},
		"no header":            {"        - { name: X-Mode, in: header, schema: { type: string } }\n", "", []string{"listThings header.x-mode: not in the document"}},
		"a success of default": {`"200": { description: OK, content: { application/json: { schema: { $ref: "#/components/schemas/ThingList`, `default: { description: OK, content: { application/json: { schema: { $ref: "#/components/schemas/ThingList`, nil},
		"no code at all":       {"x-codes: [unknown_thing]", "", []string{"getThing code unknown_thing: not in the document"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(things(t), test.before), test.before)
			assert.Equal(t, test.want, differences(t, "base", strings.Replace(things(t), test.before, test.after, 1)))
		})
	}
}

// A key that one response of a schema declares can be absent from the others.
func TestSharedSchemas(t *testing.T) {
	shared := strings.Replace(things(t), "required: [id, made, kind, tags, payload]", "required: [id, made, kind]", 1)
	assert.Equal(t, []string{"CreateThingRequest.note: not declared"}, differences(t, "removed-key", shared), "getThing declares tags and payload")
}

func TestAliases(t *testing.T) {
	moved := strings.Replace(things(t), "  /things/{id}:", "  /items/{id}:", 1)
	assert.Contains(t, differences(t, "base", moved), "GET /items/{id}: not declared")
	line, lines := "GET /items/{id} is declared as GET /things/:id", "DELETE /items/{id} is declared as DELETE /things/:id"
	assert.Equal(t, []string{lines, line}, differences(t, "base", moved, line, lines), "each line is used, so that it is seen when it is not")
	assert.Contains(t, differences(t, "base", moved, "GET /items/{id} is declared as GET /lost"), "GET /items/{id}: not declared")
	renamed := strings.Replace(moved, "x-codes: [unknown_thing]", "", 1)
	assert.Contains(t, differences(t, "base", renamed, line, lines), "getThing code unknown_thing: not in the document", "it is compared")
	assert.Empty(t, differences(t, "base", things(t), line, lines), "a line that is not used is none of the differences")
}

const base = "testdata/base/declared.json"

func write(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestRun(t *testing.T) {
	const accepted = "# It is right.\nThing.tags: not declared\nThing.payload: not declared\n\n# Later.\nCreateThingRequest.note: not declared\n"
	for name, test := range map[string]struct {
		accepted string
		status   int
		want     []string
	}{
		"all accepted": {accepted, 0, []string{"New differences: 0.", "Accepted, but gone: 0."}},
		"a new one": {strings.Replace(accepted, "Thing.tags: not declared\n", "", 1), 1, []string{
			"Accepted differences: 2.", "New differences: 1.",
			"| Difference               | In         | Types                             | Document                    |\n",
			"| Thing.tags: not declared | listThings | ListThings, ../base/index.d.ts:50 | object, api/openapi.yaml:59 |\n",
		}},
		"a gone one": {accepted + "Thing.lost: not declared\n", 1, []string{"Accepted, but gone: 1.\n- Thing.lost: not declared"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			status := run(&out, io.Discard, "testdata/removed-key/declared.json", "testdata/api.yaml", write(t, test.accepted))
			assert.Equal(t, test.status, status)
			for _, want := range test.want {
				assert.Contains(t, out.String(), want)
			}
			assert.Contains(t, out.String(), "\n- Thing.gone until 1.2.2\n- Thing.kind future since 1.3.0\n- Thing.later since 1.2.4\n")
		})
	}
}

func refused(t *testing.T, want string, declaredFile, documentFile, acceptedFile string) {
	t.Helper()
	var out, errors bytes.Buffer
	assert.Equal(t, 2, run(&out, &errors, declaredFile, documentFile, acceptedFile))
	assert.Empty(t, out.String())
	assert.Contains(t, errors.String(), want)
	assert.Contains(t, errors.String(), "Nothing was compared.")
}

// Nothing that cannot be compared passes.
func TestRunRefuses(t *testing.T) {
	const accepted = "# why\na line\n"
	data, err := os.ReadFile(base)
	require.NoError(t, err)
	without := func(part, empty string) string {
		begin, rest, found := strings.Cut(string(data), "\n\""+part+"\": ")
		require.True(t, found, part)
		_, after, _ := strings.Cut(rest, "\n\"")
		return begin + "\n" + empty + ",\n\"" + after
	}
	for name, test := range map[string]struct{ types, document, accepted, want string }{
		"no JSON":                 {"", things(t), accepted, "the declarations are no JSON of declared.mjs"},
		"no endpoints":            {without("endpoints", `"endpoints": []`), things(t), accepted, "the declarations have no public endpoints"},
		"no webhooks":             {without("webhooks", `"webhooks": []`), things(t), accepted, "the declarations have no webhooks"},
		"no scopes":               {without("scopes", `"scopes": {}`), things(t), accepted, "the declarations have no scopes"},
		"no auth modes":           {without("authModes", `"authModes": {}`), things(t), accepted, "the declarations have no auth modes"},
		"no codes":                {string(data[:strings.LastIndex(string(data), `,`+"\n"+`"codes"`)]) + "}", things(t), accepted, "the declarations have no error codes"},
		"no release":              {without("release", `"release": "next"`), things(t), accepted, `of "next", which is no release`},
		"an empty document":       {string(data), "", accepted, "the document"},
		"a document without what": {string(data), "openapi: 3.0.3\ninfo: { title: x, version: x }\npaths: {}", accepted, "the document has no paths or no components"},
		"a document of schemas":   {string(data), things(t)[:strings.Index(things(t), "paths:")] + "paths: {}\n" + things(t)[strings.Index(things(t), "components:"):], accepted, "the document lacks operations"},
		"an x-since of nothing":   {string(data), strings.Replace(things(t), "x-since: 1.2.4 }", "x-since: soon }", 1), accepted, "x-since is soon"},
		"an empty baseline":       {string(data), things(t), "", "the file is empty"},
		"a baseline of reasons":   {string(data), things(t), "# why\n", "the file is empty"},
		"a line without a reason": {string(data), things(t), accepted + "\nanother line\n", "line 4 has no reason above it: another line"},
		"a bare reason":           {string(data), things(t), "#\n#  \na line\n", "line 3 has no reason above it"},
		"a span of nothing":       {string(data), things(t), accepted + "a line (since soon)\n", "line 3: soon is no release"},
		"two of one route":        {strings.Replace(string(data), `"POST","path":"/things"`, `"GET","path":"/things"`, 1), things(t), accepted, "two declarations are of GET /things: ListThings and PostThing"},
		"a line twice":            {string(data), things(t), accepted + "a line\n", "line 3 is there twice: a line"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, test.want, write(t, test.types), write(t, test.document), write(t, test.accepted))
		})
	}
	for name, files := range map[string][3]string{
		"declarations": {"missing", "testdata/api.yaml", write(t, accepted)},
		"document":     {base, "missing", write(t, accepted)},
		"baseline":     {base, "testdata/api.yaml", "missing"},
	} {
		t.Run("missing "+name, func(t *testing.T) {
			refused(t, "open missing", files[0], files[1], files[2])
		})
	}
}

// Lines outside their span are neither needed nor gone, and accept nothing.
func TestSpans(t *testing.T) {
	for _, test := range []struct {
		span string
		has  bool
	}{
		{"", true},
		{" (since 1.2.3)", true},
		{" (since 1.2.4)", false},
		{" (until 1.2.3)", true},
		{" (until 1.2.2)", false},
		{" (since 1.2.2, until 1.2.4)", true},
		{" (since 1.2.4, until 1.2.5)", false},
	} {
		read, err := readAccepted([]byte("# why\nGET /a is declared as GET /b"+test.span), "1.2.3")
		require.NoError(t, err, test.span)
		assert.Equal(t, test.has, len(read.lines) == 1 && len(read.aliases) == 1, test.span)
		if test.has {
			assert.Equal(t, "GET /a is declared as GET /b", read.lines[0])
		} else {
			assert.Empty(t, read.lines)
			assert.Empty(t, read.aliases)
		}
	}
}

// What the types leave open is listed, with its key, and is no difference.
func TestOpenTypes(t *testing.T) {
	const accepted = "# why\na line (since 1.2.4)\n"
	var out bytes.Buffer
	assert.Equal(t, 1, run(&out, io.Discard, "testdata/parts/declared.json", "testdata/api.yaml", write(t, accepted)))
	_, list, _ := strings.Cut(out.String(), "the types leave open what the document does not: ")
	assert.Equal(t, `9.
- FullThing.credentials: any value, Full, ../base/index.d.ts:47, in getThing
- Thing.kind: any string, Open, index.d.ts:7, in listThings
- Thing.made: any value, Open, index.d.ts:8, in listThings
- Thing.note: any value of a key without a name, Open, index.d.ts:5, in listThings
- Thing.parent: any value of a key without a name, Open, index.d.ts:5, in listThings
- Thing.size: any value of a key without a name, Open, index.d.ts:5, in listThings
- Thing.sizes: any value of a key without a name, Open, index.d.ts:5, in listThings
- Thing.tags: any value of a key without a name, Open, index.d.ts:5, in listThings
- Thing.trail: any value of a key without a name, Open, index.d.ts:5, in listThings
`, list)
}

// Each row says where to look, on both sides if both have it.
func TestPlaces(t *testing.T) {
	for folder, want := range map[string][]string{
		"removed-key": {"note: not declared | createThing | PublicApiEndpoints, index.d.ts:3 | optional string, api/openapi.yaml:98 |"},
		"new-operation": {
			"close: not in the document | | CloseThing, index.d.ts:3 | |",
			"POST /things: not declared | | | createThing, api/openapi.yaml:17 |",
		},
		"changed-code": {
			"code bad_kind: not in the document | listThings | ListThings, index.d.ts:4 | api/openapi.yaml:9 |",
			"code unknown_kind: not declared | listThings | ListThings, index.d.ts:4 | api/openapi.yaml:9 |",
		},
		"further": {
			"Thing.id: null is not in the document | listThings | null or string, PublicApiEndpoints, index.d.ts:6 | number, api/openapi.yaml:55 |",
			"scope account:things:list: not declared | | API_KEY_SCOPES, ../base/index.d.ts:95 | api/openapi.yaml:28 |",
			"webhook long_run: not declared | | NangoLongRunWebhookBody, ../base/index.d.ts:90 | api/openapi.yaml:112 |",
		},
	} {
		var out bytes.Buffer
		run(&out, io.Discard, filepath.Join("testdata", folder, "declared.json"), "testdata/api.yaml", write(t, "# why\na line\n"))
		table := strings.Join(strings.Fields(out.String()), " ")
		for _, row := range want {
			assert.Contains(t, table, row)
		}
	}
}
