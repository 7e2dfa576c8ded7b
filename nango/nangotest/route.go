package nangotest

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/route"
)

// handler carries an operation out. It is called with the server's state locked, for a request that has been authenticated,
// counted, authorized and validated.
type handler func(*call) *response

// unreached are the operations of the document that no method of package nango calls. A request for one gets a 501.
var unreached = map[gen.OperationID]bool{
	gen.OperationListConnectionsDeprecated: true, gen.OperationImportConnectionDeprecated: true, gen.OperationGetConnectionDeprecated: true,
	gen.OperationDeleteConnectionDeprecated: true, gen.OperationSetConnectionMetadataDeprecated: true,
	gen.OperationMergeConnectionMetadataDeprecated: true, gen.OperationSetMetadataDeprecated: true, gen.OperationMergeMetadataDeprecated: true,
	gen.OperationPreviewBundle: true, gen.OperationDeployBundle: true,
}

// handlers has one for every other operation of the document.
var handlers = join(
	accountHandlers, actionHandlers, connectionHandlers, environmentHandlers, functionHandlers, integrationHandlers, invocationHandlers,
	metadataHandlers, providerHandlers, proxyHandlers, recordHandlers, sessionHandlers, syncHandlers,
)

func join(tables ...map[gen.OperationID]handler) map[gen.OperationID]handler {
	all := map[gen.OperationID]handler{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// find returns the operation that a request is for, and what its path says. Every route takes a slash at its end. The server does
// not tell upper case from lower in a route, and can do nothing with a segment that is empty or does not decode.
func find(routes route.Table, r *http.Request) (*gen.Operation, map[string]string) {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/proxy"); ok && (rest == "" || rest[0] == '/') {
		return routes.Proxy(r.Method), map[string]string{"path": strings.TrimPrefix(rest, "/")}
	}
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	for i, segment := range segments {
		var err error
		if segments[i], err = url.PathUnescape(segment); err != nil || segment == "" {
			return nil, nil
		}
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	found := routes.Find(method, segments, true)
	if found == nil {
		return nil, nil
	}
	values := map[string]string{}
	for i, name := range found.Parameters() {
		values[name] = segments[i]
	}
	return found.Operation, values
}
