package ingest

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// syncEvent is the event of a run that succeeded.
func syncEvent() *webhook.SyncEvent {
	return &webhook.SyncEvent{Success: true, IntegrationID: "tracker", ConnectionID: "acme", Model: "Issue", SyncVariant: "base"}
}

// A first import takes several slices, and an event brings what has changed.
func TestImportAndEvents(t *testing.T) {
	var observed atomic.Int32
	h := newHarness(t, func(p *Params) {
		p.MaxPages = 2
		p.Observer.AttemptEnd = func(context.Context, nango.AttemptResult) { observed.Add(1) }
	})
	want := h.save("old", 1, 45)
	h.run()
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 3, h.one(`SELECT count(*) FROM river_job WHERE queue = $1`, queueImports), "two slices of 20 records, and one of 5")
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM river_job JOIN ingest_keys ON river_job.xmin = ingest_keys.xmin WHERE state = 'completed'`),
		"the last job completed in the transaction that gave the key back")

	want["1"] = h.save("new", 1, 1)["1"]
	h.acme.DeleteRecords("Issue", "2")
	delete(want, "2")
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, h.srv.SigningKey(), syncEvent()).StatusCode)
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Len(t, h.srv.Requests("listConnections"), 2, "the start, and the comparison, which has told the identity: it stays")
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE identity <> ''`))

	assert.Len(t, h.srv.Requests(), int(observed.Load()))

	other := syncEvent()
	other.Model = "Comment"
	failed := syncEvent()
	failed.Success = false
	for _, event := range []any{other, failed} {
		assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, h.srv.SigningKey(), event).StatusCode)
	}
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at < wanted_at`), "nothing to do for these")
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys`))
}

// An event that comes when the last page is read already is followed by another reading, even if its own job finds the key
// taken. And it is, if the clock of the database goes back.
func TestEventWhileASliceRuns(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 5)
	h.onPage = func(ctx context.Context, n int) {
		if n != 1 {
			return
		}
		want["6"] = h.save("new", 6, 6)["6"]
		assert.NoError(t, pgx.BeginFunc(ctx, h.pool, func(tx pgx.Tx) error {
			return wantOnly(ctx, tx, h.key)
		}))
	}
	h.exec(`INSERT INTO ingest_keys (name, integration_id, connection_id, model, variant, wanted_at, due_since)
		VALUES ('ingest', 'tracker', 'acme', 'Issue', 'base', now() + interval '1 day', now())`)
	h.run()
	h.ran(sweepArgs{})
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 2, h.requests())
}

// wantOnly is want without a job.
func wantOnly(ctx context.Context, tx pgx.Tx, key consume.Key) error {
	_, _, err := want(ctx, tx, key, "", time.Minute)
	return err
}

// A job whose key is not due, or taken, ends at once. A job of a newer version has more arguments.
func TestSuperfluousJobs(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 5)
	h.run()
	h.saved()
	requests := h.requests()
	for _, statement := range []string{
		`UPDATE ingest_keys SET taken_by = ''`,
		`UPDATE ingest_keys SET wanted_at = now(), taken_by = 'other', taken_until = now() + interval '1 minute'`,
	} {
		h.exec(statement)
		_, err := h.river.Insert(t.Context(), newerArgs{argsOf(h.key), true}, &river.InsertOpts{Queue: queueEvents})
		require.NoError(t, err)
		assert.Equal(t, river.EventKindJobCompleted, h.next().Kind)
		assert.Equal(t, requests, h.requests())
	}
	h.exec(`UPDATE ingest_keys SET taken_until = now()`) // the holder was killed
	h.ran(sweepArgs{})
	h.saved()
	assert.Equal(t, requests+1, h.requests())
}

// newerArgs are the arguments of a later version.
type newerArgs struct {
	SliceArgs
	Later bool `json:"later"`
}

// The sweep leaves keys alone that are not due, that have a job, and that somebody holds; and it wants what had no event for long.
func TestSweep(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 5)
	h.run()
	h.saved()
	jobs := func() int { return h.one(`SELECT count(*) FROM river_job WHERE kind = $1`, SliceArgs{}.Kind()) }
	before := jobs()
	for _, statement := range []string{
		`UPDATE ingest_keys SET queued_until = '-infinity'`,
		`UPDATE ingest_keys SET wanted_at = now(), queued_until = now() + interval '1 minute'`,
		`UPDATE ingest_keys SET queued_until = '-infinity', taken_until = now() + interval '1 minute'`,
	} {
		h.exec(statement)
		h.ran(sweepArgs{})
		assert.Equal(t, before, jobs(), statement)
	}
	h.exec(`UPDATE ingest_keys SET wanted_at = now() - interval '61 minutes', saved_at = now() - interval '61 minutes', taken_until = '-infinity'`)
	h.ran(sweepArgs{})
	assert.Equal(t, before+1, jobs())
	h.saved()
}

// Nango's 429 snoozes the job until the reset, and counts no attempt. Meanwhile a key has one job, and a superfluous one ends.
func TestRateLimited(t *testing.T) {
	h := newHarness(t)
	h.add("tracker", "globex", "4")
	h.save("old", 1, 5)
	h.run()
	h.savedAll(2)
	requests := h.requests()
	h.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 1}, nangotest.RateLimited("17"))
	began := time.Now()
	snoozed := func() *rivertype.JobRow {
		job := h.await(func(event *river.Event) bool { return event.Kind == river.EventKindJobSnoozed }).Job
		assert.Zero(t, job.Attempt)
		return job
	}
	within := func(job *rivertype.JobRow, from, to time.Duration) { // behind the reset
		t.Helper()
		reset := time.Now().Add(h.limit.wait())
		assert.WithinRange(t, job.ScheduledAt, reset.Add(from-10*time.Millisecond), reset.Add(to)) // River counts from when the job has ended
	}
	const quarter = time.Second / 4
	require.NoError(t, h.Want(t.Context(), h.key))
	within(snoozed(), 3*quarter, 5*time.Second)
	assert.Less(t, time.Since(began), 15*time.Second, "the slot did not sleep")
	assert.Greater(t, h.limit.wait(), 2*time.Second)
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE taken_by = '' AND failure = '' AND queued_until > now() + interval '17 s'`))

	jobs := h.jobs()
	for range 5 {
		require.NoError(t, h.Want(t.Context(), h.key))
	}
	assert.Equal(t, jobs, h.jobs(), "River repeats the first one")
	globex := h.key
	globex.ConnectionID = "globex"
	assert.Equal(t, river.EventKindJobCompleted, h.ran(argsOf(globex)).Kind, "it is not due")
	require.NoError(t, h.Want(t.Context(), globex))
	second := snoozed()
	within(second, 3*quarter, 5*time.Second)
	h.exec(`UPDATE river_job SET created_at = now() - interval '3 minutes', state = 'available', scheduled_at = now() WHERE id = $1`, second.ID)
	within(snoozed(), quarter, 4*quarter) // it has waited longer
	assert.Equal(t, requests+1, h.requests(), "the others did not even ask")
}

// When the last request of a minute is used up, the slice ends behind its page, before a request is refused.
func TestLimitIsUsedUp(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 45)
	h.srv.SetRateLimit(4) // the list of connections at the start and in the comparison, and two pages
	h.run()
	event := h.next()
	assert.Equal(t, river.EventKindJobSnoozed, event.Kind)
	assert.Len(t, h.rows(), 20)
	assert.Equal(t, 2, h.requests())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE taken_by = '' AND cursor_value IS NOT NULL AND saved_at < wanted_at`))
}

func TestMigrate(t *testing.T) {
	pool := newPool(t)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() { assert.NoError(t, Migrate(t.Context(), pool)) })
	}
	group.Wait()
	require.NoError(t, Migrate(t.Context(), pool))
	var versions int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM ingest_migrations`).Scan(&versions))
	assert.Equal(t, latest, versions)
}
