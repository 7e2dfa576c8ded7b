// Package ingest copies the records of Nango into PostgreSQL with any number of machines. Webhooks come in on any of them,
// the jobs of River (riverqueue.com) are spread over all of them, and rows come out.
//
//	engine, err := ingest.New(pool, ingest.Params{APIKey: key, SigningKeys: keys, Models: map[string][]string{"github": {"Issue"}}})
//	http.Handle("POST /nango", engine)
//	err = engine.Run(ctx) // until ctx ends and the jobs of this process have stopped
//
// It is an example to copy and change, not a library. docs/scaling.md says how it fails, what to watch, and which defaults of
// River it changes.
//
// # The truth is a row, not a job
//
// The table ingest_keys has a row for each key: name, integration, connection, model and variant. wanted_at grows with each
// event. When a job starts to read, it remembers wanted_at. When it has read everything, it stores that value in saved_at. A
// key is due while saved_at is older. A webhook changes the row and inserts a job in one transaction. The job takes the row,
// reads some pages, and writes the rows of each page together with the cursor. When it ends, it gives the row back, inserts
// the next job if the key is still due, and completes itself, in one transaction. A job that finds nothing due, or the row
// taken, ends at once.
//
// So a job may be lost, doubled, late or in the wrong order. A periodic job, the sweep, finds keys that are due and have
// neither a job nor a holder. The identity of a connection, Nango's number and when it was made, tells it from a later one
// with the same ids.
//
// # To copy
//
//   - Copy the folder without proof. Change the module's path in go.mod and the import in cmd/ingest, and remove its
//     replace block: take the latest versions of the SDK and of nangootel.
//   - Replace the four statements of rows.go, and the table ingest_records in migrations/001.sql.
//   - The tests start PostgreSQL with internal/pgserver of the SDK, which only the SDK can import. Replace startPostgres,
//     and its use in cmd/ingest, with what starts a database in your tests.
package ingest
