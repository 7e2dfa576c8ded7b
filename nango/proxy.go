package nango

import (
	"context"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// ProxyRequest is a call to the provider's own API. Nango adds the connection's credentials.
type ProxyRequest struct {
	// Method is GET, POST, PUT, PATCH, DELETE or HEAD; empty means GET.
	Method string
	// Path is the provider's path, such as /repos/octocat/hello-world, in the form in which it stands in a URL. Nango appends it
	// to the path of the provider's base URL; cut that path off if you take Path from a URL that the provider gave you. What is
	// percent-encoded stays, and what may not stand in a URL is encoded, braces included. It may carry a query. A dot segment is
	// refused, also one that is percent-encoded, however often.
	Path string
	// Query is added to the path's query. Keys with several values are repeated.
	Query url.Values
	// Header holds the headers for the provider, without any prefix. The values of a header are joined with commas, those of
	// Cookie with semicolons, since the server would keep the last alone. Authorization replaces the credentials that Nango would
	// add. The content type has a field of its own.
	Header http.Header

	// JSON is a body that encodes to JSON by encoding/json's rules: a string becomes a JSON string. Only one of JSON, Form and Body
	// can be set.
	JSON any
	// Form is a body of the type multipart/form-data, such as an upload.
	Form *Form
	// Body is any other body; an io.Closer is closed after it. GET and HEAD carry none. The SDK can send a *bytes.Reader,
	// *bytes.Buffer or *strings.Reader a second time, other readers only once. [http.NoBody] is no body.
	Body io.Reader
	// ContentType is the type of the Body, and required with one. For JSON it is application/json unless set.
	ContentType string
	// Verbatim sends the bytes of a Body in JSON unchanged, say because a signature is computed over them. Without it %, & and =
	// in JSON strings are written as escapes, which arrive at every provider. The field JSON is encoded in either case, even a
	// json.RawMessage, which loses its spaces. A Form goes byte for byte.
	Verbatim bool
	// PlainJSON sends JSON in a way that lets Nango parse it and merge the provider's own fields into it, which three
	// providers need: adyntel, mandrill and sage-member. Integers beyond 2^53 then lose digits.
	PlainJSON bool

	// Retries is how many further attempts Nango makes on network errors, on 401, 429 and 5xx, and on RetryOn; 0 means
	// none. It waits 3 s, 6 s, 12 s, … between them, while this call waits, and repeats any method.
	Retries int
	// RetryOn lists further statuses to retry on; it means nothing without Retries.
	RetryOn []int
	// BaseURLOverride replaces the provider's base URL. The credentials go to that host, so never take it from input.
	BaseURLOverride string
	// ForwardHeadersOnRedirect sends the headers, Authorization included, to redirect targets on other hosts; nil leaves
	// it to the provider's definition. Nango follows up to five redirects.
	ForwardHeadersOnRedirect *bool

	// MaxResponseBytes bounds what [ProxyJSON] reads of a response, after decompression; 0 means 64 MiB. Proxy streams, and
	// ignores it.
	MaxResponseBytes int64
}

// Proxy calls the provider's API through Nango and returns the provider's response, whatever its status, for the caller to read
// and close. A failure of Nango's own is an [*Error]: an unknown connection or integration ([ErrNotFound]), credentials that
// could not be refreshed ([ErrRefreshFailed]), a missing scope, a rate limit of Nango, a provider that could not be reached.
//
// Nothing marks Nango's own failures, so they are told by their shape: a JSON object that holds only an error whose code and
// status are of Nango's list. So a provider's response of exactly that shape counts as Nango's. An empty 500 of Nango, its
// responses to HEAD, and those of a gateway in front of it count as the provider's. A failure in JSON and a page in HTML are read
// before they are returned, as long as they can still be Nango's, and no longer than 2 s without data.
//
// What arrives of a response depends on how the provider frames it. A success that is chunked, or an attachment, keeps its status
// and headers and streams. Any other success is read whole by Nango, becomes 200 unless it is 204, and loses most headers, among
// them Link, Location and rate limits, on servers that do not forward all. Failures keep everything, and are read whole.
//
// What arrives of a body depends on its kind. JSON arrives as equal JSON, a [Form] as an equal form, and all else byte for byte.
// Providers whose definition has headers (proxy.headers, integration_config) are an exception: for them Nango fails on a percent
// sign that does not begin an escape of UTF-8, except on DELETE, and the error says what to do. docs/proxy.md has both tables.
//
// Only ctx limits the time. The SDK retries a 429 of Nango itself, and a connection that could not be made, when the body can be
// sent again; for everything else see Retries.
//
// GET, POST, PUT, PATCH, DELETE /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch, proxyDelete). Node: proxy, get,
// post, put, patch, delete.
func (h *ConnectionHandle) Proxy(ctx context.Context, req ProxyRequest) (*http.Response, error) {
	out, body, err := h.proxyRequest(ctx, &req)
	if err != nil {
		closeSources(&req)
		return nil, err
	}
	resp, err := h.client.gen.Client.Do(out)
	if err != nil {
		return nil, err
	}
	refused := dashboardError(resp)
	if refused == nil {
		refused = nangoError(resp)
	}
	if refused == nil {
		return resp, nil
	}
	discard(resp.Body)
	body.explain(refused)
	return nil, refused
}

func (h *ConnectionHandle) proxyRequest(ctx context.Context, req *ProxyRequest) (*http.Request, *proxyBody, error) {
	if err := h.checkHeaders(); err != nil {
		return nil, nil, err
	}
	method, err := proxyMethod(req.Method)
	if err != nil {
		return nil, nil, err
	}
	path, query, err := proxyPath(req.Path, req.Query)
	if err != nil {
		return nil, nil, err
	}
	target := h.client.gen.Server + "proxy" + path
	if query != "" {
		target += "?" + query
	}
	out, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, nil, &ArgumentError{Name: "Path", Reason: "makes no valid URL"}
	}
	if err := setProxyHeaders(out.Header, req); err != nil {
		return nil, nil, err
	}
	body, err := newProxyBody(req, out.Header)
	if err != nil {
		return nil, nil, err
	}
	body.set(out, closeFunc(func() error { return closeSources(req) }))
	out.Header.Set("Connection-Id", h.connectionID)
	out.Header.Set("Provider-Config-Key", h.integrationID)
	return out, body, nil
}

func proxyMethod(method string) (string, error) {
	switch method {
	case "":
		return http.MethodGet, nil
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method, nil
	}
	return "", &ArgumentError{Name: "Method", Reason: "must be GET, POST, PUT, PATCH, DELETE or HEAD"}
}

const proxyPrefix = "Nango-Proxy-"

// setProxyHeaders adds Nango's control headers and the provider's headers under the prefix without which they would stop at
// Nango.
func setProxyHeaders(header http.Header, req *ProxyRequest) error {
	for name, values := range req.Header {
		switch name := textproto.CanonicalMIMEHeaderKey(name); {
		case name == "Content-Type":
			return &ArgumentError{Name: "Header", Reason: "holds Content-Type, which has a field of its own"}
		case strings.HasPrefix(name, proxyPrefix):
			return &ArgumentError{Name: "Header", Reason: "holds a name with the prefix Nango-Proxy-, which is added for you"}
		default:
			for _, value := range values {
				header.Add(proxyPrefix+name, value)
			}
		}
	}
	for name, values := range header {
		separator := ", "
		if name == proxyPrefix+"Cookie" {
			separator = "; "
		}
		header.Set(name, strings.Join(values, separator))
	}
	switch {
	case req.MaxResponseBytes < 0:
		return &ArgumentError{Name: "MaxResponseBytes", Reason: "must not be negative"}
	case req.Retries < 0:
		return &ArgumentError{Name: "Retries", Reason: "must not be negative"}
	case req.Retries > 0:
		header.Set("Retries", strconv.Itoa(req.Retries))
	}
	if len(req.RetryOn) > 0 {
		statuses := make([]string, len(req.RetryOn))
		for i, status := range req.RetryOn {
			if status < 100 || status > 599 {
				return &ArgumentError{Name: "RetryOn", Reason: "holds what is no status"}
			}
			statuses[i] = strconv.Itoa(status)
		}
		header.Set("Retry-On", strings.Join(statuses, ","))
	}
	if req.BaseURLOverride != "" {
		header.Set("Base-Url-Override", req.BaseURLOverride)
	}
	if req.ForwardHeadersOnRedirect != nil {
		header.Set("Forward-Headers-On-Redirect", strconv.FormatBool(*req.ForwardHeadersOnRedirect))
	}
	return nil
}
