package nangotest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nango-go/sdk/internal/reqschema"
)

// schema is what this server checks of a JSON schema: types, required properties, and the properties and items inside.
type schema struct {
	Type       any
	Required   []string
	Properties map[string]*schema
	Items      *schema
}

// check holds an input against the function's schema. The items have the schema's keywords for codes.
func (f *bundleFunction) check(input any) []reqschema.Item {
	var s schema
	definition := f.Schema.Definitions[strings.TrimPrefix(f.Input, "#/definitions/")]
	if f.Input == "" || json.Unmarshal(definition, &s) != nil {
		return nil // nothing is asked for, or more than is checked here
	}
	return s.check(input, []string{})
}

func (s *schema) check(v any, path []string) (items []reqschema.Item) {
	if s == nil {
		return nil
	}
	item := func(keyword, message string) {
		items = append(items, reqschema.Item{Code: keyword, Message: message, Path: path})
	}
	if types := s.types(); len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return isA(v, t) }) {
		item("type", "must be "+strings.Join(types, ","))
		return items
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if _, there := v[name]; !there {
				item("required", fmt.Sprintf("must have required property '%s'", name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if value, there := v[name]; there {
				items = append(items, s.Properties[name].check(value, append(slices.Clone(path), name))...)
			}
		}
	case []any:
		for n, value := range v {
			items = append(items, s.Items.check(value, append(slices.Clone(path), fmt.Sprint(n)))...)
		}
	}
	return items
}

// types are the types that the schema allows, all if there are none.
func (s *schema) types() (types []string) {
	switch t := s.Type.(type) {
	case string:
		return []string{t}
	case []any:
		for _, one := range t {
			types = append(types, fmt.Sprint(one))
		}
	}
	return types
}

// isA says whether a JSON value is of a schema's type.
func isA(v any, kind string) bool {
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}
