package webhooktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
)

// Encode returns the body that Nango sends for payload: JSON without spaces, with the keys of each object sorted, with
// numbers as JavaScript prints them, and with no escapes that JSON does not require. The payload is a [webhook.Event],
// a [json.RawMessage], or any other value that encodes to JSON.
//
// Keys that are array indices come first, and the others in the order of their UTF-16 code units. A lone surrogate,
// which JavaScript would leave as it is, becomes U+FFFD.
func Encode(payload any) ([]byte, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("webhooktest: %w", err)
	}
	return appendValue(nil, raw), nil
}

// appendValue appends raw, which is valid JSON.
func appendValue(dst []byte, raw json.RawMessage) []byte {
	switch raw[0] {
	case '{':
		return appendObject(dst, raw)
	case '[':
		dst = append(dst, '[')
		for i, element := range decode[[]json.RawMessage](raw) {
			dst = appendValue(appendComma(dst, i), element)
		}
		return append(dst, ']')
	case '"':
		return appendString(dst, decode[string](raw))
	case 't', 'f', 'n':
		return append(dst, raw...)
	}
	number, _ := strconv.ParseFloat(string(raw), 64)
	if math.IsInf(number, 0) {
		return append(dst, "null"...) // JavaScript reads 1e999 as infinity and writes infinity as null
	}
	printed, _ := json.Marshal(number + 0) // the sum of 0 and -0 is 0
	return append(dst, printed...)
}

func appendObject(dst []byte, raw json.RawMessage) []byte {
	members := decode[map[string]json.RawMessage](raw)
	dst = append(dst, '{')
	for i, key := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		dst = append(appendString(appendComma(dst, i), key), ':')
		dst = appendValue(dst, members[key])
	}
	return append(dst, '}')
}

// appendComma appends a comma before each element but the first.
func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

func decode[T any](raw json.RawMessage) (v T) {
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err) // json.Marshal has checked that raw is valid
	}
	return v
}

// compareKeys compares keys in the order that they have in a JavaScript object after sorting.
func compareKeys(a, b string) int {
	i, aIsIndex := arrayIndex(a)
	j, bIsIndex := arrayIndex(b)
	switch {
	case aIsIndex && bIsIndex:
		return cmp.Compare(i, j)
	case aIsIndex:
		return -1
	case bIsIndex:
		return 1
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// arrayIndex returns the number that key is, if it is one from 0 to 2³²-2 as JavaScript prints it.
func arrayIndex(key string) (uint64, bool) {
	i, err := strconv.ParseUint(key, 10, 32)
	return i, err == nil && i < math.MaxUint32 && strconv.FormatUint(i, 10) == key
}

// appendString appends a JSON string with the escapes that JSON requires. Encoding/json would escape U+2028 and U+2029
// too.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= ' ':
			dst = append(dst, string(r)...)
		case r == '\b':
			dst = append(dst, `\b`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return append(dst, '"')
}
