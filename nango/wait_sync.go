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

// RunSyncParams are the optional parameters of [ConnectionHandle.RunSync].
type RunSyncParams struct {
	TriggerSyncsParams
	// Wait sets the delays and limits of polling.
	Wait WaitParams
}

// SyncRunError reports that the run of a sync failed or was cancelled.
type SyncRunError struct {
	// Sync is the sync that ran.
	Sync SyncRef
	// Status is the status of the sync after the run.
	Status *SyncStatus
}

// Error returns a text that says where to find the reason, since the API does not return it.
func (e *SyncRunError) Error() string {
	return fmt.Sprintf("nango: the run of the sync %s failed or was cancelled; Nango's logs say why, and so does the webhook of type sync", e.Sync)
}

// MarshalJSON returns only the text of the error, because the status holds ids and the sync's checkpoint.
func (e *SyncRunError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// RunSync runs a sync of this connection now, waits until the run has ended, and returns the status of the sync. If the
// run failed or was cancelled, the error is a [*SyncRunError]. RunSync reads the status before and after the run, so
// the clock of this machine does not matter.
//
// If a run is in progress already, RunSync waits for that run. With Reset, it waits until that run has ended, and then
// starts a new one, because a run that starts while another is being cancelled can fail at once. A new connection gets
// its syncs within a second, so RunSync waits up to 5 s for a sync that does not exist.
//
// The context needs a deadline, because the API does not report that the scheduler refused a run. If ctx ends or
// polling keeps failing, the error is a [*WaitError]. If the connection, the integration or the sync does not exist, it
// is a [*WaitError] too, and matches [ErrNotFound].
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
	if err := h.triggerRun(ctx, sync, p); err != nil {
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

// triggerRun triggers the run once. A 429 has triggered nothing, so triggerRun retries after a 429, with the pauses of
// a wait.
func (h *ConnectionHandle) triggerRun(ctx context.Context, sync SyncRef, p RunSyncParams) error {
	triggered, err := poll(ctx, &wait{awaited: "a run to be taken on", params: p.Wait}, func(ctx context.Context) (*error, error) {
		err := h.TriggerSyncs(ctx, []SyncRef{sync}, &p.TriggerSyncsParams)
		if errors.Is(err, ErrRateLimited) {
			return nil, err
		}
		return &err, nil
	})
	if err != nil {
		return err
	}
	return *triggered
}

// maxSyncDelay is longer than the time for which a new connection has no syncs.
const maxSyncDelay = 5 * time.Second

var errNoSync = fmt.Errorf("%w: the connection has no such sync", ErrNotFound)

// statusBeforeRun waits until the sync exists. With Reset it also waits until no run of the sync is in progress.
func (h *ConnectionHandle) statusBeforeRun(ctx context.Context, sync SyncRef, p RunSyncParams) (*SyncStatus, error) {
	w := &wait{awaited: "a sync to be there", params: p.Wait, endReason: errNoSync}
	var firstMissed time.Time
	status, err := poll(ctx, w, func(ctx context.Context) (*SyncStatus, error) {
		status, err := h.oneStatus(ctx, sync)
		if err != nil {
			w.end = time.Time{} // after a failure it is unknown whether the sync exists
			return nil, err
		}
		if firstMissed.IsZero() {
			firstMissed = time.Now()
		}
		w.end = firstMissed.Add(maxSyncDelay)
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

// check finds wrong parameters before the run is triggered.
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

// oneStatus returns the status of one sync. It returns nil if the sync does not exist, since the server omits it.
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

const baseVariant = "base" // the variant of a SyncRef without a variant

func (s *SyncStatus) running() bool { return s.Status == SyncRunning || s.LatestRun == SyncRunning }

// failed reports whether the last run did not succeed. Some servers do not send LatestRun; then the Status decides.
func (s *SyncStatus) failed() bool {
	return s.Status == SyncError || cmp.Or(s.LatestRun, SyncSuccess) != SyncSuccess || s.LatestRun == "" && s.Status == SyncStopped
}
