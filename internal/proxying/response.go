package proxying

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Response is what the proxy makes of a provider's response.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Stream io.ReadCloser // the body of a response that streams
}

// Received makes a response of what came from the provider. A success that is chunked, or an attachment, streams as it came; other
// successes are read whole and lose their status and, unless keepHeaders, most headers; failures keep them.
func Received(resp *http.Response, keepHeaders bool) Response {
	body, err := decompressed(resp)
	if err != nil {
		resp.Body.Close()
		return Response{Status: http.StatusInternalServerError}
	}
	for _, name := range []string{"Content-Encoding", "Transfer-Encoding"} {
		resp.Header.Del(name)
	}
	if keepHeaders { // of the connection and of CORS it keeps none, wherever the response takes its way
		for name := range resp.Header {
			if name != "Content-Length" && !isKept(name) {
				delete(resp.Header, name)
			}
		}
	}
	disposition, _, _ := strings.Cut(strings.ToLower(resp.Header.Get("Content-Disposition")), ";")
	attached := slices.Contains([]string{"attachment", "inline"}, strings.TrimSpace(disposition))
	if resp.StatusCode/100 == 2 && (attached || slices.Contains(resp.TransferEncoding, "chunked")) {
		return Response{Status: resp.StatusCode, Header: resp.Header, Stream: body}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(body)
	switch {
	case err != nil:
		return Response{Status: http.StatusInternalServerError}
	case resp.StatusCode/100 != 2:
		return failure(resp, text)
	case resp.StatusCode == http.StatusNoContent && keepHeaders:
		return Response{Status: http.StatusNoContent, Header: kept(resp.Header)}
	case resp.StatusCode == http.StatusNoContent:
		return Response{Status: http.StatusNoContent}
	}
	return success(resp.Header, text, keepHeaders)
}

// success is what a provider's success becomes: a 200, whatever it was, with four of its headers or nearly all.
func success(from http.Header, text []byte, keepHeaders bool) Response {
	header := http.Header{"Content-Type": {"application/octet-stream"}, "Etag": {etag(text)}}
	if keepHeaders {
		maps.Copy(header, kept(from))
		return Response{Status: http.StatusOK, Header: header, Body: text}
	}
	for _, name := range []string{"Content-Type", "Mcp-Session-Id", "X-Request-Id", "X-Correlation-Id"} {
		if value := from.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	return Response{Status: http.StatusOK, Header: header, Body: text}
}

// notKept are the headers of a success that stay behind even where headers are kept: those of the connection.
var notKept = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length"}

func isKept(name string) bool {
	return !slices.Contains(notKept, name) && !strings.HasPrefix(name, "Access-Control-")
}

// kept are the headers of a success that is read whole. Several values of a header become one, but for cookies.
func kept(from http.Header) http.Header {
	header := http.Header{}
	for name, values := range from {
		if isKept(name) {
			header[name] = []string{strings.Join(values, ", ")}
		}
	}
	if cookies := from["Set-Cookie"]; len(cookies) > 0 {
		header["Set-Cookie"] = cookies
	}
	return header
}

// failure is what a provider's failure becomes: itself, but for what is no UTF-8 in its text.
func failure(resp *http.Response, text []byte) Response {
	header := resp.Header
	kind, parameters, _ := strings.Cut(header.Get("Content-Type"), ";")
	if kind == "" {
		kind = "text/html"
	}
	header.Set("Content-Type", withCharset(kind, parameters))
	text = []byte(string([]rune(string(text)))) // each byte that is none becomes U+FFFD
	if header.Get("ETag") == "" {
		header.Set("ETag", etag(text))
	}
	return Response{Status: resp.StatusCode, Header: header, Body: text}
}

// withCharset says of a content type that its text is UTF-8, as Express does of what it sends as text.
func withCharset(kind, parameters string) string {
	for parameter := range strings.SplitSeq(parameters, ";") {
		if p := strings.TrimSpace(parameter); p != "" && !strings.HasPrefix(strings.ToLower(p), "charset=") {
			kind += "; " + p
		}
	}
	return kind + "; charset=utf-8"
}

// etag is a weak one, as Express makes it.
func etag(body []byte) string {
	sum := sha1.Sum(body)
	return fmt.Sprintf(`W/"%x-%s"`, len(body), base64.StdEncoding.EncodeToString(sum[:])[:27])
}
