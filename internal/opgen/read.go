package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
)

// operation is one row of the table.
type operation struct {
	ID, Method, Path     string
	Scopes               []string
	Retry, Timeout, Auth string
	Proxied              bool
	Gone                 []string
	Success              shape
	release.Span

	line int
}

// The values that the vendor extensions may have, each with the constant that stands for it in package gen.
var (
	retryClasses   = map[string]string{"always": "RetryAlways", "rate-limit-only": "RetryRateLimitOnly", "never": "RetryNever"}
	timeoutClasses = map[string]string{"short": "TimeoutShort", "job": "TimeoutJob", "none": "TimeoutNone"}
	authKinds      = map[string]string{"key": "AuthKey", "account-key": "AuthAccountKey", "session": "AuthSession"}
)

var scopePattern = regexp.MustCompile(`^(environment|account)(:[a-z_]+)+$`)

func load(document []byte) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true // kin-openapi keeps paths and properties in maps; the lines give their order back
	return loader.LoadFromData(document)
}

// readOperations returns the operations of a document in the order in which it lists them. The error names every
// operation that does not say what it must.
func readOperations(doc *openapi3.T) ([]operation, error) {
	var operations []operation
	var errs []error
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			rows, err := readOperation(method, path, op)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s %s: %w", method, path, err))
			}
			operations = append(operations, rows...)
		}
	}
	if len(errs) > 0 {
		slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(operations, func(a, b operation) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.Method, b.Method)) })
	return operations, nil
}

// readOperation returns the row of an operation, and behind it those of its further methods.
func readOperation(method, path string, op *openapi3.Operation) ([]operation, error) {
	row := operation{ID: op.OperationID, Method: method, Path: path, line: op.Origin.Key.Line}
	if row.ID == "" {
		return nil, errors.New("no operationId")
	}
	var scopesErr, retryErr, timeoutErr, authErr, goneErr, successErr, spanErr error
	row.Scopes, scopesErr = scopes(op.Extensions["x-scopes"])
	row.Retry, retryErr = oneOf(op, "x-retry", retryClasses)
	row.Timeout, timeoutErr = oneOf(op, "x-timeout", timeoutClasses)
	row.Auth, authErr = oneOf(op, "x-auth", authKinds)
	row.Proxied = op.Extensions["x-proxied"] == true
	row.Gone, goneErr = codes(op.Extensions["x-gone"])
	row.Success, successErr = success(op)
	row.Span, spanErr = release.SpanOf(op.Extensions)
	rows := []operation{row}
	further, alsoErr := alsoOf(op)
	for _, method := range slices.Sorted(maps.Keys(further)) {
		other := row
		other.Method, other.ID, other.Span = method, further[method].ID, further[method].Span
		other.line++ // behind its model
		rows = append(rows, other)
	}
	return rows, errors.Join(scopesErr, retryErr, timeoutErr, authErr, goneErr, successErr, spanErr, alsoErr)
}

// oneOf returns the constant for an extension that must be there and have one of the known values.
func oneOf(op *openapi3.Operation, name string, known map[string]string) (string, error) {
	value, ok := op.Extensions[name]
	if !ok {
		return "", fmt.Errorf("no %s", name)
	}
	text, _ := value.(string)
	constant, ok := known[text]
	if !ok {
		return "", fmt.Errorf("%s is %v, want one of %s", name, value, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return constant, nil
}

// scopes checks x-scopes, which must be there but may be an empty list: some operations need no scope.
func scopes(value any) ([]string, error) {
	if value == nil {
		return nil, errors.New("no x-scopes")
	}
	items, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("x-scopes is %v, want a list", value)
	}
	scopes := make([]string, len(items))
	for i, item := range items {
		scope, _ := item.(string)
		if !scopePattern.MatchString(scope) {
			return nil, fmt.Errorf("x-scopes holds %v, which is not a scope", item)
		}
		scopes[i] = scope
	}
	return scopes, nil
}

// codes checks x-gone, which may be absent.
func codes(value any) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	items, _ := value.([]any)
	if len(items) == 0 {
		return nil, fmt.Errorf("x-gone is %v, want a list of codes", value)
	}
	codes := make([]string, len(items))
	for i, item := range items {
		code, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("x-gone holds %v, which is not a code", item)
		}
		codes[i] = code
	}
	return codes, nil
}
