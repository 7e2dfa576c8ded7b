package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nango-go/sdk/internal/release"
)

// renderRequests returns the source of internal/reqschema/requests.gen.go: what the server checks of each request.
func renderRequests(doc *openapi3.T) ([]byte, error) {
	c := &collector{shared: map[string]string{}}
	var table []string
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			row := c.operation(op, slices.Concat(item.Parameters, op.Parameters))
			further, _ := alsoOf(op) // readOperations reports its faults
			for _, method := range further {
				table = append(table, strings.ReplaceAll(row, strconv.Quote(op.OperationID), strconv.Quote(method.ID)))
			}
			table = append(table, row)
		}
	}
	if len(c.faults) > 0 {
		slices.Sort(c.faults)
		return nil, errors.New(strings.Join(slices.Compact(c.faults), "\n"))
	}
	slices.Sort(table)
	var b bytes.Buffer
	b.WriteString(requestPreamble)
	names := slices.Sorted(maps.Keys(c.shared))
	b.WriteString("var (\n")
	for _, name := range names {
		fmt.Fprintf(&b, "%s Schema\n", name)
	}
	b.WriteString(")\n\n// Set here rather than where they stand, so that schemas may hold each other.\nfunc init() {\n")
	for _, name := range names {
		fmt.Fprintf(&b, "%s = %s\n", name, c.shared[name])
	}
	fmt.Fprintf(&b, "}\n\nvar operations = map[string]*Operation{\n%s}\n", strings.Join(table, ""))
	return format.Source(b.Bytes())
}

// operation writes one row of the table. The server ignores a query where the document says so, and a body where none is
// described as JSON.
func (c *collector) operation(op *openapi3.Operation, parameters openapi3.Parameters) string {
	fields := []string{fmt.Sprintf("ID: %q", op.OperationID)}
	if path := c.parameters(op.OperationID, "path", parameters); path != "" {
		fields = append(fields, "Path: &Schema{Kind: Object, Fields: "+path+"}")
	}
	if header := c.parameters(op.OperationID, "header", parameters); header != "" {
		fields = append(fields, "Header: &Schema{Kind: Object, Fields: "+header+"}")
	}
	switch query := c.parameters(op.OperationID, "query", parameters); {
	case op.Extensions["x-open-query"] == true:
	case query == "":
		fields = append(fields, "Query: &nothing")
	default:
		fields = append(fields, "Query: &Schema{Kind: Object, Closed: true, Fields: "+query+"}")
	}
	switch body := op.Extensions["x-body"]; {
	case body == "empty":
		fields = append(fields, "Body: &nothing", "Bodiless: true")
	case body != nil && body != "unchecked":
		c.fault(op.OperationID, "x-body is %v, want empty or unchecked", body)
	case body == nil && op.RequestBody != nil:
		if media := op.RequestBody.Value.Content["application/json"]; media != nil {
			fields = append(fields, "Body: "+c.reference(op.OperationID, media.Schema))
		}
	}
	return fmt.Sprintf("%q: {\n%s,\n},\n", op.OperationID, strings.Join(fields, ",\n"))
}

// parameters lists the parameters of one kind as fields; empty where there are none.
func (c *collector) parameters(where, in string, all openapi3.Parameters) string {
	var b strings.Builder
	for _, ref := range all {
		if parameter := ref.Value; parameter.In == in {
			name := parameter.Name
			if in == "header" {
				name = strings.ToLower(name)
			}
			if changed(parameter.Schema.Value) {
				b.WriteString(c.forms(where+" "+name, parameter))
				continue
			}
			b.WriteString(field(name, parameter.Required, "", c.parameter(where+" "+name, parameter.Schema)))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "[]Field{\n" + b.String() + "}"
}

// changed says that a parameter had another form in other releases.
func changed(in *openapi3.Schema) bool {
	return len(in.AnyOf) > 0 && !slices.ContainsFunc(in.AnyOf, func(part *openapi3.SchemaRef) bool {
		s, err := release.SpanOf(part.Value.Extensions)
		return err == nil && s == release.Span{}
	})
}

// forms writes a field for each form that a parameter has had.
func (c *collector) forms(where string, parameter *openapi3.Parameter) string {
	var b strings.Builder
	for _, part := range parameter.Schema.Value.AnyOf {
		s, err := release.SpanOf(part.Value.Extensions)
		if err != nil {
			c.fault(where, "%v", err)
		}
		name, renamed := part.Value.Extensions["x-name"].(string)
		if !renamed {
			name = parameter.Name
		}
		text := field(name, parameter.Required, "", c.parameter(where, part))
		fmt.Fprintf(&b, "%s, Of: %q, In: release.Span{%s}},\n", strings.TrimSuffix(text, "},\n"), parameter.Name, strings.Join(spanFields(s), ", "))
	}
	return b.String()
}

// parameter returns the schema of a parameter, which arrives as text: numbers are made from it, and a list of one may come
// as the one.
func (c *collector) parameter(where string, ref *openapi3.SchemaRef) string {
	schema := c.reference(where, ref)
	switch {
	case ref.Value.Type.Is("array"):
		item := strings.TrimPrefix(c.reference(where+"[]", ref.Value.Items), "&Schema")
		return "&Schema{Kind: Union, Union: []*Schema{\n" + item + ",\n" + strings.TrimPrefix(schema, "&Schema") + ",\n}}"
	case ref.Value.Type.Is("boolean"):
		c.fault(where, "a boolean parameter wants an x-coerce, since it comes as text")
	case ref.Value.Type.Is("number") || ref.Value.Type.Is("integer"):
		return strings.Replace(schema, "Kind: Number", "Kind: Number, Coerce: true", 1)
	}
	return schema
}

const requestPreamble = `// Code generated by internal/opgen from api/openapi.yaml; DO NOT EDIT.

package reqschema

import "github.com/nango-go/sdk/internal/release"

`
