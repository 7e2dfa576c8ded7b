package nango

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/nango-go/sdk/gen"
)

const (
	defaultAttemptTimeout = time.Minute
	jobTimeout            = 5 * time.Minute
)

// sharedClient is used by every client that was not given one, so that many of them share their connections.
var sharedClient = sync.OnceValue(func() *http.Client { return &http.Client{Transport: newTransport()} })

var dialer = net.Dialer{Timeout: 10 * time.Second}

// newTransport has no time limit for the headers of a response: a synchronous action may take 15 minutes. Idle
// connections close before the server closes them, which it does after 61 s. An HTTP/2 connection on which nothing comes is
// asked for a sign of life, or it would be used for ever after a forwarder on the way forgot it.
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

// freshClient has a connection of its own for each request. An attempt that had no response in time is repeated on it, since
// the connection may be dead, and of HTTP/2 there is one for all requests.
var freshClient = sync.OnceValue(func() *http.Client {
	transport := newTransport()
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
})

// sendHTTP makes one attempt. Its response has been read when it returns, except that the proxy's streams.
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
		call.mask = maskTokens(key["Authorization"], out.Header["Authorization"])
		if ctx.Err() != nil { // which a transport of the caller's may not look at
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
			if ctx.Err() != nil { // before a transport of the caller's had the headers
				resp.Body.Close()
				return nil, transportError(out, resp, ctx.Err())
			}
			if resp.StatusCode == http.StatusTooManyRequests { // Nango's own is repeated
				call.response = peekError(resp)
			}
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

// sender returns a copy of a client that follows the redirects that may be followed, as far as its own check agrees.
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

// attemptLimits are the limits of the time classes. Actions and the proxy have none: the proxy's body outlives the attempt.
func attemptLimits(short time.Duration) map[gen.TimeoutClass]error {
	return map[gen.TimeoutClass]error{
		gen.TimeoutShort: attemptTimeout(short),
		gen.TimeoutJob:   attemptTimeout(max(short, jobTimeout)),
	}
}

// withLimit bounds one attempt by a limit, which is the cause that the context then ends with.
func withLimit(ctx context.Context, limit error) (context.Context, context.CancelFunc) {
	after, ok := limit.(attemptTimeout)
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, time.Duration(after), limit)
}

var acceptJSON = []string{"application/json"}

// withDefaults returns a request's headers with those that every request has, in a map of its own. Session operations bring an
// Authorization of their own.
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
