package nango_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// mixed are answers of which some were recorded and some are given as JSON.
func mixed(t *testing.T, responses ...string) (*nango.Client, *server) {
	t.Helper()
	s := &server{t: t}
	for _, response := range responses {
		e := exchange(200, response)
		if !json.Valid([]byte(response)) {
			var err error
			e, err = recordings.Load(response)
			require.NoError(t, err)
		}
		s.responses = append(s.responses, e)
	}
	return s.client(), s
}

// statusResponse is the status of a sync whose last run goes or went so; its end is at a minute of an hour, -1 for none.
func statusResponse(status, run string, minute int) string {
	finished := ""
	if minute >= 0 {
		finished = fmt.Sprintf(`,"finishedAt":"2026-11-22T13:%02d:00.000Z"`, minute)
	}
	return fmt.Sprintf(`{"syncs":[{"name":"s","status":%q,"latestExecutionStatus":%q%s}]}`, status, run, finished)
}

func minuteOf(status *nango.SyncStatus) int {
	if status == nil || status.FinishedAt.IsZero() {
		return -1
	}
	return status.FinishedAt.Minute()
}

func TestRunSyncRecorded(t *testing.T) {
	neverRan := `{"syncs":[{"id":"87ea3de2-92ec-42d1-a477-a9f8b1d1fa67","connection_id":"conn-none-1","type":"INITIAL","nextScheduledSyncAt":null,` +
		`"name":"failing-sync","variant":"base","status":"SUCCESS","frequency":"every day","recordCount":{"Broken":0},"checkpoint":null}]}`
	for name, test := range map[string]struct {
		sync      string
		responses []string
		params    *nango.RunSyncParams
		want      string // the recording whose status is the result
	}{
		"a run in progress counts": {"slow-sync", []string{
			"sync/status-running", "sync/trigger-while-running", "sync/status-running", "sync/status-paused-while-running", "sync/status-deleted-sync",
		}, nil, "sync/status-deleted-sync"},
		"a run that ends between polls": {"fetch-items", []string{
			"sync/status-one", "sync/trigger-opts-reset", "sync/status-one", "sync/status-after-pause",
		}, &nango.RunSyncParams{TriggerSyncsParams: nango.TriggerSyncsParams{Reset: true}}, "sync/status-after-pause"},
		"a sync that never ran, and fails": {"failing-sync", []string{
			neverRan, "sync/trigger-manual", neverRan, "sync/status-error",
		}, nil, "sync/status-error"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				client, server := mixed(t, test.responses...)
				status, err := client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: test.sync}, test.params)
				want := statuses[test.want]
				if want.LatestRun == nango.SyncStopped {
					assert.Nil(t, status)
					assert.Equal(t, &nango.SyncRunError{Sync: nango.SyncRef{Name: test.sync}, Status: &want}, err)
				} else {
					require.NoError(t, err)
					assert.Equal(t, &want, status)
				}

				poll := recorded(t, "sync/status-one")
				poll.Query.Set("syncs", test.sync)
				trigger := recorded(t, "sync/trigger-manual")
				trigger.Body = `{"syncs":["` + test.sync + `"],"provider_config_key":"demo-none","connection_id":"conn-none-1"}`
				if test.params != nil {
					trigger.Body = recorded(t, "sync/trigger-opts-reset").Body
				}
				requests := []sent{poll, trigger}
				for range len(test.responses) - 2 {
					requests = append(requests, poll)
				}
				server.requireSent(requests...)
			})
		})
	}
}

// What is told of the run by its states: the minute in which the awaited one ended, and whether it failed.
func TestRunSyncStates(t *testing.T) {
	reset := &nango.RunSyncParams{TriggerSyncsParams: nango.TriggerSyncsParams{Reset: true, EmptyCache: true}}
	running, triggered := statusResponse("RUNNING", "RUNNING", -1), `{"success":true}`
	for name, test := range map[string]struct {
		params    *nango.RunSyncParams
		responses []string
		want      int
		failed    bool
	}{
		"unchanged, running, done": {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered,
			statusResponse("SUCCESS", "SUCCESS", 1), running, statusResponse("SUCCESS", "SUCCESS", 2)}, 2, false},
		"paused before and after": {nil, []string{statusResponse("PAUSED", "SUCCESS", 1), triggered,
			statusResponse("PAUSED", "SUCCESS", 1), statusResponse("PAUSED", "SUCCESS", 2)}, 2, false},
		"failed before and again": {nil, []string{statusResponse("ERROR", "STOPPED", 1), triggered,
			statusResponse("ERROR", "STOPPED", 1), statusResponse("ERROR", "STOPPED", 2)}, 2, true},
		"failed, and paused":      {nil, []string{statusResponse("PAUSED", "SUCCESS", 1), triggered, statusResponse("PAUSED", "STOPPED", 2)}, 2, true},
		"told by the sync alone":  {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered, statusResponse("ERROR", "", 2)}, 2, true},
		"stopped, the run unsaid": {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered, statusResponse("STOPPED", "", 2)}, 2, true},
		"in a word of tomorrow":   {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered, statusResponse("PAUSED", "CANCELLED", 2)}, 2, true},
		"well, and unsaid":        {nil, []string{statusResponse("SUCCESS", "", 1), triggered, statusResponse("SUCCESS", "", 2)}, 2, false},
		"well, on a schedule that was stopped": {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered,
			statusResponse("STOPPED", "SUCCESS", 2)}, 2, false},
		"running, told by the run alone": {nil, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered,
			statusResponse("PAUSED", "RUNNING", 2), statusResponse("PAUSED", "SUCCESS", 3)}, 3, false},
		"a run in progress":       {nil, []string{running, triggered, running, statusResponse("SUCCESS", "SUCCESS", 2)}, 2, false},
		"a run in progress fails": {nil, []string{running, triggered, statusResponse("ERROR", "STOPPED", 2)}, 2, true},
		"Reset waits for the run in progress": {reset, []string{running, running, statusResponse("SUCCESS", "SUCCESS", 2), triggered,
			statusResponse("SUCCESS", "SUCCESS", 2), running, statusResponse("SUCCESS", "SUCCESS", 3)}, 3, false},
		"Reset waits, told by the run alone": {reset, []string{statusResponse("PAUSED", "RUNNING", 1), statusResponse("PAUSED", "SUCCESS", 2), triggered,
			statusResponse("SUCCESS", "SUCCESS", 3)}, 3, false},
		"whatever becomes of it":          {reset, []string{running, statusResponse("ERROR", "STOPPED", 2), triggered, statusResponse("SUCCESS", "SUCCESS", 3)}, 3, false},
		"a failure after it":              {reset, []string{running, statusResponse("SUCCESS", "SUCCESS", 2), triggered, statusResponse("ERROR", "STOPPED", 3)}, 3, true},
		"Reset without a run in progress": {reset, []string{statusResponse("SUCCESS", "SUCCESS", 1), triggered, statusResponse("ERROR", "STOPPED", 2)}, 2, true},
		"a sync that comes late":          {nil, []string{`{"syncs":[]}`, `{"syncs":[]}`, statusResponse("SUCCESS", "", -1), triggered, statusResponse("SUCCESS", "SUCCESS", 1)}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				client, server := mixed(t, test.responses...)
				status, err := client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s"}, test.params)
				if test.failed {
					assert.Nil(t, status)
					failure, ok := errors.AsType[*nango.SyncRunError](err)
					require.True(t, ok, "%v", err)
					status = failure.Status
					assert.EqualError(t, err, "nango: the run of the sync s failed or was cancelled; Nango's logs say why, and so does the webhook of type sync")
					assert.JSONEq(t, fmt.Sprintf("%q", err), string(encodeJSON(t, err)))
				} else {
					require.NoError(t, err)
				}
				assert.Equal(t, test.want, minuteOf(status))
				var methods []string
				for _, request := range server.requests {
					methods = append(methods, request.Method)
				}
				want := make([]string, len(test.responses))
				for i, response := range test.responses {
					if want[i] = "GET"; response == triggered {
						want[i] = "POST"
					}
				}
				assert.Equal(t, want, methods)
			})
		})
	}
}

// A sync that does not come is not triggered, and one that goes away is not awaited.
func TestRunSyncOfNoSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { testRunSyncOfNoSync(t) })
}

func testRunSyncOfNoSync(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	client, server := serve(t, "sync/status-unknown-sync")
	_, err := client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "zzz"}, nil)
	assert.ErrorIs(t, err, nango.ErrNotFound)
	assert.EqualError(t, err, "nango: waiting for a sync to be there ended after 5 polls in 5s: nango: not found: the connection has no such sync")
	poll := recorded(t, "sync/status-unknown-sync")
	server.requireSent(poll, poll, poll, poll, poll)

	client, server = serve(t, "sync/status-one", "sync/trigger-manual", "sync/status-unknown-sync")
	_, err = client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "fetch-items"}, nil)
	assert.ErrorIs(t, err, nango.ErrNotFound)
	assert.EqualError(t, err, "nango: waiting for the run of a sync ended after 1 poll in 0s: nango: not found: the connection has no such sync")
	assert.Len(t, server.requests, 3)

	client, server = serve(t, "sync/status-unknown-connection")
	_, err = client.Connection("demo-none", "zzz").RunSync(ctx, nango.SyncRef{Name: "s"}, nil)
	requireFailure(t, err, nango.ErrNotFound, "invalid_body")
	assert.Len(t, server.requests, 1)

	client, server = serve(t, "sync/status-one", "sync/trigger-unknown-sync")
	_, err = client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "fetch-items"}, nil)
	requireFailure(t, err, nango.ErrInvalid, "no_syncs_found")
	assert.Len(t, server.requests, 2)
}

// Whether there is a sync is only known from a server that says so.
func TestRunSyncBeginsWithFailures(t *testing.T) {
	busy := exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "20")
	none, found := exchange(200, `{"syncs":[]}`), exchange(200, statusResponse("SUCCESS", "SUCCESS", 1))
	triggered, done := exchange(200, `{"success":true}`), exchange(200, statusResponse("SUCCESS", "SUCCESS", 2))
	for name, test := range map[string]struct {
		responses []*recordings.Exchange
		is, not   error
		times     []time.Duration
	}{
		"that last longer than syncs take to appear": {[]*recordings.Exchange{busy, busy, found, triggered, done}, nil, nil,
			[]time.Duration{0, 20e9, 40e9, 40e9, 40e9}},
		"after a look at the list":     {[]*recordings.Exchange{none, none, busy, found, triggered, done}, nil, nil, []time.Duration{0, 1e9, 25e8, 225e8, 225e8, 225e8}},
		"and shows that there is none": {[]*recordings.Exchange{none, busy, none}, nango.ErrNotFound, nil, []time.Duration{0, 1e9, 21e9, 21e9}},
		"of which there are too many": {[]*recordings.Exchange{busy}, nango.ErrRateLimited, nango.ErrNotFound,
			[]time.Duration{0, 20e9, 40e9, 60e9, 80e9, 100e9}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				client, server := polls(t, test.responses...)
				status, err := client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s"}, nil)
				if test.is == nil {
					require.NoError(t, err)
					assert.Equal(t, 2, minuteOf(status))
				} else {
					assert.ErrorIs(t, err, test.is)
				}
				if test.not != nil {
					assert.NotErrorIs(t, err, test.not)
				}
				assert.Equal(t, test.times, server.times)
			})
		})
	}
}

// A run is ordered once. What a 429 refused was not ordered, however long the server asks to wait.
func TestRunSyncOrdersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		busy := exchange(429, `{"error":{"code":"too_many_request"}}`, "Retry-After", "50")
		client, server := polls(t, exchange(200, statusResponse("SUCCESS", "SUCCESS", 1)), busy, exchange(200, `{"success":true}`),
			exchange(200, statusResponse("SUCCESS", "SUCCESS", 2)))
		_, err := client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s"}, nil)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 0, 50e9, 50e9}, server.times)

		client, server = polls(t, exchange(200, statusResponse("SUCCESS", "SUCCESS", 1)), exchange(503, `{"error":{"code":"x"}}`))
		_, err = client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s"}, nil)
		assert.ErrorIs(t, err, nango.ErrServer)
		assert.Len(t, server.times, 2)
	})
}

// Of several statuses that of the sync counts.
func TestRunSyncOfAVariant(t *testing.T) {
	statuses := func(base, variant string) string {
		return `{"syncs":[{"name":"s","variant":"base","connection_id":"another","status":"ERROR","finishedAt":"2027-01-01T00:00:00Z"},` +
			`{"name":"s","variant":"v","connection_id":"another","status":"ERROR","finishedAt":"2027-01-01T00:00:00Z"},{"name":"s","variant":"base","status":"SUCCESS","finishedAt":"` + base + `"},` +
			`{"name":"s","variant":"v","status":"SUCCESS","finishedAt":"` + variant + `"}]}`
	}
	const before, after = "2026-11-22T13:00:00Z", "2026-11-22T13:09:00Z"
	for _, test := range []struct{ variant, want, other, done string }{
		{"v", "v", statuses(after, before), statuses(after, after)}, {"", "base", statuses(before, after), statuses(after, after)},
		{"base", "base", statuses(before, after), statuses(after, after)},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			client, server := serveBodies(t, statuses(before, before), `{"success":true}`, test.other, test.done)
			status, err := client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s", Variant: test.variant}, nil)
			require.NoError(t, err)
			assert.Equal(t, test.want, status.Variant)
			assert.Len(t, server.requests, 4)

			client, _ = serveBodies(t, statuses(before, before))
			_, err = client.Connection("i", "c").RunSync(ctx, nango.SyncRef{Name: "s", Variant: "w"}, nil)
			assert.ErrorIs(t, err, nango.ErrNotFound)
		})
	}
}

// A run that the scheduler refused never shows, so that the deadline ends the wait.
func TestRunSyncEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		started := time.Now()
		client, _ := serve(t, "sync/status-one", "sync/trigger-manual", "sync/status-one")
		_, err := client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "fetch-items"}, nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.EqualError(t, err, "nango: waiting for the run of a sync ended after 10 polls in 1m0s: context deadline exceeded")
		assert.Equal(t, time.Minute, time.Since(started))
	})
}

func TestRunSyncToleratesPassingErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		client, server := serve(t, "sync/status-one", "sync/trigger-manual", "sync/status-after-pause")
		server.responses = slices.Insert(server.responses, 2, exchange(503, `<html>`, "Content-Type", "text/html"))
		var polls []nango.WaitStatus
		params := &nango.RunSyncParams{Wait: nango.WaitParams{MinDelay: 3 * time.Second, OnPoll: func(s nango.WaitStatus) { polls = append(polls, s) }}}
		status, err := client.Connection("demo-none", "conn-none-1").RunSync(ctx, nango.SyncRef{Name: "fetch-items"}, params)
		require.NoError(t, err)
		assert.Equal(t, 33, minuteOf(status))
		require.Len(t, polls, 1)
		assert.ErrorIs(t, polls[0].Err, nango.ErrServer)
		polls[0].Err = nil
		assert.Equal(t, nango.WaitStatus{Polls: 1, Next: 3 * time.Second}, polls[0])
	})
}

// What is wrong is found before the sync is triggered.
func TestRunSyncArguments(t *testing.T) {
	deadline, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	client, server := serve(t)
	h, s := client.Connection("i", "c"), nango.SyncRef{Name: "s"}
	for _, test := range []struct {
		err              error
		argument, reason string
	}{
		{failed(h.RunSync(t.Context(), s, nil)), "ctx", "has no deadline"},
		{failed(h.RunSync(deadline, nango.AllSyncs()[0], nil)), "sync", "has no name, or a comma, colon or asterisk"},
		{failed(h.RunSync(deadline, s, &nango.RunSyncParams{TriggerSyncsParams: nango.TriggerSyncsParams{EmptyCache: true}})), "EmptyCache", "has no effect without Reset"},
		{failed(h.RunSync(deadline, s, &nango.RunSyncParams{Wait: nango.WaitParams{MaxFailures: -1}})), "Wait", "holds a negative value"},
		{failed(client.Connection("..", "c").RunSync(deadline, s, nil)), "integrationID", hasDots},
	} {
		requireArgument(t, test.err, test.argument, test.reason)
	}
	server.requireSent()
}
