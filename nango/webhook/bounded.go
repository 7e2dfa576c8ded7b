package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"
)

var (
	errLate   = errors.New("webhook: not done in time")
	errGoexit = errors.New("webhook: the callback ended its goroutine")
)

// panicked is a panic of a callback.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("webhook: panic: %v", p.value) }

// bounded calls f, if there is one, and returns what it returns, or errLate if ctx ends first. Then
// f goes on by itself, and its result is logged. A result that is there when ctx ends counts.
func (h *handler) bounded(ctx context.Context, what string, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%w: %w", errLate, err)
	}
	var settled atomic.Bool // by whoever comes first: the result, or the end of ctx
	start, result := time.Now(), make(chan error, 1)
	go func() {
		err := errGoexit
		defer func() {
			if value := recover(); value != nil {
				err = &panicked{value, debug.Stack()}
			}
			if settled.CompareAndSwap(false, true) {
				result <- err
			} else {
				h.log(context.WithoutCancel(ctx), 0, what, err, start)
			}
		}()
		err = f(ctx)
	}()
	var err error
	select {
	case err = <-result:
	case <-ctx.Done():
		if settled.CompareAndSwap(false, true) {
			err = context.Cause(ctx)
		} else {
			err = <-result
		}
	}
	if err != nil && ctx.Err() != nil { // f ended because ctx did, or did not end
		return fmt.Errorf("%w: %w", errLate, err)
	}
	return err
}

// log tells how a delivery ended that was not a success. Without a status it is a result that came
// after the answer. It tells nothing of what was delivered but its kind.
func (h *handler) log(ctx context.Context, status int, what string, err error, start time.Time) {
	level, message := slog.LevelError, "webhook: failed"
	if err == nil || status != 0 && status < http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("what", what), slog.Duration("duration", time.Since(start))}
	switch {
	case status == 0:
		message = "webhook: a late result"
	case status < http.StatusInternalServerError:
		message = "webhook: refused"
		fallthrough
	default:
		attrs = append(attrs, slog.Int("status", status))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	h.Logger.LogAttrs(ctx, level, message, attrs...)
}
