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
	// Method is GET, POST, PUT, PATCH, DELETE, HEAD, PROPFIND or REPORT; empty means GET. Servers before 0.71.10 lose the
	// body of PROPFIND and REPORT: the provider gets the request without it, and nothing tells you.
	Method string
	// Path is a path of the provider's API, such as /repos/octocat/hello-world. It may have a query.
	//
	// Nango puts the path of the provider's base URL in front of it. So if you take a path from a URL that the provider
	// gave you, remove the base URL's path first.
	//
	// Percent-encode the path as in a URL. The SDK keeps these escapes, and encodes all other characters that a URL
	// must not hold, and braces. A dot segment (. or ..) is an error, even if it is percent-encoded, once or several
	// times.
	Path string
	// Query is added to the path's query. A key with several values appears once for each value.
	Query url.Values
	// Header holds the headers for the provider, without any prefix. Several values of a header are sent as one value,
	// separated by commas (Cookie: by semicolons), since the server would keep only the last value. If you set
	// Authorization, it replaces the credentials that Nango would add. For Content-Type use the field ContentType.
	Header http.Header

	// JSON is a value that is sent as a body in JSON, by the rules of encoding/json: a string becomes a JSON string.
	// Set only one of JSON, Form and Body.
	JSON any
	// Form is a body of the type multipart/form-data, such as an upload.
	Form *Form
	// Body is any other body. GET and HEAD cannot have one. If it is an io.Closer, the SDK closes it after use. The SDK
	// can retry a request with a *bytes.Reader, *bytes.Buffer or *strings.Reader; it can send any other reader only
	// once. [http.NoBody] is no body.
	Body io.Reader
	// ContentType is the content type of the body. A Body requires it. For JSON the default is application/json.
	ContentType string
	// Verbatim sends the bytes of a Body in JSON unchanged. Use it if, for example, a signature covers these bytes.
	// Without Verbatim the SDK writes %, & and = in JSON strings as escapes, because Nango cannot send these signs to
	// some providers. With Verbatim a Form is sent byte for byte too.
	//
	// The field JSON is always encoded, so that a json.RawMessage loses its spaces.
	Verbatim bool
	// PlainJSON sends JSON in a form that Nango parses, so that it can add the provider's own fields. The providers whose
	// definition has proxy.body need this, such as mandrill; [ProviderService.Get] returns the definition. Integers beyond
	// 2^53 then lose digits.
	PlainJSON bool

	// Retries is the number of retries that Nango makes, for any method, on network errors, on 401, 429 and 5xx, and on
	// the statuses in RetryOn; 0 means none. Nango waits 3 s, 6 s, 12 s, … between attempts. This call takes that time
	// too. A 401 does not make Nango refresh the token.
	Retries int
	// RetryOn lists further statuses on which Nango retries. It has no effect without Retries.
	RetryOn []int
	// BaseURLOverride replaces the provider's base URL. Nango sends the credentials to that host, so never take this
	// value from user input.
	BaseURLOverride string
	// ForwardHeadersOnRedirect decides whether Nango sends the headers, Authorization included, to redirect targets on
	// other hosts. If it is nil, the provider's definition decides. Nango follows up to five redirects.
	ForwardHeadersOnRedirect *bool

	// MaxResponseBytes is the number of bytes that [ProxyJSON] reads of a response at most, after decompression; 0
	// means 64 MiB. [ConnectionHandle.Proxy] streams the response and ignores this field.
	MaxResponseBytes int64
}

// Proxy calls the provider's API through Nango and returns the provider's response, whatever its status. Read and close
// its body. A failure of Nango itself is an [*Error]: an unknown connection or integration ([ErrNotFound]), credentials
// that could not be refreshed ([ErrRefreshFailed]), a missing scope, a rate limit of Nango, or a provider that Nango
// could not reach.
//
// No header marks a failure of Nango, so the SDK recognises it by its body: a JSON object that holds only an error,
// with a code and a status that Nango uses. This can be wrong. A provider's response of exactly this shape counts as a
// failure of Nango. An empty 500 of Nango, all its responses to HEAD, and all responses of a gateway in front of Nango
// count as the provider's. Before Proxy returns a failure in JSON or a page in HTML, it reads as much of the body as it
// needs to decide. It stops reading ahead if no data arrives for 2 s.
//
// Nango does not forward every response unchanged:
//
//   - A success that is chunked or an attachment keeps its status and headers. Nango streams it.
//   - Nango reads any other success completely. Its status becomes 200, unless it is 204: do not test for 201 or 207.
//     Nango Cloud and servers from about 0.71.7 on keep the provider's headers; where the provider sends X-RateLimit-*,
//     each of them replaces Nango's own of that name. Older servers lose most of the headers, among them Link, Location
//     and those of rate limits, unless they are set up to keep them.
//   - A failure keeps its status and headers. Nango reads it completely.
//
// The kind of the request's body decides how it reaches the provider. JSON arrives as equal JSON, a [Form] as an equal
// form, and any other body byte for byte. There is one exception. If the provider's definition has headers
// (proxy.headers or integration_config), Nango reads the body as a form, except on DELETE. It fails if a percent sign
// in the body does not begin an escape of UTF-8 text. The error matches [ErrLoosePercent] and says what to do. Valid
// JSON without Verbatim, and a Form within the limits of [Form], cannot fail in this way. docs/proxy.md has tables of
// all cases.
//
// Only ctx limits the time. If the body can be sent a second time, the SDK retries in two cases: after a 429 of Nango
// itself, and if no connection to Nango could be made. For all other retries, set Retries.
//
// GET, POST, PUT, PATCH, DELETE, PROPFIND, REPORT /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch,
// proxyDelete, proxyPropfind, proxyReport). Node: proxy, get, post, put, patch, delete.
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
	failure := nangoFailure(resp)
	if failure == nil {
		return resp, nil
	}
	discard(resp.Body)
	body.explain(failure)
	return nil, failure
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
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "REPORT":
		return method, nil
	}
	return "", &ArgumentError{Name: "Method", Reason: "must be GET, POST, PUT, PATCH, DELETE, HEAD, PROPFIND or REPORT"}
}

const proxyPrefix = "Nango-Proxy-"

// setProxyHeaders adds Nango's control headers and the provider's headers. Nango forwards a header only if its name has
// the prefix.
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
		if !isASCII(req.BaseURLOverride) { // Nango would read another host
			return &ArgumentError{Name: "BaseURLOverride", Reason: "is not ASCII: write a host in Punycode, which begins with xn--, and escape a path"}
		}
		header.Set("Base-Url-Override", req.BaseURLOverride)
	}
	if req.ForwardHeadersOnRedirect != nil {
		header.Set("Forward-Headers-On-Redirect", strconv.FormatBool(*req.ForwardHeadersOnRedirect))
	}
	return nil
}
