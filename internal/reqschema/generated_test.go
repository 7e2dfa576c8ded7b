package reqschema

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the document names, the checker knows; patterns are read only when they are needed.
func TestTheCheckerKnowsWhatTheDocumentNames(t *testing.T) {
	seen := map[*Schema]bool{}
	var walk func(where string, s *Schema)
	walk = func(where string, s *Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, rule := range s.Rules {
			assert.Contains(t, rules, rule, "%s: see the head of api/openapi.yaml (CONTRIBUTING, step 1)", where)
		}
		if s.Format != "" {
			assert.True(t, formats[s.Format].valid != nil,
				"%s: the server checks no format %q in a request; a date is a ZuluTime (CONTRIBUTING, step 1)", where, s.Format)
		}
		for _, pattern := range append([]string{s.Keys}, s.Patterns...) {
			_, err := regexp.Compile(pattern)
			assert.NoError(t, err, where)
		}
		for _, field := range s.Fields {
			walk(where+"."+field.Name, field.Schema)
		}
		for _, part := range append([]*Schema{s.Items, s.Not}, s.Union...) {
			walk(where, part)
		}
	}
	for id, operation := range operations {
		for _, section := range []*Schema{operation.Path, operation.Header, operation.Query, operation.Body} {
			walk(id, section)
		}
	}
	assert.Greater(t, len(seen), 300, "schemas")
}

// A schema that holds itself is checked as deep as the value goes.
func TestRecursion(t *testing.T) {
	var tree Schema
	tree = Schema{Kind: Object, Closed: true, Fields: []Field{{Name: "children", Schema: &Schema{Kind: List, Items: &tree}}}}
	type (
		object = map[string]any
		list   = []any
	)
	nested := object{"children": list{object{}, object{"children": list{object{"children": 5}}}}}
	assert.Equal(t, []Item{{
		Code: "invalid_type", Message: "Invalid input: expected array, received number", Path: []string{"children", "1", "children", "0", "children"},
	}}, (&Operation{Body: &tree}).CheckBody(nested, true))
}
