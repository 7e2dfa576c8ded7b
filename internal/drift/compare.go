package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// difference is one row of the table.
type difference struct {
	what     string // its identity, by which it is accepted
	in       []string
	declared string
	document string
}

// comparison collects differences. One that several operations show is one row.
type comparison struct {
	found map[string]*difference
	in    string // the operation or the webhook that is compared

	// What only some responses have can stand in a schema that others share: it is a difference if no response declares it.
	declared map[string]bool
	partial  map[string]bool // the differences that are none if they are declared
}

func (c *comparison) add(what, declared, document string) {
	row := c.found[what]
	if row == nil {
		row = &difference{what: what, declared: declared, document: document}
		c.found[what] = row
	}
	if c.in != "" && !slices.Contains(row.in, c.in) {
		row.in = append(row.in, c.in)
	}
}

const (
	notDeclared   = "not declared"
	notInDocument = "not in the document"
)

// compare returns all differences, in the order of their names. Of the aliases that it is given, it returns those that it used as
// differences too.
func compare(types *declared, doc *document, aliases []alias) []*difference {
	c := &comparison{found: map[string]*difference{}, declared: map[string]bool{}, partial: map[string]bool{}}
	c.operations(types, doc, aliases)

	webhooks := map[string]webhook{}
	for _, w := range types.Webhooks {
		webhooks[w.Type] = w
	}
	for kind, w := range sorted(webhooks) {
		body := doc.webhooks[kind]
		if body == nil {
			c.add("webhook "+kind+": "+notInDocument, w.At, "")
			continue
		}
		c.in = "webhook " + kind
		c.shape(w.Body, body, response)
		c.in = ""
	}
	for kind, body := range sorted(doc.webhooks) {
		if _, ok := webhooks[kind]; !ok {
			c.add("webhook "+kind+": "+notDeclared, "", body.At)
		}
	}

	c.names("scope", types.Scopes, doc.scopes)
	c.in = "AuthModeType"
	c.shape(types.AuthModes.shape(), doc.authMode, response)
	c.in = "ResDefaultErrors"
	c.shape(types.Codes.shape(), doc.codes, response)
	maps.DeleteFunc(c.found, func(what string, _ *difference) bool { return c.partial[what] && c.declared[what] })
	return slices.SortedFunc(maps.Values(c.found), func(a, b *difference) int { return strings.Compare(a.what, b.what) })
}

// names compares two lists of names. Those with a star, among the scopes of 0.71.4, stand for others.
func (c *comparison) names(what string, types list, doc []string) {
	for _, name := range types.Values {
		if !slices.Contains(doc, name) && !strings.HasSuffix(name, "*") {
			c.add(what+" "+name+": "+notInDocument, types.At, "")
		}
	}
	for _, name := range doc {
		if !slices.Contains(types.Values, name) {
			c.add(what+" "+name+": "+notDeclared, types.At, "")
		}
	}
}

// route is what a method and a path are compared by: parameters have different names.
func route(method, path string) string {
	return method + " " + templated.ReplaceAllString(path, "{}")
}

func (c *comparison) operations(types *declared, doc *document, aliases []alias) {
	endpoints := map[string]*endpoint{}
	for i, e := range types.Endpoints {
		endpoints[route(e.Method, e.Path)] = &types.Endpoints[i]
	}
	documented := map[string]bool{}
	for _, op := range doc.operations {
		at := route(op.method, op.path)
		documented[at] = true
		if e := endpoints[at]; e != nil {
			c.in = op.id
			c.pathNames(e, op)
			c.operation(e, op)
			c.in = ""
			continue
		}
		i := slices.IndexFunc(aliases, func(a alias) bool { return a.of == at && endpoints[a.declared] != nil })
		if i < 0 {
			c.add(op.method+" "+op.path+": "+notDeclared, "", op.id)
			continue
		}
		c.add(aliases[i].what, "", "")
		documented[aliases[i].declared] = true
		c.in = op.id
		c.operation(endpoints[aliases[i].declared], op)
		c.in = ""
	}
	for at, e := range sorted(endpoints) {
		if !documented[at] {
			c.add(e.Method+" "+e.Path+": "+notInDocument, e.Name+", "+e.At, "")
		}
	}
}

func (c *comparison) pathNames(e *endpoint, op *operation) {
	for i, name := range e.parameters() {
		if name != op.parameters[i] {
			c.add(fmt.Sprintf("%s path.%s: is declared as %s", op.id, op.parameters[i], name), e.At, "")
		}
	}
}

func (c *comparison) operation(e *endpoint, op *operation) {
	c.part(e.Query, op.query)
	c.part(e.Headers, op.headers)
	c.body(op.id+" body", e.Body, op.body, e.At, request)
	c.body(op.id+" success", e.Success, op.success, e.At, response)
	c.names(op.id+" code", list{e.At, e.Codes}, op.codes)
}

// part compares a query or the headers.
func (c *comparison) part(types *shape, doc *object) {
	if types == nil {
		types = &shape{Kinds: []string{"object"}, Objects: []*object{{}}}
	}
	c.shape(types, &shape{Kinds: []string{"object"}, Objects: []*object{doc}, name: doc.name, inside: doc.name}, parameter)
}

func (c *comparison) body(name string, types, doc *shape, at string, to reading) {
	switch {
	case types == nil && doc == nil:
	case types == nil:
		c.add(name+": "+notDeclared, at, doc.String())
	case doc == nil:
		c.add(name+": "+notInDocument, types.String()+", "+at, "")
	default:
		c.shape(types, doc, to)
	}
}
