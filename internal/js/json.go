package js

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Parse is JSON.parse of a text that is known to be JSON. It returns an [*Object], a []any, a string or, for all other JSON, a
// [json.RawMessage]. The last of equal keys counts. Half of a surrogate pair, which JavaScript keeps, becomes U+FFFD.
func Parse(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parse(d)
}

func parse(d *json.Decoder) any {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			list := []any{}
			for d.More() {
				list = append(list, parse(d))
			}
			_, _ = d.Token()
			return list
		}
		o := NewObject()
		for d.More() {
			key := parse(d).(string)
			o.Set(key, parse(d))
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

// Print is JSON.stringify of what [Parse] returns: numbers are doubles, nothing is escaped that JSON does not require.
func Print(value any) []byte { return appendValue(nil, value) }

func appendValue(dst []byte, value any) []byte {
	switch value := value.(type) {
	case *Object:
		dst = append(dst, '{')
		first := true
		for key, inner := range value.All() {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(appendString(dst, key), ':')
			dst = appendValue(dst, inner)
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, element := range value {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendValue(dst, element)
		}
		return append(dst, ']')
	case string:
		return appendString(dst, value)
	case json.RawMessage:
		return appendScalar(dst, value)
	case nil:
		return append(dst, "null"...)
	}
	panic(fmt.Sprintf("js: %T is no value of Parse", value))
}

// appendScalar appends a number as JavaScript prints a double, and true, false and null as they are.
func appendScalar(dst []byte, raw json.RawMessage) []byte {
	switch raw[0] {
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
