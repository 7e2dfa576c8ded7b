package nango

import (
	"context"

	"github.com/nango-go/sdk/gen"
)

// TriggerSyncs runs syncs of this connection now, also syncs that are paused. It returns when the server has accepted
// the runs; [ConnectionHandle.RunSync] waits for the end of a run. The scheduler can refuse a run, for instance because
// another run is in progress. That shows only in Nango's logs.
//
// If the connection or the integration does not exist, the error matches [ErrNotFound]. If a sync does not exist, the
// error has the code no_syncs_found and matches [ErrInvalid]; the syncs before it in the list run anyway.
//
// POST /sync/trigger (triggerSync). Node: triggerSync.
func (h *ConnectionHandle) TriggerSyncs(ctx context.Context, syncs []SyncRef, params *TriggerSyncsParams) error {
	if err := h.check(); err != nil {
		return err
	}
	return h.client.triggerSyncs(ctx, h.integrationID, &h.connectionID, syncs, params)
}

// StartSyncs starts the schedules of syncs of this connection, at most 256. The errors are the same as for
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

// PauseSyncs pauses the schedules of syncs of this connection, at most 256. A run in progress continues. The errors are
// the same as for [ConnectionHandle.TriggerSyncs].
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

// SyncStatus returns the status of syncs of this connection. It leaves out syncs that do not exist. If the connection
// or the integration does not exist, the error matches [ErrNotFound].
//
// GET /sync/status (getSyncStatus). Node: syncStatus.
func (h *ConnectionHandle) SyncStatus(ctx context.Context, syncs []SyncRef) ([]*SyncStatus, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return h.client.syncStatus(ctx, h.integrationID, &h.connectionID, syncs)
}

// SetSyncFrequency sets how often a sync of this connection runs, such as "every 30 minutes" or "1h". It returns the
// frequency in the server's form ("every 2 hours" becomes "2 hours"). If the frequency is less than 30 seconds, or if
// the server cannot read it, the error matches [ErrInvalid]. If the connection, the integration or the sync does not
// exist, the error matches [ErrNotFound].
//
// PUT /sync/update-connection-frequency (setSyncFrequency). Node: updateSyncConnectionFrequency.
func (h *ConnectionHandle) SetSyncFrequency(ctx context.Context, sync SyncRef, frequency string) (string, error) {
	if frequency == "" {
		return "", &ArgumentError{Name: "frequency", Reason: "is empty; ResetSyncFrequency goes back to what the function declares"}
	}
	return h.setSyncFrequency(ctx, sync, &frequency)
}

// ResetSyncFrequency resets the frequency to the one that the function declares, and returns it as the function
// declares it. The errors are the same as for [ConnectionHandle.SetSyncFrequency].
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

// CreateSyncVariant makes a variant of a sync for this connection. A variant is another instance of the sync, with its
// own schedule and records. A sync can have at most 100 variants.
//
// If the variant exists, the error matches [ErrConflict]. If the connection, the integration or the sync does not
// exist, the error matches [ErrNotFound]. The sync itself has the name base, so the server refuses that name, in any
// case of letters, with the code invalid_variant.
//
// POST /sync/{name}/variant/{variant} (createSyncVariant). Node: createSyncVariant.
func (h *ConnectionHandle) CreateSyncVariant(ctx context.Context, sync SyncRef) error {
	if err := h.checkVariant(sync); err != nil {
		return err
	}
	return checkResponse(h.client.gen.CreateSyncVariant(ctx, gen.PathID(sync.Name), gen.PathID(sync.Variant), h.variantBody()))
}

// DeleteSyncVariant deletes a variant of a sync of this connection. If the variant, the connection or the integration
// does not exist, the error matches [ErrNotFound].
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
