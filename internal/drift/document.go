package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
	"github.com/nango-go/sdk/internal/spectest"
)

// document is what api/openapi.yaml says about one release.
type document struct {
	operations []*operation      // in the order of their ids
	webhooks   map[string]*shape // by the value of "type"
	scopes     map[string]string // where the first operation asks for it
	authMode   *shape
	codes      *shape
	left       []string // what the document says about other releases only
}

type operation struct {
	id, method, path string
	at, codesAt      string   // lines of the document
	parameters       []string // of the path
	query, headers   *object
	body, success    *shape // nil for none
	codes            []string
}

// reader turns schemas into shapes.
type reader struct {
	doc     *openapi3.T
	release string
	open    []*openapi3.Schema // those being read: a schema can hold itself
	left    map[string]bool    // what the release does not have
	err     error
}

var templated = regexp.MustCompile(`\{([^}]*)\}|:(\w+)`)

// readDocument leaves out what a release does not have, by x-since and x-until.
func readDocument(data []byte, of string) (*document, error) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	doc, err := loader.LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("the document cannot be read: %w", err)
	}
	if doc.Paths == nil || doc.Components == nil {
		return nil, errors.New("the document has no paths or no components")
	}
	r := &reader{doc: doc, release: of, left: map[string]bool{}}
	read := &document{webhooks: map[string]*shape{}, authMode: r.key("Provider", "auth_mode"), codes: r.key("ErrorDetails", "code")}
	read.scopes = map[string]string{}
	for path, item := range sorted(doc.Paths.Map()) {
		for method, op := range sorted(item.Operations()) {
			row := r.operation(method, path, item, op)
			if r.has(op.OperationID, op.Extensions) {
				read.operations = append(read.operations, row)
				for _, scope := range texts(op.Extensions["x-scopes"]) {
					if _, ok := read.scopes[scope]; !ok {
						read.scopes[scope] = line(op.Origin, "x-scopes")
					}
				}
			}
			also, _ := op.Extensions["x-also"].(map[string]any)
			for method, id := range sorted(spectest.Also(op)) {
				if keys, _ := also[method].(map[string]any); r.has(id, keys) {
					further := *row
					further.method, further.id = method, id
					read.operations = append(read.operations, &further)
				}
			}
		}
	}
	slices.SortFunc(read.operations, func(a, b *operation) int { return cmp.Compare(a.id, b.id) })
	for name := range doc.Components.Schemas {
		if kind := r.key(name, "type"); strings.HasPrefix(name, "Webhook") && kind != nil && len(kind.Enum) == 1 {
			read.webhooks[text(kind.Enum[0])] = r.component(name)
		}
	}
	read.left = slices.Sorted(maps.Keys(r.left))
	if len(read.operations) == 0 || len(read.webhooks) == 0 || read.authMode == nil || read.codes == nil {
		r.err = errors.Join(r.err, errors.New("the document lacks operations, webhooks, Provider.auth_mode or ErrorDetails.code"))
	}
	return read, r.err
}

// has reports whether the release has what the extensions stand at.
func (r *reader) has(what string, extensions map[string]any) bool {
	span, err := release.SpanOf(extensions)
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("%s: %w", what, err))
	}
	if span.Has(r.release) {
		return true
	}
	if span.Since != "" {
		what += " since " + span.Since
	}
	if span.Until != "" {
		what += " until " + span.Until
	}
	r.left[what] = true
	return false
}

func (r *reader) operation(method, path string, item *openapi3.PathItem, op *openapi3.Operation) *operation {
	row := &operation{id: op.OperationID, method: method, path: path, codes: texts(op.Extensions["x-codes"])}
	row.at, row.codesAt = line(op.Origin, ""), line(op.Origin, "x-codes")
	row.query = &object{Keys: map[string]*shape{}, At: row.at, name: row.id + " query"}
	row.headers = &object{Keys: map[string]*shape{}, At: row.at, name: row.id + " header"}
	for _, match := range templated.FindAllStringSubmatch(path, -1) {
		row.parameters = append(row.parameters, match[1])
	}
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		parameter := ref.Value
		if !r.has(row.id+" "+parameter.In+"."+parameter.Name, parameter.Extensions) {
			continue
		}
		name := r.nameIn(parameter)
		switch parameter.In {
		case openapi3.ParameterInPath:
			row.parameters[slices.Index(row.parameters, parameter.Name)] = name
		case openapi3.ParameterInQuery:
			row.query.Keys[name] = r.parameter(row.query.name+"."+name, parameter)
		case openapi3.ParameterInHeader:
			row.headers.Keys[strings.ToLower(name)] = r.parameter(row.headers.name+"."+name, parameter)
		}
	}
	if op.RequestBody != nil {
		row.body = r.content(row.id+" body", op.RequestBody.Value.Content)
	}
	for status, response := range sorted(op.Responses.Map()) {
		if (strings.HasPrefix(status, "2") || status == "default") && len(response.Value.Content) > 0 && r.has(row.id+" "+status, response.Value.Extensions) {
			row.success = union(row.success, r.content(row.id+" success", response.Value.Content))
		}
	}
	return row
}

// nameIn is the name that a parameter has in the release.
func (r *reader) nameIn(parameter *openapi3.Parameter) string {
	for _, part := range parameter.Schema.Value.AnyOf {
		if name, ok := part.Value.Extensions["x-name"].(string); ok && r.has(name, part.Value.Extensions) {
			return name
		}
	}
	return parameter.Name
}

func (r *reader) parameter(name string, parameter *openapi3.Parameter) *shape {
	read := r.shape(name, parameter.Schema)
	read.Optional = !parameter.Required
	return read
}

func (r *reader) content(name string, content openapi3.Content) *shape {
	if media := content["application/json"]; media != nil {
		return r.shape(name, media.Schema)
	}
	return &shape{Kinds: []string{"any"}, name: name}
}

func (r *reader) component(name string) *shape {
	if r.doc.Components.Schemas[name] == nil {
		return nil
	}
	return r.shape(name, r.doc.Components.Schemas[name])
}

func (r *reader) key(schema, key string) *shape {
	component := r.component(schema)
	if component == nil || len(component.Objects) == 0 {
		return nil
	}
	return component.Objects[0].Keys[key]
}

// texts returns the list of texts in an extension.
func texts(value any) []string {
	items, _ := value.([]any)
	var list []string
	for _, item := range items {
		list = append(list, fmt.Sprint(item))
	}
	return list
}
