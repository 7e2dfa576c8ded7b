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
	"github.com/nango-go/sdk/internal/route"
)

// withOperation finds the operation of a request by its method and path, because requests of [Client.Generated] do not
// name their operation. It refuses requests that must not get the API key: requests to another host, and requests with
// a path that gateways and servers would resolve to another endpoint.
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
	return findOperation(routes(), req.Method, path)
}

// anonymous is the operation of a request that the API's document does not describe. Only a caller can build such a
// request.
var anonymous = &gen.Operation{Retry: gen.RetryNever, Timeout: gen.TimeoutShort}

// operations maps ids to operations.
var operations = sync.OnceValue(func() map[gen.OperationID]*gen.Operation {
	table := map[gen.OperationID]*gen.Operation{}
	for i := range gen.Operations {
		table[gen.Operations[i].ID] = &gen.Operations[i]
	}
	return table
})

var routes = sync.OnceValue(func() route.Table { return route.New(gen.Operations) })

// findOperation returns the operation of an escaped path. Like the server, it ignores slashes at the end.
func findOperation(routes route.Table, method, path string) (*gen.Operation, error) {
	segments := make([]string, 0, 8) // on the stack, and enough for every route
	for segment := range strings.SplitSeq(strings.TrimRight(strings.TrimPrefix(path, "/"), "/"), "/") {
		segments = append(segments, segment)
	}
	if segments[0] == "proxy" {
		return cmp.Or(routes.Proxy(method), anonymous), checkPath(path)
	}
	if found := routes.Find(method, segments, false); found != nil {
		return found.Operation, checkParameters(found, segments)
	}
	if slices.Contains(segments, "") {
		return nil, &ArgumentError{Name: "path", Reason: "holds an empty segment, which would lead to another endpoint"}
	}
	return anonymous, checkPath(path)
}

func checkParameters(r *route.Route, segments []string) error {
	for i, name := range r.Parameters() {
		if fault := dotpath.IDFault(segments[i]); fault != "" {
			return &ArgumentError{Name: name, Reason: fault}
		}
	}
	return nil
}

func checkPath(path string) error {
	if dotpath.Has(path) {
		return &ArgumentError{Name: "path", Reason: dotpath.Reason}
	}
	return nil
}
