package nango

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
)

// withRetry retries requests that are safe to repeat. It returns the last response or error unchanged. Only if the
// caller's context ends after a failure does it return an error with both.
func withRetry(next doer, policy RetryPolicy) doer {
	return func(req *http.Request) (*http.Response, error) {
		ctx := req.Context()
		call := callOf(ctx)
		var last *Error
		unsure := false // whether a failed attempt may have worked
		for {
			call.attempt++
			resp, err := next(req)
			failed := call.failure(err)
			switch {
			case failed == nil:
				call.attempts = call.attempt
				if call.response != nil {
					call.response = call.response.withAttempts(call.attempt)
				}
				return resp, err
			case unsure && isGone(call.op, failed):
				call.response = nil
				return noContent(req), nil
			case last != nil && err != nil && ctx.Err() != nil:
				return nil, &interrupted{last, contextEnd(ctx)}
			}
			failed = failed.withAttempts(call.attempt)
			failed.NotSent = failed.NotSent && !unsure // an earlier attempt may have been carried out
			if err == nil {
				call.response = failed
			}
			wait, allowed := policy.wait(ctx, call.attempt-1, failed)
			if !allowed || call.attempt >= policy.MaxAttempts || !shouldRetry(call.op, req, failed) {
				call.attempts = call.attempt
				if err != nil {
					err = failed
				}
				return resp, err
			}
			if resp != nil {
				discard(resp.Body)
			}
			if !sleep(ctx, wait) {
				return nil, &interrupted{failed, contextEnd(ctx)}
			}
			last, unsure = failed, unsure || mayHaveWorked(failed)
			_, call.newConn = failed.held.get().cause.(attemptTimeout)
			if req, err = rewind(req); err != nil {
				return nil, transportError(req, nil, err)
			}
		}
	}
}

// withAttempts returns the failure with the number of attempts. It is a copy, because observers have the error of each
// attempt.
func (e *Error) withAttempts(attempts int) *Error {
	if attempts < 2 {
		return e
	}
	last := *e
	last.attempts = attempts
	return &last
}

// mayHaveWorked reports whether the server may have executed the request of a failed attempt.
func mayHaveWorked(failed *Error) bool {
	if failed.StatusCode == 0 {
		return !failed.NotSent
	}
	return failed.brokeOff || failed.StatusCode >= http.StatusInternalServerError
}

// failure returns the error of an attempt, if a retry is possible. Of proxied responses, only Nango's own 429 can be
// retried. All others belong to the provider, and their bodies have not been read.
func (c *call) failure(err error) *Error {
	if err != nil {
		failed, _ := errors.AsType[*Error](err)
		return failed
	}
	if c.response == nil || c.response.StatusCode < http.StatusBadRequest {
		return nil
	}
	return c.response
}

// shouldRetry reports whether the client may send a failed request once more. The number of attempts and the wait are
// decided elsewhere.
func shouldRetry(op *gen.Operation, req *http.Request, failed *Error) bool {
	always := op.Retry == gen.RetryAlways
	switch {
	case req.Context().Err() != nil, !canReplay(req):
		return false
	case op.Proxied:
		return failed.StatusCode == http.StatusTooManyRequests || failed.NotSent && !isCertificate(failed.held.get().cause)
	case op.Retry == gen.RetryNever:
		return false
	// Nango itself pauses between two refreshes, and a failed action may already have had effects.
	case failed.Is(ErrRefreshFailed), failed.Is(ErrAction):
		return false
	}
	if failed.StatusCode == 0 || failed.brokeOff {
		return (failed.NotSent || always) && !isCertificate(failed.held.get().cause)
	}
	switch failed.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusInternalServerError:
		return always && op.Method == http.MethodGet && !isBadCursor(op, req, failed)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return always
	}
	return false
}

// isBadCursor recognises the only 500 that is the fault of the request: the response to a cursor that the server cannot
// read.
func isBadCursor(op *gen.Operation, req *http.Request, failed *Error) bool {
	return op.ID == gen.OperationListRecords && failed.StatusCode == http.StatusInternalServerError && failed.code() == "server_error" && req.URL.Query().Has("cursor")
}

// isGone reports whether a repeated deletion found nothing to delete.
func isGone(op *gen.Operation, failed *Error) bool {
	if failed.StatusCode < http.StatusInternalServerError && slices.Contains(op.Gone, failed.code()) {
		return true
	}
	return op.Method == http.MethodDelete && failed.Is(ErrNotFound)
}

func noContent(req *http.Request) *http.Response {
	return &http.Response{
		Status: status(http.StatusNoContent), StatusCode: http.StatusNoContent,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: &bufferedBody{deleted: true}, Request: req,
	}
}

func canReplay(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// rewind returns the request with its body at the start.
func rewind(req *http.Request) (*http.Request, error) {
	if req.GetBody == nil {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return req, err
	}
	req = req.WithContext(req.Context())
	req.Body = body
	return req, nil
}

// wait returns how long to wait before the next attempt. The number n counts the waits from 0. It returns false if the
// server asks for a longer wait than the policy allows, or if the context would end first.
func (p RetryPolicy) wait(ctx context.Context, n int, failed *Error) (time.Duration, bool) {
	wait := failed.RetryAfter
	switch {
	case failed.badRetryAfter:
		wait = p.MaxDelay
	case wait == 0:
		wait = backoff(p, n, rand.Float64())
	case wait > p.MaxRetryAfter:
		return 0, false
	}
	deadline, ok := ctx.Deadline()
	return wait, !ok || time.Until(deadline) > wait
}

// backoff returns a random wait between zero and BaseDelay × 2ⁿ, at most MaxDelay; random is in [0, 1).
func backoff(p RetryPolicy, n int, random float64) time.Duration {
	limit := p.BaseDelay
	for ; n > 0 && limit < p.MaxDelay; n-- {
		limit *= 2
	}
	return time.Duration(random * float64(min(limit, p.MaxDelay)))
}

// retryAfter reads the Retry-After header, which holds seconds or a date. Without the header it returns 0. The server
// rounds down, so "0" can mean up to one second: the result is at least one second. A value that is too large becomes
// the largest Duration. If the header has any other value, retryAfter returns false.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(strings.Join(header.Values("Retry-After"), ", "))
	if value == "" {
		return 0, true
	}
	if strings.Trim(value, "0123456789") == "" {
		var seconds time.Duration
		for _, digit := range value {
			if seconds > math.MaxInt64/time.Second/10-1 {
				return math.MaxInt64, true
			}
			seconds = seconds*10 + time.Duration(digit-'0')
		}
		return max(seconds*time.Second, time.Second), true
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), time.Second), true
	}
	return 0, false
}

// sleep reports false if the context ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// interrupted is the error of a call whose context ended after a failure. It wraps the failure first, and then the end
// of the context.
type interrupted struct {
	last *Error
	end  error
}

func (e *interrupted) Error() string { return e.last.Error() + "; then " + e.end.Error() }

func (e *interrupted) Unwrap() []error { return []error{e.last, e.end} }

// Timeout is for url.Error, which asks only the error directly below it.
func (e *interrupted) Timeout() bool { return isTimeout(e.end) }
