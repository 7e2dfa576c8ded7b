package spectest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// walker goes through a JSON value beside the schemas that describe it and notes what is wrong with the keys.
type walker struct {
	unnamed []string // JSON pointers of keys that no schema names, free-form ones aside
	shape   []string // all keys but free-form ones: the pointers without positions in lists and keys of maps
	broken  []error  // keys that break an x-key-pattern
}

// freeForm says that a schema's further keys are a customer's or a provider's, not the API's.
func freeForm(schema *openapi3.Schema) bool { return schema.Extensions["x-free-form"] == true }

// bodyKeys reports the keys of a request's JSON body that break an x-key-pattern.
func bodyKeys(op *openapi3.Operation, body []byte) error {
	if op.RequestBody == nil || len(body) == 0 {
		return nil
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil // the filter has said so
	}
	var w walker
	w.walk("", "", value, jsonSchema(op.RequestBody.Value.Content))
	return errors.Join(w.broken...)
}

func (w *walker) walk(pointer, shape string, value any, schemas []*openapi3.Schema) {
	schemas = applicable(value, schemas)
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			w.walkKey(pointer+"/"+escapePointer.Replace(key), shape, key, value[key], schemas)
		}
	case []any:
		var items []*openapi3.Schema
		for _, schema := range schemas {
			if schema.Items != nil {
				items = append(items, schema.Items.Value)
			}
		}
		if items == nil && slices.ContainsFunc(schemas, freeForm) {
			return
		}
		for i, item := range value {
			w.walk(pointer+"/"+strconv.Itoa(i), shape+"/[]", item, items)
		}
	}
}

func (w *walker) walkKey(pointer, shape, key string, value any, schemas []*openapi3.Schema) {
	var children []*openapi3.Schema
	name := "*"
	for _, schema := range schemas {
		if property := schema.Properties[key]; property != nil {
			name = key
			children = append(children, property.Value)
			continue
		}
		if err := checkName(schema, key); err != nil {
			w.broken = append(w.broken, fmt.Errorf("body %s: %w", pointer, err))
		}
		// An empty schema here is another way to write "additionalProperties: true".
		if rest := schema.AdditionalProperties.Schema; rest != nil && (!rest.Value.IsEmpty() || freeForm(rest.Value)) {
			children = append(children, rest.Value)
		}
	}
	switch {
	case children != nil:
		w.shape = append(w.shape, shape+"/"+name)
		w.walk(pointer, shape+"/"+name, value, children)
	case !slices.ContainsFunc(schemas, freeForm):
		w.shape = append(w.shape, shape+"/"+key)
		w.unnamed = append(w.unnamed, pointer)
	}
}

// applicable returns the schemas that describe a value: the given ones, all parts of an allOf, and those alternatives of
// a oneOf or anyOf that the value fits.
func applicable(value any, schemas []*openapi3.Schema) []*openapi3.Schema {
	var found []*openapi3.Schema
	for _, schema := range schemas {
		found = append(found, schema)
		for _, part := range schema.AllOf {
			found = append(found, applicable(value, []*openapi3.Schema{part.Value})...)
		}
		for _, alternative := range slices.Concat(schema.OneOf, schema.AnyOf) {
			if alternative.Value.VisitJSON(value, visitOptions...) == nil {
				found = append(found, applicable(value, []*openapi3.Schema{alternative.Value})...)
			}
		}
	}
	return found
}

// checkName holds a key of a map against the map's x-key-pattern.
func checkName(schema *openapi3.Schema, key string) error {
	pattern, ok := schema.Extensions["x-key-pattern"].(string)
	if !ok {
		return nil
	}
	matched, err := regexp.MatchString(pattern, key)
	if err == nil && !matched {
		err = fmt.Errorf("key %q does not match %s", key, pattern)
	}
	return err
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")
