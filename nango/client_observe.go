package nango

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Observer is notified when calls and their attempts begin and end, for metrics and traces. A call is one request of an
// operation. An attempt is one try to send that request. An observer never gets an id, a query, a header or a body. A
// nil func is not called. The funcs run in the goroutine of the call, so they must be quick. If the client is used
// concurrently, they must be safe for concurrent use. Package nangootel, a module of its own, has an observer for
// OpenTelemetry.
//
// CallStart and AttemptStart return the context for the rest of the call or the attempt. They return the given context,
// or a context made from it, such as one with a span; nil means the given one. The returned context is passed to CallEnd
// or AttemptEnd, and to the transport of [WithHTTPClient].
//
// Headers gets the context of AttemptStart and returns headers to add to the request, such as traceparent. A header that
// the request has already is not changed, and so are Authorization, Accept and User-Agent. Nango forwards a header to the
// provider only if its name begins with Nango-Proxy-.
type Observer struct {
	CallStart    func(context.Context, Call) context.Context
	CallEnd      func(context.Context, CallResult)
	AttemptStart func(context.Context, Attempt) context.Context
	AttemptEnd   func(context.Context, AttemptResult)
	Headers      func(context.Context, Attempt) http.Header
}

func (o Observer) isZero() bool {
	return o.CallStart == nil && o.CallEnd == nil && o.AttemptStart == nil && o.AttemptEnd == nil && o.Headers == nil
}

// Call is one request of an operation. It can take several attempts.
type Call struct {
	// Operation is the operation's name in the API's document; empty for a request that the document does not describe.
	Operation OperationID
	// Method is the HTTP method.
	Method string
	// Path is the operation's path template.
	Path string
	// BaseURL is the base URL of the client, such as https://api.nango.dev. It never has a user or a query.
	BaseURL string
	// Proxied reports whether Nango passes the request on to a provider.
	Proxied bool
}

// CallResult describes how a call ended.
type CallResult struct {
	Call
	// Attempts is how many times the request was sent.
	Attempts int
	// StatusCode is the status of the response, 0 if there was none.
	StatusCode int
	// Code is the code of Nango's error, such as "not_found"; empty for a success and for a response of a provider.
	Code string
	// Sentinel is the sentinel that the failure matches, such as [ErrNotFound]. It is nil for a success, for a response of
	// a provider, and for a failure that matches none.
	Sentinel error
	// Duration is the time until the response was read; for the proxy, until its headers were.
	Duration time.Duration
	// Err is the *Error of a call without a whole response. It is nil for every response, whatever its status.
	Err error
}

// Attempt is one attempt of a call.
type Attempt struct {
	Call
	// Number counts the attempts of a call from 1.
	Number int
}

// AttemptResult describes how an attempt ended.
type AttemptResult struct {
	Attempt
	// StatusCode is the status of the response, 0 if there was none.
	StatusCode int
	// Code is the code of Nango's error, such as "too_many_request"; empty for a success and for a response of a provider.
	Code string
	// Sentinel is the sentinel that the failure matches, such as [ErrRateLimited]. It is nil for a success, for a response
	// of a provider, and for a failure that matches none.
	Sentinel error
	// RateLimit is Nango's rate limit, from the headers of the response. It is nil if there are no such headers:
	// without authentication, and on a server without a limit. It is also nil for the proxy, because the provider can
	// send headers of the same names.
	RateLimit *RateLimit
	// Duration is the time until the response was read; for the proxy, until its headers were.
	Duration time.Duration
	// Err is the *Error of an attempt without a whole response. It is nil for every response, whatever its status.
	Err error
}

// OperationFrom returns the operation that a request of this package belongs to, from the request's context. It is
// useful in a transport of [WithHTTPClient]. For the context of any other request it returns false.
func OperationFrom(ctx context.Context) (OperationID, bool) {
	if call, ok := ctx.Value(callKey{}).(*call); ok {
		return call.op.ID, true
	}
	return "", false
}

// observeCalls notifies an observer of each call.
func observeCalls(next doer, observer Observer, baseURL string) doer {
	if observer.CallStart == nil && observer.CallEnd == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		started, ctx := time.Now(), req.Context()
		call := callOf(ctx)
		info := call.info(req, baseURL)
		if observer.CallStart != nil {
			ctx = call.in(cmp.Or(observer.CallStart(ctx, info), ctx))
			req = req.WithContext(ctx)
		}
		return observed(next, req, info, func(resp *http.Response, err error) {
			if observer.CallEnd == nil {
				return
			}
			result := CallResult{
				Call: info, Attempts: call.attempt, Code: call.code(), Sentinel: call.sentinel(err), Duration: time.Since(started), Err: err,
			}
			if resp != nil {
				result.StatusCode = resp.StatusCode
			}
			observer.CallEnd(ctx, result)
		})
	}
}

// observed sends a request and calls end, also if the transport panics.
func observed(next doer, req *http.Request, info Call, end func(*http.Response, error)) (*http.Response, error) {
	returned := false
	defer func() {
		if !returned {
			panicked := &Error{Operation: info.Operation, Method: info.Method, Path: info.Path}
			panicked.setMessage("the transport panicked")
			end(nil, panicked)
		}
	}()
	resp, err := next(req)
	returned = true
	end(resp, err)
	return resp, err
}

// observeAttempts notifies an observer of each attempt, and logs it.
func observeAttempts(next doer, observer Observer, logger *slog.Logger, baseURL string) doer {
	if observer.AttemptStart == nil && observer.AttemptEnd == nil && observer.Headers == nil && logger == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		started, ctx := time.Now(), req.Context()
		call := callOf(ctx)
		info := Attempt{call.info(req, baseURL), call.attempt}
		if observer.AttemptStart != nil {
			ctx = call.in(cmp.Or(observer.AttemptStart(ctx, info), ctx))
			req = req.WithContext(ctx)
		}
		if observer.Headers != nil {
			call.added = observer.Headers(ctx, info)
		}
		return observed(next, req, info.Call, func(resp *http.Response, err error) {
			result := AttemptResult{Attempt: info, Code: call.code(), Sentinel: call.sentinel(err), Duration: time.Since(started), Err: err}
			if resp != nil {
				result.StatusCode = resp.StatusCode
				if !call.op.Proxied {
					result.RateLimit = rateLimit(resp.Header)
				}
			}
			if logger != nil {
				logger.LogAttrs(ctx, slog.LevelDebug, "nango: attempt", result.attrs()...)
			}
			if observer.AttemptEnd != nil {
				observer.AttemptEnd(ctx, result)
			}
		})
	}
}

func (r AttemptResult) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", string(r.Operation)),
		slog.Int("status", r.StatusCode),
		slog.Int("attempt", r.Number),
		slog.Duration("duration", r.Duration),
	}
	if r.Err != nil {
		attrs = append(attrs, slog.String("error", r.Err.Error()))
	}
	return attrs
}

// rateLimit reads the headers of Nango's rate limiter. A response has all three or none.
func rateLimit(header http.Header) *RateLimit {
	limit, err := strconv.Atoi(header.Get("X-Ratelimit-Limit"))
	if err != nil {
		return nil
	}
	remaining, err := strconv.Atoi(header.Get("X-Ratelimit-Remaining"))
	if err != nil {
		return nil
	}
	reset, err := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64)
	if err != nil {
		return nil
	}
	return &RateLimit{Limit: limit, Remaining: remaining, Reset: time.Unix(reset, 0)}
}
