package nango

import (
	"context"

	"github.com/nango-go/sdk/gen"
)

// TriggerSyncs runs syncs of this connection now, paused ones too, and returns when the runs are ordered;
// [ConnectionHandle.RunSync] waits for one. A run that the scheduler refuses, as while another is in progress, shows only in
// Nango's logs. A connection or an integration that does not exist is an error that matches [ErrNotFound]; a sync that does not
// exist matches [ErrInvalid] and has the code no_syncs_found, and the syncs before it in the list run all the same.
//
// POST /sync/trigger (triggerSync). Node: triggerSync.
func (h *ConnectionHandle) TriggerSyncs(ctx context.Context, syncs []SyncRef, params *TriggerSyncsParams) error {
	if err := h.check(); err != nil {
		return err
	}
	return h.client.triggerSyncs(ctx, h.integrationID, &h.connectionID, syncs, params)
}

// StartSyncs starts the schedules of syncs of this connection, at most 256. The errors are those of
// [ConnectionHandle.TriggerSyncs].
//
// POST /sync/start (startSync). Node: startSync.
func (h *ConnectionHandle) StartSyncs(ctx context.Context, syncs []SyncRef) error {
	if err := h.check(); err != nil {
		return err
	}
	body, err := syncCommand(h.integrationID, &h.connectionID, syncs)
	if err != nil {
		return err
	}
	return checkResponse(h.client.gen.StartSync(ctx, body))
}

// PauseSyncs pauses the schedules of syncs of this connection, at most 256. A run in progress goes on. The errors are those
// of [ConnectionHandle.TriggerSyncs].
//
// POST /sync/pause (pauseSync). Node: pauseSync.
func (h *ConnectionHandle) PauseSyncs(ctx context.Context, syncs []SyncRef) error {
	if err := h.check(); err != nil {
		return err
	}
	body, err := syncCommand(h.integrationID, &h.connectionID, syncs)
	if err != nil {
		return err
	}
	return checkResponse(h.client.gen.PauseSync(ctx, body))
}

// SyncStatus returns the status of syncs of this connection. Syncs that do not exist are left out. A connection or an
// integration that does not exist is an error that matches [ErrNotFound].
//
// GET /sync/status (getSyncStatus). Node: syncStatus.
func (h *ConnectionHandle) SyncStatus(ctx context.Context, syncs []SyncRef) ([]*SyncStatus, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return h.client.syncStatus(ctx, h.integrationID, &h.connectionID, syncs)
}

// SetSyncFrequency sets how often a sync of this connection runs, such as "every 30 minutes" or "1h". It returns the frequency as
// the server stores it ("every 2 hours" becomes "2 hours"). Less than 30 seconds, and what the server cannot read, match
// [ErrInvalid]; a connection, an integration or a sync that does not exist matches [ErrNotFound].
//
// PUT /sync/update-connection-frequency (setSyncFrequency). Node: updateSyncConnectionFrequency.
func (h *ConnectionHandle) SetSyncFrequency(ctx context.Context, sync SyncRef, frequency string) (string, error) {
	if frequency == "" {
		return "", &ArgumentError{Name: "frequency", Reason: "is empty; ResetSyncFrequency goes back to what the function declares"}
	}
	return h.setSyncFrequency(ctx, sync, &frequency)
}

// ResetSyncFrequency goes back to the frequency that the function declares, and returns it. The errors are those of
// [ConnectionHandle.SetSyncFrequency].
//
// PUT /sync/update-connection-frequency (setSyncFrequency). Node: updateSyncConnectionFrequency with null.
func (h *ConnectionHandle) ResetSyncFrequency(ctx context.Context, sync SyncRef) (string, error) {
	return h.setSyncFrequency(ctx, sync, nil)
}

func (h *ConnectionHandle) setSyncFrequency(ctx context.Context, sync SyncRef, frequency *string) (string, error) {
	if err := h.checkSync(sync); err != nil {
		return "", err
	}
	out, err := decode[gen.SetSyncFrequencyResponse](h.client.gen.SetSyncFrequency(ctx, gen.SetSyncFrequencyRequest{
		SyncName: sync.Name, SyncVariant: optional(sync.Variant),
		ProviderConfigKey: h.integrationID, ConnectionID: h.connectionID, Frequency: frequency,
	}))
	if err != nil {
		return "", err
	}
	return out.Frequency, nil
}

// CreateSyncVariant makes a variant of a sync for this connection: another instance with a schedule and records of its own, at
// most 100 per sync. A variant that exists is an error that matches [ErrConflict], a connection, an integration or a sync that
// does not exist matches [ErrNotFound]. The name base, in capitals or not, is the sync's own and is refused with the code
// invalid_variant.
//
// POST /sync/{name}/variant/{variant} (createSyncVariant). Node: createSyncVariant.
func (h *ConnectionHandle) CreateSyncVariant(ctx context.Context, sync SyncRef) error {
	if err := h.checkVariant(sync); err != nil {
		return err
	}
	return checkResponse(h.client.gen.CreateSyncVariant(ctx, gen.PathID(sync.Name), gen.PathID(sync.Variant), h.variantBody()))
}

// DeleteSyncVariant deletes a variant of a sync of this connection. A variant, connection or integration that does not exist
// is an error that matches [ErrNotFound].
//
// DELETE /sync/{name}/variant/{variant} (deleteSyncVariant). Node: deleteSyncVariant.
func (h *ConnectionHandle) DeleteSyncVariant(ctx context.Context, sync SyncRef) error {
	if err := h.checkVariant(sync); err != nil {
		return err
	}
	return checkResponse(h.client.gen.DeleteSyncVariant(ctx, gen.PathID(sync.Name), gen.PathID(sync.Variant), h.variantBody()))
}

func (h *ConnectionHandle) variantBody() gen.SyncVariantRequest {
	return gen.SyncVariantRequest{ProviderConfigKey: h.integrationID, ConnectionID: h.connectionID}
}

func (h *ConnectionHandle) checkSync(sync SyncRef) error {
	if err := h.check(); err != nil {
		return err
	}
	return sync.check()
}

func (h *ConnectionHandle) checkVariant(sync SyncRef) error {
	if err := h.checkSync(sync); err != nil {
		return err
	}
	if err := checkID("sync.Name", sync.Name); err != nil {
		return err
	}
	return checkID("sync.Variant", sync.Variant)
}
