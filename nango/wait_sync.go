package nango

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// RunSyncParams shape a run of [ConnectionHandle.RunSync].
type RunSyncParams struct {
	TriggerSyncsParams
	// Wait shapes the polling.
	Wait WaitParams
}

// SyncRunError reports a run of a sync that failed or was cancelled.
type SyncRunError struct {
	// Sync is the sync that ran.
	Sync SyncRef
	// Status is how the sync is doing after the run.
	Status *SyncStatus
}

// Error says where the reason is, which the API does not tell.
func (e *SyncRunError) Error() string {
	return fmt.Sprintf("nango: the run of the sync %s failed or was cancelled; Nango's logs say why, and so does the webhook of type sync", e.Sync)
}

// MarshalJSON returns the text of the error: the status holds ids and what the sync remembers.
func (e *SyncRunError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// RunSync runs a sync of this connection now, waits until the run has ended, and returns how the sync is doing then. A run that
// failed or was cancelled is a [*SyncRunError]. The status is read before the run too, so that no clocks are compared.
//
// A run that is in progress counts as the one awaited. With Reset RunSync waits for its end first: a run that is ordered while
// another is being cancelled can fail at once. A connection has its syncs up to a second after it was made, so that RunSync waits
// up to 5 s for a sync that is not there.
//
// The context needs a deadline: when the scheduler refuses a run, nothing says so. The wait fails with a [*WaitError], when ctx
// ends or when polling keeps failing. A connection, an integration or a sync that does not exist is a [*WaitError] too, and
// matches [ErrNotFound].
//
// GET /sync/status (getSyncStatus), repeatedly, POST /sync/trigger (triggerSync), then GET /sync/status (getSyncStatus),
// repeatedly. Not in the Node SDK.
func (h *ConnectionHandle) RunSync(ctx context.Context, sync SyncRef, params *RunSyncParams) (*SyncStatus, error) {
	p := deref(params)
	if err := p.check(ctx, sync); err != nil {
		return nil, err
	}
	before, err := h.statusBeforeRun(ctx, sync, p)
	if err != nil {
		return nil, err
	}
	if err := h.orderRun(ctx, sync, p); err != nil {
		return nil, err
	}
	after, err := poll(ctx, &wait{awaited: "the run of a sync", params: p.Wait}, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		switch {
		case err != nil:
			return nil, err
		case status == nil:
			return nil, errNoSync
		case status.running() || !status.FinishedAt.After(before.FinishedAt):
			return nil, nil
		}
		return status, nil
	})
	if err == nil && after.failed() {
		return nil, &SyncRunError{Sync: sync, Status: after}
	}
	return after, err
}

// orderRun triggers the run once. After a 429, which ordered nothing, it tries again as a wait does.
func (h *ConnectionHandle) orderRun(ctx context.Context, sync SyncRef, p RunSyncParams) error {
	ordered, err := poll(ctx, &wait{awaited: "a run to be taken on", params: p.Wait}, func(ctx context.Context) (*error, error) {
		err := h.TriggerSyncs(ctx, []SyncRef{sync}, &p.TriggerSyncsParams)
		if errors.Is(err, ErrRateLimited) {
			return nil, err
		}
		return &err, nil
	})
	if err != nil {
		return err
	}
	return *ordered
}

// syncsAppear is how long a new connection can be without its syncs, and more.
const syncsAppear = 5 * time.Second

var errNoSync = fmt.Errorf("%w: the connection has no such sync", ErrNotFound)

// statusBeforeRun waits until there is a sync, and one that no run is in progress of if the next is to start over.
func (h *ConnectionHandle) statusBeforeRun(ctx context.Context, sync SyncRef, p RunSyncParams) (*SyncStatus, error) {
	w := &wait{awaited: "a sync to be there", params: p.Wait, endReason: errNoSync}
	var missedSince time.Time
	status, err := poll(ctx, w, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		if err != nil {
			w.end = time.Time{} // a failure says nothing about the sync
			return nil, err
		}
		if missedSince.IsZero() {
			missedSince = time.Now()
		}
		w.end = missedSince.Add(syncsAppear)
		return status, nil
	})
	if err != nil || !p.Reset || !status.running() {
		return status, err
	}
	return poll(ctx, &wait{awaited: "the run before the one to start over", params: p.Wait}, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		switch {
		case err != nil:
			return nil, err
		case status == nil:
			return nil, errNoSync
		case status.running():
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

// oneStatus returns the status of one sync, nil for one that does not exist, which the server leaves out.
func (h *ConnectionHandle) oneStatus(ctx context.Context, sync SyncRef) (*SyncStatus, error) {
	statuses, err := h.SyncStatus(ctx, []SyncRef{sync})
	i := slices.IndexFunc(statuses, func(s *SyncStatus) bool {
		return cmp.Or(s.ConnectionID, h.connectionID) == h.connectionID && s.Name == sync.Name && cmp.Or(s.Variant, baseVariant) == cmp.Or(sync.Variant, baseVariant)
	})
	if err != nil || i < 0 {
		return nil, err
	}
	return statuses[i], nil
}

const baseVariant = "base" // the variant of a sync that was asked for without one

func (s *SyncStatus) running() bool { return s.Status == SyncRunning || s.LatestRun == SyncRunning }

// failed reports whether the last run did not succeed. The status tells it for servers that say nothing about the run.
func (s *SyncStatus) failed() bool {
	return s.Status == SyncError || cmp.Or(s.LatestRun, SyncSuccess) != SyncSuccess || s.LatestRun == "" && s.Status == SyncStopped
}
