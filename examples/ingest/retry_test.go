package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// jobs returns how many jobs of slices there are.
func (h *harness) jobs() int {
	return h.one(`SELECT count(*) FROM river_job WHERE kind = $1`, SliceArgs{}.Kind())
}

// An event of a key that River repeats adds no second chain of attempts. After the last attempt it begins one.
func TestEventsOfAKeyThatFails(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.River = func(c *river.Config) { c.MaxAttempts = 2 } })
	want := h.save("old", 1, 3)
	repair := h.srv.Inject(nangotest.Rule{Operation: "listRecords"}, nangotest.ServerError())
	h.run()
	assert.Equal(t, river.EventKindJobFailed, h.next().Kind)
	jobs := h.jobs()
	queuedUntil := func() int {
		return h.one(`SELECT (extract(epoch FROM queued_until) * 1000000)::bigint FROM ingest_keys WHERE repeated_job <> 0`)
	}
	until := queuedUntil()
	for range 5 {
		require.NoError(t, h.Want(t.Context(), h.key))
	}
	assert.Equal(t, jobs, h.jobs())
	assert.Equal(t, until, queuedUntil(), "the sweep goes on then, if the job is lost")
	assert.Equal(t, rivertype.JobStateDiscarded, h.next().Job.State)
	assert.Equal(t, 2, h.requests())
	repair()
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, jobs+1, h.jobs())

	h.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 1}, nangotest.ServerError())
	require.NoError(t, h.Want(t.Context(), h.key))
	assert.Equal(t, river.EventKindJobFailed, h.next().Kind)
	h.saved() // by the second attempt
	require.NoError(t, h.Want(t.Context(), h.key))
	assert.Equal(t, jobs+3, h.jobs())
}

// Events before a failure, and those after it, add no attempts to those of the first job.
func TestOneChainOfAttempts(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.Slots = 1; p.River = func(c *river.Config) { c.MaxAttempts = 3 } })
	h.save("old", 1, 3)
	for range 10 {
		require.NoError(t, h.Want(t.Context(), h.key))
	}
	h.srv.Inject(nangotest.Rule{Operation: "listRecords"}, nangotest.ServerError())
	h.run()
	for failed := 0; failed < 3; {
		if event := h.next(); event.Kind == river.EventKindJobFailed {
			failed++
			if failed < 3 {
				require.NoError(t, h.Want(t.Context(), h.key))
			}
		}
	}
	assert.Equal(t, 3, h.requests())
	assert.Zero(t, h.one(`SELECT count(*) FROM river_job WHERE kind = $1 AND state IN ('available', 'retryable', 'running')`, SliceArgs{}.Kind()))
}

// The jobs that no sweep inserts again do not end with a long outage.
func TestOutageOfTheList(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.River = func(c *river.Config) { c.MaxAttempts = 2 } })
	h.run()
	h.nextOf(compareArgs{})
	h.srv.Inject(nangotest.Rule{Operation: "listConnections"}, nangotest.ServerError())
	h.deliver(webhooktest.AuthCreation(), "tracker", "acme")
	assert.Equal(t, river.EventKindJobFailed, h.nextOf(connectionArgs{}).Kind)
	event := h.nextOf(connectionArgs{})
	assert.Equal(t, river.EventKindJobSnoozed, event.Kind)
	assert.Greater(t, time.Until(event.Job.ScheduledAt), 59*time.Minute)
}

// An error at the end of a slice is one like others: the key says why, and the attempts come to an end.
func TestFailureAtTheEnd(t *testing.T) {
	for name, statements := range map[string][]string{
		"the key": {`CREATE TRIGGER broken BEFORE UPDATE OF saved_at ON ingest_keys FOR EACH ROW WHEN (NEW.saved_at > OLD.saved_at) EXECUTE FUNCTION broken()`},
		"leftovers": {`CREATE TRIGGER broken BEFORE DELETE ON ingest_records FOR EACH ROW EXECUTE FUNCTION broken()`,
			`INSERT INTO ingest_keys (name, integration_id, connection_id, model, variant, wanted_at, due_since, reading)
				VALUES ('ingest', 'tracker', 'acme', 'Issue', 'base', now(), now(), 2)`,
			`INSERT INTO ingest_records SELECT id, 'old', '{}', now(), 1, false FROM ingest_keys`},
		"the restart": {`CREATE TRIGGER broken BEFORE UPDATE OF reading ON ingest_keys FOR EACH ROW EXECUTE FUNCTION broken()`,
			`INSERT INTO ingest_keys (name, integration_id, connection_id, model, variant, wanted_at, due_since, cursor_value, read_at)
				VALUES ('ingest', 'tracker', 'acme', 'Issue', 'base', now(), now(), 'damaged', now())`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, func(p *Params) { p.River = func(c *river.Config) { c.MaxAttempts = 2 } })
			h.save("old", 1, 3)
			h.exec(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$`)
			for _, statement := range statements {
				h.exec(statement)
			}
			h.run()
			h.ran(sweepArgs{})
			for _, state := range []rivertype.JobState{rivertype.JobStateRetryable, rivertype.JobStateDiscarded} {
				event := h.await(func(event *river.Event) bool { return event.Kind == river.EventKindJobFailed })
				if event.Job.State != rivertype.JobStateAvailable { // River makes it so, if the delay is short
					assert.Equal(t, state, event.Job.State)
				}
				assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE failure LIKE '%SQLSTATE P0001%' AND taken_by = ''`))
			}
		})
	}
}

// A connection that Nango does not know, as with a wrong API key, is tried again each hour.
func TestUnknownConnection(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 1}, nangotest.Respond(400, "application/json", `{"error":{"code":"unknown_connection"}}`))
	h.run()
	assert.Equal(t, river.EventKindJobCancelled, h.next().Kind)
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at < wanted_at AND failure <> '' AND repeated_job = 0
		AND queued_until BETWEEN now() + interval '59 min' AND now() + interval '61 min'`))
	h.exec(`UPDATE ingest_keys SET queued_until = now()`) // an hour later
	h.ran(sweepArgs{})
	h.saved()
	assert.Equal(t, want, h.rows())
}

// A restart while the first page is read: the slice, which began without a cursor too, writes nothing.
func TestRestartByHand(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.SweepEvery = time.Second })
	want := h.save("old", 1, 3)
	h.onPage = func(ctx context.Context, n int) {
		if n == 1 {
			assert.NoError(t, h.Restart(ctx, "tracker", "acme", ""))
		}
	}
	h.run()
	assert.Equal(t, river.EventKindJobSnoozed, h.next().Kind)
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_records WHERE reading <> 2`))

	h.acme.ClearRecords("Issue") // the cache was emptied
	want = h.save("new", 2, 3)
	require.NoError(t, h.Restart(t.Context(), "tracker", "acme", "Issue"))
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Error(t, h.Restart(t.Context(), "tracker", "acme", "Comment"))
}

// A cursor that the server cannot read begins anew by itself.
func TestUnreadableCursor(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.exec(`UPDATE ingest_keys SET cursor_value = 'damaged'`)
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE reading = 2 AND failure = ''`))
	assert.Equal(t, 2, h.one(`SELECT count(*) FROM river_job WHERE queue = $1`, queueImports), "it is a first import once more")
}

// A pruned record comes in each reading, so its row stays after a restart. A copy that was incomplete stays so.
func TestRestartWithPrunedRecords(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.exec(`UPDATE ingest_records SET incomplete = true WHERE id = '1'`)
	connection := h.srv.Client().Connection("tracker", "acme")
	page, err := nango.ListRecords[issue](t.Context(), connection, nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	_, err = connection.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: page.Records[2].Metadata.Cursor})
	require.NoError(t, err)
	require.NoError(t, h.Restart(t.Context(), "tracker", "acme", "Issue"))
	h.ran(sweepArgs{})
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_records WHERE incomplete`))
}

// An error about a record names no value of it.
func TestFailureWithoutValues(t *testing.T) {
	h := newHarness(t)
	h.save("secret", 1, 1)
	h.exec(`CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.reading = (NEW.data->>'title')::integer; RETURN NEW; END $$`)
	h.exec(`CREATE TRIGGER number BEFORE INSERT ON ingest_records FOR EACH ROW EXECUTE FUNCTION number()`)
	h.run()
	event := h.next()
	assert.Equal(t, river.EventKindJobFailed, event.Kind)
	assert.Contains(t, event.Job.Errors[0].Error, "22P02")
	assert.NotContains(t, event.Job.Errors[0].Error, "secret")
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE failure LIKE '%22P02%' AND failure NOT LIKE '%secret%'`))
}

// No Retry-After stops a process for longer than a window of Nango.
func TestRetryAfterOfADay(t *testing.T) {
	h := newHarness(t)
	h.srv.Inject(nangotest.Rule{Operation: "listRecords", Nth: 1}, nangotest.RateLimited("86400"))
	h.run()
	event := h.next()
	assert.Equal(t, river.EventKindJobSnoozed, event.Kind)
	assert.Less(t, time.Until(event.Job.ScheduledAt), 76*time.Second)
}

// A pool of one connection is enough for the migrations.
func TestMigrateWithOneConnection(t *testing.T) {
	config := newPool(t).Config()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	defer pool.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	assert.NoError(t, Migrate(ctx, pool))
}
