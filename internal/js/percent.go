package js

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/internal/percent"
)

var escapes = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)

// UnescapeForm decodes a part of a form or query as the server's parser does, by decodeURIComponent: where that fails, because an
// escape is no UTF-8, all escapes stay.
func UnescapeForm(text string) string {
	text = strings.ReplaceAll(text, "+", " ")
	if percent.Loose(text) {
		return text
	}
	return unescapeURL(text)
}

// unescapeURL decodes a part of a query as URLSearchParams does: what is no escape stays, and what is no UTF-8 becomes U+FFFD.
func unescapeURL(text string) string {
	text = escapes.ReplaceAllStringFunc(strings.ReplaceAll(text, "+", " "), func(run string) string {
		decoded, _ := url.PathUnescape(run)
		return decoded
	})
	return ToUTF8(text)
}

// ToUTF8 puts U+FFFD in the place of each byte that is no UTF-8, as Buffer.toString does.
func ToUTF8(text string) string { return string([]rune(text)) }

// EscapeForm encodes a part of a form or query as URLSearchParams does, which leaves * as it is and not ~.
func EscapeForm(text string) string {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(text))
}

// escapeURL percent-encodes the characters of a set, and all that is not ASCII or does not print.
func escapeURL(text, set string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || strings.IndexByte(set, c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
