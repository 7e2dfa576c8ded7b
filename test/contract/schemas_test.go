package contract

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// bodies returns the schemas of an operation's bodies, by where they stand.
func bodies(op *openapi3.Operation) map[string]*openapi3.SchemaRef {
	found := map[string]*openapi3.SchemaRef{}
	add := func(where string, content openapi3.Content) {
		for mediaType, media := range content {
			if media.Schema != nil {
				found[where+" "+mediaType] = media.Schema
			}
		}
	}
	if op.RequestBody != nil {
		add("request", op.RequestBody.Value.Content)
	}
	for status, response := range op.Responses.Map() {
		add(status, response.Value.Content)
	}
	return found
}

// parts returns the schemas that a schema is directly made of, by where they stand.
func parts(name string, schema *openapi3.Schema) map[string]*openapi3.SchemaRef {
	found := map[string]*openapi3.SchemaRef{}
	for key, property := range schema.Properties {
		found[name+"."+key] = property
	}
	for i, part := range slices.Concat(schema.AllOf, schema.AnyOf, schema.OneOf) {
		found[name+"|"+cmp.Or(componentName(part), strconv.Itoa(i))] = part
	}
	if schema.Items != nil {
		found[name+"[]"] = schema.Items
	}
	if rest := schema.AdditionalProperties.Schema; rest != nil {
		found[name+".*"] = rest
	}
	return found
}

// reachable returns all schemas that a body can hold, at any depth, by component name or by where they stand.
func reachable(content openapi3.Content) map[string]*openapi3.SchemaRef {
	found := map[string]*openapi3.SchemaRef{}
	for mediaType, media := range content {
		if media.Schema != nil {
			reach(mediaType, media.Schema, found)
		}
	}
	return found
}

// componentName returns the name under which a schema stands in components, empty where it is written in place.
func componentName(ref *openapi3.SchemaRef) string {
	return strings.TrimPrefix(ref.Ref, "#/components/schemas/")
}

func reach(where string, ref *openapi3.SchemaRef, found map[string]*openapi3.SchemaRef) {
	where = cmp.Or(componentName(ref), where)
	if found[where] != nil {
		return
	}
	found[where] = ref
	for name, part := range parts(where, ref.Value) {
		reach(name, part, found)
	}
}

// everySchema returns every schema of the document, by component name or by where it stands.
func everySchema(doc *openapi3.T) map[string]*openapi3.Schema {
	found := map[string]*openapi3.SchemaRef{}
	for name, ref := range doc.Components.Schemas {
		reach(name, ref, found)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for where, ref := range bodies(op) {
				reach(method+" "+path+" "+where, ref, found)
			}
			for _, parameter := range slices.Concat(item.Parameters, op.Parameters) {
				reach(method+" "+path+" "+parameter.Value.Name, parameter.Value.Schema, found)
			}
		}
	}
	schemas := map[string]*openapi3.Schema{}
	for name, ref := range found {
		schemas[name] = ref.Value
	}
	return schemas
}
