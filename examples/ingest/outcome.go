package ingest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// outcome says what River does with a job after an error. A snooze counts no attempt. When Nango allows requests again, the jobs
// that have waited longest go first in their queue.
func (e *Engine) outcome(job *rivertype.JobRow, err error) error {
	e.limit.learn(err)
	switch {
	case errors.Is(err, errLimited), errors.Is(err, nango.ErrRateLimited):
		waited := max(time.Since(job.CreatedAt), 0)
		later := time.Duration(float64(time.Second) / (1 + waited.Minutes()))
		return river.JobSnooze(e.limit.wait() + later + rand.N(later/4+1))
	case errors.Is(err, consume.ErrConflict): // a job whose lease had ended was faster, or the connection was deleted
		return river.JobSnooze(time.Second)
	case errors.Is(err, context.Canceled): // the process stops
		return river.JobSnooze(0)
	}
	return err
}

// lasting is the outcome of a job that nothing repeats when River has discarded it. Its last attempt is made again each hour.
func (e *Engine) lasting(ctx context.Context, job *rivertype.JobRow, err error) error {
	outcome := e.outcome(job, err)
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
	if code := pgCode(err); code != "" {
		switch pgClass(code) {
		case "08", "53", "57": // the connection, too many connections, and a server that starts or stops
			return true
		}
		return code == "25006" // read-only, as a standby until it is promoted
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
