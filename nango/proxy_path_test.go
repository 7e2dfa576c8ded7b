package nango_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/dotpath"
	"github.com/nango-go/sdk/nango"
)

// targets is a transport that keeps the request targets, as they are on the wire.
type targets struct{ sent []string }

func (s *targets) RoundTrip(req *http.Request) (*http.Response, error) {
	s.sent = append(s.sent, req.URL.RequestURI())
	return exchange(200, `{}`).Respond(req), nil
}

// targetOf returns the request target of a proxied call; none was sent if there is an error.
func targetOf(t *testing.T, path string, query url.Values) (string, error) {
	t.Helper()
	transport := &targets{}
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	_, err = client.Connection("github", "conn").Proxy(context.Background(), nango.ProxyRequest{Path: path, Query: query})
	if err != nil {
		require.Empty(t, transport.sent)
		return "", err
	}
	require.Len(t, transport.sent, 1)
	return transport.sent[0], nil
}

func TestProxyPath(t *testing.T) {
	for path, want := range map[string]string{
		"":                            "/proxy/",
		"/":                           "/proxy/",
		"///":                         "/proxy/",
		"a":                           "/proxy/a",
		"/a/b/":                       "/proxy/a/b/",
		"//a//b":                      "/proxy/a//b",
		"/repos/octocat/hello.world":  "/proxy/repos/octocat/hello.world",
		"/-._~!&'()*+,;=:@[]":         "/proxy/-._~!&'()*+,;=:@[]",
		"/%41%2f%2F%5c%e2%82%ac%7B":   "/proxy/%41%2f%2F%5c%e2%82%ac%7B",
		"/a%2Fb%20c/%C3%BC?q=%2B&r=+": "/proxy/a%2Fb%20c/%C3%BC?q=%2B&r=+",
		"/a b\u00a0c":                 "/proxy/a%20b%C2%A0c",
		"/ü/日本":                       "/proxy/%C3%BC/%E6%97%A5%E6%9C%AC",
		"/a\nb\r\tc\x00\x7f":          "/proxy/a%0Ab%0D%09c%00%7F",
		"/\"<>^`|":                    "/proxy/%22%3C%3E%5E%60%7C",
		"/\\\\evil.example":           "/proxy/%5C%5Cevil.example",

		// What the server would substitute.
		"/${accessToken}":                      "/proxy/%24%7BaccessToken%7D",
		"/a{b}c$d":                             "/proxy/a%7Bb%7Dc%24d",
		"/%24{x}/$%7By}":                       "/proxy/%24%7Bx%7D/%24%7By%7D",
		"/x?q=${connectionConfig.secret}":      "/proxy/x?q=%24%7B%63onnectionConfig.secret%7D",
		"/connectionConfig/connectionConfigs":  "/proxy/%63onnectionConfig/%63onnectionConfigs",
		"/%63onnectionConfig/connection%43onf": "/proxy/%63onnectionConfig/connection%43onf",
		"/x?connectionConfig=connectionConfig": "/proxy/x?%63onnectionConfig=%63onnectionConfig",
		"/https://evil.example":                "/proxy/https%3A//evil.example",
		"/a://b:://c?u=https://x/?v=ftp://y":   "/proxy/a%3A//b:%3A//c?u=https%3A//x/?v=ftp%3A//y",
		"//evil.example/x":                     "/proxy/evil.example/x",
		"mailto:x":                             "/proxy/mailto:x",
		"/https%3A//x":                         "/proxy/https%3A//x",

		"/a?":                 "/proxy/a",
		"?a=1":                "/proxy/?a=1",
		"/a?b?c=d&e[]=f g/..": "/proxy/a?b?c=d&e[]=f%20g/..",
		"/a?x=%23":            "/proxy/a?x=%23",
		"/...":                "/proxy/...",
		"/a../..b/.c":         "/proxy/a../..b/.c",
		"/..a%2F..b%5C...":    "/proxy/..a%2F..b%5C...",
		"/a;b/c;d=..":         "/proxy/a;b/c;d=..",
	} {
		got, err := targetOf(t, path, nil)
		require.NoError(t, err, "%q", path)
		assert.Equal(t, want, got, "%q", path)
	}
}

func TestProxyPathRefuses(t *testing.T) {
	const (
		fragment = "contains a fragment"
		absolute = "is a URL"
		percent  = "contains a percent sign"
		notUTF8  = "is no UTF-8"
	)
	for path, reason := range map[string]string{
		"/a#b": fragment, "#": fragment, "/a?b#c": fragment,
		"https://api.github.com/x": absolute, "HTTP://x": absolute, "git+ssh://x": absolute,
		"..": hasDots, ".": hasDots, "/../x": hasDots, "/a/./b": hasDots, "/a/..": hasDots, "/a/../": hasDots, "/./": hasDots, "/../?q": hasDots,
		"/%2e%2E/x": hasDots, "/.%2e": hasDots, "/%2E": hasDots, "/%2E.": hasDots,
		"/..%2Fx": hasDots, "/%252e%252e/x": hasDots, `/a\..\b`: hasDots, "/a%5c%2e": hasDots, "/..;x": hasDots, "/a/.%3b/b": hasDots,
		"/%": percent, "/%4": percent, "/%zz": percent, "/%4g": percent, "/a%": percent, "/a?q=%": percent, "/a?q=1%2": percent, "/%%41": percent,
		"/\xff": notUTF8, "/%ff": notUTF8, "/%C3/%A4": notUTF8, "/a?q=%E4": notUTF8, "/a?q=%C3&r=%A4": notUTF8, "/a?q=\xe4": notUTF8, "/%ED%A0%80": notUTF8,
	} {
		_, err := targetOf(t, path, nil)
		requireArgument(t, err, "Path", reason)
	}
	for _, query := range []url.Values{{"q": {"\xe4"}}, {"\xe4": {"q"}}, {"q": {"ok", "\xc3"}, "r": {"\xa4"}}} {
		_, err := targetOf(t, "/x", query)
		requireArgument(t, err, "Query", notUTF8)
	}
}

func TestProxyQuery(t *testing.T) {
	query := url.Values{"b c": {"{x}", "${y}"}, "a": {"1", "2"}, "connectionConfig": {"https://x/connectionConfig"}, "é": {"&=#"}, "n": nil}
	const encoded = "a=1&a=2&b+c=%7Bx%7D&b+c=%24%7By%7D&%63onnectionConfig=https%3A%2F%2Fx%2F%63onnectionConfig&%C3%A9=%26%3D%23"
	for path, want := range map[string]string{
		"/x":     "/proxy/x?" + encoded,
		"/x?":    "/proxy/x?" + encoded,
		"/x?z=1": "/proxy/x?z=1&" + encoded,
	} {
		got, err := targetOf(t, path, query)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	got, err := targetOf(t, "/x?z=1", url.Values{})
	require.NoError(t, err)
	assert.Equal(t, "/proxy/x?z=1", got)
}

// Behind a base URL with a path of its own the proxy is below that path.
func TestProxyPathBelowABasePath(t *testing.T) {
	transport := &targets{}
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}), nango.WithBaseURL("http://gateway.example/nango%2F1/"))
	require.NoError(t, err)
	_, err = client.Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Path: "/a%2Fb?c"})
	require.NoError(t, err)
	assert.Equal(t, []string{"/nango%2F1/proxy/a%2Fb?c"}, transport.sent)
}

// dotSegment reports whether a path has a segment that a WHATWG URL parser, as the server's, would resolve.
func dotSegment(path string) bool {
	path = strings.NewReplacer("%2e", ".", "%2E", ".", `\`, "/").Replace(path)
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// decoded is what a provider makes of a target, without the slashes before it.
func decoded(target string) (string, error) {
	path, query, _ := strings.Cut(target, "?")
	path, err := url.PathUnescape(strings.TrimLeft(path, "/"))
	if err != nil {
		return "", err
	}
	query, err = url.PathUnescape(query)
	return path + "?" + query, err
}

// Whatever the path and the query are, the server passes on what they mean and finds nothing to substitute or resolve.
func FuzzProxyPath(f *testing.F) {
	for _, path := range []string{
		"", "/repos/a%2Fb?c[]=d", "//x/../y", "/${a}/connectionConfig?u=https://x", "/%2e%2E/%zz", `\..\a b`, "https://x", "/ü#\n",
		"/connectionconnectionConfigConfig", "/:://", "/a:/?/://",
	} {
		f.Add(path, "key", "${v}://connectionConfig")
	}
	f.Fuzz(func(t *testing.T, path, key, value string) {
		target, err := targetOf(t, path, url.Values{key: {value}})
		meant, malformed := decoded(path)
		ownPath, _, _ := strings.Cut(path, "?")
		scheme, _, absolute := strings.Cut(ownPath, "://")
		if err != nil {
			_, ok := err.(*nango.ArgumentError)
			require.True(t, ok, "%v", err)
			require.True(t, malformed != nil || strings.Contains(path, "#") || dotpath.Has(ownPath) || absolute && scheme != "", "refused without need")
			return
		}
		require.NoError(t, malformed)
		rest, ok := strings.CutPrefix(target, "/proxy/")
		require.True(t, ok, "%q", target)
		require.False(t, strings.HasPrefix(rest, "/"))
		require.NotContains(t, target, "connectionConfig")
		require.NotContains(t, target, "://")
		require.False(t, strings.ContainsAny(target, "{}$\\#"), "%q", target)
		require.False(t, strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r > '~' }), "%q", target)

		parsed, err := url.Parse(target)
		require.NoError(t, err)
		require.Equal(t, target, parsed.EscapedPath()+"?"+parsed.RawQuery)
		require.False(t, dotSegment(parsed.EscapedPath()))

		own, added := "", parsed.RawQuery
		if i := strings.LastIndexByte(added, '&'); i >= 0 {
			own, added = added[:i], added[i+1:]
		}
		pair, err := url.ParseQuery(added)
		require.NoError(t, err)
		require.Equal(t, url.Values{key: {value}}, pair)
		got, err := decoded(rest[:strings.Index(rest, "?")] + "?" + own)
		require.NoError(t, err)
		require.Equal(t, meant, got)
	})
}
