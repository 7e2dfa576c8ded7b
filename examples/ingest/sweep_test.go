package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addKeys adds keys that are due, of connections from first to last.
func (h *harness) addKeys(first, last int, saved string) {
	h.t.Helper()
	h.exec(`INSERT INTO ingest_keys (name, integration_id, connection_id, model, variant, wanted_at, due_since, saved_at)
		SELECT 'ingest', 'tracker', n, 'Issue', 'base', now(), now() - n * interval '1 s', $3::timestamptz FROM generate_series($1::int, $2::int) AS n`, first, last, saved)
}

// addJobs adds jobs of another consumer to a queue; the zero time is now.
func (h *harness) addJobs(n int, queue string, at time.Time) {
	h.t.Helper()
	jobs := make([]river.InsertManyParams, n)
	for i := range jobs {
		jobs[i] = river.InsertManyParams{Args: SliceArgs{Name: "other"}, InsertOpts: &river.InsertOpts{Queue: queue, ScheduledAt: at}}
	}
	_, err := h.river.InsertMany(h.t.Context(), jobs)
	require.NoError(h.t, err)
}

// sweep sweeps in this goroutine, and returns the connections for which there is a job, in their order.
func (h *harness) sweep() string {
	h.t.Helper()
	require.NoError(h.t, (&sweepWorker{e: h.Engine}).Work(h.t.Context(), nil))
	rows, err := h.pool.Query(h.t.Context(), `SELECT args->>'connection_id' FROM river_job WHERE args->>'name' = 'ingest' ORDER BY id`)
	require.NoError(h.t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(h.t, err)
	return strings.Join(ids, " ")
}

// Each queue is filled by itself, with the keys that are due the longest. Jobs that wait for the limit count too.
func TestSweepFillsEachQueue(t *testing.T) {
	h := newHarness(t)
	h.addJobs(maxWaiting, queueImports, time.Time{})
	h.addJobs(maxWaiting-12, queueEvents, time.Time{})
	h.addJobs(10, queueEvents, time.Now().Add(time.Hour))
	h.addKeys(1, 1, "-infinity")
	h.addKeys(2, 4, "2020-01-01")
	for id := range 3 { // an event does not make a key less urgent
		key := h.key
		key.ConnectionID = fmt.Sprint(id + 2)
		require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) error { return wantOnly(t.Context(), tx, key) }))
	}
	h.exec(`UPDATE ingest_keys SET queued_until = '-infinity'`)
	assert.ElementsMatch(t, []string{"3", "4"}, strings.Fields(h.sweep()))
	h.exec(`DELETE FROM river_job WHERE args->>'name' = 'other'`)
	assert.ElementsMatch(t, []string{"1", "2", "3", "4"}, strings.Fields(h.sweep()))
}

// A comparison that finds many connections inserts no more jobs than a sweep.
func TestComparisonLeavesJobsToTheSweep(t *testing.T) {
	h := newHarness(t)
	h.addJobs(maxWaiting, queueImports, time.Time{})
	require.NoError(t, h.compare(t.Context()))
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE queued_until < now()`))
	assert.Empty(t, h.sweep())
	h.exec(`DELETE FROM river_job`)
	require.NoError(t, h.compare(t.Context()))
	assert.Equal(t, 1, h.jobs())
}

// The rows of a model that is no longer configured stay, and cost nothing. So do those of another name.
func TestSweepLeavesOtherModels(t *testing.T) {
	h := newHarness(t)
	h.addKeys(1, 4, "2020-01-01")
	h.exec(`UPDATE ingest_keys SET name = 'other' WHERE connection_id = '4'`)
	h.exec(`UPDATE ingest_keys SET model = 'Gone' WHERE connection_id = '1'`)
	h.exec(`UPDATE ingest_keys SET integration_id = 'gone' WHERE connection_id = '2'`)
	h.exec(`UPDATE ingest_keys SET wanted_at = saved_at`)
	assert.Equal(t, "3", h.sweep())
	assert.Equal(t, 1, h.one(`SELECT count(*) FROM ingest_keys WHERE saved_at < wanted_at`))
}

// A sweep reads the keys that it takes, not all.
func TestSweepUsesItsIndexes(t *testing.T) {
	h := newHarness(t)
	h.addKeys(1, 10_000, "infinity")
	h.exec(`UPDATE ingest_keys SET saved_at = wanted_at, due_since = now() - id * interval '1 s'`)
	h.exec(`UPDATE ingest_keys SET saved_at = '2020-01-01' WHERE id % 1000 = 0`)
	h.exec(`ANALYZE ingest_keys`)
	ids, models := []string{"tracker"}, []string{"Issue"}
	for _, statement := range []struct {
		index, text string
		args        []any
	}{
		{"ingest_keys_saved", markOld, []any{"ingest", ids, models, time.Hour, maxWaiting}},
		{"ingest_keys_due", queueDue, []any{"ingest", ids, models, false, maxWaiting, time.Minute}},
	} {
		rows, err := h.pool.Query(t.Context(), "EXPLAIN "+statement.text, statement.args...)
		require.NoError(t, err)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		assert.Contains(t, strings.Join(plan, "\n"), statement.index)
	}
}

// A key is due since its first event that is not saved.
func TestDueSince(t *testing.T) {
	h := newHarness(t)
	h.run()
	h.saved()
	h.stop()
	due := func() (at time.Time) {
		require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT due_since FROM ingest_keys`).Scan(&at))
		return at
	}
	before := due()
	require.NoError(t, h.Want(t.Context(), h.key))
	since := due()
	assert.True(t, since.After(before))
	require.NoError(t, h.Want(t.Context(), h.key))
	assert.Equal(t, since, due())
}
