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

	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// add makes a connection with records, whose titles begin with its id.
func (h *harness) add(integration, id string, records ...string) *nangotest.ConnectionHandle {
	h.t.Helper()
	connection := h.srv.AddConnection(nangotest.Connection{IntegrationID: integration, ConnectionID: id})
	for _, record := range records {
		connection.SaveRecords("Issue", issue{record, id + " " + record})
	}
	return connection
}

// deliver delivers an auth event about a connection, which has to be accepted.
func (h *harness) deliver(event *webhook.AuthEvent, integration, id string) {
	h.t.Helper()
	event.IntegrationID, event.ConnectionID, event.Provider = integration, id, "unauthenticated"
	require.Equal(h.t, http.StatusOK, webhooktest.Deliver(h.t, h, h.srv.SigningKey(), event).StatusCode)
}

// savedAll waits until a number of keys are there and none is due.
func (h *harness) savedAll(keys int) {
	h.t.Helper()
	for h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at >= wanted_at`) != keys || h.one(`SELECT count(*) FROM ingest_keys`) != keys {
		h.next()
	}
}

// doesNotStart wants Run to see that Nango has none of the stored connections.
func (h *harness) doesNotStart() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 15*time.Second)
	defer cancel()
	assert.ErrorIs(h.t, h.Run(ctx), errForeign)
}

// The list of connections finds what no webhook has told. If all are gone, somebody has to say so.
func TestCompare(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 3)
	h.add("tracker", "globex", "4")
	h.run()
	h.savedAll(2)
	h.acme.Delete()
	h.add("tracker", "initech", "5")
	assert.Equal(t, river.EventKindJobCompleted, h.ran(compareArgs{}).Kind)
	h.nextOf(connectionArgs{})
	h.savedAll(2)
	assert.Equal(t, map[string]string{"4": "globex 4", "5": "initech 5"}, h.rows())

	h.srv.Connection("tracker", "globex").Delete()
	h.srv.Connection("tracker", "initech").Delete()
	event := h.ran(compareArgs{})
	assert.Equal(t, river.EventKindJobFailed, event.Kind)
	assert.Contains(t, event.Job.Errors[0].Error, "ingest off-board")
	assert.Len(t, h.rows(), 2)
	h.doesNotStart()
	for _, id := range []string{"globex", "initech"} {
		require.NoError(t, h.OffBoard(t.Context(), "tracker", id))
	}
	assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys`))
	assert.Empty(t, h.rows())
}

// A connection that is deleted and made again begins with nothing, whoever finds it out.
func TestConnectionIsMadeAgain(t *testing.T) {
	for name, find := range map[string]func(h *harness){
		"a late deletion event": func(h *harness) { h.deliver(webhooktest.AuthDeletion(), "tracker", "acme") },
		"a creation event":      func(h *harness) { h.deliver(webhooktest.AuthCreation(), "tracker", "acme") },
		"the comparison":        func(h *harness) { assert.Equal(t, river.EventKindJobCompleted, h.ran(compareArgs{}).Kind) },
		"the first slice of another variant": func(h *harness) {
			key := h.key
			key.Variant = "eu"
			require.NoError(h.t, h.Want(h.t.Context(), key))
			h.await(func(event *river.Event) bool { return event.Kind == river.EventKindJobCancelled })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, func(p *Params) { p.SweepEvery = time.Second })
			h.save("old", 1, 3)
			h.add("tracker", "globex", "4")
			h.run()
			h.savedAll(2)
			h.acme.Delete()
			h.add("tracker", "acme", "9")
			find(h)
			h.nextOf(connectionArgs{})
			h.saved()
			assert.Equal(t, map[string]string{"4": "globex 4", "9": "acme 9"}, h.rows())
			assert.Zero(t, h.one(`SELECT count(*) FROM ingest_keys WHERE connection_id = 'acme' AND reading <> 2`))
		})
	}
}

// A connection of the same id in another integration stays, and does not keep this one.
func TestSameIDInAnotherIntegration(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.Models["other"] = []string{"Issue"} })
	h.srv.AddIntegration(nangotest.Integration{ID: "other", Provider: "unauthenticated"})
	h.add("other", "acme", "7")
	h.save("old", 1, 3)
	h.run()
	h.savedAll(2)
	jobs := func(state rivertype.JobState) int {
		return h.one(`SELECT count(*) FROM river_job WHERE kind = $1 AND state = $2`, SliceArgs{}.Kind(), state)
	}
	assert.Equal(t, 2, jobs(rivertype.JobStateCompleted))
	h.acme.Delete()
	h.deliver(webhooktest.AuthDeletion(), "tracker", "acme")
	assert.Equal(t, river.EventKindJobCompleted, h.nextOf(connectionArgs{}).Kind)
	assert.Equal(t, map[string]string{"7": "acme 7"}, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys`))
	assert.Equal(t, 1, jobs(rivertype.JobStateCompleted), "those of the other connection")
}

// What the API does not confirm after some seconds was forged, or is left to the comparison.
func TestUnconfirmedEvents(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.run()
	h.saved()
	h.deliver(webhooktest.AuthDeletion(), "tracker", "acme")
	h.deliver(webhooktest.AuthDeletion(), "tracker", "nobody") // of which nothing is stored: no request
	requests := len(h.srv.Requests("listConnections"))
	failed, completed := 0, 0
	for completed < 2 {
		if h.nextOf(connectionArgs{}).Kind == river.EventKindJobFailed {
			failed++
		} else {
			completed++
		}
	}
	assert.Equal(t, 3, failed)
	assert.LessOrEqual(t, len(h.srv.Requests("listConnections"))-requests, 4)
	assert.Equal(t, want, h.rows())

	h.deliver(webhooktest.AuthCreation(), "tracker", "globex")
	assert.Equal(t, river.EventKindJobFailed, h.nextOf(connectionArgs{}).Kind)
	h.add("tracker", "globex", "4") // the replica has it now
	assert.Equal(t, river.EventKindJobCompleted, h.nextOf(connectionArgs{}).Kind)
	h.savedAll(2)
	h.deliver(webhooktest.AuthCreation(), "nobody", "acme") // of an integration that is not copied
	denied := webhooktest.AuthCreation()
	denied.Success = false
	h.deliver(denied, "tracker", "nobody")
	assert.Zero(t, h.one(`SELECT count(*) FROM river_job WHERE args->>'integration_id' = 'nobody' OR args->>'connection_id' = 'nobody' AND args->>'gone' = 'false'`))
}

// While the limit is used up, events are accepted, and their jobs and the comparison wait for it. Another failure is repeated soon.
func TestLimitOfTheList(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	h.srv.Inject(nangotest.Rule{Operation: "listConnections", Nth: 2}, nangotest.RateLimited("50"))
	h.srv.Inject(nangotest.Rule{Operation: "listConnections", Nth: 3}, nangotest.ServerError())
	h.run()
	event := h.nextOf(compareArgs{})
	assert.Equal(t, river.EventKindJobSnoozed, event.Kind)
	assert.Greater(t, time.Until(event.Job.ScheduledAt), 40*time.Second)
	h.deliver(webhooktest.AuthCreation(), "tracker", "acme")
	assert.Equal(t, river.EventKindJobSnoozed, h.nextOf(connectionArgs{}).Kind)
	assert.Equal(t, river.EventKindJobSnoozed, h.ran(compareArgs{}).Kind)
	assert.Len(t, h.srv.Requests("listConnections"), 2, "the others did not even ask")

	h.limit.mu.Lock()
	h.limit.until = time.Time{} // a minute later
	h.limit.mu.Unlock()
	h.exec(`UPDATE river_job SET scheduled_at = now() WHERE id = $1`, event.Job.ID)
	assert.Equal(t, river.EventKindJobFailed, h.nextOf(compareArgs{}).Kind)
	assert.Equal(t, river.EventKindJobCompleted, h.nextOf(compareArgs{}).Kind)
	h.saved()
	assert.Equal(t, want, h.rows())
}

// Comparisons that take long stop no sweep.
func TestSlowComparisons(t *testing.T) {
	h := newHarness(t)
	h.run()
	h.saved()
	release := make(chan struct{})
	defer close(release)
	h.srv.Inject(nangotest.Rule{Operation: "listConnections", If: func(*http.Request) bool { <-release; return false }}, nangotest.LoseResponse())
	for range 5 {
		_, err := h.river.Insert(t.Context(), compareArgs{}, &river.InsertOpts{Queue: queueCompare})
		require.NoError(t, err)
	}
	h.ran(sweepArgs{})
	assert.Zero(t, h.one(`SELECT count(*) FROM river_job WHERE kind = $1 AND queue <> $2`, compareArgs{}.Kind(), queueCompare), "the periodic one too")
}

// A model that is configured later is imported, of the connections that are there too, even if one was made again meanwhile.
func TestModelIsAddedLater(t *testing.T) {
	h := newHarness(t)
	h.save("old", 1, 3)
	h.add("tracker", "globex", "4").SaveRecords("Comment", issue{"8", "a comment"})
	h.run()
	h.savedAll(2)
	h.stop()
	h.acme.Delete()
	h.add("tracker", "acme", "9")
	params := h.params
	params.Models = map[string][]string{"tracker": {"Issue", "Comment"}}
	var err error
	h.Engine, err = New(h.pool, params)
	require.NoError(t, err)
	h.run()
	h.nextOf(connectionArgs{})
	h.savedAll(4)
	assert.Equal(t, map[string]string{"4": "globex 4", "8": "a comment", "9": "acme 9"}, h.rows())
}

// The key of another variant does not stand for the one of the base variant.
func TestBaseVariantIsMissing(t *testing.T) {
	h := newHarness(t)
	want := h.save("old", 1, 3)
	key := h.key
	key.Variant = "eu"
	require.NoError(t, h.Want(t.Context(), key))
	h.run()
	h.savedAll(2)
	assert.Equal(t, want, h.rows())
}

// No webhook waits for the rows of a deletion, and neither does the sweep.
func TestWhileRowsAreDeleted(t *testing.T) {
	h := newHarness(t, func(p *Params) { p.Slots = 2 })
	h.save("old", 1, 3)
	h.add("tracker", "globex", "4")
	h.run()
	h.savedAll(2)
	lock, err := h.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = lock.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = lock.Exec(t.Context(), `SELECT FROM ingest_records FOR UPDATE`)
	require.NoError(t, err)
	for _, id := range []string{"acme", "globex"} {
		h.srv.Connection("tracker", id).Delete()
		h.deliver(webhooktest.AuthDeletion(), "tracker", id)
	}
	for h.one(`SELECT count(*) FROM ingest_keys WHERE reading = 2`) < 2 { // both jobs are at the rows
		require.NoError(t, t.Context().Err())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, h.Want(ctx, h.key))
	assert.Equal(t, river.EventKindJobCompleted, h.ran(sweepArgs{}).Kind)
	require.NoError(t, lock.Rollback(t.Context()))
	h.nextOf(connectionArgs{})
	h.nextOf(connectionArgs{})
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE connection_id = 'acme' AND identity = ''`), "the event can be of one that was made again")
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys`))
	assert.Empty(t, h.rows())
}

// A connection that is made again after a job has asked for it keeps its keys and rows.
func TestMadeAgainAfterTheQuestion(t *testing.T) {
	h := newHarness(t)
	want := h.save("new", 1, 3)
	h.run()
	h.saved()
	was := "1 2026-01-01T00:00:00Z"
	_, err := h.offBoard(t.Context(), connectionArgs{IntegrationID: "tracker", ConnectionID: "acme"}, &was)
	require.NoError(t, err)
	assert.Equal(t, want, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE reading = 1 AND identity <> ''`))
}

// A connection that is made again while the rows of the one before are deleted keeps its keys.
func TestMadeAgainWhileRowsAreDeleted(t *testing.T) {
	h := newHarness(t)
	require.NoError(t, h.Want(t.Context(), h.key))
	h.exec(`INSERT INTO ingest_records SELECT id, 'old', '{}', now(), 1, false FROM ingest_keys`)
	h.exec(`CREATE FUNCTION made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE ingest_keys SET identity = 'new'; RETURN OLD; END $$`)
	h.exec(`CREATE TRIGGER made BEFORE DELETE ON ingest_records FOR EACH ROW EXECUTE FUNCTION made()`)
	require.NoError(t, h.OffBoard(t.Context(), "tracker", "acme"))
	assert.Empty(t, h.rows())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE identity = 'new'`))
}

// Two that want the same keys in another order do not wait for each other for ever.
func TestWantInAnyOrder(t *testing.T) {
	h := newHarness(t)
	other := h.key
	other.Model = "Comment"
	ended := make(chan error)
	for _, keys := range [][]consume.Key{{h.key, other}, {other, h.key}} {
		go func() {
			for range 100 {
				if err := h.Want(context.WithoutCancel(t.Context()), keys...); err != nil {
					ended <- err
					return
				}
			}
			ended <- nil
		}()
	}
	assert.NoError(t, <-ended)
	assert.NoError(t, <-ended)
}
