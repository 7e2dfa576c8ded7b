package nango

import (
	"context"
	"errors"
	"net/http"

	"github.com/nango-go/sdk/gen"
)

// doer sends a request. Every step of the chain is a doer that wraps the next one.
type doer func(*http.Request) (*http.Response, error)

// Do makes the generated client send its requests through the chain.
func (d doer) Do(req *http.Request) (*http.Response, error) { return d(req) }

// chain returns the steps of every request: identify → observe the call → retry → observe the attempt → send. Only the
// last step adds the API key, so no other step and no response holds a request with the key.
func chain(c config) doer {
	do := sendHTTP(c)
	do = observeAttempts(do, c.observer, c.logger, c.baseURL.String())
	do = withRetry(do, c.retry)
	do = observeCalls(do, c.observer, c.baseURL.String())
	return withOperation(do, c.baseURL)
}

// call is what the steps of the chain know about one request. Each step finds it in the request's context.
type call struct {
	op       *gen.Operation
	attempt  int                 // counts from 1
	attempts int                 // the number of attempts, set after the last one
	hops     int                 // the redirects that the last attempt followed
	newConn  bool                // the next attempt must not use the connection of the last one
	added    http.Header         // of the observer, for the next attempt
	mask     func(string) string // removes the API key and the sent token from a text; nil before the first attempt
	response *Error              // the error of the last response; nil for a success and for a provider's response
}

type callKey struct{}

// callOf returns the call of a request. Every request in the chain has one.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// in returns a context that has the call. An observer may return a context without it.
func (c *call) in(ctx context.Context) context.Context {
	if ctx.Value(callKey{}) == c {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, c)
}

// info is what an observer is told about the call.
func (c *call) info(req *http.Request, baseURL string) Call {
	return Call{Operation: c.op.ID, Method: req.Method, Path: c.op.Path, BaseURL: baseURL, Proxied: c.op.Proxied}
}

// sentinel is the sentinel that the failure of the last attempt matches.
func (c *call) sentinel(err error) error {
	failed := c.response
	if err != nil {
		failed, _ = errors.AsType[*Error](err)
	}
	if failed == nil {
		return nil
	}
	return failed.sentinel()
}

// code is the error code of the last response.
func (c *call) code() string {
	if c.response == nil {
		return ""
	}
	return c.response.code()
}
