package nangotest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/percent"
	"github.com/nango-go/sdk/internal/proxying"
	"github.com/nango-go/sdk/internal/reqschema"
)

// call is one request on its way through the server.
type call struct {
	s      *Server
	r      *http.Request
	op     *gen.Operation // nil for a route that the server does not have
	path   map[string]string
	now    time.Time
	header http.Header // of the response, whatever it will be

	key     *Key         // who calls; nil for a session
	session *session     // who calls; nil for a key
	env     *environment // nil for a key of the account

	raw     []byte
	corrupt bool // the body does not inflate as it says
	body    any  // decoded JSON, numbers as json.Number
	query   map[string]any
	fault   *Fault
}

// maxBody is the server's own limit, but for multipart forms. The response to more is no 413 but a 500.
const maxBody = 75 << 20

// maxHead is how long a URL and headers can be together.
const maxHead = 16 << 10

func tooLong(r *http.Request) bool {
	length := len(r.RequestURI)
	for name, values := range r.Header {
		for _, value := range values {
			length += len(name) + len(value)
		}
	}
	return length > maxHead
}

// guarded are the first segments of the paths whose bodies have to be JSON.
var guarded = map[string]bool{
	"providers": true, "environments": true, "integrations": true, "connection": true, "connections": true,
	"environment-variables": true, "environment": true, "sync": true, "records": true, "scripts": true, "functions": true,
	"action": true, "connect": true, "cli": true, "mcp": true, "v1": true, "oauth": true, "api-auth": true, "auth": true,
}

// serve is the order in which the server looks at a request.
func (c *call) serve() *response {
	if a := c.readJSON(); a != nil {
		return a
	}
	if c.r.Method == http.MethodOptions {
		return &response{status: http.StatusNoContent}
	}
	root, _, _ := strings.Cut(strings.TrimPrefix(c.r.URL.Path, "/"), "/")
	if kind := c.r.Header.Get("Content-Type"); guarded[strings.ToLower(root)] && kind != "" && !strings.HasPrefix(kind, "application/json") {
		return fail(http.StatusUnsupportedMediaType, "invalid_content_type", "Content-Type header must be application/json")
	}
	if c.op == nil {
		return c.notRouted()
	}
	if unreached[c.op.ID] {
		return fail(http.StatusNotImplemented, "not_implemented", "nangotest: no method of package nango calls "+string(c.op.ID))
	}
	if c.op.Proxied && percent.Loose(c.path["path"]) {
		return serverError()
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, step := range []func() *response{c.authenticate, c.limit, c.authorize, c.validate} {
		if a := step(); a != nil {
			return a
		}
	}
	return handlers[c.op.ID](c)
}

// notRouted is the response on routes that the server does not have: other GETs are the dashboard's, and without one an error.
func (c *call) notRouted() *response {
	if c.r.Method == http.MethodGet && c.r.URL.Path == "/health" {
		return ok(object{"result": "ok"})
	}
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		var dashboard string
		if c.s.locked(func() { dashboard = c.s.dashboard }); dashboard != "" {
			return &response{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: []byte(dashboard)}
		}
		return serverError()
	}
	return page(http.StatusNotFound, "Cannot "+c.r.Method+" "+c.r.URL.Path)
}

// readBody takes the whole body in.
func (c *call) readBody() (err error) {
	body := io.LimitReader(c.r.Body, maxBody+1)
	if c.multipart() {
		body = c.r.Body
	}
	if c.raw, err = io.ReadAll(body); err != nil {
		return err
	}
	encoding := strings.ToLower(c.r.Header.Get("Content-Encoding"))
	if encoding == "" || encoding == "identity" || len(c.raw) == 0 {
		return nil
	}
	inflated, err := inflate(encoding, c.raw)
	if c.corrupt = err != nil; err == nil {
		c.raw = inflated
	}
	return nil
}

func (c *call) multipart() bool {
	return strings.HasPrefix(strings.ToLower(c.r.Header.Get("Content-Type")), proxying.MultipartType)
}

func inflate(encoding string, body []byte) ([]byte, error) {
	var inflated io.Reader
	var err error
	switch encoding {
	case "gzip":
		inflated, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		inflated, err = zlib.NewReader(bytes.NewReader(body))
	default: // br too, which the real server knows
		err = errors.ErrUnsupported
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(inflated, maxBody+1))
}

// readJSON decodes the body if it says that it is JSON. That comes before authentication.
func (c *call) readJSON() *response {
	if len(c.raw) > maxBody && !c.multipart() || c.corrupt && c.r.Header.Get("Content-Type") != "" {
		return serverError()
	}
	kind, parameters, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind != "application/json" || len(c.raw) == 0 && c.r.Header.Get("Content-Length") == "" {
		return nil
	}
	if charset := parameters["charset"]; charset != "" && !strings.HasPrefix(strings.ToLower(charset), "utf-") {
		return serverError()
	}
	if len(c.raw) == 0 { // a body of no bytes counts as {}, unlike no body
		c.raw = []byte("{}")
	}
	if fault := notJSON(c.raw); fault != "" {
		return fail(http.StatusBadRequest, "invalid_json", fault)
	}
	c.raw = js.Print(js.Parse(c.raw)) // what JavaScript's numbers cannot hold is lost
	c.body = decodeAny(c.raw)
	return nil
}

// notJSON says in JavaScript's words what is wrong with a JSON text whose top level has to be an object or an array.
func notJSON(text []byte) (fault string) {
	start := bytes.TrimLeft(text, " \t\r\n")
	if len(start) > 0 && start[0] != '{' && start[0] != '[' {
		return fmt.Sprintf("Unexpected token '%c', the text is not valid JSON", start[0])
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if decoder.Decode(new(json.RawMessage)) != nil {
		return "Unexpected end of JSON input"
	}
	if _, err := decoder.Token(); err != io.EOF {
		return "Unexpected non-whitespace character after JSON"
	}
	return ""
}

// inOrder are the codes of what can be wrong with a request, in the order in which the server looks for it.
var inOrder = []string{"invalid_query_params", "invalid_body", "invalid_uri_params", "invalid_headers"}

// otherOrders are those of the operations that differ.
var otherOrders = map[gen.OperationID][]string{
	gen.OperationTriggerAction:     {"invalid_headers", "invalid_query_params", "invalid_body"},
	gen.OperationCreateSyncVariant: {"invalid_body", "invalid_uri_params", "invalid_query_params"},
	gen.OperationDeleteSyncVariant: {"invalid_body", "invalid_uri_params", "invalid_query_params"},
	gen.OperationDeleteConnection:  {"invalid_uri_params", "invalid_query_params"},
	gen.OperationGetFunctionCode:   {"invalid_uri_params", "invalid_query_params"},
}

// validate holds the request against the schemas, and decodes the query.
func (c *call) validate() *response {
	schema := reqschema.Lookup(string(c.op.ID))
	query, items := schema.CheckQuery(c.r.URL.RawQuery, c.now)
	c.query = query
	wrong := map[string][]reqschema.Item{
		"invalid_query_params": items, "invalid_body": c.checkBody(schema), "invalid_uri_params": schema.CheckPath(c.path, c.s.release),
		"invalid_headers": schema.CheckHeader(c.r.Header),
	}
	order, differs := otherOrders[c.op.ID]
	if !differs {
		order = inOrder
	}
	for _, code := range order {
		if len(wrong[code]) > 0 {
			return invalid(code, wrong[code])
		}
	}
	return nil
}

// checkBody holds the body against its schema, and a webhook's URL in it against the outbound policy.
func (c *call) checkBody(schema *reqschema.Operation) []reqschema.Item {
	items := schema.CheckBody(c.body, c.body != nil)
	if body, isObject := c.body.(object); isObject && schema.Body != nil {
		items = append(items, notOutbound(body[webhookOverride], webhookOverride)...)
	}
	return items
}

// number returns a query parameter that is one.
func (c *call) number(name string, otherwise float64) float64 {
	if n, given := c.query[name].(float64); given {
		return n
	}
	return otherwise
}

// text returns a query parameter, "" if it is absent.
func (c *call) text(name string) string {
	s, _ := c.query[name].(string)
	return s
}

// flag returns a query parameter that says yes or no in one of the server's words for it.
func (c *call) flag(name string) bool { return reqschema.IsTrue(c.text(name)) }

// into decodes the body, which has been validated, into v.
func (c *call) into(v any) {
	if err := json.Unmarshal(c.raw, v); err != nil {
		panic(err)
	}
}
