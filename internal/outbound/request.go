package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Request is a request to a host outside of Nango.
type Request struct {
	Method string
	URL    *url.URL // with its path in Opaque, as it is sent
	Header http.Header
	Body   []byte
	// ForwardHeaders sends all headers along when a redirect leads to another host.
	ForwardHeaders bool
}

// NetworkError says in the words of Node.js why there is no response.
type NetworkError struct{ Code, Message string }

// Error implements the error interface.
func (e *NetworkError) Error() string { return e.Message }

// Temporary reports whether a second attempt may succeed.
func (e *NetworkError) Temporary() bool { return e.Code == "ECONNRESET" || e.Code == "ECONNREFUSED" }

// Refused returns the error of a connection that nobody accepts.
func Refused(u *url.URL) *NetworkError {
	return &NetworkError{"ECONNREFUSED", "connect ECONNREFUSED " + Address(u)}
}

const maxRedirects = 5

// Send sends the request and follows redirects, by the transport that the caller finds for each URL. The caller has to close the
// body of the response. An error is the transport finder's, the context's, or a [NetworkError].
func (r Request) Send(ctx context.Context, transport func(*url.URL) (http.RoundTripper, error)) (*http.Response, error) {
	header := r.Header.Clone()
	for hop := 0; ; hop++ {
		to, err := transport(r.URL)
		if err != nil {
			return nil, err
		}
		resp, err := to.RoundTrip(r.request(ctx, header))
		if err != nil {
			return nil, networkError(ctx, err, r.URL)
		}
		location := resp.Header.Get("Location")
		if location == "" || resp.StatusCode/100 != 3 {
			return resp, nil
		}
		resp.Body.Close()
		if hop == maxRedirects {
			return nil, &NetworkError{"ERR_FR_TOO_MANY_REDIRECTS", "Maximum number of redirects exceeded"}
		}
		if header, err = r.redirect(resp.StatusCode, location, header); err != nil {
			return nil, err
		}
	}
}

func (r Request) request(ctx context.Context, header http.Header) *http.Request {
	req := (&http.Request{Method: r.Method, URL: r.URL, Header: header, Host: r.URL.Host}).WithContext(ctx)
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	if r.Body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(r.Body)), int64(len(r.Body))
	}
	return req
}

// redirect turns the request to its next URL, and returns its headers there. A POST becomes a GET but for 307 and 308, and
// credentials do not leave their host.
func (r *Request) redirect(status int, location string, header http.Header) (http.Header, error) {
	base := *r.URL
	base.Path, base.RawPath, base.Opaque = base.Opaque, "", ""
	if decoded, err := url.PathUnescape(base.Path); err == nil { // so that the escapes stay as they are
		base.Path, base.RawPath = decoded, base.Path
	}
	next, err := base.Parse(location)
	if err != nil || next.Host == "" {
		return nil, &NetworkError{"ERR_INVALID_URL", "Invalid URL"}
	}
	next.Opaque, next.Fragment = next.EscapedPath(), ""
	if next.Opaque == "" {
		next.Opaque = "/"
	}
	header = header.Clone()
	if status == http.StatusSeeOther && r.Method != http.MethodHead || r.Method == http.MethodPost && (status == 301 || status == 302) {
		r.Method, r.Body = http.MethodGet, nil
		header.Del("Content-Type")
	}
	header.Del("Host")
	if r.ForwardHeaders {
		for name, values := range r.Header {
			header[name] = values
		}
	} else if !sameSite(next.Host, r.URL.Host) {
		for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
			header.Del(name)
		}
	}
	r.URL = next
	return header, nil
}

// sameSite reports whether a host is another one or below it.
func sameSite(host, above string) bool {
	host, above = strings.ToLower(host), strings.ToLower(above)
	return host == above || strings.HasSuffix(host, "."+above)
}

func networkError(ctx context.Context, err error, u *url.URL) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused(u)
	}
	return &NetworkError{"ECONNRESET", "socket hang up"}
}
