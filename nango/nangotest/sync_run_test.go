package nangotest_test

//lint:file-ignore SA1019 what is deprecated of a status the server sends all the same

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A run in progress is the only one, unless a reset cancels it; then it does not count.
func TestTriggerWhileRunning(t *testing.T) {
	srv, _, client := tracker(t)
	var began, last []time.Time
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, Takes: time.Minute,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			began, last = append(began, srv.Now()), append(last, run.LastRun)
			if len(began) == 2 {
				return errors.New("boom")
			}
			return nil
		},
	})
	ref := []nango.SyncRef{{Name: "issues"}}
	for range 2 {
		require.NoError(t, client.TriggerSyncs(t.Context(), ref, nil))
		srv.Advance(time.Second)
	}
	require.NoError(t, client.TriggerSyncs(t.Context(), ref, &nango.TriggerSyncsParams{Reset: true}))
	srv.Advance(59 * time.Second)
	assert.Equal(t, nango.SyncRunning, statusOf(t, client).Status, "the end of the first run is not that of the second")
	srv.Advance(time.Minute)
	assert.Equal(t, midday.Add(62*time.Second), statusOf(t, client).FinishedAt)
	require.NoError(t, client.TriggerSyncs(t.Context(), ref, nil))
	srv.Advance(time.Minute)
	assert.Equal(t, []time.Time{midday, midday.Add(2 * time.Second), midday.Add(121 * time.Second)}, began)
	assert.Equal(t, []time.Time{{}, {}, {}}, last, "neither the cancelled run nor the failed one succeeded")
}

// Even while the clock stands, no run ends when the one before it did.
func TestRunsEndOneAfterAnother(t *testing.T) {
	srv, _, client := tracker(t)
	srv.AddSync(issues(new([]nangotest.SyncRun)))
	for n := range 3 {
		require.NoError(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, nil))
		assert.Equal(t, midday.Add(time.Duration(n+1)*time.Millisecond), statusOf(t, client).FinishedAt)
	}
}

// What a cancelled run saves is not saved any more. The run that follows lasts as long as it says, its own code included.
func TestCancelledRun(t *testing.T) {
	srv, _, client := tracker(t)
	runs := 0
	var cancelled error
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, Takes: time.Minute,
		Run: func(ctx context.Context, run *nangotest.SyncRun) error {
			if runs++; runs == 1 {
				assert.NoError(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, &nango.TriggerSyncsParams{Reset: true}))
				run.Save("Issue", issue{"stale", "x"})
				cancelled = ctx.Err()
				return nil
			}
			run.Save("Issue", issue{"fresh", "x"})
			srv.Advance(20 * time.Second)
			return nil
		},
	})
	require.NoError(t, client.TriggerSyncs(t.Context(), []nango.SyncRef{{Name: "issues"}}, nil))
	srv.Advance(time.Hour)
	assert.ErrorIs(t, cancelled, context.Canceled)
	status := statusOf(t, client)
	assert.Equal(t, map[string]int64{"Issue": 1}, status.RecordCount)
	assert.Equal(t, midday.Add(time.Minute+time.Millisecond), status.FinishedAt, "it began when the cancelled one had ended")
}

func TestSyncsThatFail(t *testing.T) {
	for name, fail := range map[string]func(*nangotest.SyncRun) error{
		"an error": func(*nangotest.SyncRun) error { return errors.New("boom") },
		"a panic":  func(*nangotest.SyncRun) error { panic("boom") },
		"no such model": func(run *nangotest.SyncRun) error {
			run.Save("Other", issue{"1", "x"})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, _, client := tracker(t)
			srv.AddSync(nangotest.Sync{
				IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"}, AutoStart: true, TrackDeletes: true,
				Run: func(_ context.Context, run *nangotest.SyncRun) error { return fail(run) },
			})
			srv.Connection("tracker", "acme").SaveRecords("Issue", issue{"1", "kept"})
			srv.Advance(time.Second)
			assert.Equal(t, nango.SyncStatus{
				ConnectionID: "acme", Name: "issues", Variant: "base", Status: nango.SyncError, Type: "INITIAL", Frequency: "every day",
				LatestRun: nango.SyncStopped, LatestResult: nango.SyncResults{}, RecordCount: map[string]int64{"Issue": 1},
				NextRunAt: midday.Add(24 * time.Hour), FinishedAt: midday.Add(time.Millisecond),
			}, statusOf(t, client))
			conn, err := client.Get(t.Context(), nil)
			require.NoError(t, err)
			require.Len(t, conn.Errors, 1)
			assert.Equal(t, "sync", conn.Errors[0].Type)
		})
	}
}

func TestRunSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
		srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"})
		var runs []nangotest.SyncRun
		sync := issues(&runs)
		sync.Takes = time.Minute
		srv.AddSync(sync)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for n := range int64(2) {
			status, err := srv.Client().Connection("tracker", "acme").RunSync(ctx, nango.SyncRef{Name: "issues"}, nil)
			require.NoError(t, err)
			assert.Equal(t, nango.SyncResults{"Issue": {Added: 2 - n, Updated: n}}, status.LatestResult)
			assert.Equal(t, nango.SyncSuccess, status.LatestRun)
		}
	})
}

// Commands without a connection are for all of them. A run finds what the one before it set, at its connection.
func TestCheckpointsOfAllConnections(t *testing.T) {
	srv, _, _ := tracker(t)
	srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "other"})
	found := map[string][]string{}
	srv.AddSync(nangotest.Sync{
		IntegrationID: "tracker", Name: "issues", Models: []string{"Issue"},
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			found[run.ConnectionID] = append(found[run.ConnectionID], string(run.Checkpoint()))
			run.SetCheckpoint(map[string]string{"at": run.ConnectionID})
			return nil
		},
	})
	syncs := srv.Client().Syncs
	for range 2 {
		require.NoError(t, syncs.Trigger(t.Context(), "tracker", nango.AllSyncs(), nil))
		srv.Advance(time.Second)
	}
	assert.Equal(t, map[string][]string{"acme": {"", `{"at":"acme"}`}, "other": {"", `{"at":"other"}`}}, found)
	assert.ErrorIs(t, syncs.Trigger(t.Context(), "none", nango.AllSyncs(), nil), nango.ErrNotFound)
	assert.ErrorIs(t, syncs.Trigger(t.Context(), "tracker", []nango.SyncRef{{Name: "none"}}, nil), nango.ErrInvalid)
}
