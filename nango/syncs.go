package nango

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// SyncRef identifies a sync of an integration, or a variant of a sync. Both names consist of letters, digits, _ and -.
type SyncRef struct {
	Name    string
	Variant string // empty means base, the sync itself
}

// String returns the reference as the API writes it: name, or name::variant.
func (r SyncRef) String() string {
	if r.Variant == "" {
		return r.Name
	}
	return r.Name + "::" + r.Variant
}

// AllSyncs returns a list that means every sync of the integration. An empty list does not mean every sync: it is an
// [*ArgumentError].
func AllSyncs() []SyncRef { return []SyncRef{{Name: allSyncs}} }

const allSyncs = "*"

// SyncStatus is the status of a sync of a connection. If the API has another name for a field, the comment gives it in
// brackets.
type SyncStatus struct {
	ID           string `json:"id"`
	ConnectionID string `json:"connection_id"`
	Name         string `json:"name"`
	Variant      string `json:"variant"`
	// Status is the first of these that is true: [SyncRunning] if a run is in progress, [SyncPaused] if the schedule is
	// paused, [SyncError] if the last run failed, and otherwise [SyncSuccess], even before the first run.
	Status SyncState `json:"status"`
	// Frequency is the interval in words, such as "every hour". It is empty if the function was deleted.
	Frequency string `json:"frequency"`
	// NextRunAt is the time of the next scheduled run (nextScheduledSyncAt). It is zero unless the schedule is started.
	NextRunAt time.Time `json:"nextScheduledSyncAt"`
	// FinishedAt is the time when the last run ended. It is zero before the first run, and while a run is in progress.
	FinishedAt time.Time `json:"finishedAt"`
	// LatestResult counts the changes of the last run, by model. It is empty if the run failed before it saved records,
	// and nil before the first run.
	LatestResult SyncResults `json:"latestResult"`
	// LatestRun is the state of the last run (latestExecutionStatus): [SyncRunning], [SyncSuccess], or [SyncStopped] if
	// the run failed or was cancelled. It is empty before the first run.
	LatestRun SyncState `json:"latestExecutionStatus"`
	// RecordCount counts the stored records, by model. The status of a variant also has the numbers of the base
	// variant. It is empty if the function was deleted.
	RecordCount map[string]int64 `json:"recordCount"`
	// Checkpoint holds the values that the sync stored for its next run, or nil. They are strings, booleans and
	// [encoding/json.Number].
	Checkpoint map[string]any `json:"checkpoint"`
	// Type is INCREMENTAL or INITIAL. For a sync of the type full it is always INITIAL.
	//
	// Deprecated: Nango has deprecated this field.
	Type string `json:"type"`
}

// SyncResults counts the changes of a run, by model.
type SyncResults map[string]SyncResult

// SyncResult counts the changes of a run to the records of one model.
type SyncResult struct {
	Added   int64 `json:"added"`
	Updated int64 `json:"updated"`
	Deleted int64 `json:"deleted"`
}

// UnmarshalJSON decodes the counts. An old run has only one set of counts, without a model; its key is "".
func (r *SyncResults) UnmarshalJSON(data []byte) error {
	var byModel map[string]SyncResult
	if jsonx.Unmarshal(data, &byModel) == nil {
		*r = byModel
		return nil
	}
	if hasCounts(data) {
		var flat SyncResult
		err := jsonx.UnmarshalLenient(data, &flat)
		*r = SyncResults{"": flat}
		return err
	}
	err := jsonx.UnmarshalLenient(data, &byModel)
	*r = byModel
	return err
}

// hasCounts reports whether data are counts without a model: then the value of a known key is not an object.
func hasCounts(data []byte) bool {
	var keys map[string]json.RawMessage
	if jsonx.Unmarshal(data, &keys) != nil {
		return false
	}
	for _, key := range []string{"added", "updated", "deleted"} {
		if raw := nullToNil(keys[key]); raw != nil && raw[0] != '{' {
			return true
		}
	}
	return false
}

// SyncState is a state of a sync or of a run. New states can appear.
type SyncState string

// The states that the server sends today. After a failure, the state of the run is [SyncStopped], and that of the sync
// is [SyncError].
const (
	SyncRunning SyncState = "RUNNING"
	SyncPaused  SyncState = "PAUSED"
	SyncStopped SyncState = "STOPPED"
	SyncSuccess SyncState = "SUCCESS"
	SyncError   SyncState = "ERROR"
)

// SyncService controls the syncs of an integration for all its connections, so for all customers. For one connection,
// use the methods of [ConnectionHandle].
type SyncService struct{ client *Client }

// TriggerSyncsParams are the options of a run.
type TriggerSyncsParams struct {
	// Reset deletes the checkpoint and the date of the last run, so that the sync starts over. It cancels a run in
	// progress.
	Reset bool
	// EmptyCache deletes the records before the run. They do not appear as deleted records, and older cursors become
	// useless. EmptyCache without Reset is an [*ArgumentError], since the server would ignore it.
	EmptyCache bool
}

// Trigger runs syncs now, for every connection of the integration, even if a sync is paused. It does not wait for the
// runs. The scheduler refuses a run while another is in progress, for example; only Nango's logs show that.
//
// If no connection has such a sync, the error matches [ErrInvalid] and has the code no_syncs_found. A new connection
// gets its syncs within a second. An integration that does not exist is an error that matches [ErrNotFound].
//
// POST /sync/trigger (triggerSync). Node: triggerSync.
func (s *SyncService) Trigger(ctx context.Context, integrationID string, syncs []SyncRef, params *TriggerSyncsParams) error {
	return s.client.triggerSyncs(ctx, integrationID, nil, syncs, params)
}

// Start starts the schedules of syncs, at most 256, for every connection of the integration. The errors are those of
// [SyncService.Trigger].
//
// POST /sync/start (startSync). Node: startSync.
func (s *SyncService) Start(ctx context.Context, integrationID string, syncs []SyncRef) error {
	body, err := syncCommand(integrationID, nil, syncs)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.StartSync(ctx, body))
}

// Pause pauses the schedules of syncs, at most 256, for every connection of the integration. A run in progress goes on.
// The errors are those of [SyncService.Trigger].
//
// POST /sync/pause (pauseSync). Node: pauseSync.
func (s *SyncService) Pause(ctx context.Context, integrationID string, syncs []SyncRef) error {
	body, err := syncCommand(integrationID, nil, syncs)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.PauseSync(ctx, body))
}

// Status returns the status of syncs for every connection of the integration. The result omits syncs that do not exist,
// and is empty for an integration that does not exist: the server reports no error.
//
// GET /sync/status (getSyncStatus). Node: syncStatus.
func (s *SyncService) Status(ctx context.Context, integrationID string, syncs []SyncRef) ([]*SyncStatus, error) {
	return s.client.syncStatus(ctx, integrationID, nil, syncs)
}

func (c *Client) triggerSyncs(ctx context.Context, integrationID string, connectionID *string, syncs []SyncRef, params *TriggerSyncsParams) error {
	command, err := syncCommand(integrationID, connectionID, syncs)
	if err != nil {
		return err
	}
	p, body := deref(params), gen.TriggerSyncRequest{Syncs: command.Syncs, ProviderConfigKey: &integrationID, ConnectionID: connectionID}
	if err := p.check(); err != nil {
		return err
	}
	if p.Reset {
		body.Opts = &gen.TriggerSyncOptions{Reset: optional(p.Reset), EmptyCache: optional(p.EmptyCache)}
	}
	return checkResponse(c.gen.TriggerSync(ctx, &gen.TriggerSyncParams{}, body))
}

func (p TriggerSyncsParams) check() error {
	if p.EmptyCache && !p.Reset {
		return &ArgumentError{Name: "EmptyCache", Reason: "has no effect without Reset: the server would ignore it"}
	}
	return nil
}

func (c *Client) syncStatus(ctx context.Context, integrationID string, connectionID *string, syncs []SyncRef) ([]*SyncStatus, error) {
	names, err := syncNames(integrationID, syncs)
	if err != nil {
		return nil, err
	}
	query := &gen.GetSyncStatusParams{ProviderConfigKey: integrationID, ConnectionID: connectionID, Syncs: strings.Join(names, ",")}
	if len(names) == 0 {
		query.Syncs = allSyncs
	}
	out, err := decode[struct {
		Syncs []*SyncStatus `json:"syncs"`
	}](c.gen.GetSyncStatus(ctx, query))
	if err != nil {
		return nil, err
	}
	return out.Syncs, nil
}

func syncCommand(integrationID string, connectionID *string, syncs []SyncRef) (gen.SyncCommandRequest, error) {
	names, err := syncNames(integrationID, syncs)
	return gen.SyncCommandRequest{ProviderConfigKey: integrationID, ConnectionID: connectionID, Syncs: names}, err
}

// syncNames returns the references in the form that the API expects. For AllSyncs it returns an empty slice that is not
// nil, because an empty list means every sync to the server. For that reason, a caller's empty slice is an error.
func syncNames(integrationID string, syncs []SyncRef) ([]string, error) {
	if err := checkID("integrationID", integrationID); err != nil {
		return nil, err
	}
	if len(syncs) == 0 {
		return nil, &ArgumentError{Name: "syncs", Reason: "is empty; use AllSyncs for every sync"}
	}
	names := []string{}
	if len(syncs) == 1 && syncs[0] == (SyncRef{Name: allSyncs}) {
		return names, nil
	}
	for _, ref := range syncs {
		if err := ref.check(); err != nil {
			return nil, err
		}
		names = append(names, ref.String())
	}
	return names, nil
}

// check returns an error for a name that the server would read as another reference, or as several.
func (r SyncRef) check() error {
	if r.Name == "" || strings.ContainsAny(r.Name+r.Variant, ",:*") {
		return &ArgumentError{Name: "sync", Reason: "has no name, or a comma, colon or asterisk in it"}
	}
	return nil
}
