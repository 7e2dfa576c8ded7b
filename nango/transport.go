package nango

import (
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
)

// TransportParams are the options of [ConnectionHandle.Transport] and [ConnectionHandle.HTTPClient].
//
// A host in ProviderURL, ExtraHosts and DirectHosts counts with its scheme and port. In the two lists a bare host, such
// as uploads.github.com, means https. For http, give a URL without a path, such as http://127.0.0.1:8080.
type TransportParams struct {
	// ProviderURL is the base URL of the provider's API, such as https://slack.com/api. If it is empty, the transport
	// takes the base URL from the provider's definition. Some providers need it: the base URL in their definition is
	// missing, has placeholders, or is set by each integration. If it is not the base URL of the definition, it is sent
	// to Nango as Base-Url-Override, so requests go to ProviderURL whatever the definition says.
	ProviderURL string
	// ExtraHosts are further hosts of the provider, such as uploads.github.com. Nango sends them the customer's
	// credential. Never take a host from user input.
	ExtraHosts []string
	// DirectHosts are hosts that need no credential, such as the hosts of presigned uploads and downloads. Their requests
	// do not go to Nango. They are sent with the client's own HTTP transport (see [WithHTTPClient]), without Authorization,
	// Cookie, Proxy-Authorization and the headers in which the provider carries its credential. All others go along.
	DirectHosts []string
	// Rewrite changes a request to the provider before it is sent, like Rewrite of httputil.ReverseProxy. It must not
	// change in, which is the caller's request; out is a copy. The transport has removed some headers from out, see
	// [ConnectionHandle.Transport]. What Rewrite sets is sent. If it replaces out.Body and does not set
	// out.ContentLength, the length counts as unknown; if it does not set out.GetBody, the body cannot be sent twice. It
	// may change out.URL; the rules for hosts apply to the new URL. It is called for requests to DirectHosts too, so
	// look at out.URL.Host before you set a secret. An error of Rewrite is the error of RoundTrip.
	Rewrite func(in, out *http.Request) error
	// ModifyResponse changes a response of the provider before the caller gets it, like ModifyResponse of
	// httputil.ReverseProxy. The transport calls it for each response that came through Nango, whatever its status. Use
	// it to restore a status that Nango has changed. If it returns an error, the body is closed and the error is the
	// error of RoundTrip.
	ModifyResponse func(*http.Response) error
	// MaxBodyBytes is the number of bytes that Nango takes as a body; 0 means 75 MiB, the limit of a server that is not
	// set up otherwise. A longer body is an [*ArgumentError]. Forms of multipart/form-data that Nango reads have no limit.
	MaxBodyBytes int64
}

// HTTPClient returns an [http.Client] with the transport of [ConnectionHandle.Transport]. Give it to any Go client of
// the provider's API that takes an http.Client. It has no time limit; set its Timeout if you need one.
//
// GET, POST, PUT, PATCH, DELETE, PROPFIND, REPORT /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch,
// proxyDelete, proxyPropfind, proxyReport). Not in the Node SDK.
func (h *ConnectionHandle) HTTPClient(params *TransportParams) *http.Client {
	return &http.Client{Transport: h.Transport(params)}
}

// Transport returns an [http.RoundTripper] that sends requests for the provider's API through Nango, with the
// connection's credentials. The requests have the provider's URLs, such as https://api.github.com/user. Its first
// request reads the integration and the definition of its provider. The [Client] keeps the definition, but not a
// failure to read it.
//
// Where requests go. A URL on the provider's host goes there through Nango, and so does a URL on a host in ExtraHosts.
// A URL on a host in DirectHosts goes there directly. Any other URL is an [*ArgumentError]. Nango itself follows up to
// five redirects of the provider.
//
// What arrives of a request. Method, path and query arrive, with unusual signs in them escaped. If the provider's
// definition has no headers, the body arrives byte for byte. Otherwise Nango reads bodies as forms, and the kind of the body decides: JSON arrives
// as equal JSON, multipart/form-data as an equal form, and anything else byte for byte unless it has a percent sign on
// which Nango would stop (the error matches [ErrLoosePercent]). A form with a part that Nango would lose or change, and
// a body with such a percent sign, stop the upload with an [*ArgumentError], and the provider gets nothing.
// docs/transport.md has all rules.
//
// Headers arrive, except these: headers of one connection between two hosts, such as Connection and what it names;
// Host; Cookie, Origin, Referer, Via, Forwarded and X-Forwarded-*; Accept-Encoding, unless it is identity; and all
// headers in which the provider carries its credential. A client often sends a placeholder there, which would replace
// the customer's credential. The definition names these headers. If the API key may not read the definition and there
// is a ProviderURL, they are Authorization, Api-Key, Apikey, Private-Token, X-Api-Key, X-*-Api-Key and X-*-Token. Set a
// removed header in Rewrite if the provider needs it.
//
// RoundTrip returns an [*ArgumentError] before the request for what cannot arrive: OPTIONS and other methods that Nango
// does not proxy, an upgrade, trailers, a body on any other method than POST, PUT, PATCH and DELETE, a body over
// MaxBodyBytes or not as long as its ContentLength, and a URL and headers over 15 KiB. A failure of Nango itself is an [*Error], never a response; see
// [ConnectionHandle.Proxy] for how it is recognised. [errors.Is] and [errors.AsType] find both through the [*url.Error]
// of http.Client. The transport retries no request. A client with retries of its own may repeat failures of Nango: set its
// retries to 0, or make it ask [errors.Is].
//
// Responses are without the headers that Nango adds: its own X-RateLimit-Limit, -Remaining and -Reset, which a client
// could mistake for the provider's; its security headers; and the ETag that it makes of the body. A 200 with a
// Content-Range is a 206 again. Other changes cannot be undone. If the provider's success has a Content-Length, its
// status arrives as 200, unless it is 204, and HEAD loses the length (ContentLength is -1). On servers that do not
// forward all headers, such a success also loses Link, Location and most others. The logger of [WithLogger] says once
// per client when a response looks as if it came from such a server. Cancelling a request ends it here at once, but the
// provider's request ends only if its response streams.
//
// GET, POST, PUT, PATCH, DELETE, PROPFIND, REPORT /proxy/{path} (proxyGet, also for HEAD, proxyPost, proxyPut, proxyPatch,
// proxyDelete, proxyPropfind, proxyReport). Not in the Node SDK.
func (h *ConnectionHandle) Transport(params *TransportParams) http.RoundTripper {
	t := &transport{handle: h, params: deref(params), extra: map[string]bool{}, direct: map[string]bool{}}
	t.fault = t.setUp()
	return t
}

type transport struct {
	handle        *ConnectionHandle
	client        *Client // that of the handle, without retries
	params        TransportParams
	base          *url.URL        // the ProviderURL; nil if there is none
	extra, direct map[string]bool // by origin
	fault         error           // what is wrong with the params
	guessed       atomic.Pointer[definition]
}

func (t *transport) setUp() (err error) {
	if t.params.MaxBodyBytes < 0 {
		return &ArgumentError{Name: "MaxBodyBytes", Reason: "is negative"}
	}
	if t.params.MaxBodyBytes == 0 {
		t.params.MaxBodyBytes = maxOctets
	}
	if t.params.ProviderURL != "" {
		var reason string
		if t.base, reason = parseBaseURL(t.params.ProviderURL); reason != "" {
			return &ArgumentError{Name: "ProviderURL", Reason: reason}
		}
	}
	for i, host := range t.params.ExtraHosts {
		if err := addOrigin(t.extra, host, "ExtraHosts", i); err != nil {
			return err
		}
	}
	for i, host := range t.params.DirectHosts {
		if err := addOrigin(t.direct, host, "DirectHosts", i); err != nil {
			return err
		}
	}
	for host := range t.direct {
		if t.extra[host] {
			return &ArgumentError{Name: "DirectHosts", Reason: "holds " + host + ", which is in ExtraHosts too"}
		}
	}
	t.client, err = t.handle.client.With(WithRetry(RetryPolicy{MaxAttempts: 1}))
	return err
}

// RoundTrip sends a request to the provider. It does not change the request.
func (t *transport) RoundTrip(in *http.Request) (*http.Response, error) {
	api, err := t.definition(in)
	if err != nil {
		closeBody(in)
		return nil, err
	}
	out, err := t.outgoing(in, api)
	if err != nil {
		closeBody(out)
		return nil, err
	}
	if t.direct[origin(out.URL)] {
		return t.sendDirect(in, out)
	}
	return t.sendThroughNango(in, out, api)
}

// CloseIdleConnections lets the CloseIdleConnections of [http.Client] reach the client's own HTTP client.
func (t *transport) CloseIdleConnections() {
	t.handle.client.config.httpClient.CloseIdleConnections()
	if fresh := t.handle.client.config.freshClient; fresh != nil {
		fresh.CloseIdleConnections()
	}
}

// sendDirect sends a request past Nango.
func (t *transport) sendDirect(in, out *http.Request) (*http.Response, error) {
	next := t.client.config.httpClient.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(out)
	if resp != nil {
		resp.Request = in
	}
	return resp, err
}

func (t *transport) sendThroughNango(in, out *http.Request, api *definition) (*http.Response, error) {
	req, body, err := t.proxied(in, out, api)
	if err != nil {
		closeBody(out)
		return nil, err
	}
	resp, err := t.client.gen.Client.Do(req)
	if refusal := body.refusal.Load(); refusal != nil { // whatever the server made of the part that it got
		if err == nil {
			resp.Body.Close()
		}
		return nil, *refusal
	}
	if err != nil {
		return nil, err
	}
	failure := nangoFailure(resp)
	if text := redirectText(resp); failure == nil && text != "" { // Nango follows those of the provider
		failure = newError(resp.Request, resp)
		failure.foreign = true
		failure.setMessage(text)
	}
	if failure != nil {
		discard(resp.Body)
		body.explain(failure)
		return nil, failure
	}
	resp.Request = in
	t.restore(resp, api)
	if t.params.ModifyResponse != nil {
		body := resp.Body
		err := t.params.ModifyResponse(resp)
		if resp.Body == nil {
			body.Close()
			resp.Body = http.NoBody
		}
		if err != nil {
			resp.Body.Close()
			return nil, err
		}
	}
	return resp, nil
}

// proxied returns the request to Nango that makes it send out to the provider.
func (t *transport) proxied(in, out *http.Request, api *definition) (*http.Request, *upload, error) {
	if err := checkProxied(out); err != nil {
		return nil, nil, err
	}
	to, err := t.destination(out.URL, api)
	if err != nil {
		return nil, nil, err
	}
	target, err := url.Parse(t.client.gen.Server + "proxy" + to.path)
	if err != nil {
		return nil, nil, &ArgumentError{Name: "request URL", Reason: "makes no valid URL"}
	}
	body, err := newUpload(out, api, t.params.MaxBodyBytes)
	if err != nil {
		return nil, nil, err
	}
	req := out.WithContext(out.Context())
	req.URL, req.Host, req.Header, req.TransferEncoding = target, "", http.Header{}, nil
	delete(out.Header, "Content-Type") // the body has it
	if err := setProxyHeaders(req.Header, &ProxyRequest{Header: out.Header, BaseURLOverride: to.override}); err != nil {
		return nil, nil, err
	}
	body.apply(req)
	req.Header.Set("Connection-Id", t.handle.connectionID)
	req.Header.Set("Provider-Config-Key", t.handle.integrationID)
	return req, body, nil
}

// checkProxied refuses what Nango cannot carry to the provider.
func checkProxied(out *http.Request) error {
	refuse := func(name, reason string) error { return &ArgumentError{Name: name, Reason: reason} }
	switch {
	case out.Method == http.MethodOptions:
		return refuse("Method", "is OPTIONS, to which Nango itself responds, so that the provider never gets it")
	case routes().Proxy(out.Method) == nil:
		return refuse("Method", "is none that Nango proxies: GET, HEAD, POST, PUT, PATCH, DELETE, PROPFIND and REPORT")
	case len(out.Trailer) > 0:
		return refuse("Trailer", "is set: Nango loses the trailers of a request")
	case out.URL.Opaque != "":
		return refuse("request URL", "is opaque")
	}
	return nil
}

// addOrigin adds a host of the caller's to a set of origins.
func addOrigin(origins map[string]bool, host, list string, i int) error {
	if !absoluteURL.MatchString(host) {
		host = "https://" + host
	}
	u, reason := parseBaseURL(host)
	if reason == "" && u.Path != "" {
		reason = "has a path"
	}
	if reason != "" {
		return &ArgumentError{Name: list + "[" + strconv.Itoa(i) + "]", Reason: reason}
	}
	origins[origin(u)] = true
	return nil
}

// carriesBody reports whether Nango hands on the body of a method. Newer servers also hand on those of PROPFIND and REPORT, but
// the others lose them in silence, and nothing tells the servers apart.
func carriesBody(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}
