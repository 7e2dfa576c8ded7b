package nango

import (
	"context"
	"maps"
	"net"
	"net/http"
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

// newTransport has no time limit for the headers of an answer: a synchronous action may take 15 minutes. Idle
// connections close before the server closes them, which it does after 61 s.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       55 * time.Second,
	}
}

// overHTTP makes one attempt. Its answer has been read when it returns, except that the proxy's streams.
func overHTTP(c config) doer {
	client := *c.httpClient
	client.CheckRedirect = followed(client.CheckRedirect)
	limits := attemptLimits(c.attemptTimeout)
	return func(req *http.Request) (*http.Response, error) {
		call := callOf(req.Context())
		ctx, cancel := limited(req.Context(), limits[call.op.Timeout])
		defer cancel()
		attempt := req.WithContext(ctx)
		attempt.Header = c.completed(req.Header)
		if ctx.Err() != nil { // which a transport of the caller's may not look at
			closeBody(req)
			return nil, transportError(call.op, attempt, ctx.Err())
		}
		resp, err := client.Do(attempt)
		if err == nil && !isProxy(call.op.ID) {
			err = keepBody(ctx, resp)
		}
		if err != nil {
			return nil, transportError(call.op, attempt, err)
		}
		resp.Request = req
		return resp, nil
	}
}

// attemptLimits are the limits of the time classes. Actions and the proxy have none: the proxy's body outlives the attempt.
func attemptLimits(short time.Duration) map[gen.TimeoutClass]error {
	return map[gen.TimeoutClass]error{
		gen.TimeoutShort: noAnswer(short),
		gen.TimeoutJob:   noAnswer(max(short, jobTimeout)),
	}
}

// limited bounds one attempt by a limit, which is the cause that the context then ends with.
func limited(ctx context.Context, limit error) (context.Context, context.CancelFunc) {
	after, ok := limit.(noAnswer)
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, time.Duration(after), limit)
}

var acceptJSON = []string{"application/json"}

// completed returns a request's headers with those that every request has, in a map of its own. Session operations bring an
// Authorization of their own.
func (c config) completed(header http.Header) http.Header {
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
