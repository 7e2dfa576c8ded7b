package nango

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// logged tells a logger and an observer about each attempt: what it was and how it ended, nothing that it carried.
func logged(next doer, logger *slog.Logger, observe func(context.Context, Attempt)) doer {
	if logger == nil && observe == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		start := time.Now()
		resp, err := next(req)
		ctx := req.Context()
		call := callOf(ctx)
		attempt := Attempt{
			Operation: call.op.ID, Method: req.Method, Path: call.op.Path,
			Number: call.attempt, Duration: time.Since(start), Err: err,
		}
		if resp != nil {
			attempt.StatusCode = resp.StatusCode
		}
		if logger != nil {
			logger.LogAttrs(ctx, slog.LevelDebug, "nango: attempt", attempt.attrs()...)
		}
		if observe != nil {
			observe(ctx, attempt)
		}
		return resp, err
	}
}

func (a Attempt) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", string(a.Operation)),
		slog.Int("status", a.StatusCode),
		slog.Int("attempt", a.Number),
		slog.Duration("duration", a.Duration),
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", a.Err.Error()))
	}
	return attrs
}
