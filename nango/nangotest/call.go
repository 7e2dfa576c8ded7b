package nangotest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/reqschema"
)

// call is one request on its way through the server.
type call struct {
	s      *Server
	r      *http.Request
	op     *gen.Operation // nil for a route that the server does not have
	path   map[string]string
	now    time.Time
	header http.Header // of the answer, whatever it will be

	key     *Key         // who calls; nil for a session
	session *session     // who calls; nil for a key
	env     *Environment // nil for a key of the account

	raw   []byte
	body  any // decoded JSON, numbers as json.Number
	query map[string]any
	fault *Fault
}

// maxBody is the server's own limit. More is not answered with 413 but with 500.
const maxBody = 75 << 20

// guarded are the first segments of the paths whose bodies have to be JSON.
var guarded = map[string]bool{
	"providers": true, "environments": true, "integrations": true, "connection": true, "connections": true,
	"environment-variables": true, "environment": true, "sync": true, "records": true, "scripts": true, "functions": true,
	"action": true, "connect": true,
}

// serve is the order in which the server looks at a request.
func (c *call) serve() *answer {
	if a := c.readJSON(); a != nil {
		return a
	}
	if c.r.Method == http.MethodOptions {
		return &answer{status: http.StatusNoContent}
	}
	root, _, _ := strings.Cut(strings.TrimPrefix(c.r.URL.Path, "/"), "/")
	if kind := c.r.Header.Get("Content-Type"); guarded[root] && kind != "" && !strings.HasPrefix(kind, "application/json") {
		return fail(http.StatusUnsupportedMediaType, "invalid_content_type", "Content-Type header must be application/json")
	}
	if c.op == nil {
		return c.notRouted()
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, step := range []func() *answer{c.authenticate, c.limit, c.authorize, c.validate} {
		if a := step(); a != nil {
			return a
		}
	}
	return handlers[c.op.ID](c)
}

// notRouted answers on routes that the server does not have: other GETs are the dashboard's, which this server has no more
// than one of one's own without it has.
func (c *call) notRouted() *answer {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return broken()
	}
	return page(http.StatusNotFound, "Cannot "+c.r.Method+" "+c.r.URL.Path)
}

// readBody takes the whole body in.
func (c *call) readBody() error {
	body := io.Reader(c.r.Body)
	var err error
	switch c.r.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	}
	if err != nil {
		return err
	}
	c.raw, err = io.ReadAll(io.LimitReader(body, maxBody+1))
	return err
}

// readJSON decodes the body if it says that it is JSON. That comes before authentication.
func (c *call) readJSON() *answer {
	if len(c.raw) > maxBody {
		return broken()
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if len(c.raw) == 0 || kind != "application/json" {
		return nil
	}
	var fault string
	if c.body, fault = decodeStrict(c.raw); fault != "" {
		return fail(http.StatusBadRequest, "invalid_json", fault)
	}
	return nil
}

// decodeStrict decodes a JSON text whose top level is an object or an array, or says in JavaScript's words what is wrong with it.
func decodeStrict(text []byte) (v any, fault string) {
	start := bytes.TrimLeft(text, " \t\r\n")
	if len(start) > 0 && start[0] != '{' && start[0] != '[' {
		return nil, fmt.Sprintf("Unexpected token '%c', the text is not valid JSON", start[0])
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return nil, "Unexpected end of JSON input"
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, "Unexpected non-whitespace character after JSON"
	}
	return v, ""
}

// validate holds the request against the schemas, and decodes the query.
func (c *call) validate() *answer {
	schema := reqschema.Lookup(c.op.ID)
	if schema == nil { // an operation that the document leaves out
		return nil
	}
	var items []reqschema.Item
	if c.query, items = schema.CheckQuery(c.r.URL.RawQuery, c.now); len(items) > 0 {
		return invalid("invalid_query_params", items)
	}
	if items = schema.CheckHeader(c.r.Header); len(items) > 0 {
		return invalid("invalid_headers", items)
	}
	if items = schema.CheckPath(c.path); len(items) > 0 {
		return invalid("invalid_uri_params", items)
	}
	if items = schema.CheckBody(c.body, c.body != nil); len(items) > 0 {
		return invalid("invalid_body", items)
	}
	return nil
}

// text returns a query parameter, "" if it is absent.
func (c *call) text(name string) string {
	s, _ := c.query[name].(string)
	return s
}

// flag returns a query parameter that says yes or no in one of the server's words for it.
func (c *call) flag(name string) bool { return truthy(c.text(name)) }

func truthy(word string) bool {
	switch strings.ToLower(word) {
	case "true", "1", "yes", "on", "y", "enabled":
		return true
	}
	return false
}

// into decodes the body, which has been validated, into v.
func (c *call) into(v any) {
	if err := json.Unmarshal(c.raw, v); err != nil {
		panic(err)
	}
}
