package nangotest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

var (
	configKey   = regexp.MustCompile(`connectionConfig\.(\w+)`)
	placeholder = regexp.MustCompile(`\$\{([^{}]*)\}`)
	inBase64    = regexp.MustCompile(`\$\{base64\((.*?)\)\}`)
)

// interpolate replaces ${…}: by values, by those inside of objects (${credentials.username}), by ${base64(…)}, ${now} and
// ${random}. What it does not know stays. "a || b" is a where something in a is known, else b.
func (p *proxied) interpolate(s string, values object) string {
	if !strings.Contains(s, "${") {
		return s
	}
	if first, second, ok := strings.Cut(s, "||"); ok {
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		if done := p.replace(first, values); done != first {
			return done
		}
		second, _, _ = strings.Cut(second, "||")
		return p.replace(strings.TrimSpace(second), values)
	}
	return p.replace(s, values)
}

func (p *proxied) replace(s string, values object) string {
	s = inBase64.ReplaceAllStringFunc(s, func(match string) string {
		inner := p.replace(inBase64.FindStringSubmatch(match)[1], values)
		return base64.StdEncoding.EncodeToString([]byte(inner))
	})
	return placeholder.ReplaceAllStringFunc(s, func(match string) string {
		switch key := match[2 : len(match)-1]; key {
		case "now":
			return zulu(p.s.clock.Now())
		case "random":
			return uuid.NewString()
		default:
			if value, ok := printed(lookUp(values, key)); ok {
				return value
			}
			return match
		}
	})
}

// lookUp finds a value by its key or, if there is none, by the path that the key is.
func lookUp(values object, key string) any {
	if value, ok := values[key]; ok {
		return value
	}
	head, rest, ok := strings.Cut(key, ".")
	if !ok {
		return nil
	}
	switch inner := values[head].(type) {
	case object:
		return lookUp(inner, rest)
	case map[string]string:
		if value, ok := inner[rest]; ok {
			return value
		}
	}
	return nil
}

func printed(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return string(jsPrint(json.RawMessage(value))), true
	case float64, int, int64:
		return string(encode(value)), true
	}
	return "", false
}

// parseURL reads an absolute URL as a browser does: the path keeps its encoding, what may not stand in a URL is encoded, dot
// segments are resolved, the fragment is dropped. The path is put in Opaque, which net/http sends as it is. It returns nil for
// what is no URL of the web.
func parseURL(s string) *url.URL {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "#")
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return nil
	}
	rest, query, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(strings.ReplaceAll(rest, `\`, "/"), "/")
	u, err := url.Parse(scheme + "://" + strings.ToLower(host))
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " ${}<>^|`") {
		return nil
	}
	u.User = nil // which the server turns into an Authorization that the credentials' own replaces
	u.Opaque = "/" + encodeFor(resolveDots(path), " \"#<>?`{}^")
	u.RawQuery = encodeFor(query, " \"#<>'")
	return u
}

// encodeFor percent-encodes the characters of a set, and all that is not ASCII or does not print.
func encodeFor(s, set string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || strings.IndexByte(set, c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// resolveDots removes the segments . and .., encoded or not.
func resolveDots(path string) string {
	segments := strings.Split(path, "/")
	var kept []string
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		case ".":
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

// setQuery sets a parameter as URLSearchParams does: in the place of the first of its name, and with the whole query written
// anew.
func setQuery(raw, key, value string) string {
	type pair struct{ key, value string }
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part != "" {
			k, v, _ := strings.Cut(part, "=")
			pairs = append(pairs, pair{queryText(k), queryText(v)})
		}
	}
	first := slices.IndexFunc(pairs, func(p pair) bool { return p.key == key })
	if first < 0 {
		pairs = append(pairs, pair{key, value})
	} else {
		pairs[first].value = value
		rest := slices.DeleteFunc(slices.Clone(pairs[first+1:]), func(p pair) bool { return p.key == key })
		pairs = append(pairs[:first+1], rest...)
	}
	written := make([]string, len(pairs))
	for i, p := range pairs {
		written[i] = escapeForm(p.key) + "=" + escapeForm(p.value)
	}
	return strings.Join(written, "&")
}

// unescape decodes a part of a form as the server's parser does: one whose escapes are no UTF-8 keeps them all.
func unescape(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	if !decodes(s) {
		return s
	}
	return queryText(s)
}

// queryText decodes a part of a query as URLSearchParams does: what is no escape stays, and what is no UTF-8 becomes U+FFFD.
func queryText(s string) string {
	s = escapes.ReplaceAllStringFunc(strings.ReplaceAll(s, "+", " "), func(run string) string {
		decoded, _ := url.PathUnescape(run)
		return decoded
	})
	return string([]rune(s))
}

// escapeForm encodes a part of a form as JavaScript does, which leaves * alone and not ~.
func escapeForm(s string) string {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(s))
}

var escapes = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)

// decodes reports whether JavaScript's decodeURIComponent takes a text: whether its percent signs all begin escapes of UTF-8.
func decodes(text string) bool {
	sound := true
	rest := escapes.ReplaceAllStringFunc(text, func(run string) string {
		decoded, _ := url.PathUnescape(run)
		sound = sound && utf8.ValidString(decoded)
		return "."
	})
	return sound && !strings.Contains(rest, "%")
}
