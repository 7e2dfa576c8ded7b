package spectest

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// The forms in which the server's query parser (qs) takes an element of a list and an entry of an object:
// k=a&k=b, k[]=a&k[]=b and k[0]=a&k[1]=b are one and the same list, k[name]=a is an object.
var (
	listElement = regexp.MustCompile(`^(\[\d*\])?$`)
	objectEntry = regexp.MustCompile(`^\[([^\[\]]+)\]$`)
)

// plainQuery rewrites a query into the one form that kin-openapi reads (k=a&k=b for lists) and reports what kin-openapi
// would overlook: keys that no parameter declares, and values whose form is not the parameter's, such as a scalar given
// twice.
func plainQuery(route *routers.Route, raw string) (url.Values, error) {
	sent, err := url.ParseQuery(raw)
	if err != nil {
		return nil, err
	}
	declared := parameters(route, openapi3.ParameterInQuery)
	ignoresOthers := route.Operation.Extensions["x-open-query"] == true
	plain := url.Values{}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		bracket := strings.IndexByte(key+"[", '[')
		name, suffix := key[:bracket], key[bracket:]
		parameter, ok := declared[name]
		switch {
		case ok:
			plainKey, err := plainKey(parameter, suffix, sent[key])
			errs = append(errs, err)
			plain[plainKey] = append(plain[plainKey], sent[key]...)
		case !ignoresOthers:
			errs = append(errs, fmt.Errorf("query key %q is not declared", name))
		}
	}
	return plain, errors.Join(errs...)
}

// plainKey returns the key under which kin-openapi looks for what was sent as parameter.Name + suffix.
func plainKey(parameter *openapi3.Parameter, suffix string, values []string) (string, error) {
	method, err := parameter.SerializationMethod()
	if err != nil {
		return "", err
	}
	switch {
	case method.Style == openapi3.SerializationDeepObject:
		entry := objectEntry.FindStringSubmatch(suffix)
		if entry == nil || len(values) > 1 {
			return parameter.Name, fmt.Errorf("query key %q wants entries, each once: %s[name]=value", parameter.Name, parameter.Name)
		}
		return parameter.Name + suffix, checkName(parameter.Schema.Value, entry[1])
	case method.Explode && isList(parameter.Schema.Value):
		if !listElement.MatchString(suffix) {
			return parameter.Name, fmt.Errorf("query key %q is a list, not an object", parameter.Name)
		}
	case suffix != "":
		return parameter.Name, fmt.Errorf("query key %q takes one value, not a list or an object", parameter.Name)
	case len(values) > 1:
		return parameter.Name, fmt.Errorf("query key %q is given %d times", parameter.Name, len(values))
	}
	return parameter.Name, nil
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
