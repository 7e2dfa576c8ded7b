package js

import (
	"net/url"
	"slices"
	"strings"
)

// ParseURL is new URL() of an absolute URL of the web: the path keeps its encoding, what may not stand in a URL is encoded, dot
// segments are resolved, the fragment is dropped. The path is in Opaque, which net/http sends as it is. User names are dropped as
// well. It returns nil for anything else.
func ParseURL(text string) *url.URL {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "#")
	scheme, rest, ok := strings.Cut(text, "://")
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
	u.User = nil
	u.Opaque = "/" + escapeURL(resolveDots(path), " \"#<>?`{}^")
	u.RawQuery = escapeURL(query, " \"#<>'")
	return u
}

// resolveDots removes the segments . and .., encoded or not.
func resolveDots(path string) string {
	segments := strings.Split(path, "/")
	var resolved []string
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			resolved = resolved[:max(0, len(resolved)-1)]
		case ".":
		default:
			resolved = append(resolved, segment)
			continue
		}
		if last {
			resolved = append(resolved, "")
		}
	}
	return strings.Join(resolved, "/")
}

// SetParameter is URLSearchParams.set on a raw query: the value takes the place of the first of its name, and the whole query is
// written anew.
func SetParameter(query, name, value string) string {
	type pair struct{ name, value string }
	var pairs []pair
	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			n, v, _ := strings.Cut(part, "=")
			pairs = append(pairs, pair{unescapeURL(n), unescapeURL(v)})
		}
	}
	first := slices.IndexFunc(pairs, func(p pair) bool { return p.name == name })
	if first < 0 {
		pairs = append(pairs, pair{name, value})
	} else {
		pairs[first].value = value
		rest := slices.DeleteFunc(slices.Clone(pairs[first+1:]), func(p pair) bool { return p.name == name })
		pairs = append(pairs[:first+1], rest...)
	}
	written := make([]string, len(pairs))
	for i, p := range pairs {
		written[i] = EscapeForm(p.name) + "=" + EscapeForm(p.value)
	}
	return strings.Join(written, "&")
}
