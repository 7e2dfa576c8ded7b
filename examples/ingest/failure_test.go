package ingest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// A deletion while a slice runs leaves nothing behind, and the slice writes nothing more.
func TestOffBoarding(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 45)
	h.onPage = func(ctx context.Context, n int) {
		if n == 3 {
			assert.Len(t, h.rows(), 20)
			h.acme.Delete()
			_, err := h.river.Insert(ctx, argsOf(h.key), &river.InsertOpts{Queue: queueEvents, ScheduledAt: time.Now().Add(time.Hour)})
			assert.NoError(t, err)
			assert.NoError(t, h.OffBoard(ctx, "tracker", "acme"))
			assert.ErrorContains(t, h.OffBoard(ctx, "acme", "tracker"), `no key of the connection "tracker" of "acme"`)
			assert.Zero(t, h.one(`SELECT count(*) FROM river_job WHERE kind = $1 AND state <> 'running'`, SliceArgs{}.Kind()))
		}
	}
	h.run()
	assert.Equal(t, river.EventKindJobSnoozed, h.next().Kind)
	assert.Empty(t, h.rows())
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys`))

	require.NoError(t, h.Want(t.Context(), h.key)) // a late webhook
	for h.next().Kind != river.EventKindJobCancelled {
	}
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at < wanted_at AND failure <> '' AND taken_by = '' AND repeated_job = 0 AND
		queued_until BETWEEN now() + interval '59 min' AND now() + interval '61 min'`))
	event := webhooktest.AuthDeletion()
	event.IntegrationID, event.ConnectionID = "tracker", "acme"
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, h.srv.SigningKey(), event).StatusCode)
	h.nextOf(connectionArgs{})
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys`))
}

// A new connection whose id was in use before begins with an empty cursor.
func TestCreation(t *testing.T) {
	h := newHarness(t)
	h.run()
	h.saved()
	h.srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "globex"}).SaveRecords("Issue", issue{"1", "first"})
	event := webhooktest.AuthCreation()
	event.IntegrationID, event.ConnectionID, event.Provider = "tracker", "globex", "unauthenticated"
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, h.srv.SigningKey(), event).StatusCode)
	h.nextOf(connectionArgs{})
	h.saved()
	assert.Equal(t, map[string]string{"1": "first"}, h.rows())
}

// After a pause of more than 30 days deletions can be missing: the key begins anew, and the rows that do not come again go.
func TestRestart(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 15)
	h.run()
	h.saved()
	h.acme.ClearRecords("Issue") // and of those that are gone at the provider no trace is left
	want := h.save("new", 1, 12)
	h.exec(`UPDATE ingest_keys SET read_at = now() - interval '31 days'`)
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE reading = 2 AND clean_reading = 2 AND failure = ''`))
}

// A pruned record keeps its row. If the row is older than the record, or there was none, it says so.
func TestPruned(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.save("new", 2, 2)
	h.save("new", 4, 4)
	page, err := nango.ListRecords[issue](t.Context(), h.srv.Client().Connection("tracker", "acme"), nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	_, err = h.srv.Client().Connection("tracker", "acme").PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: page.Records[3].Metadata.Cursor})
	require.NoError(t, err)
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	want["4"] = "-"
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 2, h.one(`SELECT count(*) FROM ingest_records WHERE incomplete AND id IN ('2', '4')`))
	assert.Equal(t, 2, h.one(`SELECT count(*) FROM ingest_records WHERE NOT incomplete`))
	h.save("newer", 2, 2)
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_records WHERE incomplete`))
}

// A failure is River's to repeat, and the sweep keeps out of it. When River has given up, the sweep begins anew, much later.
func TestFailures(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.River = func(c *river.Config) { c.MaxAttempts = 2 } })
	want := h.save("old", 1, 3)
	repair := h.srv.Inject(nangotest.Rule{Operation: "listRecords"}, nangotest.ServerError())
	h.run()
	event := h.next()
	assert.Equal(t, river.EventKindJobFailed, event.Kind)
	assert.NotEqual(t, rivertype.JobStateDiscarded, event.Job.State)
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE taken_by = '' AND failure LIKE '%500%' AND queued_until > $1`, event.Job.ScheduledAt))
	event = h.next()
	assert.Equal(t, rivertype.JobStateDiscarded, event.Job.State)
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE queued_until BETWEEN now() + interval '59 min' AND now() + interval '61 min'`))
	requests := h.requests()
	h.ran(sweepArgs{})
	assert.Equal(t, requests, h.requests())
	repair()
	h.exec(`UPDATE ingest_keys SET queued_until = now()`) // an hour later
	h.ran(sweepArgs{})
	h.saved()
	assert.Equal(t, want, h.rows())
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys WHERE failure <> ''`))
}

// A worker whose lease has ended goes on: one of the two saves the page, and the other one writes nothing.
func TestTwoHolders(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 15)
	h.onPage = func(ctx context.Context, n int) {
		if n != 1 {
			return
		}
		h.exec(`UPDATE ingest_keys SET taken_until = now()`)
		other, err := take(ctx, h.pool, h.key, 0, "other", time.Minute)
		assert.NoError(t, err)
		_, err = h.read(ctx, other)
		assert.NoError(t, err)
	}
	h.run()
	assert.Equal(t, river.EventKindJobSnoozed, h.next().Kind)
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE taken_by = 'other'`), "it was not the first one's to give back")
}

// A deploy: a slice that does not end in time gives its key back and is worked on by another process at once.
func TestStop(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.River = func(c *river.Config) { c.SoftStopTimeout = time.Millisecond } })
	want := h.save("old", 1, 3)
	reading := make(chan struct{})
	h.onPage = func(ctx context.Context, n int) {
		if n == 1 {
			close(reading)
			<-ctx.Done()
		}
	}
	h.run()
	<-reading
	h.stop()
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE taken_by = '' AND saved_at < wanted_at AND failure = '' AND repeated_job = 0`))
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM river_job WHERE kind = $1 AND state = 'available'`, SliceArgs{}.Kind()))
	engine, err := New(h.pool, h.params)
	require.NoError(t, err)
	h.Engine = engine
	h.run()
	h.saved()
	assert.Equal(t, want, h.rows())
}

func TestDeleteIsNotSupported(t *testing.T) {
	assert.Error(t, cursors{}.Delete(t.Context(), consume.Key{}))
}

// A job that was left behind under another name reads nothing with this engine's API key.
func TestOtherName(t *testing.T) {
	h := newHarness(t)
	h.run()
	h.saved()
	requests := h.requests()
	args := argsOf(h.key)
	args.Name = "other"
	h.exec(`UPDATE ingest_keys SET name = 'other', wanted_at = now() + interval '1 hour'`)
	_, err := h.river.Insert(t.Context(), args, &river.InsertOpts{Queue: queueEvents})
	require.NoError(t, err)
	assert.Equal(t, river.EventKindJobCancelled, h.next().Kind)
	assert.Equal(t, requests, h.requests())
}

// The record that is named is the one to mend, and not one that needs those before it. No record is named for what none causes.
func TestCulprit(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 1)
	h.run()
	h.saved()
	h.exec(`CREATE UNIQUE INDEX ON ingest_records ((data->>'title'))`)
	h.acme.SaveRecords("Issue", issue{"1", "another"}, issue{"2", "old 1"}, issue{"3", "\x00"}, issue{"4", "last"})
	require.NoError(t, h.Want(t.Context(), h.key))
	failed := func(like string) {
		t.Helper()
		h.await(func(event *river.Event) bool { return event.Kind == river.EventKindJobFailed })
		assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE failure LIKE $1`, like))
	}
	failed(`the record "3": %22P05%`)
	h.exec(`CREATE SEQUENCE writes`) // the third one, an attempt in the search, fails for another reason
	h.exec(`CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('writes') = 3 THEN RAISE 'once' USING ERRCODE = '40P01'; END IF; RETURN NULL; END $$`)
	h.exec(`CREATE TRIGGER once BEFORE INSERT ON ingest_records EXECUTE FUNCTION once()`)
	failed(`ingest: PostgreSQL refuses a statement: SQLSTATE 22P05%`)
	h.exec(`DROP TRIGGER once ON ingest_records`)
	h.exec(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full' USING ERRCODE = '53100'; END $$`)
	h.exec(`CREATE TRIGGER full_disk BEFORE INSERT ON ingest_records EXECUTE FUNCTION full_disk()`)
	failed(`ingest: PostgreSQL refuses a statement: SQLSTATE 53100%`)
}

// A record that the table does not take rolls its page back, cursor and all, and the row of the key says why.
func TestRecordThatDoesNotFit(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.acme.SaveRecords("Issue", issue{"2", "no text of PostgreSQL has a \x00"})
	h.run()
	assert.Equal(t, river.EventKindJobFailed, h.next().Kind)
	assert.Empty(t, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE cursor_value IS NULL AND failure LIKE 'the record "2": %22P05%'`))
	want["2"] = h.save("mended", 2, 2)["2"]
	require.NoError(t, h.Want(t.Context(), h.key))
	h.saved()
	assert.Equal(t, want, h.rows())
}
