package ingest

import (
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

// argsOf and key convert between a key and the arguments of its job. A further argument lives for one slice, because a job is
// only a hint and can be lost: what must last is a column of ingest_keys.
func argsOf(key consume.Key) SliceArgs {
	return SliceArgs{Name: key.Name, IntegrationID: key.IntegrationID, ConnectionID: key.ConnectionID, Model: key.Model, Variant: key.Variant}
}

func (a SliceArgs) key() consume.Key {
	return consume.Key{Name: a.Name, IntegrationID: a.IntegrationID, ConnectionID: a.ConnectionID, Model: a.Model, Variant: a.Variant}
}

// enqueue inserts a job for a key in a transaction.
func (e *Engine) enqueue(ctx context.Context, tx pgx.Tx, key consume.Key, first bool) error {
	_, err := e.river.InsertTx(ctx, tx, argsOf(key), &river.InsertOpts{Queue: queue(first)})
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

// afterDiscard is when the sweep begins anew with a key whose job was discarded or cancelled.
const afterDiscard = time.Hour

var (
	errOtherName = errors.New("ingest: the job is of a consumer with another Name")
	errUnknown   = errors.New("ingest: Nango does not know the connection")
	errMadeAgain = errors.New("ingest: the connection was deleted and made again")
)

// Work implements [river.Worker].
func (w *sliceWorker) Work(ctx context.Context, job *river.Job[SliceArgs]) error {
	e := w.e
	if job.Args.Name != e.params.Name {
		return river.JobCancel(errOtherName) // its cursor is of another environment, perhaps
	}
	token := fmt.Sprintf("%s/%d/%d", e.river.ID(), job.ID, job.Attempt)
	t, err := take(ctx, e.pool, job.Args.key(), job.ID, token, e.params.Lease)
	if err != nil {
		return err
	}
	if t == nil {
		return nil // superfluous
	}
	result, err := e.slice(ctx, t)
	switch {
	case err == nil:
		err = e.end(ctx, job, t, result.ReachedEnd)
	case errors.Is(err, consume.ErrStale), errors.Is(err, consume.ErrUnreadableCursor):
		err = e.restart(ctx, job, t, err)
	}
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // to give the key back
	defer cancel()
	return e.fail(ctx, job, t, err)
}

// slice reads what the limit allows.
func (e *Engine) slice(ctx context.Context, t *taken) (consume.Result, error) {
	if err := e.limit.check(); err != nil {
		return consume.Result{}, err
	}
	if err := e.identify(ctx, t); err != nil {
		return consume.Result{}, err
	}
	return e.read(ctx, t)
}

// identify finds out whose rows a key has, with one request in its life.
func (e *Engine) identify(ctx context.Context, t *taken) error {
	if t.identity != "" {
		return nil
	}
	found, err := e.ask(ctx, t.key.IntegrationID, t.key.ConnectionID)
	if err != nil {
		return err
	}
	if found == "" {
		return errUnknown
	}
	// The request has taken its time, so the lease begins again.
	tag, err := e.pool.Exec(ctx, `UPDATE ingest_keys SET identity = $4, taken_until = CASE taken_by
				WHEN $6 THEN clock_timestamp() + $7::interval ELSE taken_until END
			WHERE id = $5 AND NOT EXISTS (SELECT FROM ingest_keys WHERE `+isConnection+` AND identity NOT IN ('', $4))`,
		t.key.Name, t.key.IntegrationID, t.key.ConnectionID, found, t.id, t.token, t.lease)
	if err == nil && tag.RowsAffected() == 0 { // other keys have rows of the connection before
		return errors.Join(errMadeAgain, e.changed(ctx, t.key.IntegrationID, t.key.ConnectionID, false))
	}
	return err
}

// end ends a slice without an error. Key, next job and this job change in one transaction.
func (e *Engine) end(ctx context.Context, job *river.Job[SliceArgs], t *taken, reachedEnd bool) error {
	if reachedEnd && t.unclean { // what did not come in this reading is gone at Nango
		if err := e.leftovers(ctx, t.id, t.reading); err != nil {
			return err
		}
	}
	return private(pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		more, first := true, t.first
		var err error
		if reachedEnd {
			more, err = t.finish(ctx, tx)
			first = false
		} else {
			err = t.release(ctx, tx, e.params.Requeue, false, "")
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
	}))
}

// fail gives the key back after an error, and says when it is read again. Should the database be away as well, the lease
// ends by itself.
func (e *Engine) fail(ctx context.Context, job *river.Job[SliceArgs], t *taken, err error) error {
	outcome := e.outcome(job.JobRow, err)
	leave, repeated, failure := e.params.Requeue, true, err.Error()
	switch snooze, snoozed := errors.AsType[*river.JobSnoozeError](outcome); {
	case snoozed:
		leave, failure = leave+snooze.Duration, ""
		repeated = !errors.Is(err, context.Canceled) // should this process end before River knows, an event begins anew
	case errors.Is(err, nango.ErrNotFound), errors.Is(err, errUnknown), errors.Is(err, errMadeAgain):
		// The key stays due, and nothing is deleted: with a wrong API key, every connection is unknown.
		leave, repeated, outcome = afterDiscard, false, river.JobCancel(err)
	case job.Attempt >= job.MaxAttempts:
		leave, repeated = afterDiscard, false
	default:
		leave += 2 * retryDelay(job.Attempt)
	}
	if err := t.release(ctx, e.pool, leave, repeated, failure); err != nil {
		e.params.Logger.WarnContext(ctx, "ingest: a key was not given back; its lease ends by itself", "error", err)
	}
	return outcome
}

// restart lets the key begin at its oldest record again.
func (e *Engine) restart(ctx context.Context, job *river.Job[SliceArgs], t *taken, cause error) error {
	return private(pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		if err := t.restart(ctx, tx, cause.Error()); err != nil {
			return err
		}
		if err := e.enqueue(ctx, tx, t.key, true); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	}))
}
