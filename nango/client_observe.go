package nango

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Observer is told when calls and their attempts begin and end, for metrics and traces. A call is one request of an operation; its
// attempts are how often that was sent. What an observer is told holds no id, query, header or body. A func that is nil is not
// called. The funcs run in the goroutine of the call, so they have to be quick, and safe for concurrent use if the client is used
// concurrently.
//
// CallStart and AttemptStart return the context with which the call or the attempt goes on: the given one, or one made from it,
// such as one with a span. It reaches the end of the same call or attempt, and the transport of [WithHTTPClient], which can read a
// span from it and send it as traceparent. Nil means the given one.
type Observer struct {
	CallStart    func(context.Context, Call) context.Context
	CallEnd      func(context.Context, CallResult)
	AttemptStart func(context.Context, Attempt) context.Context
	AttemptEnd   func(context.Context, AttemptResult)
}

// Call is one request of an operation, whatever number of attempts it takes.
type Call struct {
	// Operation is the operation's name in the API's document; empty for a request that is no operation of it.
	Operation OperationID
	// Method is the HTTP method.
	Method string
	// Path is the operation's path template.
	Path string
}

// CallResult is how a call ended.
type CallResult struct {
	Call
	// Attempts is how many times the request was sent.
	Attempts int
	// StatusCode is the status of the response, 0 where there was none.
	StatusCode int
	// Code is the code of Nango's error, such as "not_found"; empty for a success and for a response of a provider.
	Code string
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

// AttemptResult is how an attempt ended.
type AttemptResult struct {
	Attempt
	// StatusCode is the status of the response, 0 where there was none.
	StatusCode int
	// Code is the code of Nango's error, such as "too_many_request"; empty for a success and for a response of a provider.
	Code string
	// RateLimit is what Nango says of its rate limit, nil where it says nothing: without authentication, where the server has
	// no limit, and for the proxy, where the same headers can be the provider's.
	RateLimit *RateLimit
	// Duration is the time until the response was read; for the proxy, until its headers were.
	Duration time.Duration
	// Err is the *Error of an attempt without a whole response. It is nil for every response, whatever its status.
	Err error
}

// RateLimit is Nango's own rate limit after a request: the headers X-RateLimit-Limit, -Remaining and -Reset.
type RateLimit struct {
	// Limit is how many requests a window allows.
	Limit int
	// Remaining is how many of them are left.
	Remaining int
	// Reset is when the next window begins, to the second.
	Reset time.Time
}

// OperationFrom returns the operation that a request of this package belongs to, from the request's context. It serves transports
// under [WithHTTPClient]. It reports false for the context of any other request.
func OperationFrom(ctx context.Context) (OperationID, bool) {
	if call, ok := ctx.Value(callKey{}).(*call); ok {
		return call.op.ID, true
	}
	return "", false
}

// observeCalls tells an observer about each call.
func observeCalls(next doer, observer Observer) doer {
	if observer.CallStart == nil && observer.CallEnd == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		started, ctx := time.Now(), req.Context()
		call := callOf(ctx)
		told := Call{Operation: call.op.ID, Method: req.Method, Path: call.op.Path}
		if observer.CallStart != nil {
			ctx = call.in(cmp.Or(observer.CallStart(ctx, told), ctx))
			req = req.WithContext(ctx)
		}
		resp, err := next(req)
		if observer.CallEnd != nil {
			result := CallResult{Call: told, Attempts: call.attempt, Code: call.code(), Duration: time.Since(started), Err: err}
			if resp != nil {
				result.StatusCode = resp.StatusCode
			}
			observer.CallEnd(ctx, result)
		}
		return resp, err
	}
}

// observeAttempts tells an observer and a logger about each attempt.
func observeAttempts(next doer, observer Observer, logger *slog.Logger) doer {
	if observer.AttemptStart == nil && observer.AttemptEnd == nil && logger == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		started, ctx := time.Now(), req.Context()
		call := callOf(ctx)
		told := Attempt{Call{Operation: call.op.ID, Method: req.Method, Path: call.op.Path}, call.attempt}
		if observer.AttemptStart != nil {
			ctx = call.in(cmp.Or(observer.AttemptStart(ctx, told), ctx))
			req = req.WithContext(ctx)
		}
		resp, err := next(req)
		result := AttemptResult{Attempt: told, Code: call.code(), Duration: time.Since(started), Err: err}
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
		return resp, err
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

// rateLimit reads the headers of Nango's limiter, of which a response has all three or none.
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
	return &RateLimit{limit, remaining, time.Unix(reset, 0)}
}
