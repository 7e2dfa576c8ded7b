package nango

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/dotpath"
)

// withOperation finds the operation of a request by its method and path, since requests of [Client.Generated] come without one. It
// refuses what must not get the API key put on it: a request to another host, or one whose path gateways and servers would resolve
// into that of another endpoint.
func withOperation(next doer, base *url.URL) doer {
	return func(req *http.Request) (*http.Response, error) {
		op, err := operationOf(req, base)
		if err == nil {
			err = checkHead(req)
		}
		if err != nil {
			closeBody(req)
			return nil, err
		}
		return next(req.WithContext((&call{op: op}).in(req.Context())))
	}
}

func operationOf(req *http.Request, base *url.URL) (*gen.Operation, error) {
	path, ok := strings.CutPrefix(req.URL.EscapedPath(), base.EscapedPath())
	if !sameOrigin(req.URL, base) || req.URL.Opaque != "" || !ok || path != "" && path[0] != '/' {
		return nil, &ArgumentError{Name: "request", Reason: "is not for a URL below the base URL of the client"}
	}
	return routes().find(req.Method, path)
}

// anonymous stands for a request that is no operation of the document, which only a request of the caller's own can be.
var anonymous = &gen.Operation{Retry: gen.RetryNever, Timeout: gen.TimeoutShort}

// route is an operation with its path cut at the slashes; a parameter stands in braces.
type route struct {
	op       *gen.Operation
	segments []string
}

// routeTable holds the routes of each method, those with fixed segments before those with parameters in their place.
type routeTable map[string][]route

// operations are the operations by their ids.
var operations = sync.OnceValue(func() map[gen.OperationID]*gen.Operation {
	table := map[gen.OperationID]*gen.Operation{}
	for i := range gen.Operations {
		table[gen.Operations[i].ID] = &gen.Operations[i]
	}
	return table
})

var routes = sync.OnceValue(func() routeTable { return newRouteTable(gen.Operations) })

func newRouteTable(operations []gen.Operation) routeTable {
	table := routeTable{}
	for i := range operations {
		op := &operations[i]
		table[op.Method] = append(table[op.Method], route{op, strings.Split(op.Path[1:], "/")})
	}
	for _, list := range table {
		slices.SortStableFunc(list, func(a, b route) int { return slices.CompareFunc(a.segments, b.segments, compareFixed) })
	}
	return table
}

func compareFixed(a, b string) int {
	return cmp.Compare(strings.Count(a, "{"), strings.Count(b, "{"))
}

// find returns the operation of an escaped path. The server tolerates slashes at the end, and so does find.
func (t routeTable) find(method, path string) (*gen.Operation, error) {
	segments := make([]string, 0, 8) // on the stack, and enough for every route
	for segment := range strings.SplitSeq(strings.TrimRight(strings.TrimPrefix(path, "/"), "/"), "/") {
		segments = append(segments, segment)
	}
	if segments[0] == "proxy" {
		return t.proxy(method), checkPath(path)
	}
	for _, r := range t[method] {
		if len(r.segments) == len(segments) && r.startsWith(segments) {
			return r.op, r.check(segments)
		}
	}
	if slices.Contains(segments, "") {
		return nil, &ArgumentError{Name: "path", Reason: "holds an empty segment, which would lead to another endpoint"}
	}
	return anonymous, checkPath(path)
}

// proxy returns the operation of a proxied request; Nango proxies HEAD as it does GET.
func (t routeTable) proxy(method string) *gen.Operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range t[method] {
		if r.op.Proxied {
			return r.op
		}
	}
	return anonymous
}

// startsWith reports whether the route begins with segments, whatever stands for its parameters.
func (r route) startsWith(segments []string) bool {
	for i, segment := range segments {
		if _, ok := parameter(r.segments[i]); !ok && r.segments[i] != segment {
			return false
		}
	}
	return true
}

func (r route) check(segments []string) error {
	for i, segment := range segments {
		if name, ok := parameter(r.segments[i]); ok {
			if fault := dotpath.IDFault(segment); fault != "" {
				return &ArgumentError{Name: name, Reason: fault}
			}
		}
	}
	return nil
}

func parameter(segment string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(segment, "{"); ok {
		name = strings.TrimSuffix(name, "}")
	}
	return name, ok
}

func checkPath(path string) error {
	if dotpath.Has(path) {
		return &ArgumentError{Name: "path", Reason: dotpath.Reason}
	}
	return nil
}
