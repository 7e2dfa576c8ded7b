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

// maxMembers is how many members an object of Nango's own may have: some fifty times as many as the largest
// has. A body may hold a million, each of which would take more memory as a member than it does as text.
const maxMembers = 1000

// membersOf appends the members of data to m. It reports false if data is not an object, or one of more
// than maxMembers. Data is known to be valid JSON, or empty; so is data in all functions below.
func membersOf(data []byte, m members) (members, bool) {
	i := skipSpace(data, 0)
	if i == len(data) || data[i] != '{' {
		return nil, false
	}
	for i = skipSpace(data, i+1); data[i] != '}'; {
		if len(m) == maxMembers {
			return nil, false
		}
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
	return m, true
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
func text(raw []byte) string {
	if inner, ok := plainText(raw); ok {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(raw, &s) // cannot fail on a valid string
	return s
}

// unquoted decodes a string too, and shares its bytes where it can.
func unquoted(raw []byte) []byte {
	if inner, ok := plainText(raw); ok {
		return inner
	}
	return []byte(text(raw))
}

// plainText returns what is between the quotes, if that is the text itself.
func plainText(raw []byte) ([]byte, bool) {
	inner := raw[1 : len(raw)-1]
	return inner, bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner)
}
