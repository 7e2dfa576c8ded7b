// Package dotpath finds what would lead a request to another endpoint: text of a path that gateways and servers decode,
// once or more often, and then resolve.
package dotpath

import "strings"

// Has reports whether text, as a path or as a part of one, holds a dot segment however often it is decoded. Segments end at
// slashes and backslashes; what follows a semicolon in one is a parameter, which servers cut off.
func Has(text string) bool {
	if strings.IndexByte(text, '.') < 0 && strings.IndexByte(text, '%') < 0 {
		return false
	}
	for segment := range strings.FieldsFuncSeq(Decode(text), isSlash) {
		segment, _, _ = strings.Cut(segment, ";")
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

// Decode decodes percent escapes until there are none; a percent sign that begins none stays. Each escape that is decoded
// can complete one that began before it, so that the result is a stack of bytes, and one pass is enough.
func Decode(text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		out = append(out, text[i])
		for n := len(out); n >= 3 && out[n-3] == '%' && isHex(out[n-2]) && isHex(out[n-1]); n = len(out) {
			out = append(out[:n-3], unhex(out[n-2])<<4|unhex(out[n-1]))
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
