package nango

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// WaitParams set the delays and limits of polling. A zero field means the default.
type WaitParams struct {
	// MinDelay is the pause after the first poll, 1 s by default. Each further pause is one and a half times as long,
	// up to MaxDelay.
	MinDelay time.Duration
	// MaxDelay is the longest pause, 10 s by default. After a failure, the pause is [Error.RetryAfter] if that is
	// longer.
	MaxDelay time.Duration
	// MaxFailures is the number of polls in a row that may fail with a temporary error (rate limit, server error, no
	// connection), 5 by default. The next temporary error ends the wait. Any other error ends it at once. The client
	// retries each poll as its [RetryPolicy] says; a poll fails only after the last retry.
	MaxFailures int
	// OnPoll, if set, is called after each poll that did not end the wait.
	OnPoll func(WaitStatus)
}

// WaitStatus is the progress of a wait.
type WaitStatus struct {
	Polls   int
	Elapsed time.Duration
	Next    time.Duration // the pause before the next poll
	Err     error         // the error of this poll; nil if it succeeded and found nothing
}

// WaitError reports that a wait ended without a result. It unwraps to Reason and to Last.
type WaitError struct {
	Awaited string        // a description of the expected result, such as "a connection"
	Polls   int           // the number of polls
	Elapsed time.Duration // the duration of the wait
	Reason  error         // why the wait ended: the context's error, [ErrSessionExpired], [ErrNotFound], or the error of the last poll
	Last    error         // the error of the last poll; nil if it succeeded and found nothing
}

// Error returns a text with Awaited, Polls, Elapsed, Reason and Last.
func (e *WaitError) Error() string {
	polls := "polls"
	if e.Polls == 1 {
		polls = "poll"
	}
	text := fmt.Sprintf("nango: waiting for %s ended after %d %s in %v", e.Awaited, e.Polls, polls, e.Elapsed.Round(time.Millisecond))
	if e.Reason != nil {
		text += ": " + e.Reason.Error()
	}
	if e.Last != nil && e.Last != e.Reason {
		text += " (last error: " + e.Last.Error() + ")"
	}
	return text
}

// Unwrap returns Reason and Last.
func (e *WaitError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Reason, e.Last} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

const (
	defaultMinDelay    = time.Second
	defaultMaxDelay    = 10 * time.Second
	defaultMaxFailures = 5
)

func (p WaitParams) resolve() (WaitParams, error) {
	if p.MinDelay < 0 || p.MaxDelay < 0 || p.MaxFailures < 0 {
		return p, &ArgumentError{Name: "Wait", Reason: "holds a negative value"}
	}
	if p.MaxDelay == 0 {
		p.MaxDelay = max(defaultMaxDelay, p.MinDelay)
	}
	if p.MinDelay == 0 {
		p.MinDelay = min(defaultMinDelay, p.MaxDelay)
	}
	if p.MaxDelay < p.MinDelay {
		return p, &ArgumentError{Name: "Wait", Reason: "has a MaxDelay below MinDelay"}
	}
	if p.MaxFailures == 0 {
		p.MaxFailures = defaultMaxFailures
	}
	return p, nil
}

// wait holds the parameters of one wait.
type wait struct {
	awaited   string
	params    WaitParams
	end       time.Time // when a result can no longer appear; if it is zero, only the context ends the wait
	endReason error     // the Reason of the error at end
}

// poll calls request at once, and then after growing pauses. It stops when request returns a result or a permanent
// error, when the context ends, or when w.end is reached; the last poll is at w.end itself. A request may change w.end.
func poll[T any](ctx context.Context, w *wait, request func(context.Context) (*T, error)) (*T, error) {
	p, err := w.params.resolve()
	if err != nil {
		return nil, err
	}
	started, delay, failures, failed := time.Now(), p.MinDelay, 0, &WaitError{Awaited: w.awaited}
	giveUp := func(reason error) (*T, error) {
		failed.Reason, failed.Elapsed = reason, time.Since(started)
		return nil, failed
	}
	for {
		if ctx.Err() != nil {
			return giveUp(contextEnd(ctx))
		}
		atEnd := !w.end.IsZero() && !time.Now().Before(w.end)
		found, err := request(ctx)
		failed.Polls++
		switch {
		case err == nil && found != nil:
			return found, nil
		case err == nil:
			failures, failed.Last = 0, nil
		case ctx.Err() != nil:
			failed.Last = lastResponse(err, failed.Last)
			return giveUp(contextEnd(ctx))
		default:
			failed.Last = err
			if failures++; !isTransient(err) || failures > p.MaxFailures {
				return giveUp(err)
			}
		}
		if atEnd && !w.end.IsZero() {
			return giveUp(w.endReason)
		}
		pause := w.pause(delay, err)
		if p.OnPoll != nil {
			p.OnPoll(WaitStatus{Polls: failed.Polls, Elapsed: time.Since(started), Next: pause, Err: err})
		}
		if !sleep(ctx, pause) {
			return giveUp(contextEnd(ctx))
		}
		delay = min(delay+delay/2, p.MaxDelay)
	}
}

// pause returns the delay, or the server's Retry-After if that is longer. It does not go past w.end.
func (w *wait) pause(delay time.Duration, err error) time.Duration {
	if failure, ok := errors.AsType[*Error](err); ok {
		delay = max(delay, failure.RetryAfter)
	}
	if !w.end.IsZero() {
		delay = max(0, min(delay, time.Until(w.end)))
	}
	return delay
}

// isTransient reports whether the next poll can succeed after this error.
func isTransient(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && (failure.StatusCode == 0 || failure.brokeOff || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrServer))
}

// lastResponse returns err if it has a response of the server, and previous otherwise. An error of the ended context
// must not hide the server's last error.
func lastResponse(err, previous error) error {
	if failure, ok := errors.AsType[*Error](err); ok && failure.StatusCode != 0 {
		return err
	}
	return previous
}
