package sqlcursor_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

// Fifty runs of one key at the same time, as of workers that all got the same webhook. Each page is committed once, in
// order, and the rows are right in the end, although records change meanwhile and all that a lost race wrote is older.
func TestFiftyRacers(t *testing.T) {
	const racers, records = 50, 120
	db := newDatabase(t, "pgx", newPostgres(t))
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	acme := srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"})
	want := map[string]string{}
	var mu sync.Mutex // guards want, and with it the order of the changes
	save := func(id, title string) {
		mu.Lock()
		defer mu.Unlock()
		acme.SaveRecords("Issue", issue{id, title})
		want[id] = title
	}
	for i := range records {
		save(fmt.Sprint("issue ", i), "old")
	}

	client := srv.Client()
	params := consume.Params{Name: "racers", Model: "Issue", Store: db.cursors, PageSize: 10}
	var together, group sync.WaitGroup
	together.Add(racers)
	var lost, changes atomic.Int32
	for range racers {
		group.Go(func() {
			first := true
			process := func(ctx context.Context, page *consume.Page[issue]) error {
				if first { // until every racer has the first page
					first = false
					together.Done()
					together.Wait()
				}
				return db.inTransaction(ctx, page, func(tx *sql.Tx) error {
					if n := changes.Add(1); n <= 30 { // after this page was read
						save(fmt.Sprint("issue ", n%10), fmt.Sprint("new ", n))
					}
					for _, r := range page.Changed {
						if err := db.do(ctx, tx, "INSERT INTO journal (record) VALUES (?)", r.Metadata.Cursor); err != nil {
							return err
						}
					}
					return db.write(ctx, tx, page, 1, func() {})
				})
			}
			for {
				result, err := consume.Run(t.Context(), client.Connection("tracker", "acme"), params, process)
				switch {
				case errors.Is(err, consume.ErrConflict):
					lost.Add(1)
				case err != nil:
					assert.NoError(t, err)
					return
				case result.ReachedEnd:
					return
				}
			}
		})
	}
	group.Wait()
	assert.GreaterOrEqual(t, lost.Load(), int32(racers-1), "of the first page all but one lose")
	result, err := consume.Run(t.Context(), client.Connection("tracker", "acme"), params, func(ctx context.Context, page *consume.Page[issue]) error {
		return db.inTransaction(ctx, page, func(tx *sql.Tx) error { return db.write(ctx, tx, page, 1, func() {}) })
	})
	require.NoError(t, err)
	require.True(t, result.ReachedEnd)
	db.requireRows(t, want)
	t.Logf("%d races were lost", lost.Load())
}
