package ingest

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// outcome says what River does with a job after an error. A snooze counts no attempt.
func (e *Engine) outcome(err error) error {
	switch {
	case errors.Is(err, errLimited), errors.Is(err, nango.ErrRateLimited):
		if failure, ok := errors.AsType[*nango.Error](err); ok {
			e.limit.block(max(failure.RetryAfter, time.Second)) // Nango also sends 0
		}
		return river.JobSnooze(jitter(e.limit.wait()))
	case errors.Is(err, consume.ErrConflict): // a job whose lease had ended was faster, or the connection was deleted
		return river.JobSnooze(time.Second)
	case errors.Is(err, context.Canceled): // the process stops
		return river.JobSnooze(0)
	}
	return err
}

// lasting is the outcome of a job that nothing repeats when River has discarded it. Its last attempt is made again each hour.
func (e *Engine) lasting(ctx context.Context, job *rivertype.JobRow, err error) error {
	outcome := e.outcome(err)
	if outcome != err || err == nil || job.Attempt < job.MaxAttempts || errors.Is(err, errForeign) {
		return outcome
	}
	e.params.Logger.WarnContext(ctx, "ingest: a job failed in all its attempts and is tried again in an hour", "kind", job.Kind, "error", err)
	return river.JobSnooze(jitter(afterDiscard))
}

// passes reports whether an error of the start can pass by itself: Nango or the database is away.
func passes(err error) bool {
	if _, ok := errors.AsType[*nango.Error](err); ok {
		return !errors.Is(err, nango.ErrUnauthorized) && !errors.Is(err, nango.ErrForbidden)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch class := refused.Code[:min(2, len(refused.Code))]; class {
		case "08", "53", "57": // the connection, too many connections, and a server that starts or stops
			return true
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// retryDelay is the time after a failed attempt until the next. It doubles from 1 s on: ten attempts take about ten minutes.
func retryDelay(attempt int) time.Duration { return time.Second << min(max(attempt-1, 0), 10) }

// retryPolicy is the [river.ClientRetryPolicy] of all jobs.
type retryPolicy struct{}

// NextRetry implements [river.ClientRetryPolicy].
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(jitter(retryDelay(job.Attempt)))
}
