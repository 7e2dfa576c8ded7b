package nango

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// remainder is what building a URL leaves of an operation's path when dots stand for one of its ids.
type remainder struct {
	route
	name string // of the parameter
}

// unambiguous refuses the remainders of other paths. The generated client checks no ids and resolves dots before a
// request comes here: /providers/./templates has become /providers/templates, which getProvider would be. Some ids that a
// service may use are refused here, since nothing tells them from a remainder: the provider "templates" is one.
func unambiguous(next gen.HttpRequestDoer, base *url.URL) doer {
	return func(req *http.Request) (*http.Response, error) {
		segments := strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), base.EscapedPath()+"/"), "/")
		for _, r := range remainders()[req.Method] {
			if len(r.segments) == len(segments) && r.startsWith(segments) && !isWhole(req, segments) {
				closeBody(req)
				return nil, &ArgumentError{Name: r.name, Reason: pathReason}
			}
		}
		return next.Do(req)
	}
}

// isWhole tells by its body a request of an operation whose own path, which has no parameter, is a remainder as well:
// /connection/metadata is that of the metadata of one connection, and of many, whose ids are in the body then.
func isWhole(req *http.Request, segments []string) bool {
	for _, r := range routes()[req.Method] {
		if slices.Equal(r.segments, segments) {
			return hasKeys(req, r.op.Body)
		}
	}
	return false
}

func hasKeys(req *http.Request, keys []string) bool {
	if req.GetBody == nil {
		return false
	}
	body, err := req.GetBody()
	if err != nil {
		return false
	}
	data, err := io.ReadAll(body)
	var object map[string]json.RawMessage
	if err != nil || jsonx.Unmarshal(data, &object) != nil {
		return false
	}
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			return false
		}
	}
	return len(keys) > 0
}

// remainders holds them by method.
var remainders = sync.OnceValue(func() map[string][]remainder {
	table := map[string][]remainder{}
	for i := range gen.Operations {
		op := &gen.Operations[i]
		if !isProxy(op.ID) {
			table[op.Method] = append(table[op.Method], remaindersOf(op)...)
		}
	}
	return table
})

// remaindersOf tries every way of putting dots in place of the parameters.
func remaindersOf(op *gen.Operation) []remainder {
	var found []remainder
	dotted := []remainder{{route: route{op, strings.Split(op.Path[1:], "/")}}}
	for i, segment := range dotted[0].segments {
		name, ok := parameter(segment)
		if !ok {
			continue
		}
		for _, r := range slices.Clone(dotted) {
			for _, dots := range []string{".", ".."} {
				segments := slices.Clone(r.segments)
				segments[i] = dots
				dotted = append(dotted, remainder{route{op, segments}, name})
			}
		}
	}
	for _, r := range dotted[1:] {
		path := url.URL{Path: "./" + strings.Join(r.segments, "/")}
		r.segments = strings.Split((&url.URL{Path: "/"}).ResolveReference(&path).Path[1:], "/")
		found = append(found, r)
	}
	return found
}
