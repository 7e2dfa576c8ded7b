// Package spectest holds HTTP exchanges against an OpenAPI document. It is for tests.
//
// It is kin-openapi's filter with what that leaves out: query keys that no parameter declares, scalar query keys given
// twice, bodies where none is described, and responses with keys that no schema names. Body keys that a request may not
// have are the document's to forbid, by "additionalProperties: false" at every depth.
//
// Four vendor extensions tell it what OpenAPI 3.0 cannot say:
//
//   - x-open-query: true on an operation: the server ignores query keys that it does not know.
//   - x-free-form: true on a schema: its keys, beyond those it names, are not the API's but a customer's or a provider's.
//   - x-key-pattern: a pattern on a map: the rule that its keys follow.
//   - x-also on an operation: further methods that are as it is, each with its operationId.
package spectest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// ErrNoOperation means that the document has no operation with this method and path.
var ErrNoOperation = errors.New("no operation of the document has this method and path")

// Validator holds requests and responses against one document. It is safe for concurrent use.
type Validator struct {
	// Document is what the validator goes by, without its servers: a path alone decides which operation is meant.
	Document *openapi3.T

	router  routers.Router
	options *openapi3filter.Options
	models  map[string]string // by a method of an x-also: the method of the operation that has it
}

// New reads a document and checks that it is valid OpenAPI.
func New(document []byte) (*Validator, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	models := map[string]string{}
	for _, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for further := range Also(op) {
				models[further] = method
			}
		}
	}
	return &Validator{Document: doc, router: router, models: models, options: &openapi3filter.Options{
		MultiError:              true,
		IncludeResponseStatus:   true,
		SkipSettingDefaults:     true,
		AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
		SchemaValidationOptions: visitOptions,
	}}, nil
}

// call is one request, matched to its operation.
type call struct {
	request *http.Request
	route   *routers.Route
	params  map[string]string
}

// proxyPrefix is the one route whose last parameter takes slashes as they are, which a path template cannot say.
const proxyPrefix = "/proxy/"

func (v *Validator) match(method, target string, header http.Header, body []byte) (*call, error) {
	path, query, _ := strings.Cut(target, "?")
	if rest, ok := strings.CutPrefix(path, proxyPrefix); ok {
		path = proxyPrefix + strings.ReplaceAll(rest, "/", "%2F")
	}
	request, err := http.NewRequest(method, "http://api.invalid"+path+"?"+query, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header.Clone()
	model := v.models[method]
	if model != "" {
		request.Method = model
	}
	route, params, err := v.router.FindRoute(request)
	if err == nil && model != "" {
		route, err = further(route, method)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, ErrNoOperation)
	}
	for name, value := range params {
		if params[name], err = url.PathUnescape(value); err != nil {
			return nil, err
		}
	}
	return &call{request: request, route: route, params: params}, nil
}

// Also returns the further methods of an operation, by which OpenAPI 3.0 cannot name them, with the ids that it has there.
func Also(op *openapi3.Operation) map[string]string {
	ids := map[string]string{}
	methods, _ := op.Extensions["x-also"].(map[string]any)
	for method, value := range methods {
		keys, _ := value.(map[string]any)
		ids[method], _ = keys["operationId"].(string)
	}
	return ids
}

// further returns the route of a further method of an operation.
func further(model *routers.Route, method string) (*routers.Route, error) {
	id, ok := Also(model.Operation)[method]
	if !ok {
		return nil, ErrNoOperation
	}
	route, op := *model, *model.Operation
	route.Operation, op.OperationID = &op, id
	return &route, nil
}

// Operation returns the operation that a request is for, or ErrNoOperation. The target is a path, percent-encoded as on
// the wire, with an optional query.
func (v *Validator) Operation(method, target string) (*openapi3.Operation, error) {
	call, err := v.match(method, target, nil, nil)
	if err != nil {
		return nil, err
	}
	return call.route.Operation, nil
}

// Request reports all that the document does not allow in a request. A body is judged only where the operation
// describes one, since the server ignores any other. Authentication is not judged.
func (v *Validator) Request(method, target string, header http.Header, body []byte) error {
	call, err := v.match(method, target, header, body)
	if err != nil {
		return err
	}
	query, queryErr := plainQuery(call.route, call.request.URL.RawQuery)
	call.request.URL.RawQuery = query.Encode()
	filterErr := openapi3filter.ValidateRequest(context.Background(), v.input(call))
	return errors.Join(queryErr, filterErr, bodyKeys(call.route.Operation, body))
}

// Response reports all that the document does not say of a response: its status, its content type, its body, a body where
// none is described. Response headers are judged where the document describes them.
func (v *Validator) Response(method, target string, status int, header http.Header, body []byte) error {
	call, err := v.match(method, target, nil, nil)
	if err != nil {
		return err
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: v.input(call), Status: status, Header: header, Options: v.options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), input.SetBodyBytes(body)); err != nil {
		return err
	}
	switch response := describedResponse(call.route.Operation, status); {
	case response == nil: // a redirect or 304, which the filter lets pass
		return fmt.Errorf("status %d is not described", status)
	case len(response.Content) == 0 && len(body) > 0:
		return fmt.Errorf("status %d has a body, and the document describes none", status)
	}
	return nil
}

// UnnamedKeys lists, as JSON pointers, the keys of a JSON response that no schema names. Keys under a free-form schema are
// not the API's and count as named; an object that is merely open does not name its keys.
func (v *Validator) UnnamedKeys(method, target string, status int, body []byte) ([]string, error) {
	w, err := v.walkResponse(method, target, status, body)
	return w.unnamed, err
}

// Shape lists, sorted and each once, the keys of a JSON response, as JSON pointers that have [] for any position in a list and *
// for any key of a map. Keys under a free-form schema are left out.
func (v *Validator) Shape(method, target string, status int, body []byte) ([]string, error) {
	w, err := v.walkResponse(method, target, status, body)
	slices.Sort(w.shape)
	return slices.Compact(w.shape), err
}

func (v *Validator) walkResponse(method, target string, status int, body []byte) (w walker, err error) {
	call, err := v.match(method, target, nil, nil)
	if err != nil {
		return w, err
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return w, err
	}
	var schemas []*openapi3.Schema
	if response := describedResponse(call.route.Operation, status); response != nil {
		schemas = jsonSchema(response.Content)
	}
	w.walk("", "", value, schemas)
	return w, nil
}

func (v *Validator) input(call *call) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: call.request, PathParams: call.params, Route: call.route, Options: v.options,
	}
}

// describedResponse returns the response that stands for a status, nil where the document has none.
func describedResponse(op *openapi3.Operation, status int) *openapi3.Response {
	ref := op.Responses.Status(status)
	if ref == nil {
		ref = op.Responses.Default()
	}
	if ref == nil {
		return nil
	}
	return ref.Value
}

// jsonSchema returns the schema of the JSON variant of a body; none where there is no such variant.
func jsonSchema(content openapi3.Content) []*openapi3.Schema {
	if media := content.Get("application/json"); media != nil && media.Schema != nil {
		return []*openapi3.Schema{media.Schema.Value}
	}
	return nil
}
