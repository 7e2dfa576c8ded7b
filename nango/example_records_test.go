package nango_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/nango-go/sdk/nango"
)

// Issue is the model that the sync saves.
type Issue struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Comments int    `json:"comments"`
}

func ExampleRecords() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	connection := client.Connection("github", "acme")

	issues, comments := 0, 0
	for record, err := range nango.Records[Issue](context.Background(), connection, nango.ListRecordsParams{Model: "Issue", PageSize: 10}) {
		if err != nil {
			log.Fatal(err)
		}
		if record.Deleted() || record.Pruned() {
			continue // both are still there, with their last data or none
		}
		issues++
		comments += record.Data.Comments
	}
	fmt.Println(issues, "issues", comments, "comments")
	// Output:
	// 25 issues 25 comments
}

// A program that copies records into its own database stores them page by page and the cursor with them. The next time it
// begins with the cursor, and gets what has changed since.
func ExampleRecordPages() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	connection := client.Connection("github", "acme")
	ctx := context.Background()

	rows, cursor := map[string]Issue{}, "" // instead of a database
	for range 2 {
		params := nango.ListRecordsParams{Model: "Issue", PageSize: 10, Cursor: cursor}
		for page, err := range nango.RecordPages[Issue](ctx, connection, params) {
			if err != nil {
				log.Fatal(err)
			}
			for _, record := range page.Records {
				switch {
				case record.Deleted():
					delete(rows, record.ID)
				case record.Pruned(): // the row stays as it is
				default:
					rows[record.ID] = record.Data
				}
			}
			cursor = page.Cursor
			fmt.Println(len(page.Records), "changes,", len(rows), "rows")
		}
		srv.Advance(time.Hour) // the sync runs again
	}
	// Output:
	// 10 changes, 10 rows
	// 10 changes, 20 rows
	// 5 changes, 25 rows
	// 4 changes, 24 rows
}

func ExampleListRecords() {
	srv := exampleServer()
	defer srv.Close()
	client := srv.Client()
	srv.Advance(time.Hour) // the sync runs again

	page, err := nango.ListRecords[Issue](context.Background(), client.Connection("github", "acme"), nango.ListRecordsParams{
		Model:  "Issue",
		Filter: []nango.RecordAction{nango.RecordDeleted},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, record := range page.Records {
		fmt.Println(record.Data.Title, "was deleted at", record.Metadata.DeletedAt.Format("15:04:05"))
	}
	// Unordered output:
	// Issue 24 was deleted at 13:00:00
	// Issue 25 was deleted at 13:00:00
}
