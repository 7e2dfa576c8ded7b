package nango_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nango-go/sdk/nango"
)

// Item is the model that the sync saves.
type Item struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Count int    `json:"count"`
}

func ExampleRecords() {
	client := exampleClient("records/list-limit-10", "records/list-cursor-page-2", "records/list-cursor-page-3-last")
	connection := client.Connection("demo-none", "conn-none-1")

	items, sum := 0, 0
	for record, err := range nango.Records[Item](context.Background(), connection, nango.ListRecordsParams{Model: "Item", PageSize: 10}) {
		if err != nil {
			log.Fatal(err)
		}
		if record.Metadata.LastAction == nango.RecordDeleted {
			continue // it is still there, with its last data
		}
		items++
		sum += record.Data.Count
	}
	fmt.Println(items, "items", sum)
	// Output:
	// 25 items 325
}

// A program that copies records into its own database stores them page by page and the cursor with them. The next time it
// begins with the cursor, and gets what has changed since.
func ExampleRecordPages() {
	client := exampleClient("records/list-limit-10", "records/list-cursor-page-2", "records/list-cursor-page-3-last", "records/list-after-last-cursor-empty")
	connection := client.Connection("demo-none", "conn-none-1")
	ctx := context.Background()

	rows, cursor := map[string]Item{}, "" // instead of a database
	for range 2 {
		params := nango.ListRecordsParams{Model: "Item", PageSize: 10, Cursor: cursor}
		for page, err := range nango.RecordPages[Item](ctx, connection, params) {
			if err != nil {
				log.Fatal(err)
			}
			for _, record := range page.Records {
				if record.Metadata.LastAction == nango.RecordDeleted {
					delete(rows, record.ID)
				} else {
					rows[record.ID] = record.Data
				}
			}
			cursor = page.Cursor
			fmt.Println(len(page.Records), "changes,", len(rows), "rows")
		}
	}
	// Output:
	// 10 changes, 10 rows
	// 10 changes, 20 rows
	// 5 changes, 25 rows
	// 0 changes, 25 rows
}

func ExampleListRecords() {
	client := exampleClient("records/list-filter-deleted")

	page, err := nango.ListRecords[Item](context.Background(), client.Connection("demo-none", "conn-none-1"), nango.ListRecordsParams{
		Model:  "Item",
		Filter: []nango.RecordAction{nango.RecordDeleted},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, record := range page.Records {
		fmt.Println(record.Data.Title, "was deleted at", record.Metadata.DeletedAt.Format("15:04:05.000"))
	}
	// Output:
	// Item 25 was deleted at 13:33:51.507
	// Item 24 was deleted at 13:33:51.507
}
