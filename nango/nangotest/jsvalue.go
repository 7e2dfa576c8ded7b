package nangotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// jsObject is an object of JavaScript's: it keeps the order in which its keys came. Its values are jsObjects, []any, strings and,
// for all other JSON, json.RawMessage.
type jsObject struct {
	keys   []string
	values map[string]any
}

func newObject() *jsObject { return &jsObject{values: map[string]any{}} }

func (o *jsObject) set(key string, value any) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// ordered are the keys as JavaScript lists them: array indices first, in their order.
func (o *jsObject) ordered() []string {
	var indices, names []string
	for _, key := range o.keys {
		if _, ok := arrayIndex(key); ok {
			indices = append(indices, key)
		} else {
			names = append(names, key)
		}
	}
	slices.SortFunc(indices, func(a, b string) int {
		i, _ := arrayIndex(a)
		j, _ := arrayIndex(b)
		return int(i) - int(j)
	})
	return append(indices, names...)
}

func arrayIndex(key string) (int64, bool) {
	i, err := strconv.ParseUint(key, 10, 32)
	return int64(i), err == nil && i < 1<<32-1 && strconv.FormatUint(i, 10) == key
}

// jsParse is JSON.parse of a text that is known to be JSON.
func jsParse(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return jsRead(d)
}

func jsRead(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			list := []any{}
			for d.More() {
				list = append(list, jsRead(d))
			}
			_, _ = d.Token()
			return list
		}
		o := newObject()
		for d.More() {
			key := jsRead(d).(string)
			o.set(key, jsRead(d))
		}
		_, _ = d.Token()
		return o
	case string:
		return token
	case json.Number:
		return json.RawMessage(token)
	case bool:
		return json.RawMessage(strconv.FormatBool(token))
	}
	return json.RawMessage("null")
}

// jsPrint is JSON.stringify: numbers are doubles, nothing is escaped that need not be.
func jsPrint(value any) []byte {
	switch value := value.(type) {
	case *jsObject:
		parts := make([][]byte, 0, len(value.keys))
		for _, key := range value.ordered() {
			parts = append(parts, fmt.Appendf(nil, "%s:%s", jsPrint(key), jsPrint(value.values[key])))
		}
		return fmt.Appendf(nil, "{%s}", bytes.Join(parts, []byte(",")))
	case []any:
		parts := make([][]byte, 0, len(value))
		for _, element := range value {
			parts = append(parts, jsPrint(element))
		}
		return fmt.Appendf(nil, "[%s]", bytes.Join(parts, []byte(",")))
	}
	printed, err := webhooktest.Encode(value)
	if err != nil {
		panic(err)
	}
	return printed
}

// throughJS is the JSON of a value of the test's own after a way through the server, which is written in JavaScript: integers beyond
// 2^53 lose digits.
func throughJS(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		misuse("this cannot be JSON: %v", err)
	}
	return jsPrint(jsParse(text))
}

// setPath sets a field of a form. Brackets in its name lead into objects and lists, and a name that comes again makes a list.
func (o *jsObject) setPath(name string, value any) {
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
	o.set(root, jsPut(o.values[root], path, value))
}

func jsPut(at any, path []string, value any) any {
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
	if i, isIndex := arrayIndex(path[0]); (isIndex || path[0] == "") && (at == nil || isList) {
		if isIndex && i < int64(len(list)) {
			list[i] = jsPut(list[i], path[1:], value)
			return list
		}
		return append(list, jsPut(nil, path[1:], value))
	}
	object, ok := at.(*jsObject)
	if !ok {
		object = newObject()
		for i, element := range list {
			object.set(strconv.Itoa(i), element)
		}
	}
	object.set(path[0], jsPut(object.values[path[0]], path[1:], value))
	return object
}
