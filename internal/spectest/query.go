package spectest

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/nango-go/sdk/internal/js"
)

// plainQuery rewrites a query, which the server reads by package qs, into the one form that kin-openapi reads (k=a&k=b for
// lists). It reports what kin-openapi would overlook: keys that no parameter declares, and values whose form is not the
// parameter's, such as a scalar given twice.
func plainQuery(route *routers.Route, raw string) (url.Values, error) {
	if _, err := url.ParseQuery(raw); err != nil { // the server passes over bad escapes
		return nil, err
	}
	declared := parameters(route, openapi3.ParameterInQuery)
	ignoresOthers := route.Operation.Extensions["x-open-query"] == true
	sent, plain := js.ParseQuery(raw), url.Values{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if parameter, ok := declared[name]; ok {
			errs = append(errs, addPlain(plain, parameter, sent[name]))
		} else if !ignoresOthers {
			errs = append(errs, fmt.Errorf("query key %q is not declared", name))
		}
	}
	return plain, errors.Join(errs...)
}

// addPlain adds the value of a parameter in the form in which kin-openapi looks for it.
func addPlain(plain url.Values, parameter *openapi3.Parameter, value any) error {
	method, err := parameter.SerializationMethod()
	if err != nil {
		return err
	}
	name := parameter.Name
	text, isText := value.(string)
	list, isSlice := value.([]any)
	switch {
	case method.Style == openapi3.SerializationDeepObject:
		return addEntries(plain, parameter, value)
	case isText:
		plain.Set(name, text)
	case method.Explode && isList(parameter.Schema.Value):
		for _, element := range list {
			if text, isText = element.(string); isText {
				plain.Add(name, text)
			}
		}
		if len(list) != len(plain[name]) || !isSlice {
			return fmt.Errorf("query key %q is a list, not an object", name)
		}
	case len(list) > 1:
		return fmt.Errorf("query key %q is given %d times", name, len(list))
	default:
		return fmt.Errorf("query key %q takes one value, not a list or an object", name)
	}
	return nil
}

func addEntries(plain url.Values, parameter *openapi3.Parameter, value any) error {
	object, isObject := value.(map[string]any)
	var errs []error
	for key, entry := range object {
		text, isText := entry.(string)
		isObject = isObject && isText
		plain.Set(parameter.Name+"["+key+"]", text)
		errs = append(errs, checkName(parameter.Schema.Value, key))
	}
	if !isObject {
		errs = append(errs, fmt.Errorf("query key %q wants entries, each once: %s[name]=value", parameter.Name, parameter.Name))
	}
	return errors.Join(errs...)
}

func isList(schema *openapi3.Schema) bool {
	return schema.Type.Is(openapi3.TypeArray) ||
		slices.ContainsFunc(slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf),
			func(part *openapi3.SchemaRef) bool { return isList(part.Value) })
}

// parameters returns an operation's parameters of one kind by name, with those of its path.
func parameters(route *routers.Route, in string) map[string]*openapi3.Parameter {
	found := map[string]*openapi3.Parameter{}
	for _, ref := range slices.Concat(route.PathItem.Parameters, route.Operation.Parameters) {
		if ref.Value.In == in {
			found[ref.Value.Name] = ref.Value
		}
	}
	return found
}
