package nango

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// WaitParams shape how a wait polls. Zero fields mean the default.
type WaitParams struct {
	// MinDelay is the pause after the first poll, 1 s by default. Pauses grow by half until MaxDelay.
	MinDelay time.Duration
	// MaxDelay is the longest pause, 10 s by default. After a failure, a longer [Error.RetryAfter] takes its place.
	MaxDelay time.Duration
	// MaxFailures is how many polls in a row may fail with a transient error (rate limit, server error, no connection); the next
	// such failure ends the wait. The default is 5. Other errors end it at once. A poll is a call like any other, which the client
	// first repeats as its [RetryPolicy] says: it has failed when that is used up.
	MaxFailures int
	// OnPoll, if set, is called after each poll that did not end the wait.
	OnPoll func(WaitStatus)
}

// WaitStatus tells how a wait is going.
type WaitStatus struct {
	Polls   int
	Elapsed time.Duration
	Next    time.Duration // the pause before the next poll
	Err     error         // why this poll failed, nil if it only found nothing yet
}

// WaitError reports a wait that ended without what it waited for. It unwraps to Reason and to Last.
type WaitError struct {
	Awaited string        // what was awaited, in words
	Polls   int           // the number of polls
	Elapsed time.Duration // the time since the wait began
	Reason  error         // why the wait ended: the context's error, the last poll's, or what will not come, such as [ErrSessionExpired]
	Last    error         // the error of the last poll; nil if that one succeeded and found nothing
}

// Error says what was awaited, how long, with how many polls, and why the wait ended.
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

// wait is one wait: what for, how, and until when it makes sense.
type wait struct {
	awaited   string
	params    WaitParams
	end       time.Time // the zero time means that only the context ends the wait
	endReason error     // the reason at end
}

// poll polls at once and then with growing pauses, poll poll returns something, fails for good, the context ends or the end
// is reached; the last poll happens at the end itself. A poll may move the end.
func poll[T any](ctx context.Context, w *wait, poll func(context.Context) (*T, error)) (*T, error) {
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
		found, err := poll(ctx)
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

// pause is the delay, or what the server asks for if that is longer, and ends with the wait.
func (w *wait) pause(delay time.Duration, err error) time.Duration {
	if failure, ok := errors.AsType[*Error](err); ok {
		delay = max(delay, failure.RetryAfter)
	}
	if !w.end.IsZero() {
		delay = max(0, min(delay, time.Until(w.end)))
	}
	return delay
}

// isTransient reports whether an error may be gone at the next poll.
func isTransient(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && (failure.StatusCode == 0 || failure.brokeOff || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrServer))
}

// lastResponse prefers an error in which the server said something.
func lastResponse(err, previous error) error {
	if failure, ok := errors.AsType[*Error](err); ok && failure.StatusCode != 0 {
		return err
	}
	return previous
}
