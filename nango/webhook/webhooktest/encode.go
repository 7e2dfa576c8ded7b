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

// Encode returns the body that Nango would send for payload: JSON without spaces, keys sorted at every level by UTF-16 code
// units and after those that are array indices, numbers as JavaScript prints a double, and nothing escaped that JSON does not
// require. The payload is a [webhook.Event], a [json.RawMessage], or any other value that encodes to JSON.
//
// Half of a surrogate pair, which JavaScript keeps, becomes U+FFFD.
func Encode(payload any) ([]byte, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("webhooktest: %w", err)
	}
	return appendValue(nil, raw), nil
}

// appendValue appends JSON that is known to be valid.
func appendValue(dst []byte, raw json.RawMessage) []byte {
	switch raw[0] {
	case '{':
		return appendObject(dst, raw)
	case '[':
		dst = append(dst, '[')
		for i, element := range decoded[[]json.RawMessage](raw) {
			dst = appendValue(separated(dst, i), element)
		}
		return append(dst, ']')
	case '"':
		return appendString(dst, decoded[string](raw))
	case 't', 'f', 'n':
		return append(dst, raw...)
	}
	number, _ := strconv.ParseFloat(string(raw), 64)
	if math.IsInf(number, 0) {
		return append(dst, "null"...) // as JavaScript writes an infinity, which is what it reads 1e999 as
	}
	printed, _ := json.Marshal(number + 0) // the sum of 0 and -0 is 0
	return append(dst, printed...)
}

func appendObject(dst []byte, raw json.RawMessage) []byte {
	members := decoded[map[string]json.RawMessage](raw)
	dst = append(dst, '{')
	for i, key := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		dst = append(appendString(separated(dst, i), key), ':')
		dst = appendValue(dst, members[key])
	}
	return append(dst, '}')
}

func separated(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

func decoded[T any](raw json.RawMessage) (v T) {
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err) // json.Marshal has checked it
	}
	return v
}

// compareKeys is the order of keys in an object of JavaScript's whose keys were sorted.
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

// arrayIndex reports whether key is a number from 0 to 2³²-2, written as JavaScript writes it.
func arrayIndex(key string) (uint64, bool) {
	i, err := strconv.ParseUint(key, 10, 32)
	return i, err == nil && i < math.MaxUint32 && strconv.FormatUint(i, 10) == key
}

// appendString escapes what JSON requires and no more; encoding/json escapes U+2028 and U+2029 as well.
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
