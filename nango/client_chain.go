package nango

import (
	"context"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

// doer sends a request. Every link of the chain is one, made around the next.
type doer func(*http.Request) (*http.Response, error)

// Do lets the generated client send through the chain.
func (d doer) Do(req *http.Request) (*http.Response, error) { return d(req) }

// chain is the path of every request: identify → observe the call → retry → observe the attempt → send. The API key is put on by the
// last link, so that no other one, and no response, has a request that holds it.
func chain(c config) doer {
	do := sendHTTP(c)
	do = observeAttempts(do, c.observer, c.logger)
	do = withRetry(do, c.retry)
	do = observeCalls(do, c.observer)
	return withOperation(do, c.baseURL)
}

// call is what the links know about one request. Each finds it in the request's context.
type call struct {
	op       *gen.Operation
	attempt  int                 // counts from 1
	attempts int                 // the attempts, once there will be no other
	hops     int                 // redirects that the last attempt followed
	newConn  bool                // the next attempt shall not use the connection of the last one
	mask     func(string) string // takes the API key, and the token that was sent, out of a text; nil until something was sent
	response *Error              // the error that the last response is, nil for a success and for what a provider responded
}

type callKey struct{}

// callOf returns the call of a request of the chain, each of which has one.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// in returns a context that has the call, which an observer's own may have lost.
func (c *call) in(ctx context.Context) context.Context {
	if ctx.Value(callKey{}) == c {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, c)
}

// code is the code of the error that the last response is.
func (c *call) code() string {
	if c.response == nil {
		return ""
	}
	return c.response.code()
}
