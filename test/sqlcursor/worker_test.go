package sqlcursor_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/sqlcursor"
)

// issue is the model that the sync saves.
type issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// job is what a queue hands to the worker: copy what is new of one connection.
type job struct{ integrationID, connectionID, variant string }

// worker copies issues. A queue calls work for each job. It may run several workers, on several machines.
type worker struct {
	client  *nango.Client
	db      *sql.DB
	cursors *sqlcursor.Store
}

// work processes a slice of the records, so that a long first copy does not hold a worker for hours. With snooze above
// zero the queue gives it the same job again after this time.
func (w *worker) work(ctx context.Context, j job) (snooze time.Duration, err error) {
	result, err := consume.Run(ctx, w.client.Connection(j.integrationID, j.connectionID), consume.Params{
		Name: "tracker", Model: "Issue", Variant: j.variant, Store: w.cursors,
		PageSize: 10, MaxPages: 2, MaxDuration: 30 * time.Second, // less than the queue's own limit for a job
	}, w.save)
	switch {
	case errors.Is(err, consume.ErrConflict): // another worker is at it
		return 5 * time.Second, nil
	case err != nil: // the queue tries again, later and later, and shows the job to a person
		return 0, err
	case !result.ReachedEnd:
		return time.Nanosecond, nil
	}
	return 0, nil
}

// save writes a page and its cursor in one transaction.
func (w *worker) save(ctx context.Context, page *consume.Page[issue]) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := page.Save(ctx, w.cursors.With(tx)); err != nil {
		return err
	}
	for _, record := range page.Changed {
		if _, err := tx.ExecContext(ctx, `INSERT INTO issues (customer, id, title) VALUES (?, ?, ?)
			ON CONFLICT (customer, id) DO UPDATE SET title = excluded.title`, page.Key.ConnectionID, record.ID, record.Data.Title); err != nil {
			return &consume.RecordError{ID: record.ID, Err: err}
		}
	}
	for _, record := range page.Deleted {
		if _, err := tx.ExecContext(ctx, `DELETE FROM issues WHERE customer = ? AND id = ?`, page.Key.ConnectionID, record.ID); err != nil {
			return &consume.RecordError{ID: record.ID, Err: err}
		}
	}
	return tx.Commit() // page.Pruned: the rows stay as they are
}

// The worker of a job queue on this package: the rows and the cursor are in one transaction, and each job is a slice of
// bounded length. Many workers can have jobs of the same connection at the same time.
func Example_jobQueue() {
	srv := nangotest.New()
	defer srv.Close()
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	acme := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "acme"})
	for i := range 45 {
		acme.SaveRecords("Issue", issue{ID: fmt.Sprint(i + 1), Title: "It is broken"})
	}

	db, err := sql.Open("sqlite", "file::memory:?_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a database in memory is gone with its connection
	cursors, err := sqlcursor.New(db, sqlcursor.Params{Placeholders: sqlcursor.Question})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, statement := range []string{cursors.Schema(), "CREATE TABLE issues (customer TEXT, id TEXT, title TEXT, PRIMARY KEY (customer, id))"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			log.Fatal(err)
		}
	}

	w := &worker{srv.Client(), db, cursors}
	for again := true; again; { // instead of a queue
		snooze, err := w.work(ctx, job{integrationID: "github", connectionID: "acme"})
		if err != nil {
			log.Fatal(err)
		}
		var rows int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM issues").Scan(&rows); err != nil {
			log.Fatal(err)
		}
		fmt.Println(rows, "rows")
		again = snooze > 0
	}
	// Output:
	// 20 rows
	// 40 rows
	// 45 rows
}
