package consume

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/nango-go/sdk/internal/vclock"
	"github.com/nango-go/sdk/nango"
)

const (
	minRetryDelay = time.Second
	maxRetryDelay = 5 * time.Minute
)

// consumer makes a pass for a connection and a variant of its source.
type consumer struct {
	params Params
	pass   func(ctx context.Context, h *nango.ConnectionHandle, variant string) pass
}

// pass is how a pass ended.
type pass struct {
	result Result
	err    error
	// permanent reports that the error stays as it is, so that a repetition is useless.
	permanent bool
}

// isPermanent reports whether an error of a run, not of the caller's function, comes again with every run.
func isPermanent(err error) bool {
	_, refused := errors.AsType[*nango.ArgumentError](err)
	return refused || errors.Is(err, ErrStale) || errors.Is(err, ErrUnreadableCursor) || errors.Is(err, nango.ErrNotFound)
}

// job is the work for a key.
type job struct {
	key Key
	to  consumer
	// dirty reports that an event came since the last pass began. The mutex of the dispatcher guards it.
	dirty bool
}

// work makes passes for a key until one has reached the end and no event has come since it began, or until ctx ends.
func (d *Dispatcher) work(ctx context.Context, j *job) {
	for failures := 0; ; {
		select {
		case d.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		j.dirty = false // before the pass reads: an event during the pass can be about records that it has not seen
		d.mu.Unlock()
		p := d.pass(ctx, j)
		ended := ctx.Err() != nil && errors.Is(p.err, ctx.Err())
		d.report(j.key, p, ended)
		if ended {
			return
		}
		var delay time.Duration
		if failures++; p.err == nil {
			failures = 0
		} else {
			delay = retryDelay(failures, p.err)
		}
		if d.finished(j, p) || !vclock.Pause(ctx, delay) {
			return
		}
	}
}

// pass makes a pass in its slot. If the caller's function ends the goroutine, as the FailNow of a test does, the key is
// forgotten, so that the next event of it starts anew.
func (d *Dispatcher) pass(ctx context.Context, j *job) (p pass) {
	returned := false
	defer func() {
		<-d.slots
		if !returned {
			d.mu.Lock()
			delete(d.jobs, j.key)
			d.mu.Unlock()
		}
	}()
	p = j.to.pass(ctx, d.client.Connection(j.key.IntegrationID, j.key.ConnectionID), j.key.Variant)
	returned = true
	return p
}

// finished reports whether there is nothing left to do for a key after a pass, and then forgets the key.
func (d *Dispatcher) finished(j *job, p pass) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if j.dirty || !p.permanent && !p.result.ReachedEnd {
		return false
	}
	delete(d.jobs, j.key)
	return true
}

// report tells the caller how a pass ended, or the log if it is worth a line: not a pass that ended with the dispatcher.
func (d *Dispatcher) report(key Key, p pass, ended bool) {
	switch {
	case d.params.OnPass != nil:
		d.params.OnPass(key, p.result, p.err)
	case p.err != nil && !ended && !errors.Is(p.err, ErrConflict):
		d.params.Logger.Error("consume: a pass failed", "consumer", key.Name, "model", key.Model, "error", p.err)
	}
}

// retryDelay returns the time until the next pass after so many failures in a row. Half of it is random, so that the
// keys that a failure of the server hits do not all come back at once.
func retryDelay(failures int, err error) time.Duration {
	delay := min(minRetryDelay<<min(failures-1, 16), maxRetryDelay)
	delay = delay/2 + rand.N(delay/2)
	if failure, ok := errors.AsType[*nango.Error](err); ok {
		delay = max(delay, failure.RetryAfter)
	}
	return delay
}
