package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const releaseDocument = `openapi: 3.0.3
info: {title: t, version: 0.71.10}
paths:
  /apes:
    get:
      operationId: listApes
      x-since: 0.71.5
      x-changes: [{summary: apes talk, x-since: 0.71.7, x-evidence: declared}]
      responses: {"200": {description: ok}, "202": {description: ok, x-since: 0.71.6, x-evidence: declared}}
    post:
      operationId: createApe
      x-also: {REPORT: {operationId: reportApe, x-since: 0.71.10, x-evidence: declared}}
      responses: {"200": {description: ok}}
  /apes/{id}:
    parameters:
      - name: id
        in: path
        required: true
        schema: {anyOf: [{type: integer, x-since: 0.71.5, x-until: 0.71.5, x-name: number}, {type: string, format: uuid, x-since: 0.71.6, x-evidence: declared}]}
    delete:
      operationId: deleteApe
      responses: {"204": {description: ok}}
components:
  schemas:
    Ape:
      type: object
      properties:
        name: {type: string}
        tail: {type: string, x-until: 0.71.6}
        kind: {type: string, x-values: {gorilla: {x-since: 0.71.6, x-evidence: declared}}}
`

const releaseTable = `
| | 0.71.4 | recorded build | 0.71.5 | 0.71.6 | 0.71.7 | 0.71.10 | Known from |
|---|---|---|---|---|---|---|---|
| ~GET /apes~ (listApes) | – | yes | yes | yes | yes | yes | recordings |
| ~GET /apes~: a 202 | – | – | – | yes | yes | yes | sources |
| ~/apes~: apes talk | – | – | – | – | yes | yes | sources |
| ~REPORT /apes~ with a body (reportApe) | – | – | – | – | – | yes | sources |
| ~DELETE /apes/{id}~: id as integer | – | yes | yes | – | – | – | recordings |
| ~DELETE /apes/{id}~: id as uuid | – | – | – | yes | yes | yes | sources |
| ~tail~ of Ape | yes | yes | yes | yes | – | – | recordings |
| ~gorilla~ as ~kind~ of Ape | – | – | – | yes | yes | yes | sources |

`

func TestTableOfReleases(t *testing.T) {
	found, err := differences(loaded(t, releaseDocument))
	require.NoError(t, err)
	const before, after = "# A page\n\n", "\nmore\n"
	want := before + tableBegin + strings.ReplaceAll(releaseTable, "~", "`") + tableEnd + after
	for _, old := range []string{"", "\nan older table\n"} {
		page, err := renderTable([]byte(before+tableBegin+old+tableEnd+after), found, "0.71.10")
		require.NoError(t, err)
		assert.Equal(t, want, string(page))
	}
	for _, page := range []string{before + after, before + tableBegin + after} {
		_, err = renderTable([]byte(page), found, "0.71.10")
		assert.EqualError(t, err, "no place for the table")
	}
}

func TestReleasesRefuse(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"x-since: 0.71.5\n", "x-since: 0.71\n", "`GET /apes` (listApes): x-since is 0.71, want a release such as 0.71.10"},
		{"x-since: 0.71.5\n", "x-since: v0.71.5\n", "`GET /apes` (listApes): x-since is v0.71.5, want a release such as 0.71.10"},
		{"x-until: 0.71.6", "x-until: 5", "`tail` of Ape: x-until is 5, want a release such as 0.71.10"},
		{"x-until: 0.71.6", "x-evidence: declared", "`tail` of Ape: x-evidence without an x-since or an x-until"},
		{"x-since: 0.71.5\n", "x-since: 0.71.5\n      x-evidence: recorded\n", "`GET /apes` (listApes): x-evidence is recorded, want declared, or none for what was recorded"},
		{"x-since: 0.71.5\n", "x-since: 0.71.11\n", "`GET /apes` (listApes): x-since is 0.71.11, and info.version 0.71.10: raise it"},
		{"x-until: 0.71.6", "x-until: 0.71.10", "`tail` of Ape: x-until is 0.71.10, and info.version 0.71.10: name the last release that has it, and raise info.version"},
		{"      type: object\n", "      type: object\n      required: [name, tail]\n", "`tail` of Ape: is required or essential, but not in all releases"},
		{"      type: object\n", "      type: object\n      x-essential: [tail]\n", "`tail` of Ape: is required or essential, but not in all releases"},
		{"x-also: {REPORT: {operationId: reportApe, x-since: 0.71.10, x-evidence: declared}}", "x-also: [REPORT]", "x-also is [REPORT], want methods"},
		{"REPORT: {", "report: {", "x-also: report is no method"},
		{"[{summary: apes talk, x-since: 0.71.7, x-evidence: declared}]", "{summary: apes talk}", "`GET /apes`: x-changes is map[summary:apes talk], want a list"},
		{"summary: apes talk, x-since", "text: apes talk, x-since", "`GET /apes`: x-changes holds map[text:apes talk x-evidence:declared x-since:0.71.7], which has no summary"},
		{"operationId: reportApe, ", "", "x-also: REPORT has no operationId"},
		{"{REPORT: {operationId: reportApe, x-since: 0.71.10", "{REPORT: {operationId: reportApe, x-since: later", "x-also: REPORT: x-since is later, want a release such as 0.71.10"},
	} {
		require.Contains(t, releaseDocument, tt.old)
		_, err := differences(loaded(t, strings.Replace(releaseDocument, tt.old, tt.new, 1)))
		assert.EqualError(t, err, tt.want)
	}
}

// An operation's row says its releases, and its further methods have rows of their own.
func TestOperationsOfReleases(t *testing.T) {
	document := strings.ReplaceAll(releaseDocument, "      responses", "      x-scopes: []\n      x-retry: never\n      x-timeout: none\n      x-auth: key\n      responses")
	operations, err := readOperations(loaded(t, document))
	require.NoError(t, err)
	source, err := render(operations, "0.71.10")
	require.NoError(t, err)
	for _, row := range []string{
		"ID: OperationListApes, Method: \"GET\", Path: \"/apes\",\n\t\tRetry: RetryNever, Timeout: TimeoutNone, Auth: AuthKey,\n\t\tSince: \"0.71.5\",\n\t},",
		"ID: OperationCreateApe, Method: \"POST\", Path: \"/apes\",\n\t\tRetry: RetryNever, Timeout: TimeoutNone, Auth: AuthKey,\n\t\tSuccess: Shape{Kind: ShapeEmpty},\n\t},\n" +
			"\t{\n\t\tID: OperationReportApe, Method: \"REPORT\", Path: \"/apes\",\n\t\tRetry: RetryNever, Timeout: TimeoutNone, Auth: AuthKey,\n\t\tSince: \"0.71.10\", Declared: true,\n\t\tSuccess: Shape{Kind: ShapeEmpty},\n\t},",
	} {
		assert.Contains(t, string(source), row)
	}
	requests, err := renderRequests(loaded(t, document))
	require.NoError(t, err)
	assert.Contains(t, string(requests), "\"reportApe\": {\n\t\tID:    \"reportApe\",")
	assert.Contains(t, string(requests), `{Name: "number", Required: true, Schema: &Schema{Kind: Number, Coerce: true, Int: true}, Of: "id", In: release.Span{Since: "0.71.5", Until: "0.71.5"}},`)
	assert.Contains(t, string(requests), `{Name: "id", Required: true, Schema: &Schema{Kind: String, Format: "uuid"}, Of: "id", In: release.Span{Since: "0.71.6", Declared: true}},`)
}
