package nango

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 10

// redirectError is a redirect that was not followed for a reason that the next attempt would meet again.
type redirectError struct{ error }

func (e redirectError) Unwrap() error { return e.error }

// followed decides about redirects, then asks the check of the caller's own client. An answer of the proxy is the
// provider's, so that its redirects belong to the caller; and the API key never goes to another host.
func followed(theirs func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		switch {
		case isProxy(callOf(req.Context()).op.ID), !sameOrigin(req.URL, via[0].URL):
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return redirectError{errors.New("the server redirected more than 10 times")}
		case theirs == nil:
			return nil
		}
		err := theirs(req, via)
		if err == nil || err == http.ErrUseLastResponse {
			return err
		}
		return redirectError{err}
	}
}

// refusedRedirect returns the origin of the host that an answer redirects to, if it is not the one that answered.
func refusedRedirect(resp *http.Response) (target string, refused bool) {
	if resp.StatusCode/100 != 3 {
		return "", false
	}
	location, err := resp.Location()
	if err != nil || sameOrigin(location, resp.Request.URL) {
		return "", false
	}
	return origin(location), true
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
