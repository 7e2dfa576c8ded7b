package sqlcursor_test

import (
	"bufio"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

// A consumer that is killed with SIGKILL at each step of its way, again and again, while the records change, disappear
// and are pruned, has in the end the rows that the provider has.
func TestKilled(t *testing.T) {
	for _, kind := range []string{"memory", "file", "sqlite", "sqlite in a transaction", "postgres", "postgres in a transaction"} {
		t.Run(kind, func(t *testing.T) {
			var db *database
			if kind[0] == 'p' {
				db = newDatabase(t, "pgx", newPostgres(t))
			} else {
				db = newDatabase(t, "sqlite", newSQLite(t))
			}
			w := newProvider(t, kind, db)
			t.Parallel()
			w.killAtEachStep(t, false, true)
			w.emptyCache(t)
			w.killAtEachStep(t, false)
			t.Logf("%d processes were killed", w.killed)
		})
	}
}

// provider is the truth, the server that syncs it, and what a consumer has of it.
type provider struct {
	kind    string
	db      *database
	dir     string
	store   consume.Store // of the consumer, but for one in memory
	acme    *nangotest.ConnectionHandle
	client  *nango.ConnectionHandle
	key     string
	url     string
	reading int
	killed  int

	mu      sync.Mutex
	random  *rand.Rand
	truth   map[string]string // title by id
	changes int               // how many there may be until the next process begins
	serial  int
}

func newProvider(t *testing.T, kind string, db *database) *provider {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	w := &provider{
		kind: kind, db: db, dir: t.TempDir(), key: srv.Key(), reading: 1, random: rand.New(rand.NewPCG(1, 2)), truth: map[string]string{},
		acme:   srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"}),
		client: srv.Client().Connection("tracker", "acme"),
	}
	var err error
	w.store, err = storeOf(kind, db, w.dir)
	require.NoError(t, err)
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.change(t) // so that something changes before each page
		srv.ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	w.url = front.URL
	for i := range ids {
		w.save(fmt.Sprint(i + 1))
	}
	return w
}

func (w *provider) save(id string) {
	w.serial++
	w.truth[id] = fmt.Sprint("title ", w.serial)
	w.acme.SaveRecords("Issue", issue{id, w.truth[id]})
}

// ids is the number of ids that records have. There are few, so that a process can come to an end.
const ids = 12

// change does to the records what happens to them.
func (w *provider) change(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changes == 0 {
		return
	}
	w.changes--
	id := fmt.Sprint(1 + w.random.IntN(ids))
	switch n := w.random.IntN(10); {
	case n < 6:
		w.save(id) // changes it, or brings it back
	case n < 8:
		delete(w.truth, id)
		w.acme.DeleteRecords("Issue", id)
	default:
		w.prune(t)
	}
}

// prune deletes the data of the records that the consumer has copied, from the oldest one on.
func (w *provider) prune(t *testing.T) {
	rows, until := w.db.rows(t), ""
	for record, err := range nango.Records[issue](t.Context(), w.client, nango.ListRecordsParams{Model: "Issue"}) {
		if !assert.NoError(t, err) {
			return
		}
		title, ok := rows[record.ID]
		if !record.Pruned() && (record.Deleted() == ok || ok && title != record.Data.Title) {
			break
		}
		until = record.Metadata.Cursor
	}
	if until != "" {
		_, err := w.client.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: until})
		assert.NoError(t, err)
	}
}

// emptyCache lets the server forget all records and save anew those that the provider still has. Some of those that are
// gone never come as deleted.
func (w *provider) emptyCache(t *testing.T) {
	w.acme.ClearRecords("Issue")
	for i, id := range slices.Sorted(maps.Keys(w.truth)) {
		if i%3 == 0 {
			delete(w.truth, id)
		} else {
			w.save(id)
		}
	}
	w.process(t, 0, false) // it reads them all, and does not know that some are gone
	w.reading++
	require.NoError(t, consume.Restart(t.Context(), w.client, consume.Params{Name: "killed", Model: "Issue", Store: w.store}))
}

// killAtEachStep kills one process after the other, each a step later than the one before, until one gets to its end.
// modes are the ways of killing: with the step announced or not.
func (w *provider) killAtEachStep(t *testing.T, modes ...bool) {
	for n, reached := 1, true; reached; n++ {
		for _, announce := range modes {
			reached = w.process(t, n, announce)
		}
		if n%5 == 0 || !reached {
			w.process(t, 0, false)
			w.db.requireRows(t, w.truth)
		}
	}
}

// process runs a process and kills it at a step, or lets it announce the step and then kills it. It reports whether the
// process got to the step.
func (w *provider) process(t *testing.T, step int, announce bool) (reached bool) {
	t.Helper()
	w.mu.Lock()
	if w.changes = 14; step == 0 {
		w.changes = 0
	}
	w.mu.Unlock()
	for range 10 { // and the rest while the process reads
		w.change(t)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "CONSUMER="+w.kind, "NANGO="+w.url, "KEY="+w.key, "DRIVER="+w.db.driver, "SOURCE="+w.db.source,
		"DIR="+w.dir, "READING="+strconv.Itoa(w.reading), "STEP="+strconv.Itoa(step))
	if announce {
		cmd.Env = append(cmd.Env, "ANNOUNCE=1")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "" {
		_ = cmd.Process.Kill()
	}
	err = cmd.Wait()
	killed := err != nil && cmd.ProcessState.ExitCode() == -1 // by a signal
	if killed {
		w.killed++
	} else {
		require.NoError(t, err)
	}
	return killed || line != ""
}
