package main

import (
	"fmt"

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
	methods, _ := op.Extensions["x-also"].(map[string]any)
	found := map[string]also{}
	for method, value := range methods {
		keys, _ := value.(map[string]any)
		id, _ := keys["operationId"].(string)
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
