package nango

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"sync"
	"time"

	"github.com/nango-go/sdk/gen"
)

const (
	defaultAttemptTimeout = time.Minute
	jobTimeout            = 5 * time.Minute
)

// sharedClient is the default of every client, so that all clients share their connections.
var sharedClient = sync.OnceValue(func() *http.Client { return &http.Client{Transport: newTransport()} })

var dialer = net.Dialer{Timeout: 10 * time.Second}

// newTransport returns a transport without a time limit for response headers, because a synchronous action may take 15
// minutes. The server closes idle connections after 61 s, so the transport closes them earlier. If an HTTP/2 connection
// is silent, the transport sends a ping. Without pings it would use a connection forever, even if a gateway on the way
// has dropped it.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       55 * time.Second,

		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK {
				return connectRefused(status(resp.StatusCode))
			}
			return nil
		},
	}
}

// freshClient opens a new connection for each request. If an attempt gets no response in time, the connection may be
// dead, and with HTTP/2 all requests share one connection. So the next attempt uses freshClient.
var freshClient = sync.OnceValue(func() *http.Client {
	transport := newTransport()
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
})

// sendHTTP makes one attempt. It reads the whole response before it returns, except a proxied response, which streams.
func sendHTTP(c config) doer {
	usual := c.sender(c.httpClient)
	fresh := usual
	if c.freshClient != nil {
		fresh = c.sender(c.freshClient)
	}
	limits, key := attemptLimits(c.attemptTimeout), http.Header{}
	c.authorize(key)
	return func(req *http.Request) (*http.Response, error) {
		call := callOf(req.Context())
		limit, cancel := withLimit(req.Context(), limits[call.op.Timeout])
		defer cancel()
		call.response = nil
		state := &attempt{}
		ctx := withAttempt(limit, state)
		out := req.WithContext(ctx)
		out.Header = c.withDefaults(req.Header)
		for name, values := range call.added {
			if name = textproto.CanonicalMIMEHeaderKey(name); out.Header[name] == nil {
				out.Header[name] = values
			}
		}
		call.mask = maskTokens(key["Authorization"], out.Header["Authorization"])
		if ctx.Err() != nil { // a transport of the caller may not check it
			closeBody(req)
			failed := transportError(out, nil, ctx.Err())
			failed.NotSent = true
			return nil, failed
		}
		client := usual
		if call.newConn {
			client = fresh
		}
		resp, err := client.Do(out)
		if err != nil {
			failed := transportError(out, resp, err)
			failed.NotSent = failed.StatusCode == 0 && state.unsent(ctx)
			return nil, failed
		}
		call.hops = state.hops
		if state.location != nil {
			resp.Header["Location"] = state.location
		}
		resp.Request = req
		if call.op.Proxied {
			if ctx.Err() != nil { // a transport of the caller may have returned the headers too late
				resp.Body.Close()
				return nil, transportError(out, resp, ctx.Err())
			}
			call.response = peekError(resp) // the client retries a 429 of Nango's own, and an observer is told of all failures
			return resp, nil
		}
		if err := bufferBody(resp, c.maxResponse); err != nil {
			return nil, bodyError(out, resp, err)
		}
		if resp.StatusCode/100 != 2 {
			call.response = responseError(resp)
		}
		return resp, nil
	}
}

// sender returns a copy of an HTTP client that follows the allowed redirects, if the client's own check agrees.
func (c config) sender(client *http.Client) *http.Client {
	sender := *client
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	sender.Transport = redirects{next, c.baseURL}
	if sender.CheckRedirect == nil {
		sender.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // redirects counts them
	}
	return &sender
}

// attemptLimits returns the time limit of each timeout class. Actions and the proxy have no limit, because the body of
// a proxied response outlives the attempt.
func attemptLimits(short time.Duration) map[gen.TimeoutClass]error {
	return map[gen.TimeoutClass]error{
		gen.TimeoutShort: attemptTimeout(short),
		gen.TimeoutJob:   attemptTimeout(max(short, jobTimeout)),
	}
}

// withLimit limits the time of one attempt. When the time is over, limit is the cause of the context's end.
func withLimit(ctx context.Context, limit error) (context.Context, context.CancelFunc) {
	after, ok := limit.(attemptTimeout)
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, time.Duration(after), limit)
}

var acceptJSON = []string{"application/json"}

// withDefaults returns a copy of a request's headers with the headers that every request has. The operations of a
// connect session set their own Authorization.
func (c config) withDefaults(header http.Header) http.Header {
	complete := make(http.Header, len(header)+3)
	maps.Copy(complete, header)
	if complete["Authorization"] == nil {
		c.authorize(complete)
	}
	if complete["Accept"] == nil {
		complete["Accept"] = acceptJSON
	}
	if complete["User-Agent"] == nil {
		complete["User-Agent"] = c.userAgent
	}
	return complete
}
