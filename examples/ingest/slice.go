package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// SliceArgs are the arguments of a job that reads some pages of a key. While a deploy runs, jobs of the new version come to
// workers of the old one and the other way round. So a change may add a field whose zero means what was before. A change
// that the old version would do wrong needs a new kind, in a new queue that only new workers serve.
type SliceArgs struct {
	Name          string `json:"name"`
	IntegrationID string `json:"integration_id"`
	ConnectionID  string `json:"connection_id"`
	Model         string `json:"model"`
	Variant       string `json:"variant"`
}

// Kind implements [river.JobArgs].
func (SliceArgs) Kind() string { return "nango_slice" }

// enqueue inserts a job for a key in a transaction.
func (e *Engine) enqueue(ctx context.Context, tx pgx.Tx, key consume.Key, first bool) error {
	_, err := e.river.InsertTx(ctx, tx, SliceArgs(key), &river.InsertOpts{Queue: queue(first)})
	return err
}

func queue(first bool) string {
	if first {
		return queueImports
	}
	return queueEvents
}

// sliceWorker reads some pages of a key and writes them.
type sliceWorker struct {
	river.WorkerDefaults[SliceArgs]
	e *Engine
}

// retryDelay is the time after a failed attempt until the next. It doubles from 1 s on: ten attempts take about ten minutes.
func retryDelay(attempt int) time.Duration { return time.Second << min(attempt-1, 10) }

// again is when the sweep begins anew with a key whose job was discarded.
const again = time.Hour

// NextRetry implements [river.Worker].
func (*sliceWorker) NextRetry(job *river.Job[SliceArgs]) time.Time {
	return time.Now().Add(jitter(retryDelay(job.Attempt)))
}

var errOtherName = errors.New("ingest: the job is of a consumer with another Name")

// errLimited ends a slice behind a page that is committed, because the next request would be refused.
var errLimited = errors.New("ingest: the requests of this minute are used up")

// Work implements [river.Worker].
func (w *sliceWorker) Work(ctx context.Context, job *river.Job[SliceArgs]) error {
	e := w.e
	if job.Args.Name != e.params.Name {
		return river.JobCancel(errOtherName) // its cursor is of another environment, perhaps
	}
	if wait := e.limit.wait(); wait > 0 {
		return river.JobSnooze(jitter(wait))
	}
	token := fmt.Sprintf("%s/%d/%d", e.river.ID(), job.ID, job.Attempt)
	t, err := take(ctx, e.pool, consume.Key(job.Args), token, e.params.Lease)
	if err != nil {
		return err
	}
	if t == nil {
		return nil // superfluous
	}
	result, err := e.read(ctx, t)
	if err == nil {
		return e.end(ctx, job, t, result.ReachedEnd)
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), 5*time.Second, ctx.Err()) // to give the key back
	defer cancel()
	return e.fail(ctx, job, t, err)
}

// end ends a slice without an error. Key, next job and this job change in one transaction.
func (e *Engine) end(ctx context.Context, job *river.Job[SliceArgs], t *taken, reachedEnd bool) error {
	err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		more, first := true, t.first
		var err error
		if reachedEnd {
			more, err = t.finish(ctx, tx)
			first = false
		} else {
			err = t.release(ctx, tx, e.params.Requeue, "")
		}
		if err != nil {
			return err
		}
		if more { // behind the jobs of other keys that wait
			if err := e.enqueue(ctx, tx, t.key, first); err != nil {
				return err
			}
		}
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if errors.Is(err, consume.ErrConflict) {
		return nil // another job has taken the key, and goes on
	}
	return err
}

// fail gives the key back after an error, and says when it is read again. Should the database be away as well, the lease
// ends by itself.
func (e *Engine) fail(ctx context.Context, job *river.Job[SliceArgs], t *taken, err error) error {
	var leave time.Duration
	var outcome error
	failure, _ := errors.AsType[*nango.Error](err)
	switch {
	case errors.Is(err, errLimited), errors.Is(err, nango.ErrRateLimited):
		if failure != nil {
			e.limit.block(cmp.Or(failure.RetryAfter, time.Second))
		}
		wait := jitter(e.limit.wait())
		leave, outcome, err = wait+e.params.Requeue, river.JobSnooze(wait), nil
	case errors.Is(err, consume.ErrConflict): // a job whose lease had ended was faster, or the connection was deleted
		leave, outcome, err = e.params.Requeue, river.JobSnooze(time.Second), nil
	case errors.Is(err, context.Canceled): // the process stops
		leave, outcome, err = e.params.Requeue, river.JobSnooze(0), nil
	case errors.Is(err, consume.ErrStale), errors.Is(err, consume.ErrUnreadableCursor):
		return e.restart(ctx, job, t, err)
	case errors.Is(err, nango.ErrNotFound):
		// Only a confirmed deletion deletes rows: with a wrong API key, every connection is unknown.
		return errors.Join(t.giveUp(ctx, e.pool, err.Error()), river.JobCancel(err))
	case job.Attempt >= job.MaxAttempts:
		leave, outcome = again, err
	default:
		leave, outcome = 2*retryDelay(job.Attempt)+e.params.Requeue, err
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	if err := t.release(ctx, e.pool, leave, text); err != nil {
		e.params.Logger.WarnContext(ctx, "ingest: a key was not given back; its lease ends by itself", "error", err)
	}
	return outcome
}

// restart lets the key begin at its oldest record again.
func (e *Engine) restart(ctx context.Context, job *river.Job[SliceArgs], t *taken, cause error) error {
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := t.restart(ctx, tx, cause.Error()); err != nil {
			return err
		}
		if err := e.enqueue(ctx, tx, t.key, true); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
}
