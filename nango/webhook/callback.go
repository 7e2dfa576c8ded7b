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
	errTimeout = errors.New("webhook: timed out")
	errGoexit  = errors.New("webhook: the callback ended its goroutine")
)

// panicError is a panic of a callback.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("webhook: panic: %v", p.value) }

// call calls f and returns its error, or errTimeout if ctx ends first. Then f continues in its goroutine, and its
// result is logged. It returns nil if f is nil. The parameter what names f in the log.
func (h *handler) call(ctx context.Context, what string, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%w: %w", errTimeout, err)
	}
	var decided atomic.Bool // set by the first of the two: the result of f, or the end of ctx
	start, result := time.Now(), make(chan error, 1)
	go func() {
		err := errGoexit
		defer func() {
			if value := recover(); value != nil {
				err = &panicError{value, debug.Stack()}
			}
			if decided.CompareAndSwap(false, true) {
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
		if decided.CompareAndSwap(false, true) {
			err = context.Cause(ctx)
		} else {
			err = <-result
		}
	}
	if err != nil && ctx.Err() != nil { // f has not returned, or returned because ctx ended
		return fmt.Errorf("%w: %w", errTimeout, err)
	}
	return err
}

// log logs a delivery that was not acknowledged, or with the status 0 the result of a callback that came after the
// response. Of the event it logs the kind only.
func (h *handler) log(ctx context.Context, status int, what string, err error, start time.Time) {
	level, message := slog.LevelError, "webhook: failed"
	if err == nil || status != 0 && status < http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("what", what), slog.Duration("duration", time.Since(start))}
	switch {
	case status == 0:
		message = "webhook: late result"
	case status < http.StatusInternalServerError:
		message = "webhook: refused"
		fallthrough
	default:
		attrs = append(attrs, slog.Int("status", status))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	h.Logger.LogAttrs(ctx, level, message, attrs...)
}
