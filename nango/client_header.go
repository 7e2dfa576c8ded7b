package nango

import (
	"net/http"
	"strings"
)

// arguments maps headers to the names that callers know for them.
var arguments = map[string]string{
	"Authorization":              "token",
	"Accept-Language":            "Language",
	"Connection-Id":              "connectionID",
	"Provider-Config-Key":        "integrationID",
	"Base-Url-Override":          "BaseURLOverride",
	proxyPrefix + "Content-Type": "ContentType",
	"User-Agent":                 "user agent",
}

// unproxied are the headers that belong to the connection between two hosts. The server would forward them anyway. Then
// the provider would wait for a body of another length, or the server would not find the provider.
var unproxied = map[string]bool{
	"Connection": true, "Content-Length": true, "Expect": true, "Host": true, "Keep-Alive": true, "Proxy-Connection": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}

// maxHead is the largest total size of the URL and the headers of a request. At 16 KiB the server responds with an
// empty 431.
const maxHead = 15 << 10

// checkHead refuses a URL and headers that HTTP or the server cannot carry without change.
func checkHead(req *http.Request) error {
	url := len(req.URL.EscapedPath()) + len(req.URL.RawQuery)
	size := url
	for name, values := range req.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	switch {
	case url > maxHead:
		return &ArgumentError{Name: "URL", Reason: "is longer than 15 KiB, which Nango refuses"}
	case size > maxHead:
		return &ArgumentError{Name: "Header", Reason: "is longer than 15 KiB in all, which Nango refuses"}
	}
	return checkHeader(req.Header)
}

// checkHeader refuses every header that HTTP cannot carry without change.
func checkHeader(header http.Header) error {
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		rest, proxied := strings.CutPrefix(name, proxyPrefix)
		argument, which := arguments[name], ""
		if argument == "" { // a header that the caller sets directly
			argument, which = "Header", rest+" "
		}
		switch {
		case rest == "" || strings.ContainsFunc(name, notInToken):
			return &ArgumentError{Name: argument, Reason: "has a name that is empty, or holds a character that no header's name can have"}
		case proxied && unproxied[http.CanonicalHeaderKey(rest)]:
			return &ArgumentError{Name: argument, Reason: "holds " + rest + ", which belongs to each connection and is set for you"}
		}
		for _, value := range values {
			switch {
			case strings.ContainsFunc(value, isHeaderControl):
				return &ArgumentError{Name: argument, Reason: which + "holds a control character, such as a newline"}
			case (name == "Connection-Id" || name == "Provider-Config-Key") && strings.TrimSpace(value) != value:
				return &ArgumentError{Name: argument, Reason: spaceReason}
			}
		}
	}
	return nil
}

func notInToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func isHeaderControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
