package main

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
)

// also is a further method of an operation.
type also struct {
	ID string
	release.Span
}

// alsoOf reads x-also, which may be absent.
func alsoOf(op *openapi3.Operation) (map[string]also, error) {
	given := op.Extensions["x-also"]
	methods, ok := given.(map[string]any)
	if given != nil && !ok {
		return nil, fmt.Errorf("x-also is %v, want methods", given)
	}
	found := map[string]also{}
	for method, value := range methods {
		keys, _ := value.(map[string]any)
		id, _ := keys["operationId"].(string)
		if method != strings.ToUpper(method) {
			return nil, fmt.Errorf("x-also: %s is no method", method)
		}
		if id == "" {
			return nil, fmt.Errorf("x-also: %s has no operationId", method)
		}
		s, err := release.SpanOf(keys)
		if err != nil {
			return nil, fmt.Errorf("x-also: %s: %w", method, err)
		}
		found[method] = also{id, s}
	}
	return found, nil
}
