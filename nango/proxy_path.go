package nango

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/internal/percent"
)

// absoluteURL matches text that begins like a URL with a host.
var absoluteURL = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)

const hexDigits = "0123456789ABCDEF"

// proxyPath returns the escaped path and query that follow /proxy in the URL. The server forwards them unchanged,
// except that it makes these substitutions:
//
//   - It replaces ${…} with the connection's data, secrets included.
//   - It replaces the word connectionConfig with another word.
//   - It removes the provider's base URL.
//
// So proxyPath percent-encodes all text that the server could replace. The server does not decode it, but providers do.
func proxyPath(path string, query url.Values) (escaped, rawQuery string, err error) {
	if strings.Contains(path, "#") {
		return "", "", &ArgumentError{Name: "Path", Reason: "contains a fragment, which is never sent"}
	}
	path, rawQuery, _ = strings.Cut(path, "?")
	if absoluteURL.MatchString(path) {
		return "", "", &ArgumentError{Name: "Path", Reason: "is a URL; give the path and set BaseURLOverride for another host"}
	}
	if escaped, err = escapeProxy(path, "/"); err != nil {
		return "", "", err
	}
	if dotpath.Has(escaped) {
		return "", "", &ArgumentError{Name: "Path", Reason: dotpath.Reason}
	}
	if rawQuery, err = escapeProxy(rawQuery, "?=&"); err != nil {
		return "", "", err
	}
	encoded := query.Encode()
	if percent.Loose(encoded) {
		return "", "", &ArgumentError{Name: "Query", Reason: notUTF8}
	}
	if more := escapePlaceholders(encoded); more != "" && rawQuery != "" {
		rawQuery += "&" + more
	} else {
		rawQuery += more
	}
	return "/" + strings.TrimLeft(escaped, "/"), rawQuery, nil
}

// escapeProxy is escapeUnsafe for a text of the caller, in which each percent sign has to begin an escape.
func escapeProxy(text, delimiters string) (string, error) {
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return "", &ArgumentError{Name: "Path", Reason: "contains a percent sign that begins no escape; write %25"}
		}
	}
	escaped := escapeUnsafe(text, delimiters)
	if percent.Loose(escaped) {
		return "", &ArgumentError{Name: "Path", Reason: notUTF8}
	}
	return escaped, nil
}

// escapeUnsafe percent-encodes the characters that a URL must not hold, and text that the server could replace. It keeps
// percent signs.
func escapeUnsafe(text, delimiters string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == '%' || isPlain(c) || strings.IndexByte(delimiters, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', hexDigits[c>>4], hexDigits[c&15]}))
		}
	}
	return escapePlaceholders(b.String())
}

const notUTF8 = "holds text that is no UTF-8, or the escape of such text, which Nango cannot read"

// escapePlaceholders encodes one sign of the word connectionConfig and of the beginning of a URL, so that the server does not
// replace them.
func escapePlaceholders(escaped string) string {
	return strings.NewReplacer("connectionConfig", "%63onnectionConfig", "://", "%3A//").Replace(escaped)
}

// isPlain reports whether a path and a query can hold a byte unescaped. Dollar signs and braces are always escaped,
// since the server's placeholders consist of them.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!&'()*+,;=:@/[]", c) >= 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
