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

// chain is the path of every request: identify → retry → log → http. Logging comes after retrying, because each attempt
// is logged and observed with its number and its own outcome. The API key is put on by the last link, so that no other
// one, and no answer, has a request that holds it.
func chain(c config) doer {
	do := overHTTP(c)
	do = logged(do, c.logger, c.observer)
	do = retried(do, c.retry)
	return identified(do, c.baseURL)
}

// call is what the links know about one request. It is the request's context, and finds itself in those made from it.
type call struct {
	context.Context
	op      *gen.Operation
	attempt int                 // counts from 1
	tried   int                 // the attempts, once there will be no other
	hops    int                 // redirects that the last attempt followed
	fresh   bool                // the next attempt shall not use the connection of the last one
	mask    func(string) string // of masked, once something was sent
}

// masked takes the API key, and the token that was sent, out of a text.
func (c *call) masked(text string) string {
	if c.mask == nil { // nothing was sent
		return text
	}
	return c.mask(text)
}

type callKey struct{}

func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns the call that identified put into the context; every request of the chain has one.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}
