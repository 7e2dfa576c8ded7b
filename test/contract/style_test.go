package contract

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the document to its own rules; see the "Reading it" of its description.

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	return validator.Document
}

// eachOperation runs a test for every operation of the document, under its id.
func eachOperation(t *testing.T, test func(t *testing.T, path string, op *openapi3.Operation)) {
	for path, item := range loadDocument(t).Paths.Map() {
		for _, op := range item.Operations() {
			t.Run(op.OperationID, func(t *testing.T) { test(t, path, op) })
		}
	}
}

func TestVersion(t *testing.T) {
	assert.Equal(t, "3.0.3", loadDocument(t).OpenAPI, "oapi-codegen does not read all of 3.1")
}

func TestOperations(t *testing.T) {
	got := map[string]string{}
	for path, item := range loadDocument(t).Paths.Map() {
		for method, op := range item.Operations() {
			got[op.OperationID] = method + " " + path
			for further, id := range spectest.Also(op) {
				got[id] = further + " " + path
			}
		}
	}
	assert.Equal(t, operations, got, "the table operations in test/contract/rules_test.go names each operation of the document (CONTRIBUTING, step 1)")
}

func TestOperationsSayWhatAClientMustKnow(t *testing.T) {
	eachOperation(t, func(t *testing.T, _ string, op *openapi3.Operation) {
		for _, extension := range []string{"x-scopes", "x-retry", "x-timeout", "x-auth"} {
			assert.Contains(t, op.Extensions, extension, "api/openapi.yaml says it of each operation (CONTRIBUTING, step 1)")
		}
		if !op.Deprecated {
			assert.NotEmpty(t, op.Summary)
			assert.NotEmpty(t, op.Description)
		}
	})
}

// A status that is merely covered by a default would describe nothing. Only the proxy, which hands on what a provider
// answers, has one.
func TestStatuses(t *testing.T) {
	eachOperation(t, func(t *testing.T, path string, op *openapi3.Operation) {
		proxied := strings.HasPrefix(path, "/proxy/")
		common := []string{"401", "403", "429", "500"}
		if !proxied { // the one route without a check of the content type
			common = append(common, "415")
		}
		for _, status := range common {
			response := op.Responses.Value(status)
			if assert.NotNil(t, response, status) && !proxied {
				assert.NotEmpty(t, response.Ref, "%s is the same everywhere and is described once, in components", status)
			}
		}
		for status := range op.Responses.Map() {
			if _, err := strconv.Atoi(status); !proxied {
				assert.NoError(t, err, "%s: every status is named by itself", status)
			}
		}
	})
}

func TestBodiesAreNamed(t *testing.T) {
	eachOperation(t, func(t *testing.T, path string, op *openapi3.Operation) {
		for where, ref := range bodies(op) {
			assert.True(t, isNamed(ref), "%s wants a schema of components", where)
		}
	})
	for name, schema := range loadDocument(t).Components.Schemas {
		for where, part := range parts(name, schema.Value) {
			assert.True(t, isNamed(part), "%s wants a schema of components", where)
		}
	}
}

// isNamed says that a schema is one of components, or a scalar, or a list or map of such.
func isNamed(ref *openapi3.SchemaRef) bool {
	schema := ref.Value
	switch {
	case ref.Ref != "":
		return true
	case schema.Items != nil:
		return isNamed(schema.Items)
	case schema.AdditionalProperties.Schema != nil:
		return len(schema.Properties) == 0 && isNamed(schema.AdditionalProperties.Schema)
	case len(schema.AllOf) == 1: // a reference with a description or null of its own
		return len(schema.Properties) == 0 && isNamed(schema.AllOf[0])
	}
	return len(schema.Properties)+len(schema.AllOf) == 0 && !slices.ContainsFunc(slices.Concat(schema.OneOf, schema.AnyOf),
		func(alternative *openapi3.SchemaRef) bool { return !isNamed(alternative) })
}

func TestRequestObjectsAreClosed(t *testing.T) {
	open := map[string]bool{}
	eachOperation(t, func(t *testing.T, _ string, op *openapi3.Operation) {
		if op.RequestBody == nil {
			return
		}
		for name, ref := range reachable(op.RequestBody.Value.Content) {
			if rest := ref.Value.AdditionalProperties; describesObject(ref.Value) && rest.Schema == nil && (rest.Has == nil || *rest.Has) {
				open[name] = true
			}
		}
	})
	assertListed(t, openRequests, open)
}

// assertListed checks that what was found is what the list gives a reason for.
func assertListed(t *testing.T, reasons map[string]string, found map[string]bool) {
	t.Helper()
	for name := range found {
		assert.NotEmpty(t, reasons[name], "%s is not in the list", name)
	}
	for name, reason := range reasons {
		assert.True(t, found[name], "%s is in the list (%s) but not in the document", name, reason)
	}
}

func describesObject(schema *openapi3.Schema) bool {
	return schema.Type.Is(openapi3.TypeObject) || len(schema.Properties) > 0
}

func TestResponsesAreOpen(t *testing.T) {
	closed := map[string]string{}
	eachOperation(t, func(_ *testing.T, _ string, op *openapi3.Operation) {
		for _, response := range op.Responses.Map() {
			excused := discriminators(response.Value.Content)
			for name, ref := range reachable(response.Value.Content) {
				if rest := ref.Value.AdditionalProperties.Has; rest != nil && !*rest {
					closed[name] = "keys"
				}
				if len(ref.Value.Enum) > 0 && !excused[ref.Value] {
					closed[name] = "values"
				}
			}
		}
	})
	assert.Empty(t, closed, "forbids what a later server may send")
}

// discriminators returns the enumerations that only tell the alternatives of a union apart: the union takes a value that
// none of them lists.
func discriminators(content openapi3.Content) map[*openapi3.Schema]bool {
	found := map[*openapi3.Schema]bool{}
	for _, union := range reachable(content) {
		for _, alternative := range slices.Concat(union.Value.OneOf, union.Value.AnyOf) {
			for key, property := range alternative.Value.Properties {
				unheardOf := map[string]any{key: "UNHEARD_OF"}
				if len(property.Value.Enum) > 0 && union.Value.VisitJSON(unheardOf) == nil {
					found[property.Value] = true
				}
			}
		}
	}
	return found
}

func TestFormatsAreJudged(t *testing.T) {
	for name, schema := range everySchema(loadDocument(t)) {
		if schema.Type.Is(openapi3.TypeString) && schema.Format != "" && schema.Format != "binary" {
			assert.Contains(t, spectest.Formats, schema.Format, name)
		}
	}
}

// The mark x-free-form takes keys out of the figure "complete", so each place in a successful answer where it does is
// listed with whose keys they are. A map says that by the schema of its values; the mark adds nothing to it.
func TestFreeForm(t *testing.T) {
	places := map[string]bool{}
	eachOperation(t, func(_ *testing.T, _ string, op *openapi3.Operation) {
		for status, response := range op.Responses.Map() {
			if strings.HasPrefix(status, "2") {
				maps.Copy(places, freeFormPlaces(op.OperationID, response.Value.Content))
			}
		}
	})
	assertListed(t, freeForm, places)
}

// freeFormPlaces returns where a body holds a free-form object: the body itself under the given name, a property as
// Schema.key.
func freeFormPlaces(name string, content openapi3.Content) map[string]bool {
	places := map[string]bool{}
	note := func(place string, ref *openapi3.SchemaRef) {
		if ref.Value.Extensions["x-free-form"] == true && ref.Value.AdditionalProperties.Schema == nil {
			places[place] = true
		}
	}
	for _, media := range content {
		note(name, media.Schema)
	}
	for name, ref := range reachable(content) {
		for place, part := range parts(name, ref.Value) {
			note(place, part)
		}
	}
	return places
}
