package consume_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

type issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// world is a server with the records of a customer, and a consumer of them that keeps rows.
type world struct {
	srv    *nangotest.Server
	acme   *nangotest.ConnectionHandle
	client *nango.ConnectionHandle
	params consume.Params
	store  *recorder
	rows   map[string]string // title by id
	pages  []string          // the ids that came, page by page
}

// inWorld runs a test in a bubble, in which a server has the records 1 to n.
func inWorld(t *testing.T, n int, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
		w := &world{
			srv: srv, acme: srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"}),
			client: srv.Client().Connection("tracker", "acme"), store: &recorder{}, rows: map[string]string{},
		}
		w.params = consume.Params{Name: "test", Model: "Issue", Store: w.store, PageSize: 2}
		for i := range n {
			w.acme.SaveRecords("Issue", issue{fmt.Sprint(i + 1), "old"})
			time.Sleep(time.Second)
		}
		test(t, w)
	})
}

// process copies a page into the rows.
func (w *world) process(_ context.Context, page *consume.Page[issue]) error {
	var ids []string
	for _, r := range page.Changed {
		ids = append(ids, r.ID)
		w.rows[r.ID] = r.Data.Title
	}
	for _, r := range page.Deleted {
		ids = append(ids, r.ID+" deleted")
		delete(w.rows, r.ID)
	}
	for _, r := range page.Pruned {
		ids = append(ids, r.ID+" pruned")
	}
	w.pages = append(w.pages, strings.Join(ids, ","))
	return nil
}

// run makes a run and returns the pages that it brought.
func (w *world) run(t *testing.T) (consume.Result, []string) {
	t.Helper()
	w.pages = nil
	result, err := consume.Run(t.Context(), w.client, w.params, w.process)
	require.NoError(t, err)
	return result, w.pages
}

// saved is the cursor in the store.
func (w *world) saved(t *testing.T) consume.SavedCursor {
	t.Helper()
	saved, _, err := w.store.Load(t.Context(), w.params.Key(w.client))
	require.NoError(t, err)
	return saved
}

// cursors returns the cursors of the records by their ids.
func (w *world) cursors(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for record, err := range nango.Records[json.RawMessage](t.Context(), w.client, nango.ListRecordsParams{Model: "Issue"}) {
		require.NoError(t, err)
		found[record.ID] = record.Metadata.Cursor
	}
	return found
}

// requireArgument checks that an error names an argument; spaces tell cases of the same name apart.
func requireArgument(t *testing.T, name string, err error) {
	t.Helper()
	refused, ok := errors.AsType[*nango.ArgumentError](err)
	require.True(t, ok, "%s: %v", name, err)
	assert.Equal(t, strings.TrimSpace(name), refused.Name)
}

// recorder is a store in memory that tells what it saved, and can be made to fail.
type recorder struct {
	consume.MemoryStore
	mu     sync.Mutex
	saves  []string // the values
	onSave func(ctx context.Context) error
}

func (s *recorder) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	if s.onSave != nil {
		if err := s.onSave(ctx); err != nil {
			return err
		}
	}
	err := s.MemoryStore.Save(ctx, key, prev, next)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.saves = append(s.saves, next.Value)
	}
	return err
}

// elapse lets the bubble's time pass, and waits until everything that was due has been done.
func elapse(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
