package webhook

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// member is a key of an object, decoded, and its value as it is written. Both share the body's bytes.
type member struct{ key, value []byte }

// members are an object's, in their order. Decoding into a struct would match keys in any case and
// take a provider's "Type" for Nango's "type"; decoding into a map would cost more than all the rest.
type members []member

// membersOf appends the members of data to m, and none if data is not an object. Data is known to be
// valid JSON, or empty; so is data in all functions below.
func membersOf(data []byte, m members) members {
	i := skipSpace(data, 0)
	if i == len(data) || data[i] != '{' {
		return m
	}
	for i = skipSpace(data, i+1); data[i] != '}'; {
		end := skipString(data, i)
		key := data[i:end]
		i = skipSpace(data, end) // to the colon
		i = skipSpace(data, i+1) // to the value
		end = skipValue(data, i) // behind it
		m = append(m, member{unquoted(key), data[i:end]})
		if i = skipSpace(data, end); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	return m
}

// last returns the value of key, or nil if it is not there. Of equal keys the last one counts.
func (m members) last(key string) json.RawMessage {
	for i := len(m) - 1; i >= 0; i-- {
		if string(m[i].key) == key {
			return m[i].value
		}
	}
	return nil
}

// take marks the members with this key as dealt with.
func (m members) take(key string) {
	for i := range m {
		if string(m[i].key) == key {
			m[i].value = nil
		}
	}
}

// rest returns the members that were not taken, or nil if there are none.
func (m members) rest() map[string]json.RawMessage {
	var rest map[string]json.RawMessage
	for _, member := range m {
		if member.value == nil {
			continue
		}
		if rest == nil {
			rest = map[string]json.RawMessage{}
		}
		rest[string(member.key)] = bytes.Clone(member.value)
	}
	return rest
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// skipString returns where the string that begins at i ends.
func skipString(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns where the value that begins at i ends.
func skipValue(data []byte, i int) int {
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	for i < len(data) && bytes.IndexByte([]byte(" \t\r\n,]}"), data[i]) < 0 {
		i++
	}
	return i
}

func skipNested(data []byte, i int) int {
	for depth := 0; ; i++ {
		switch data[i] {
		case '"':
			i = skipString(data, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// text decodes a string.
func text(raw []byte) string { return string(unquoted(raw)) }

func unquoted(raw []byte) []byte {
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	var s string
	_ = json.Unmarshal(raw, &s) // cannot fail on a valid string
	return []byte(s)
}
