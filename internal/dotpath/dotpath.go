// Package dotpath finds texts that would lead a request astray once they are part of its path. Gateways and servers decode
// a path, some more than once, and resolve the dot segments that come out.
package dotpath

import "strings"

// Reason says what is wrong with a text in which Has finds a dot segment.
const Reason = `holds the segment "." or "..", plain or percent-encoded, which would lead to another endpoint`

// Has reports whether a text, decoded any number of times, has a dot segment. A backslash counts as a slash, and what
// follows a semicolon, a question mark, a number sign or a NUL does not count, since there are servers that read them so.
func Has(text string) bool { return hasDots(decode(text)) }

// IDFault says why a text cannot be an id in a path; it returns "" if it can.
func IDFault(id string) string {
	switch {
	case id == "":
		return "is empty"
	case Has(id):
		return Reason
	}
	return ""
}

func hasDots(decoded string) bool {
	for segment := range strings.FieldsFuncSeq(decoded, isSlash) {
		if i := strings.IndexAny(segment, ";?#\x00"); i >= 0 {
			segment = segment[:i]
		}
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

// decode replaces escapes until none is left; a percent sign that begins none stays. One pass does, because an escape that
// comes out of others is complete as soon as its last byte is written. No dot segment is lost on the way to the end:
// whatever makes one stands for itself.
func decode(text string) string {
	first := strings.IndexByte(text, '%')
	if first < 0 {
		return text
	}
	out := append(make([]byte, 0, len(text)), text[:first]...)
	for i := first; i < len(text); i++ {
		out = append(out, text[i])
		for n := len(out) - 3; n >= 0 && out[n] == '%' && isHex(out[n+1]) && isHex(out[n+2]); n = len(out) - 3 {
			out = append(out[:n], value(out[n+1])<<4|value(out[n+2]))
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// value returns the value of a hexadecimal digit: letters have their place in the alphabet in the low bits.
func value(digit byte) byte {
	if digit <= '9' {
		return digit - '0'
	}
	return digit&7 + 9
}
