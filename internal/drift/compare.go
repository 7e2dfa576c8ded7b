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
	declared []string
	document []string
}

// comparison collects differences. One that several operations show is one row.
type comparison struct {
	found  map[string]*difference
	silent map[string]*difference // what the types leave open, so that it is not compared
	in     string                 // the operation or the webhook that is compared
	at     string                 // where that is declared

	// What only some responses have can stand in a schema that others share: it is a difference if no response declares it.
	declared map[string]bool
	partial  map[string]bool // the differences that are none if they are declared
}

func (c *comparison) add(what, declared, document string) {
	c.note(c.found, what, declared, document)
}

// note keeps a row, with all the places that show it.
func (c *comparison) note(rows map[string]*difference, what, declared, document string) {
	row := rows[what]
	if row == nil {
		row = &difference{what: what}
		rows[what] = row
	}
	for list, place := range map[*[]string]string{&row.in: c.in, &row.declared: declared, &row.document: document} {
		if place != "" && !slices.Contains(*list, place) {
			*list = append(*list, place)
		}
	}
}

const (
	notDeclared   = "not declared"
	notInDocument = "not in the document"
)

func newComparison() *comparison {
	return &comparison{found: map[string]*difference{}, silent: map[string]*difference{}, declared: map[string]bool{}, partial: map[string]bool{}}
}

// compare returns all differences, and what the types leave open, in the order of their names. Of the aliases that it is given, it
// returns those that it used as differences too.
func compare(types *declared, doc *document, aliases []alias) (found, silent []*difference) {
	c := newComparison()
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
		c.in, c.at = "webhook "+kind, w.At
		c.shape(w.Body, body, response)
		c.in = ""
	}
	for kind, body := range sorted(doc.webhooks) {
		if w, ok := webhooks[kind]; !ok || w.Unlisted {
			c.add("webhook "+kind+": "+notDeclared, w.At, body.At)
		}
	}

	c.names("scope", types.Scopes, slices.Sorted(maps.Keys(doc.scopes)), func(name string) string { return doc.scopes[name] })
	c.in = "AuthModeType"
	c.shape(types.AuthModes.shape(), doc.authMode, response)
	c.in = "ResDefaultErrors"
	c.shape(types.Codes.shape(), doc.codes, response)
	maps.DeleteFunc(c.found, func(what string, _ *difference) bool { return c.partial[what] && c.declared[what] })
	inOrder := func(a, b *difference) int { return strings.Compare(a.what, b.what) }
	return slices.SortedFunc(maps.Values(c.found), inOrder), slices.SortedFunc(maps.Values(c.silent), inOrder)
}

// names compares two lists of names, of which at says where the document has one, "" if it has not. Those with a star, among the scopes of 0.71.4, stand for others.
func (c *comparison) names(what string, types list, doc []string, at func(string) string) {
	for _, name := range types.Values {
		if !slices.Contains(doc, name) && !strings.HasSuffix(name, "*") {
			c.add(what+" "+name+": "+notInDocument, types.At, at(name))
		}
	}
	for _, name := range doc {
		if !slices.Contains(types.Values, name) {
			c.add(what+" "+name+": "+notDeclared, types.At, at(name))
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
			c.add(op.method+" "+op.path+": "+notDeclared, "", op.id+", "+op.at)
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
			c.add(e.Method+" "+e.Path+": "+notInDocument, e.At, "")
		}
	}
}

func (c *comparison) pathNames(e *endpoint, op *operation) {
	for i, name := range e.parameters() {
		if name != op.parameters[i] {
			c.add(fmt.Sprintf("%s path.%s: is declared as %s", op.id, op.parameters[i], name), e.At, op.at)
		}
	}
}

func (c *comparison) operation(e *endpoint, op *operation) {
	c.at = e.At
	for _, part := range e.Unknown {
		c.add(op.id+" part "+part+": not known", e.At, op.at)
	}
	c.part(e.Query, op.query)
	c.part(e.Headers.lower(), op.headers)
	c.body(op.id+" body", e.Body, op.body, op.at, request)
	c.body(op.id+" success", e.Success, op.success, op.at, response)
	c.names(op.id+" code", list{e.At, e.Codes}, op.codes, func(string) string { return op.codesAt })
}

// part compares a query or the headers.
func (c *comparison) part(types *shape, doc *object) {
	if types == nil {
		types = &shape{Kinds: []string{"object"}, Objects: []*object{{}}}
	}
	c.shape(types, &shape{Kinds: []string{"object"}, Objects: []*object{doc}, name: doc.name, inside: doc.name}, parameter)
}

func (c *comparison) body(name string, types, doc *shape, operation string, to reading) {
	switch {
	case types == nil && doc == nil:
	case types == nil:
		c.add(name+": "+notDeclared, c.at, doc.String())
	case doc == nil:
		c.add(name+": "+notInDocument, types.String()+", "+c.at, operation)
	default:
		c.shape(types, doc, to)
	}
}
