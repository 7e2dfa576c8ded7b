package nango

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/jsonx"
)

// SyncRef names a sync of an integration, or a variant of one: letters, digits, _ and -.
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

// AllSyncs returns the list that means every sync of the integration. An empty list does not mean that: calls refuse it.
func AllSyncs() []SyncRef { return []SyncRef{{Name: allSyncs}} }

const allSyncs = "*"

// SyncStatus is how a sync of a connection is doing. The wire keys of the fields are in brackets where they differ.
type SyncStatus struct {
	ID           string `json:"id"`
	ConnectionID string `json:"connection_id"`
	Name         string `json:"name"`
	Variant      string `json:"variant"`
	// Status is [SyncRunning] while a run is in progress, else [SyncPaused] while the schedule is paused, whatever the last
	// run did. On a started schedule it is [SyncError] after a run that failed and [SyncSuccess] after any other and before
	// the first run.
	Status SyncState `json:"status"`
	// Frequency is the interval in words, such as "every hour"; empty once the function was deleted.
	Frequency string `json:"frequency"`
	// NextRunAt is when the schedule runs the sync next (nextScheduledSyncAt); zero unless it is started.
	NextRunAt time.Time `json:"nextScheduledSyncAt"`
	// FinishedAt is when the last run ended; zero while one runs and before the first.
	FinishedAt time.Time `json:"finishedAt"`
	// LatestResult counts what the last run changed, by model; empty after a run that failed before saving, nil before the
	// first.
	LatestResult SyncResults `json:"latestResult"`
	// LatestRun is how the last run goes or went (latestExecutionStatus): [SyncRunning], [SyncSuccess], or [SyncStopped] for
	// one that failed or was cancelled; empty before the first.
	LatestRun SyncState `json:"latestExecutionStatus"`
	// RecordCount counts the stored records by model: those of the base variant, whichever variant this is the status of. It
	// is empty once the function was deleted.
	RecordCount map[string]int64 `json:"recordCount"`
	// Checkpoint holds what the sync remembered for its next run; nil for none. Its values are strings, booleans and
	// [encoding/json.Number].
	Checkpoint map[string]any `json:"checkpoint"`
	// Type is INCREMENTAL or INITIAL; syncs of the type full always say INITIAL.
	//
	// Deprecated: Nango is giving the field up.
	Type string `json:"type"`
}

// SyncResults counts what a run changed, by model.
type SyncResults map[string]SyncResult

// SyncResult counts what a run changed of one model.
type SyncResult struct {
	Added   int64 `json:"added"`
	Updated int64 `json:"updated"`
	Deleted int64 `json:"deleted"`
}

// UnmarshalJSON decodes the counts as the API sends them. Old runs have one set of counts without a model, which is then
// under the key "".
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

// hasCounts tells counts without a model by a value that is none of a model.
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

// SyncState is a state of a sync or of a run. The set is open.
type SyncState string

// The states that the server sends today. After a failure the run is [SyncStopped] and the sync [SyncError].
const (
	SyncRunning SyncState = "RUNNING"
	SyncPaused  SyncState = "PAUSED"
	SyncStopped SyncState = "STOPPED"
	SyncSuccess SyncState = "SUCCESS"
	SyncError   SyncState = "ERROR"
)

// SyncService controls the syncs of an integration for all of its connections at once, which means all customers. For one
// connection [ConnectionHandle] has the same methods.
type SyncService struct{ client *Client }

// TriggerSyncsParams shape a run.
type TriggerSyncsParams struct {
	// Reset forgets the checkpoint and the date of the last run, so that the sync starts over. It cancels a run in progress.
	Reset bool
	// EmptyCache deletes the records first. They are gone without a trace, and cursors from before are of no use any more. It
	// is refused without Reset, as the server would ignore it.
	EmptyCache bool
}

// Trigger runs syncs now, for every connection of the integration, paused ones too. It returns when the runs are ordered; a
// run that the scheduler refuses, as while another is in progress, shows only in Nango's logs. Where no connection has such a
// sync the error has the code no_syncs_found and matches [ErrInvalid]; a connection has its syncs up to a second after it was
// made. An integration that does not exist matches [ErrNotFound].
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

// Pause pauses the schedules of syncs, at most 256, for every connection of the integration. A run in progress goes on. The
// errors are those of [SyncService.Trigger].
//
// POST /sync/pause (pauseSync). Node: pauseSync.
func (s *SyncService) Pause(ctx context.Context, integrationID string, syncs []SyncRef) error {
	body, err := syncCommand(integrationID, nil, syncs)
	if err != nil {
		return err
	}
	return checkResponse(s.client.gen.PauseSync(ctx, body))
}

// Status returns the status of syncs for every connection of the integration. Syncs that do not exist are left out, and an
// integration that does not exist has none: neither is an error to the server.
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

// syncNames returns the references as the API takes them; none, but not nil, for AllSyncs. To the server an empty list means
// every sync, so that one must not come from a caller's empty slice.
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

// check refuses what would be read as another reference, or as several.
func (r SyncRef) check() error {
	if r.Name == "" || strings.ContainsAny(r.Name+r.Variant, ",:*") {
		return &ArgumentError{Name: "sync", Reason: "has no name, or a comma, colon or asterisk in it"}
	}
	return nil
}
