package consume_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

// Issue is the model that the sync saves.
type Issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// exampleServer returns a Nango server in this process. It is noon there, and time passes with Advance alone. The
// customer acme has 25 issues, and an hour later the sync runs again: one issue was opened, one was changed, two are gone.
func exampleServer() *nangotest.Server {
	srv := nangotest.New()
	srv.SetTime(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddSync(nangotest.Sync{
		IntegrationID: "github", Name: "issues", Models: []string{"Issue"}, Runs: "every hour", AutoStart: true,
		Run: func(_ context.Context, run *nangotest.SyncRun) error {
			if !run.LastRun.IsZero() {
				run.Save("Issue", Issue{"26", "Issue 26"}, Issue{"1", "Issue 1 again"})
				run.Delete("Issue", "24", "25")
				return nil
			}
			for n := range 25 {
				run.Save("Issue", Issue{fmt.Sprint(n + 1), fmt.Sprint("Issue ", n+1)})
			}
			return nil
		},
	})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "acme"})
	srv.Settle()
	return srv
}

// tracker keeps copies of issues.
type tracker struct {
	rows map[string]string // title by id, instead of a table
	seen map[string]int    // the number of the reading in which the row came last
	// reading is the number of the present reading, which you store beside the rows.
	reading int
}

func newTracker() *tracker {
	return &tracker{rows: map[string]string{}, seen: map[string]int{}, reading: 1}
}

// save copies a page. A page that comes twice changes nothing.
func (t *tracker) save(_ context.Context, page *consume.Page[Issue]) error {
	for _, record := range page.Changed {
		if record.Data.Title == "" {
			return &consume.RecordError{ID: record.ID, Err: fmt.Errorf("it has no title")}
		}
		t.rows[record.ID], t.seen[record.ID] = record.Data.Title, t.reading
	}
	for _, record := range page.Deleted {
		delete(t.rows, record.ID)
	}
	for _, record := range page.Pruned {
		t.seen[record.ID] = t.reading // the row stays as it is
	}
	return nil
}

// sweep deletes the rows that an earlier reading brought and the present one did not.
func (t *tracker) sweep() {
	for id := range t.rows {
		if t.seen[id] < t.reading {
			delete(t.rows, id)
		}
	}
}

func ExampleRun() {
	srv := exampleServer()
	defer srv.Close()
	connection := srv.Client().Connection("github", "acme")
	dir, err := os.MkdirTemp("", "cursors")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := consume.NewFileStore(dir)
	if err != nil {
		log.Fatal(err)
	}

	issues := newTracker()
	params := consume.Params{Name: "tracker", Model: "Issue", Store: store, PageSize: 10}
	for range 2 {
		result, err := consume.Run(context.Background(), connection, params, issues.save)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result.Records, "records,", result.Deletions, "of them deleted:", len(issues.rows), "rows")
		srv.Advance(time.Hour) // the sync runs again
	}
	// Output:
	// 25 records, 0 of them deleted: 25 rows
	// 4 records, 2 of them deleted: 24 rows
}

// A long first copy in slices, with a word about how far it is.
func ExampleParams() {
	srv := exampleServer()
	defer srv.Close()
	connection := srv.Client().Connection("github", "acme")
	params := consume.Params{
		Name: "tracker", Model: "Issue", Store: new(consume.MemoryStore),
		PageSize: 5, MaxPages: 3, MaxDuration: time.Minute,
		OnProgress: func(p consume.Progress) { fmt.Println(p.Records, "records", p.Rate() > 0) },
	}
	for reachedEnd := false; !reachedEnd; {
		result, err := consume.Run(context.Background(), connection, params, newTracker().save)
		if err != nil {
			log.Fatal(err)
		}
		reachedEnd = result.ReachedEnd
		fmt.Println("the end is reached:", reachedEnd)
	}
	// Output:
	// 5 records true
	// 10 records true
	// 15 records true
	// the end is reached: false
	// 5 records true
	// 10 records true
	// the end is reached: true
}

// A reading from the beginning: what no longer comes is deleted at its end.
func ExampleRestart() {
	srv := exampleServer()
	defer srv.Close()
	ctx := context.Background()
	connection := srv.Client().Connection("github", "acme")
	issues := newTracker()
	params := consume.Params{Name: "tracker", Model: "Issue", Store: new(consume.MemoryStore)}
	if _, err := consume.Run(ctx, connection, params, issues.save); err != nil {
		log.Fatal(err)
	}

	acme := srv.Connection("github", "acme") // nobody told us what was deleted, when the cache was emptied
	acme.ClearRecords("Issue")
	acme.SaveRecords("Issue", Issue{"1", "Issue 1"}, Issue{"2", "Issue 2"})

	issues.reading++
	if err := consume.Restart(ctx, connection, params); err != nil {
		log.Fatal(err)
	}
	result, err := consume.Run(ctx, connection, params, issues.save)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(issues.rows), "rows")
	if result.ReachedEnd {
		issues.sweep()
	}
	fmt.Println(len(issues.rows), "rows")
	// Output:
	// 25 rows
	// 2 rows
}

// A program that has stored a cursor in its own way until now hands it over. With Load it sees how far a consumer is.
func ExampleParams_Key() {
	srv := exampleServer()
	defer srv.Close()
	ctx := context.Background()
	connection := srv.Client().Connection("github", "acme")
	page, err := nango.ListRecords[Issue](ctx, connection, nango.ListRecordsParams{Model: "Issue", PageSize: 20})
	if err != nil {
		log.Fatal(err)
	}

	store := new(consume.MemoryStore)
	params := consume.Params{Name: "tracker", Model: "Issue", Store: store}
	key := params.Key(connection)
	if err := store.Save(ctx, key, nil, consume.SavedCursor{Value: page.Cursor, ReadAt: time.Now()}); err != nil {
		log.Fatal(err)
	}
	result, err := consume.Run(ctx, connection, params, newTracker().save)
	if err != nil {
		log.Fatal(err)
	}
	saved, ok, err := store.Load(ctx, key)
	fmt.Println(result.Records, "records", ok, saved.Value == result.Cursor, err)
	// Output:
	// 5 records true true <nil>
}

// After a run, Nango need not keep the data of what was copied.
func ExampleResult() {
	srv := exampleServer()
	defer srv.Close()
	ctx := context.Background()
	connection := srv.Client().Connection("github", "acme")
	params := consume.Params{Name: "tracker", Model: "Issue", Store: new(consume.MemoryStore)}
	result, err := consume.Run(ctx, connection, params, newTracker().save)
	if err != nil {
		log.Fatal(err)
	}
	pruned, err := connection.PruneRecords(ctx, nango.PruneRecordsParams{Model: "Issue", UntilCursor: result.Cursor})
	fmt.Println(pruned, err)
	// Output:
	// 25 <nil>
}
