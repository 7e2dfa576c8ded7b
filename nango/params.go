package nango

import (
	"maps"
)

// deref returns a copy of the struct that params points to, or the zero struct for nil: nil params mean the defaults.
// With a copy the SDK never writes to the caller's struct.
func deref[T any](params *T) T {
	if params == nil {
		return *new(T)
	}
	return *params
}

// optional returns nil for the zero value. The generated client omits a nil field from the request.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// optionalMap returns nil for a nil map. For any other map it returns a pointer, even for an empty one: in a request,
// {} clears the values.
func optionalMap[M ~map[K]V, K comparable, V any](m M) *M {
	if m == nil {
		return nil
	}
	return &m
}

// copyMap returns a copy that the SDK can change. The caller's map stays the same.
func copyMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	return out
}
