// Package route finds the operation that a request is for. The client needs it as well as the fake server: requests of the
// generated client come without their operation.
package route

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// Route is an operation with its path.
type Route struct {
	Operation *gen.Operation

	segments []string // a parameter stands in braces
}

// Table holds the routes of each method, those with fixed segments before those with parameters in their place.
type Table map[string][]Route

// New returns the table of operations. Its routes point into the slice.
func New(operations []gen.Operation) Table {
	table := Table{}
	for i := range operations {
		op := &operations[i]
		table[op.Method] = append(table[op.Method], Route{op, strings.Split(op.Path[1:], "/")})
	}
	for _, list := range table {
		slices.SortStableFunc(list, func(a, b Route) int { return slices.CompareFunc(a.segments, b.segments, fixedFirst) })
	}
	return table
}

func fixedFirst(a, b string) int {
	return cmp.Compare(strings.Count(a, "{"), strings.Count(b, "{"))
}

// Find returns the route of a path that was split at its slashes, nil if there is none. With foldCase it does not tell upper case
// from lower in fixed segments. Proxied requests, whose paths have any number of segments, have [Table.Proxy].
func (t Table) Find(method string, segments []string, foldCase bool) *Route {
	list := t[method]
	for i := range list {
		if r := &list[i]; len(r.segments) == len(segments) && r.matches(segments, foldCase) {
			return r
		}
	}
	return nil
}

func (r *Route) matches(segments []string, foldCase bool) bool {
	for i, want := range r.segments {
		if want[0] == '{' || want == segments[i] || foldCase && strings.EqualFold(want, segments[i]) {
			continue
		}
		return false
	}
	return true
}

// Parameters returns the positions of the parameters in the path, and their names.
func (r *Route) Parameters() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, segment := range r.segments {
			if name, ok := strings.CutPrefix(segment, "{"); ok && !yield(i, strings.TrimSuffix(name, "}")) {
				return
			}
		}
	}
}

// Proxy returns the operation of a proxied request, nil for a method that Nango does not proxy. It proxies HEAD as it does GET.
func (t Table) Proxy(method string) *gen.Operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range t[method] {
		if r.Operation.Proxied {
			return r.Operation
		}
	}
	return nil
}
