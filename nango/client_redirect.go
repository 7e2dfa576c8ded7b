package nango

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/internal/dotpath"
)

const maxRedirects = 10

// redirects is the transport below http.Client. It makes every body end with the context. It removes the Location from
// every redirect that must not be followed, so that http.Client returns the redirect as a response. Only reads of
// Nango's own operations follow redirects, and only below the base URL. There are three reasons: the API key must not
// go anywhere else, no redirect may change a method, and the redirect of a proxied call belongs to the caller.
type redirects struct {
	next http.RoundTripper
	base *url.URL
}

func (t redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp == nil {
		return resp, err
	}
	endWithContext(req.Context(), resp, t.next)
	if resp.StatusCode/100 != 3 {
		return resp, nil
	}
	attempt := attemptOf(req.Context())
	if t.mayFollow(req, resp) && attempt.hops < maxRedirects {
		attempt.hops++
		return resp, nil
	}
	attempt.location = resp.Header["Location"]
	resp.Header = maps.Clone(resp.Header)
	delete(resp.Header, "Location")
	return resp, nil
}

// mayFollow reports whether a redirect leads from a read to another place below the base URL.
func (t redirects) mayFollow(req *http.Request, resp *http.Response) bool {
	if callOf(req.Context()).op.Proxied || req.Method != http.MethodGet && req.Method != http.MethodHead {
		return false
	}
	target, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil || !sameOrigin(target, t.base) {
		return false
	}
	rest, ok := strings.CutPrefix(target.EscapedPath(), t.base.EscapedPath())
	return ok && (rest == "" || rest[0] == '/') && !dotpath.Has(rest)
}

// redirectText describes where a redirect leads that was not followed. It never shows the path or the query, which can
// hold ids and tokens. For every other response it returns "".
func redirectText(resp *http.Response) string {
	location := resp.Header.Get("Location")
	if resp.StatusCode/100 != 3 || location == "" {
		return ""
	}
	target, err := resp.Request.URL.Parse(location)
	if err != nil || target.Host == "" {
		return "a redirect to what is no URL was not followed"
	}
	text := "a redirect to " + origin(target) + " was not followed"
	if sameOrigin(target, resp.Request.URL) {
		text = "a redirect to another path of " + origin(target) + " was not followed"
	}
	if hops := callOf(resp.Request.Context()).hops; hops == maxRedirects {
		text += ", after " + strconv.Itoa(hops) + " others"
	}
	return text + ": is the base URL right?"
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Host == b.Host || origin(a) == origin(b)
}

// origin is the scheme, host and port of a URL.
func origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	if port != "" {
		port = ":" + port
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + port
}
