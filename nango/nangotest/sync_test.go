package nangotest_test

//lint:file-ignore SA1019 what is deprecated of a status the server sends all the same

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// issues is a sync of two models that saves one issue more with each run.
func issues(runs *[]nangotest.SyncRun) nangotest.Sync {
	return nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue", "User"}, Runs: "every hour", Type: "incremental",
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			*runs = append(*runs, nangotest.SyncRun{ConnectionID: run.ConnectionID, Variant: run.Variant, LastRun: run.LastRun})
			n := len(*runs)
			run.Save("Issue", issue{string(rune('a' + n)), "new"}, issue{"first", string(rune('a' + n))})
			if n > 2 {
				run.Delete("Issue", "c", "c", "none")
			}
			run.SetCheckpoint(map[string]any{"n": n})
			return nil
		},
	}
}

// statusOf returns the status of the sync "issues", without what the server made up, its times counted from midday.
func statusOf(t *testing.T, client *nango.ConnectionHandle) nango.SyncStatus {
	found, err := client.SyncStatus(t.Context(), []nango.SyncRef{{Name: "issues"}})
	require.NoError(t, err)
	require.Len(t, found, 1)
	status := *found[0]
	assert.NotEmpty(t, status.ID)
	status.ID, status.Checkpoint = "", nil
	status.NextRunAt, status.FinishedAt = status.NextRunAt.UTC(), status.FinishedAt.UTC()
	return status
}

func TestSyncSchedule(t *testing.T) {
	srv, _, client := tracker(t)
	var runs []nangotest.SyncRun
	sync := issues(&runs)
	sync.Takes = time.Minute
	srv.AddSync(sync)
	ref := []nango.SyncRef{{Name: "issues"}}

	want := nango.SyncStatus{
		ConnectionID: "acme", Name: "issues", Variant: "base", Status: nango.SyncPaused, Type: "INITIAL", Frequency: "every hour",
		RecordCount: map[string]int64{"Issue": 0, "User": 0},
	}
	srv.Advance(90 * time.Minute)
	assert.Equal(t, want, statusOf(t, client), "paused from the beginning")

	require.NoError(t, client.StartSyncs(t.Context(), ref))
	want.Status, want.LatestRun, want.NextRunAt = nango.SyncRunning, nango.SyncRunning, midday
	want.RecordCount["Issue"], want.LatestResult = 2, nango.SyncResults{"Issue": {Added: 2}}
	assert.Equal(t, want, statusOf(t, client), "what was due meanwhile runs at once")

	srv.Advance(time.Minute)
	want.Status, want.LatestRun = nango.SyncSuccess, nango.SyncSuccess
	want.NextRunAt, want.FinishedAt = midday.Add(2*time.Hour), midday.Add(91*time.Minute)
	assert.Equal(t, want, statusOf(t, client))

	srv.Advance(29*time.Minute - 1)
	assert.Len(t, runs, 1)
	srv.Advance(1)
	require.NoError(t, client.PauseSyncs(t.Context(), ref))
	want.Status, want.LatestRun, want.Type = nango.SyncRunning, nango.SyncRunning, "INCREMENTAL"
	want.NextRunAt, want.FinishedAt = time.Time{}, time.Time{}
	want.RecordCount["Issue"], want.LatestResult = 3, nango.SyncResults{"Issue": {Added: 1, Updated: 1}}
	assert.Equal(t, want, statusOf(t, client), "paused, but still running")

	srv.Advance(3 * time.Hour)
	want.Status, want.LatestRun, want.FinishedAt = nango.SyncPaused, nango.SyncSuccess, midday.Add(121*time.Minute)
	assert.Equal(t, want, statusOf(t, client))
	assert.Equal(t, []nangotest.SyncRun{
		{ConnectionID: "acme", Variant: "base"}, {ConnectionID: "acme", Variant: "base", LastRun: midday.Add(90 * time.Minute)},
	}, runs)
}

func TestAutoStart(t *testing.T) {
	srv, _, _ := tracker(t)
	var runs []nangotest.SyncRun
	sync := issues(&runs)
	sync.AutoStart = true
	srv.AddSync(sync)
	srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "later"})
	srv.Advance(time.Hour)
	srv.Connection("tracker", "later").Delete()
	srv.Advance(time.Hour)
	ran := map[string]int{}
	for _, run := range runs {
		ran[run.ConnectionID]++
	}
	assert.Equal(t, map[string]int{"acme": 3, "later": 2}, ran)
}

func TestTriggerSyncs(t *testing.T) {
	srv, _, client := tracker(t)
	var runs []nangotest.SyncRun
	srv.AddSync(issues(&runs))
	ref := []nango.SyncRef{{Name: "issues"}}
	run := func(params *nango.TriggerSyncsParams) nango.SyncStatus {
		require.NoError(t, client.TriggerSyncs(t.Context(), ref, params))
		srv.Advance(time.Minute)
		return statusOf(t, client)
	}
	checkpoint := func() map[string]any {
		found, err := client.SyncStatus(t.Context(), nango.AllSyncs())
		require.NoError(t, err)
		return found[0].Checkpoint
	}
	run(nil)
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 1, Updated: 1}}, run(nil).LatestResult)
	assert.Equal(t, midday, runs[1].LastRun)
	assert.EqualValues(t, map[string]any{"n": json.Number("2")}, checkpoint())

	status := run(&nango.TriggerSyncsParams{Reset: true})
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 1, Updated: 1, Deleted: 1}}, status.LatestResult)
	assert.Equal(t, map[string]int64{"Issue": 3, "User": 0}, status.RecordCount)
	assert.Equal(t, "INITIAL", status.Type)
	assert.True(t, runs[2].LastRun.IsZero())

	status = run(&nango.TriggerSyncsParams{Reset: true, EmptyCache: true})
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 2}}, status.LatestResult)
	assert.Equal(t, nango.SyncPaused, status.Status)

	// The older words for the same.
	header := http.Header{"Connection-Id": {"acme"}, "Provider-Config-Key": {"tracker"}}
	for body, want := range map[string]struct {
		added int64
		reset bool
	}{
		`{"syncs":["issues"],"sync_mode":"full_refresh_and_clear_cache"}`:          {2, true},
		`{"syncs":["issues"],"sync_mode":"full_refresh"}`:                          {1, true},
		`{"syncs":["issues::base"],"full_resync":true}`:                            {1, true},
		`{"syncs":["issues"],"full_resync":false}`:                                 {1, false},
		`{"syncs":[{"name":"issues","variant":"base"}],"sync_mode":"incremental"}`: {1, false},
		`{"syncs":[],"opts":{"emptyCache":true}}`:                                  {1, false},
	} {
		before := len(runs)
		status, _ := exchange(t, srv, "POST", "/sync/trigger", body, header)
		assert.Equal(t, http.StatusOK, status)
		srv.Advance(time.Minute)
		require.Len(t, runs, before+1, body)
		assert.Equal(t, want.added, statusOf(t, client).LatestResult["Issue"].Added, body)
		assert.Equal(t, want.reset, runs[before].LastRun.IsZero(), body)
	}
	refused, _ := exchange(t, srv, "POST", "/sync/trigger", `{"syncs":[],"sync_mode":"incremental","opts":{}}`, header)
	assert.Equal(t, http.StatusBadRequest, refused)
	assert.ErrorIs(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "none"}}, nil), nango.ErrInvalid)
}

func TestTrackDeletes(t *testing.T) {
	srv, acme, client := tracker(t)
	acme.SaveRecords("Issue", issue{"gone", "x"}, issue{"stays", "x"})
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, AutoStart: true, TrackDeletes: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			run.Save("Issue", issue{"stays", "x"}, issue{"new", "x"})
			return nil
		},
	})
	srv.Advance(time.Second)
	assert.Equal(t, nango.SyncResults{"Issue": {Added: 1, Deleted: 1}}, statusOf(t, client).LatestResult)
}

func TestSyncVariants(t *testing.T) {
	srv, _, client := tracker(t)
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			run.Save("Issue", issue{run.Variant, srv.Now().Format(time.TimeOnly)})
			if run.Variant != "base" {
				run.Save("Issue", issue{"more", "x"})
			}
			return nil
		},
	})
	german := nango.SyncRef{Name: "issues", Variant: "german"}
	records := func() map[string][]string {
		found := map[string][]string{}
		for _, variant := range []string{"base", german.Variant} {
			for r, err := range nango.Records[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue", Variant: variant}) {
				require.NoError(t, err)
				found[variant] = append(found[variant], r.ID+" "+r.Data.Title)
			}
			slices.Sort(found[variant])
		}
		return found
	}
	require.NoError(t, client.CreateSyncVariant(t.Context(), german))
	assert.ErrorIs(t, client.CreateSyncVariant(t.Context(), german), nango.ErrConflict)
	srv.Advance(time.Minute)
	assert.Equal(t, map[string][]string{"base": {"base 12:00:00"}, "german": {"german 12:00:00", "more x"}}, records())

	frequency, err := client.SetSyncFrequency(t.Context(), german, "every 2 hours")
	require.NoError(t, err)
	assert.Equal(t, "2 hours", frequency)
	statuses, err := client.SyncStatus(t.Context(), []nango.SyncRef{german})
	require.NoError(t, err)
	require.Len(t, statuses, 1)
	assert.Equal(t, "every 2 hours", statuses[0].Frequency)
	assert.Equal(t, map[string]int64{"Issue": 1}, statuses[0].RecordCount, "of the base variant, whatever the variant")
	srv.Advance(time.Hour)
	assert.Equal(t, map[string][]string{"base": {"base 13:00:00"}, "german": {"german 12:00:00", "more x"}}, records())
	frequency, err = client.ResetSyncFrequency(t.Context(), german)
	require.NoError(t, err)
	assert.Equal(t, "every hour", frequency)
	srv.Advance(time.Hour)
	assert.Equal(t, map[string][]string{"base": {"base 14:00:00"}, "german": {"german 14:00:00", "more x"}}, records())

	require.NoError(t, client.DeleteSyncVariant(t.Context(), german))
	assert.ErrorIs(t, client.DeleteSyncVariant(t.Context(), german), nango.ErrNotFound)
	srv.Advance(time.Hour)
	assert.Equal(t, map[string][]string{"base": {"base 15:00:00"}, "german": {"german 14:00:00", "more x"}}, records())
}

func TestSyncFrequencies(t *testing.T) {
	srv, _, client := tracker(t)
	srv.AddSync(issues(new([]nangotest.SyncRun)))
	for frequency, want := range map[string]string{
		"every 5 minutes": "5 minutes", "every half hour": "30m", "every hour": "1h", "every day": "1d", "every week": "1w",
		"every month": "30d", "100 days": "100 days", "45m": "45m", "30s": "30s", "every 90 secs": "90 secs",
	} {
		got, err := client.SetSyncFrequency(t.Context(), nango.SyncRef{Name: "issues"}, frequency)
		require.NoError(t, err, frequency)
		assert.Equal(t, want, got)
	}
	for _, frequency := range []string{"29s", "hour", "half hour", "week"} {
		_, err := client.SetSyncFrequency(t.Context(), nango.SyncRef{Name: "issues"}, frequency)
		assert.ErrorIs(t, err, nango.ErrInvalid, frequency)
	}
}
