package chaos

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// worker makes calls one after the other, on a connection of its own.
type worker struct {
	*nango.Client
	chaos   *chaos
	account *nango.Client
	h       *nango.ConnectionHandle
	rng     *rand.Rand
	number  int // of the call being made

	// what earlier calls made, for later ones to use
	integration, imported, session, variant, dryRun, deployment string
	environment, prod, key                                      string
	action                                                      *nango.AsyncAction

	truth  map[string]int // the records as the server has them, by id; deleted ones are not there
	copy   map[string]int // the records as they were read
	cursor string
	serial int
}

// row is a record.
type row struct {
	ID    string `json:"id"`
	Value int    `json:"value"`
}

// unique makes a name that no other call uses.
func (w *worker) unique(kind string) string { return fmt.Sprintf("%s-%d", kind, w.number) }

// job keeps the id of a job that was started.
func (w *worker) job(id *string) func(*nango.Job, error) (any, error) {
	return func(job *nango.Job, err error) (any, error) {
		if err == nil {
			*id = job.ID
		}
		return job, err
	}
}

// newSession keeps the token of a session.
func (w *worker) newSession(session *nango.ConnectSession, err error) (any, error) {
	if err == nil {
		w.session = session.Token.Reveal()
		w.chaos.secret(w.session)
	}
	return session, err
}

// change saves and deletes some records behind the client's back, as a sync does.
func (w *worker) change(srv *nangotest.Server) {
	connection := srv.Connection(w.h.IntegrationID(), w.h.ConnectionID())
	for range 1 + w.rng.IntN(4) {
		w.serial++
		id := fmt.Sprintf("row-%d", w.rng.IntN(40))
		w.truth[id] = w.serial
		connection.SaveRecords("Row", row{ID: id, Value: w.serial})
	}
	if ids := slices.Sorted(maps.Keys(w.truth)); w.rng.IntN(3) == 0 {
		id := ids[w.rng.IntN(len(ids))]
		delete(w.truth, id)
		connection.DeleteRecords("Row", id)
	}
}

// read copies records, page by page from where it stopped the last time, at the most so many pages.
func (w *worker) read(ctx context.Context, pages int) (any, error) {
	params := nango.ListRecordsParams{Model: "Row", PageSize: 3, Cursor: w.cursor}
	for page, err := range nango.RecordPages[row](ctx, w.h, params) {
		if err != nil {
			return nil, err
		}
		for _, record := range page.Records {
			if record.Metadata.DeletedAt.IsZero() {
				w.copy[record.ID] = record.Data.Value
			} else {
				delete(w.copy, record.ID)
			}
			w.chaos.recordsRead.Add(1)
		}
		w.cursor = page.Cursor
		if pages--; pages == 0 {
			break
		}
	}
	return nothing{}, nil
}

// prune empties what has been read.
func (w *worker) prune(ctx context.Context) (any, error) {
	if w.cursor == "" {
		return w.read(ctx, 1)
	}
	return result(w.h.PruneRecords(ctx, nango.PruneRecordsParams{Model: "Row", UntilCursor: w.cursor}))
}
