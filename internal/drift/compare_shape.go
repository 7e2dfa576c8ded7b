package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// reading says who reads the JSON that is compared. A key that can be absent is a difference to the reader only.
type reading int

const (
	response  reading = iota // we read it
	request                  // the server reads it
	parameter                // the server reads it, as a text
)

// scalar are the kinds that are all the same in a query or a header.
var scalar = []string{"boolean", "null", "number", "string"}

func (c *comparison) shape(types, doc *shape, to reading) {
	if doc.has("any") {
		return
	}
	if types.has("any") {
		c.opens(doc.name, "any value", types.At, doc)
		return
	}
	differs := func(problem string) { c.add(doc.name+": "+problem, types.String(), doc.String()) }
	for _, kind := range types.Kinds {
		known := doc.has(kind) ||
			to == parameter && slices.Contains(scalar, kind) ||
			to == request && kind == "null" // one more way to leave a key out
		if !known {
			differs(kind + " is " + notInDocument)
		}
	}
	for _, kind := range doc.Kinds {
		known := types.has(kind) ||
			to == parameter && slices.Contains(scalar, kind) ||
			to == response // we are ready for more than what is declared
		if !known {
			differs(kind + " is " + notDeclared)
		}
	}
	c.values(types, doc, to, differs)
	if types.Items != nil && doc.Items != nil {
		c.shape(types.Items, doc.Items, to)
	}
	if len(types.Objects) > 0 && len(doc.Objects) > 0 {
		c.objects(types, doc, to)
	}
}

// values compares the values that the types name. A list of values in a query is one text with commas.
func (c *comparison) values(types, doc *shape, to reading, differs func(string)) {
	if types.Enum == nil && doc.Enum != nil && (types.has("string") || types.has("number")) {
		c.opens(doc.name, "any "+strings.Join(types.Kinds, " or "), types.At, doc)
	}
	if types.Enum == nil || types.has("boolean") {
		return
	}
	for _, value := range types.Enum {
		if !doc.names(value) && (to != parameter || !strings.Contains(text(value), ",")) {
			differs("the value " + text(value) + " is " + notInDocument)
		}
	}
	for _, value := range doc.Enum {
		problem := "the value " + text(value) + " is " + notDeclared
		c.shared(doc.name+": "+problem, types.names(value), to == response)
		if !types.names(value) {
			differs(problem)
		}
	}
}

// objects compares the alternatives one by one if both sides tell them apart by the same key, and otherwise all as one object.
func (c *comparison) objects(types, doc *shape, to reading) {
	holder := cmp.Or(types.At, c.at)
	own := tags(doc.Objects)
	for _, tag := range tags(types.Objects) {
		if !slices.Contains(own, tag) {
			continue
		}
		declared, documented := split(types.Objects, tag), split(doc.Objects, tag)
		for value, alternative := range sorted(declared) {
			if documented[value] == nil {
				c.add(fmt.Sprintf("%s: the alternative %s=%s is %s", doc.name, tag, value, notInDocument), cmp.Or(alternative.At, holder), doc.At)
				continue
			}
			c.object(alternative, documented[value], documented[value].name, tag, holder, to)
		}
		for value, alternative := range sorted(documented) {
			if declared[value] == nil {
				c.add(fmt.Sprintf("%s: the alternative %s=%s is %s", doc.name, tag, value, notDeclared), holder, cmp.Or(alternative.At, doc.At))
			}
		}
		return
	}
	c.object(merge(types.Objects), merge(doc.Objects), doc.inside, "", holder, to)
}

// object compares two objects, but for the values of the key that tells them from others. The holder is the key, or the endpoint,
// that has the object: what Omit and Merge make has no place of its own.
func (c *comparison) object(types, doc *object, name, tag, holder string, to reading) {
	for key, value := range sorted(types.Keys) {
		switch documented := doc.Keys[key]; {
		case documented != nil:
			c.presence(value, documented, to)
			if key != tag {
				c.shape(value, documented, to)
			}
		case doc.Others != nil:
			c.shape(value, doc.Others, to)
		case !doc.free:
			c.add(name+"."+key+": "+notInDocument, value.String(), doc.At)
		}
	}
	for key, value := range sorted(doc.Keys) {
		c.shared(value.name+": "+notDeclared, types.Keys[key] != nil, to == response && value.Optional)
		switch {
		case types.Keys[key] != nil:
		case types.Others != nil && types.Others.has("any") && !value.has("any"):
			c.opens(value.name, "any value of a key without a name", cmp.Or(types.At, holder), value)
		case types.Others != nil:
			c.shape(types.Others, value, to)
		default:
			c.add(value.name+": "+notDeclared, cmp.Or(types.At, holder), value.String())
		}
	}
	if types.Others != nil && doc.Others != nil {
		c.shape(types.Others, doc.Others, to)
	}
}

// shared notes that a part of a schema is declared by this operation, or need not be by each.
func (c *comparison) shared(what string, declared, partial bool) {
	c.declared[what] = c.declared[what] || declared
	c.partial[what] = c.partial[what] || partial
}

// opens notes what the types leave open and the document does not.
func (c *comparison) opens(name, what, at string, doc *shape) {
	c.note(c.silent, name+": "+what, cmp.Or(at, c.at), doc.String())
}

// presence compares whether a key can be absent. A key of any type can, whatever is declared.
func (c *comparison) presence(types, doc *shape, to reading) {
	switch {
	case types.has("any"):
	case to == response && types.Optional && !doc.Optional:
		c.add(doc.name+": optional in the types, required in the document", types.String(), doc.String())
	case to != response && !types.Optional && doc.Optional:
		c.add(doc.name+": required in the types, optional in the document", types.String(), doc.String())
	}
}
