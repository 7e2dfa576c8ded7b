package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/test/recordings"
)

// `make drift` compares the x-codes and x-values of the document with the types of Nango. These tests compare them with the
// recordings.

// codesOf returns the codes that an operation can have.
func codesOf(doc *openapi3.T, op *openapi3.Operation) map[string]bool {
	codes := map[string]bool{}
	common, _ := doc.Components.Schemas["ErrorDetails"].Value.Properties["code"].Value.Extensions["x-values"].(map[string]any)
	for code := range common {
		codes[code] = true
	}
	own, _ := op.Extensions["x-codes"].([]any)
	for _, code := range own {
		codes[fmt.Sprint(code)] = true
	}
	return codes
}

func TestRecordedCodes(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, err := recordings.All("")
	require.NoError(t, err)
	seen := 0
	for _, r := range all {
		op, err := validator.Operation(r.Request.Method, r.Request.Target)
		var body struct{ Error struct{ Code string } }
		if err != nil || op.Extensions["x-proxied"] == true || json.Unmarshal([]byte(r.Response.Body), &body) != nil || body.Error.Code == "" {
			continue // a provider has codes of its own
		}
		seen++
		assert.True(t, codesOf(validator.Document, op)[body.Error.Code],
			"%s: the x-codes of %s lack %s", r.Name, op.OperationID, body.Error.Code)
	}
	assert.NotZero(t, seen)
}

// A recorded response has no value of an open set that the document does not name.
func TestRecordedValues(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, err := recordings.All("")
	require.NoError(t, err)
	seen := map[string]bool{}
	check := func(name string) func(where, value string, known map[string]any) {
		return func(where, value string, known map[string]any) {
			seen[where] = true
			_, ok := known[value]
			assert.True(t, ok, "%s: the x-values of %s lack %s", name, where, value)
		}
	}
	for _, r := range all {
		op, err := validator.Operation(r.Request.Method, r.Request.Target)
		if err != nil || r.Response.Status > 299 || op.Responses.Status(r.Response.Status) == nil {
			continue
		}
		media := op.Responses.Status(r.Response.Status).Value.Content["application/json"]
		var body any
		if media == nil || json.Unmarshal([]byte(r.Response.Body), &body) != nil {
			continue
		}
		eachValue(op.OperationID, media.Schema.Value, body, check(r.Name))
	}
	names := recordings.Names("webhooks")
	for _, name := range names {
		r, err := recordings.LoadWebhook(name)
		require.NoError(t, err)
		var body map[string]any
		if json.Unmarshal([]byte(r.Body), &body) != nil {
			continue // a provider's own
		}
		for schema, ref := range validator.Document.Components.Schemas {
			if kind := ref.Value.Properties["type"]; strings.HasPrefix(schema, "Webhook") && kind != nil && slices.Contains(kind.Value.Enum, body["type"]) {
				eachValue(schema, ref.Value, body, check(name))
			}
		}
	}
	for _, where := range []string{"getProvider.data.auth_mode", "listFunctions.data[].type", "WebhookAuth.operation", "WebhookSync.syncType"} {
		assert.True(t, seen[where], "no recording has a %s", where)
	}
}

// eachValue visits the texts of a body for which the schema names values.
func eachValue(where string, schema *openapi3.Schema, body any, visit func(where, value string, known map[string]any)) {
	for _, part := range slices.Concat(schema.AllOf, schema.AnyOf, schema.OneOf) {
		eachValue(where, part.Value, body, visit)
	}
	switch body := body.(type) {
	case string:
		if known, ok := schema.Extensions["x-values"].(map[string]any); ok {
			visit(where, body, known)
		}
	case []any:
		for _, item := range body {
			if schema.Items != nil {
				eachValue(where+"[]", schema.Items.Value, item, visit)
			}
		}
	case map[string]any:
		for key, value := range body {
			if property := schema.Properties[key]; property != nil {
				eachValue(where+"."+key, property.Value, value, visit)
			} else if others := schema.AdditionalProperties.Schema; others != nil {
				eachValue(where+"{}", others.Value, value, visit)
			}
		}
	}
}
