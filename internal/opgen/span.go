package main

import (
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
)

// span reads x-since, x-until and x-evidence, all of which may be absent.
func span(extensions map[string]any) (release.Span, error) {
	var s release.Span
	for name, field := range map[string]*string{"x-since": &s.Since, "x-until": &s.Until} {
		value, ok := extensions[name]
		if !ok {
			continue
		}
		if *field, ok = value.(string); !ok || !release.Valid(*field) {
			return s, fmt.Errorf("%s is %v, want a release such as 0.71.10", name, value)
		}
	}
	switch evidence, given := extensions["x-evidence"]; {
	case !given:
		return s, nil
	case evidence != "declared":
		return s, fmt.Errorf("x-evidence is %v, want declared, or none for what was recorded", evidence)
	case s.Since == "":
		return s, errors.New("x-evidence without an x-since")
	}
	s.Declared = true
	return s, nil
}

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
		s, err := span(keys)
		if err != nil {
			return nil, fmt.Errorf("x-also: %s: %w", method, err)
		}
		found[method] = also{id, s}
	}
	return found, nil
}
