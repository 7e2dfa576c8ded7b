package nango

import (
	"context"
	"fmt"
)

// RunSyncParams shape a run of [ConnectionHandle.RunSync].
type RunSyncParams struct {
	TriggerSyncsParams
	// Wait shapes the polling.
	Wait WaitParams
}

// RunSync runs a sync of this connection now, waits until the run has ended, and returns how the sync is doing then. A run
// that failed is no error here: the LatestRun of the result is [SyncStopped] then, otherwise [SyncSuccess]. No clocks are
// compared, since the status is read before the run too. A run that is in progress counts as the one awaited, unless Reset
// cancels it.
//
// The context needs a deadline: when the scheduler refuses a run, nothing says so. The wait fails with a [*WaitError], when
// ctx ends or when polling keeps failing. A connection, an integration or a sync that does not exist is an error that matches
// [ErrNotFound].
//
// GET /sync/status, POST /sync/trigger, then GET /sync/status, repeatedly. Not in the Node SDK.
func (h *ConnectionHandle) RunSync(ctx context.Context, sync SyncRef, params *RunSyncParams) (*SyncStatus, error) {
	p := value(params)
	if err := p.check(ctx, sync); err != nil {
		return nil, err
	}
	before, err := h.oneStatus(ctx, sync)
	if err != nil {
		return nil, err
	}
	if err := h.TriggerSyncs(ctx, []SyncRef{sync}, &p.TriggerSyncsParams); err != nil {
		return nil, err
	}
	// The run that Reset cancelled is stopped, as a failed one is, and its end is written down more than once. Only what
	// follows a running state is then known to be of the new run, or a success.
	cancelled := p.Reset && before.Status == SyncRunning
	return until(ctx, wait{awaited: "the run of a sync", params: p.Wait}, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		switch {
		case err != nil:
			return nil, err
		case status.Status == SyncRunning:
			cancelled = false
			return nil, nil
		case !status.FinishedAt.After(before.FinishedAt), cancelled && status.LatestRun == SyncStopped:
			return nil, nil
		}
		return status, nil
	})
}

// check finds what would fail after the run was triggered.
func (p RunSyncParams) check(ctx context.Context, sync SyncRef) error {
	if _, ok := ctx.Deadline(); !ok {
		return &ArgumentError{Name: "ctx", Reason: "has no deadline, and a run that the scheduler refused would be awaited for ever"}
	}
	if err := sync.check(); err != nil {
		return err
	}
	if err := p.TriggerSyncsParams.check(); err != nil {
		return err
	}
	_, err := p.Wait.resolve()
	return err
}

// oneStatus returns the status of one sync. The server leaves out one that does not exist.
func (h *ConnectionHandle) oneStatus(ctx context.Context, sync SyncRef) (*SyncStatus, error) {
	statuses, err := h.SyncStatus(ctx, []SyncRef{sync})
	if err != nil {
		return nil, err
	}
	if len(statuses) == 0 {
		return nil, fmt.Errorf("%w: the connection has no such sync", ErrNotFound)
	}
	return statuses[0], nil
}
