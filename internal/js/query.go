package js

import (
	"slices"
	"strconv"
	"strings"
)

// The server's settings for its query parser, qs: what a list may hold before it becomes an object, how deep brackets are
// read, how many parameters are looked at.
const (
	listLimit      = 100
	depthLimit     = 5
	parameterLimit = 1000
)

// ParseQuery reads a query as qs does: k=a&k=b, k[]=a and k[0]=a are lists, k[name]=a is an object. The values are strings, []any
// and map[string]any.
func ParseQuery(raw string) map[string]any {
	var keys []string
	sent := map[string]any{}
	parts := strings.Split(unbracket.Replace(raw), "&")
	for _, part := range parts[:min(len(parts), parameterLimit)] {
		end := strings.Index(part, "]=") + 1
		if end == 0 {
			if end = strings.IndexByte(part, '='); end < 0 {
				end = len(part)
			}
		}
		key, value := UnescapeForm(part[:end]), UnescapeForm(strings.TrimPrefix(part[end:], "="))
		if earlier, ok := sent[key]; ok {
			sent[key] = append(listOf(earlier), value)
			continue
		}
		keys = append(keys, key)
		sent[key] = value
	}
	var query any = map[string]any{}
	for _, key := range keys {
		if key != "" {
			query = merge(query, nest(segments(key), sent[key]))
		}
	}
	return compact(query).(map[string]any)
}

var unbracket = strings.NewReplacer("%5B", "[", "%5b", "[", "%5D", "]", "%5d", "]")

// segments takes a[b][c] apart into a, [b] and [c]. What is deeper than the limit, or has no end, is one segment.
func segments(key string) []string {
	var found []string
	open := strings.IndexByte(key, '[')
	if open < 0 {
		return []string{key}
	}
	if open > 0 {
		found = append(found, key[:open])
	}
	key = key[open:]
	for depth := 0; strings.HasPrefix(key, "["); depth++ {
		end := closing(key)
		if depth == depthLimit || end < 0 {
			return append(found, "["+key+"]")
		}
		found = append(found, key[:end+1])
		next := strings.IndexByte(key[end:], '[')
		if next < 0 {
			break
		}
		key = key[end+next:]
	}
	return found
}

// closing returns where the bracket closes that a text begins with.
func closing(text string) int {
	level := 0
	for i, char := range text {
		switch char {
		case '[':
			level++
		case ']':
			level--
		}
		if level == 0 {
			return i
		}
	}
	return -1
}

// gap stands at the places of a list that nothing was sent for.
type gap struct{}

// nest puts a value under its segments, from the inside out.
func nest(segments []string, value any) any {
	for _, segment := range slices.Backward(segments) {
		name := segment
		if strings.HasPrefix(segment, "[") && strings.HasSuffix(segment, "]") {
			name = segment[1 : len(segment)-1]
		}
		index, isIndex := ArrayIndex(name)
		switch {
		case segment == "[]":
			value = listOf(value)
		case isIndex && segment != name && index < listLimit:
			list := slices.Repeat([]any{gap{}}, int(index))
			value = append(list, value)
		default:
			value = map[string]any{name: value}
		}
	}
	return value
}

func listOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// merge joins what two keys hold.
func merge(target, source any) any {
	if source == "" {
		return target
	}
	switch target := target.(type) {
	case []any:
		if list, ok := source.([]any); ok {
			return mergeLists(target, list)
		}
		if isText(source) {
			return append(target, source)
		}
		return merge(objectOf(target), source)
	case map[string]any:
		if isText(source) {
			return []any{target, source}
		}
		for name, value := range objectOf(source) {
			if earlier, ok := target[name]; ok {
				value = merge(earlier, value)
			}
			target[name] = value
		}
		return target
	}
	return append([]any{target}, listOf(source)...)
}

// mergeLists fills the gaps of the one with the other. Where both have a text at a place, the second goes to the end.
func mergeLists(target, source []any) []any {
	for i, value := range source {
		switch {
		case value == gap{}:
		case i >= len(target):
			target = append(target, slices.Repeat([]any{gap{}}, i-len(target))...)
			target = append(target, value)
		case target[i] == gap{}:
			target[i] = value
		case isText(target[i]) || isText(value):
			target = append(target, value)
		default:
			target[i] = merge(target[i], value)
		}
	}
	return target
}

func isText(value any) bool {
	_, ok := value.(string)
	return ok
}

func objectOf(value any) map[string]any {
	if object, ok := value.(map[string]any); ok {
		return object
	}
	object := map[string]any{}
	for i, element := range value.([]any) {
		if element != (gap{}) {
			object[strconv.Itoa(i)] = element
		}
	}
	return object
}

// compact closes the gaps of lists and makes objects of those that are too long.
func compact(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, part := range value {
			value[name] = compact(part)
		}
	case []any:
		if len(value) > listLimit {
			return compact(objectOf(value))
		}
		dense := []any{}
		for _, part := range value {
			if part != (gap{}) {
				dense = append(dense, compact(part))
			}
		}
		return dense
	}
	return value
}
