package nango_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

var statuses = map[string]nango.SyncStatus{
	"sync/status-running": {
		ID: "dad066c5-a632-47ea-b976-e18954fdb0db", ConnectionID: "conn-none-1", Name: "slow-sync", Variant: "base",
		Status: nango.SyncRunning, LatestRun: nango.SyncRunning, Frequency: "every day", Type: "INITIAL",
		LatestResult: nango.SyncResults{"Slow": {Added: 1}}, RecordCount: map[string]int64{"Slow": 1},
	},
	"sync/status-after-pause": {
		ID: "82a138e3-1ca9-425f-b77a-054c5f4abfdc", ConnectionID: "conn-none-1", Name: "fetch-items", Variant: "base",
		Status: nango.SyncPaused, LatestRun: nango.SyncSuccess, Frequency: "every hour", Type: "INITIAL",
		FinishedAt:   milliseconds("2026-11-22T13:33:51.602Z"),
		LatestResult: nango.SyncResults{"Item": {Updated: 25, Deleted: 2}}, RecordCount: map[string]int64{"Item": 23},
		Checkpoint: map[string]any{"round": json.Number("3"), "cursor": "c-3"},
	},
	"sync/status-error": {
		ID: "87ea3de2-92ec-42d1-a477-a9f8b1d1fa67", ConnectionID: "conn-none-1", Name: "failing-sync", Variant: "base",
		Status: nango.SyncError, LatestRun: nango.SyncStopped, Frequency: "every day", Type: "INITIAL",
		FinishedAt: milliseconds("2026-11-22T13:33:45.530Z"), NextRunAt: milliseconds("2026-11-23T13:30:07.319Z"),
		LatestResult: nango.SyncResults{}, RecordCount: map[string]int64{"Broken": 0},
	},
	"sync/status-deleted-sync": {
		ID: "dad066c5-a632-47ea-b976-e18954fdb0db", ConnectionID: "conn-none-1", Name: "slow-sync", Variant: "base",
		Status: nango.SyncPaused, LatestRun: nango.SyncSuccess, Type: "INITIAL", FinishedAt: milliseconds("2026-11-22T13:44:07.249Z"),
		LatestResult: nango.SyncResults{"Slow": {Added: 1}}, RecordCount: map[string]int64{},
	},
	"sync/status-one-variant": {
		ID: "526aa620-4b4d-44be-848b-618025820aa6", ConnectionID: "conn-none-1", Name: "fetch-items", Variant: "v-one",
		Status: nango.SyncSuccess, LatestRun: nango.SyncSuccess, Frequency: "every hour", Type: "INITIAL",
		FinishedAt: milliseconds("2026-11-22T13:33:59.047Z"), NextRunAt: milliseconds("2026-11-22T14:33:58.586Z"),
		LatestResult: nango.SyncResults{"Item": {Added: 25, Deleted: 2}}, RecordCount: map[string]int64{"Item": 23},
		Checkpoint: map[string]any{"round": json.Number("3"), "cursor": "c-3"},
	},
}

func TestSyncStatusDecodes(t *testing.T) {
	for recording, want := range statuses {
		t.Run(recording, func(t *testing.T) {
			client, server := serve(t, recording)
			ref := nango.SyncRef{Name: want.Name}
			if strings.Contains(recording, "variant") {
				ref.Variant = want.Variant
			}
			list, err := client.Connection("demo-none", "conn-none-1").SyncStatus(t.Context(), []nango.SyncRef{ref})
			require.NoError(t, err)
			server.requireRecorded()
			assert.Equal(t, []*nango.SyncStatus{&want}, list)
		})
	}
}

// A sync that never ran has neither an end nor a result nor a checkpoint.
func TestSyncStatusBeforeTheFirstRun(t *testing.T) {
	client, _ := serve(t, "sync/status-all")
	list, err := client.Connection("demo-none", "conn-none-1").SyncStatus(t.Context(), nango.AllSyncs())
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, &nango.SyncStatus{
		ID: "87ea3de2-92ec-42d1-a477-a9f8b1d1fa67", ConnectionID: "conn-none-1", Name: "failing-sync", Variant: "base",
		Status: nango.SyncPaused, Frequency: "every day", Type: "INITIAL", RecordCount: map[string]int64{"Broken": 0},
	}, list[0])
}

// Every recorded status encodes to what it was decoded from, with zero values where the server leaves keys out.
func TestSyncStatusRoundTrip(t *testing.T) {
	names := recordings.Names("sync")
	seen := 0
	for _, name := range names {
		e, err := recordings.Load(name)
		require.NoError(t, err)
		if e.Response.Status != http.StatusOK || !strings.HasPrefix(name, "sync/status-") {
			continue
		}
		var raw struct{ Syncs []json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(e.Response.Body), &raw))
		for _, sync := range raw.Syncs {
			var status nango.SyncStatus
			require.NoError(t, json.Unmarshal(sync, &status), name)
			encoded, err := json.Marshal(status)
			require.NoError(t, err)
			assert.JSONEq(t, filledUp(t, sync), string(encoded), name)
			seen++
		}
	}
	assert.Greater(t, seen, 30)
}

// filledUp is a recorded status with a zero value for what is absent or null and has one in Go.
func filledUp(t *testing.T, status json.RawMessage) string {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(status, &object))
	for key, zero := range map[string]any{
		"frequency": "", "nextScheduledSyncAt": time.Time{}, "finishedAt": time.Time{}, "latestResult": nil, "latestExecutionStatus": "",
	} {
		if object[key] == nil {
			object[key] = zero
		}
		if _, ok := zero.(time.Time); ok && object[key] != zero {
			object[key] = milliseconds(object[key].(string)) // Go drops zeros at the end
		}
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return string(text)
}

// Counts of old runs come without a model or without deletions.
func TestSyncResultsOfOldRuns(t *testing.T) {
	for text, want := range map[string]nango.SyncResults{
		`{"added":1,"updated":2,"deleted":3}`:      {"": {Added: 1, Updated: 2, Deleted: 3}},
		`{"added":1,"updated":2}`:                  {"": {Added: 1, Updated: 2}},
		`{"A":{"added":1,"updated":2},"B":{}}`:     {"A": {Added: 1, Updated: 2}, "B": {}},
		`{"added":{"added":1,"later":{"any":[]}}}`: {"added": {Added: 1}},
		`{"added":"1","updated":2,"deleted":[]}`:   {"": {Added: 1, Updated: 2}},
		`{"added":null,"updated":"x","deleted":3}`: {"": {Deleted: 3}},
		`{"A":{"added":"1","updated":2},"B":5}`:    {"A": {Added: 1, Updated: 2}, "B": {}},
		`{"deleted":{"added":"1"},"A":"x"}`:        {"deleted": {Added: 1}, "A": {}},
		`{}`:                                       {},
		`null`:                                     nil,
		`[1]`:                                      nil,
		`"x"`:                                      nil,
		`7`:                                        nil,
	} {
		client, _ := serveBodies(t, `{"syncs":[{"name":"s","status":"RUNNING","latestResult":`+text+`}]}`)
		list, err := client.Syncs.Status(t.Context(), "i", nango.AllSyncs())
		require.NoError(t, err, text)
		assert.Equal(t, []*nango.SyncStatus{{Name: "s", Status: nango.SyncRunning, LatestResult: want}}, list, text)
	}
}

// What a later server may add or send in a new way does not hide the rest.
func TestSyncStatusOpen(t *testing.T) {
	client, _ := serveBodies(t, `{"syncs":[{"name":"s","status":"SLEEPING","latestExecutionStatus":"LATE","new":{"a":[1]}}],"more":1}`)
	list, err := client.Syncs.Status(t.Context(), "i", nango.AllSyncs())
	require.NoError(t, err)
	assert.Equal(t, []*nango.SyncStatus{{Name: "s", Status: "SLEEPING", LatestRun: "LATE"}}, list)
}
