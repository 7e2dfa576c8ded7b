package nango

import (
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// ownHeaders are the headers that Nango itself puts on its responses, learnt from one of them.
type ownHeaders struct {
	values map[string]string // of addedHeaders
	names  map[string]bool   // all that only Nango, or a gateway in front of it, sends
}

const limitHeader = "X-Ratelimit-Limit"

// addedHeaders are the headers that Nango adds to each response and that say nothing about the provider.
var addedHeaders = []string{
	limitHeader, "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Content-Security-Policy",
	"Content-Security-Policy-Report-Only", "Referrer-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
	"X-Dns-Prefetch-Control", "X-Download-Options", "X-Frame-Options", "X-Xss-Protection",
}

func ownHeadersOf(header http.Header) ownHeaders {
	own := ownHeaders{values: map[string]string{}, names: map[string]bool{}}
	for name := range header {
		own.names[name] = name != "Etag" && !strings.HasPrefix(name, "X-Ratelimit-")
	}
	for _, name := range addedHeaders {
		if value := header.Get(name); value != "" {
			own.values[name] = value
		}
	}
	return own
}

// restore takes away what Nango has put on a response, as far as it can be told.
func (t *transport) restore(resp *http.Response, api *definition) {
	header := maps.Clone(resp.Header) // a transport of the caller's may use it again
	for name, value := range api.own.values {
		if header.Get(name) != value {
			continue
		}
		delete(header, name)
		if name == limitHeader { // each may be the provider's, but without its Limit they mean nothing
			delete(header, "X-Ratelimit-Remaining")
			delete(header, "X-Ratelimit-Reset")
		}
	}
	if isExpressETag(header.Get("Etag"), resp.ContentLength) {
		delete(header, "Etag")
	}
	resp.Header = header
	if lacksHeaders(resp, api) {
		t.handle.client.warn(resp.Request.Context(), &t.handle.client.definitions.headers, "nango: a response has none of the provider's headers. "+
			"If the server does not forward them, Link, Location and rate limits are lost; see docs/transport.md")
	}
	in := resp.Request
	switch {
	case resp.StatusCode == http.StatusOK && header.Get("Content-Range") != "":
		setStatus(resp, http.StatusPartialContent)
	// A server of the Model Context Protocol accepts notifications in this way.
	case resp.StatusCode == http.StatusOK && in.Method == http.MethodPost && resp.ContentLength == 0 && strings.Contains(in.Header.Get("Accept"), "text/event-stream"):
		setStatus(resp, http.StatusAccepted)
	case in.Method == http.MethodHead && resp.ContentLength == 0: // Nango's, whatever the provider's was
		delete(header, "Content-Length")
		resp.ContentLength = -1
	}
}

func setStatus(resp *http.Response, code int) { resp.StatusCode, resp.Status = code, status(code) }

var expressETag = regexp.MustCompile(`^W/"([0-9a-f]{1,12})-[A-Za-z0-9+/]{27}"$`)

// isExpressETag reports whether an ETag is one that Nango has made of a body of this length.
func isExpressETag(etag string, length int64) bool {
	match := expressETag.FindStringSubmatch(etag)
	if match == nil {
		return false
	}
	size, err := strconv.ParseInt(match[1], 16, 64)
	return err == nil && size == length
}

// forwardedHeaders are the headers that a success has on every server.
var forwardedHeaders = map[string]bool{
	"Connection": true, "Content-Length": true, "Content-Type": true, "Date": true, "Keep-Alive": true,
	"Mcp-Session-Id": true, "X-Correlation-Id": true, "X-Request-Id": true,
}

// lacksHeaders reports whether a success has no header that only the provider can have sent, as on a server that does
// not forward them.
func lacksHeaders(resp *http.Response, api *definition) bool {
	if resp.StatusCode != http.StatusOK || resp.ContentLength < 0 {
		return false
	}
	for name := range resp.Header {
		if !forwardedHeaders[name] && !api.own.names[name] {
			return false
		}
	}
	return true
}
