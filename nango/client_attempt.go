package nango

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// attempt is what the client learns about one attempt while it runs.
type attempt struct {
	asked, got, wrote atomic.Bool // the transport asked for a connection, got one, and wrote headers to it

	hops     int      // redirects that were followed
	location []string // the Location of a redirect that was not followed
}

type attemptKey struct{}

// withAttempt puts the attempt into the context and records in it what the transport does. A transport that ignores
// tracing calls no hook. Then the client assumes that the request may have been sent.
func withAttempt(ctx context.Context, a *attempt) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, attemptKey{}, a), &httptrace.ClientTrace{
		GetConn:      func(string) { a.asked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { a.got.Store(true) },
		WroteHeaders: func() { a.wrote.Store(true) },
	})
}

func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// unsent reports whether it is certain that the request did not reach a server. If the context ended while there was a
// connection, the transport may be writing to it at this moment.
func (a *attempt) unsent(ctx context.Context) bool {
	return a.asked.Load() && !a.wrote.Load() && !(a.got.Load() && ctx.Err() != nil)
}
