package consume

import (
	"context"
	"fmt"

	"github.com/nango-go/sdk/nango"
)

// Page is a page of records, which your function processes. Each record is in one of the three lists, and each list is
// in the order of the modifications. No id comes twice in a page.
//
// A record can be pruned: Nango has deleted its data to save space, 30 days after its last change or because
// [nango.ConnectionHandle.PruneRecords] was called. It still exists at the provider. Keep a copy that is as new as
// LastModifiedAt of its metadata. If your copy is older, or you have none, because this consumer is new, began again or
// was away for long, read the record by its id ([nango.ListRecordsParams]) when its sync has run again: that run restores
// the data but not the place in the order, so it does not come again here.
type Page[T any] struct {
	// Key tells the connection, the model and the variant.
	Key Key
	// Cursor is the position after this page. Write it beside your rows if these only grow, as in a file, so that you
	// can cut off what a crash has left behind the stored cursor.
	Cursor string
	// Changed are the records that were added or updated, with their data. Insert or update your copies.
	Changed []nango.Record[T]
	// Deleted are the records that the provider no longer has. Delete your copies. Their data is the last that Nango
	// knew, or none if they are pruned too.
	Deleted []nango.Record[T]
	// Pruned are the records without data, whose copies you keep. Only ID and Metadata are set.
	Pruned []nango.Record[T]

	key   Key // what Key was at first
	prev  *SavedCursor
	next  SavedCursor
	saved bool
}

// newPage sorts the records of a page into the lists. It leaves a page of changed records, which most are, as it is.
func newPage[T any](key Key, records []nango.Record[T]) *Page[T] {
	page := &Page[T]{Key: key, key: key}
	changed := records[:0]
	for _, record := range records {
		switch {
		case record.Deleted():
			page.Deleted = append(page.Deleted, record)
		case record.Pruned():
			page.Pruned = append(page.Pruned, nango.Record[T]{ID: record.ID, Metadata: record.Metadata})
		default:
			changed = append(changed, record)
		}
	}
	page.Changed = changed
	return page
}

// Len returns the number of records in the three lists.
func (p *Page[T]) Len() int { return len(p.Changed) + len(p.Deleted) + len(p.Pruned) }

// Save stores the cursor of this page with store, which writes in your transaction. [Run] then does not store it again.
// So the rows and the cursor are committed together, or not at all:
//
//	tx, err := db.BeginTx(ctx, nil)
//	…
//	defer tx.Rollback()
//	if err := page.Save(ctx, cursors.With(tx)); err != nil {
//		return err
//	}
//	… // write the rows with tx
//	return tx.Commit()
//
// The store must be on the same data as [Params.Store]. Call Save before you write rows: if another run of the key has
// the same page, a database lets the second run wait here, and then it fails with [ErrConflict] before it has written
// anything. Return this error from your function.
//
// If you roll back, return an error from your function; with nil, the run ends with [ErrNotCommitted]. You can repeat the
// transaction first, with Save in it.
func (p *Page[T]) Save(ctx context.Context, store Store) error {
	if store == nil {
		return argument("store", "is nil")
	}
	p.saved = false // if this is the second attempt, the first was rolled back
	if err := store.Save(ctx, p.key, p.prev, p.next); err != nil {
		return err
	}
	p.saved = true
	return nil
}

// RecordError says which record could not be processed. [Run] returns one for a record that does not fit into the type
// of the data. Return one from your function for a record that it cannot take. The record comes again with the next
// run, and every run ends at it, until it can be processed: nothing is skipped.
type RecordError struct {
	// ID is the id of the record.
	ID string
	// Err is why it could not be processed.
	Err error
}

// Error names the record and the reason.
func (e *RecordError) Error() string { return fmt.Sprintf("consume: record %q: %v", e.ID, e.Err) }

// Unwrap returns Err.
func (e *RecordError) Unwrap() error { return e.Err }
