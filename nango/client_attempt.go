package nango

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// attempt is what is found out about one attempt while it is under way.
type attempt struct {
	asked, got, wrote atomic.Bool // a connection was asked for, was there, and headers were written to it

	hops     int      // redirects that were followed
	location []string // where the redirect that was not followed leads
}

type attemptKey struct{}

// withAttempt lets the attempt be found in the context, and lets it see what the transport does. A transport that ignores
// tracing calls no hook, and then the request may have been sent.
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

// unsent reports whether the request is known not to have reached a server. Where the context ended while there was a
// connection, it may be written to it at this moment.
func (a *attempt) unsent(ctx context.Context) bool {
	return a.asked.Load() && !a.wrote.Load() && !(a.got.Load() && ctx.Err() != nil)
}
