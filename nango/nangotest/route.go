package nangotest

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/nango-go/sdk/gen"
)

// handler carries an operation out. It is called with the server's state locked, for a request that has been authenticated,
// counted, authorized and validated.
type handler func(*call) *answer

// unreached are the operations of the document that no method of package nango calls. A request for one gets a 501.
var unreached = map[gen.OperationID]bool{
	gen.OperationListConnectionsDeprecated: true, gen.OperationImportConnectionDeprecated: true, gen.OperationGetConnectionDeprecated: true,
	gen.OperationDeleteConnectionDeprecated: true, gen.OperationSetConnectionMetadataDeprecated: true,
	gen.OperationMergeConnectionMetadataDeprecated: true, gen.OperationSetMetadataDeprecated: true, gen.OperationMergeMetadataDeprecated: true,
	gen.OperationPreviewBundle: true, gen.OperationDeployBundle: true, gen.OperationInvokeFunction: true,
}

// handlers has one for every other operation of the document.
var handlers = join(
	accountHandlers, actionHandlers, connectionHandlers, environmentHandlers, functionHandlers, integrationHandlers,
	metadataHandlers, providerHandlers, proxyHandlers, recordHandlers, sessionHandlers, syncHandlers,
)

func join(tables ...map[gen.OperationID]handler) map[gen.OperationID]handler {
	all := map[gen.OperationID]handler{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// find returns the operation that a request is for, and what its path says. Every route takes a slash at its end.
func find(r *http.Request) (*gen.Operation, map[string]string) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/proxy"); ok && (rest == "" || rest[0] == '/') {
		return proxyOperation(method), map[string]string{"path": strings.TrimPrefix(rest, "/")}
	}
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	var found *gen.Operation
	var values map[string]string
	for i := range gen.Operations {
		op := &gen.Operations[i]
		if op.Method != method {
			continue
		}
		if v, ok := match(op.Path, segments); ok && (found == nil || len(v) < len(values)) {
			found, values = op, v
		}
	}
	return found, values
}

func proxyOperation(method string) *gen.Operation {
	for i := range gen.Operations {
		if op := &gen.Operations[i]; op.Method == method && strings.HasPrefix(op.Path, "/proxy/") {
			return op
		}
	}
	return nil
}

// match returns the values of a template's parameters. The server does not tell upper case from lower in a route, and can do
// nothing with a segment that does not decode.
func match(template string, segments []string) (map[string]string, bool) {
	parts := strings.Split(strings.TrimPrefix(template, "/"), "/")
	if len(parts) != len(segments) {
		return nil, false
	}
	values := map[string]string{}
	for i, part := range parts {
		segment, err := url.PathUnescape(segments[i])
		if err != nil || segment == "" {
			return nil, false
		}
		if name, ok := strings.CutPrefix(part, "{"); ok {
			values[strings.TrimSuffix(name, "}")] = segment
		} else if !strings.EqualFold(part, segment) {
			return nil, false
		}
	}
	return values, true
}
