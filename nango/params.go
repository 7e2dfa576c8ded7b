package nango

import (
	"maps"
)

// deref returns what params points to, or the zero deref for nil: nil params mean the defaults. It is a copy, so that the
// caller's struct is never written to.
func deref[T any](params *T) T {
	if params == nil {
		return *new(T)
	}
	return *params
}

// optional returns nil for the zero value, which the generated client then leaves out of the request.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// optionalMap returns nil for a nil map and a pointer for any other, an empty one included: on the wire {} clears.
func optionalMap[M ~map[K]V, K comparable, V any](m M) *M {
	if m == nil {
		return nil
	}
	return &m
}

// copyMap returns a map that can be written to without the caller noticing.
func copyMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	return out
}
