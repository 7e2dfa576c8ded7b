package nango

import (
	"context"
	"time"
)

// RunSyncParams shape a run of [ConnectionHandle.RunSync].
type RunSyncParams struct {
	TriggerSyncsParams
	// Wait shapes the polling.
	Wait WaitParams
}

// RunSync runs a sync of this connection now and waits until the run has ended, well or not: see LatestRun of the result, which
// is STOPPED for a run that failed. It reads the status before, so that no clocks have to agree. A run that was in progress counts
// as the one awaited. It fails with a [*WaitError], when ctx ends or when polling keeps failing.
//
// POST /sync/trigger, then GET /sync/status, repeatedly. Not in the Node SDK.
func (h *ConnectionHandle) RunSync(ctx context.Context, sync SyncRef, params *RunSyncParams) (*SyncStatus, error) {
	if err := sync.check(); err != nil {
		return nil, err
	}
	p := value(params)
	before, err := h.oneStatus(ctx, sync)
	if err != nil {
		return nil, err
	}
	if err := h.TriggerSyncs(ctx, []SyncRef{sync}, &p.TriggerSyncsParams); err != nil {
		return nil, err
	}
	started := time.Time{}
	if before != nil {
		started = before.FinishedAt
	}
	return until(ctx, wait{awaited: "the run of a sync", params: p.Wait}, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		if err != nil || status == nil || status.Status == SyncRunning || !status.FinishedAt.After(started) {
			return nil, err
		}
		return status, nil
	})
}

// oneStatus returns the status of one sync, or nil if there is none.
func (h *ConnectionHandle) oneStatus(ctx context.Context, sync SyncRef) (*SyncStatus, error) {
	statuses, err := h.SyncStatus(ctx, []SyncRef{sync})
	if err != nil || len(statuses) == 0 {
		return nil, err
	}
	return statuses[0], nil
}
