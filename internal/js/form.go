package js

import (
	"strconv"
	"strings"
)

// SetField sets a field of a form as the server's form parser does. Brackets in its name lead into objects and lists, and a name
// that comes a second time makes a list.
func (o *Object) SetField(name string, value any) {
	root, rest, nested := strings.Cut(name, "[")
	var path []string
	for nested && root != "" {
		var part string
		if part, rest, nested = strings.Cut(rest, "]"); !nested {
			root, path = name, nil
			break
		}
		path = append(path, part)
		if rest, nested = strings.CutPrefix(rest, "["); !nested && rest != "" {
			break
		}
	}
	if root == "" {
		root = name
	}
	o.Set(root, put(o.values[root], path, value))
}

// put returns what stands at a place after a value was put below it.
func put(at any, path []string, value any) any {
	list, isList := at.([]any)
	if len(path) == 0 {
		switch {
		case at == nil:
			return value
		case isList:
			return append(list, value)
		}
		return []any{at, value}
	}
	if i, isIndex := ArrayIndex(path[0]); (isIndex || path[0] == "") && (at == nil || isList) {
		if isIndex && i < int64(len(list)) {
			list[i] = put(list[i], path[1:], value)
			return list
		}
		return append(list, put(nil, path[1:], value))
	}
	object, ok := at.(*Object)
	if !ok {
		object = NewObject()
		for i, element := range list {
			object.Set(strconv.Itoa(i), element)
		}
	}
	object.Set(path[0], put(object.values[path[0]], path[1:], value))
	return object
}
