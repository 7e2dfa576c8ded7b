package consume

import (
	"context"
	"errors"
	"time"
)

// Key says whose cursor a cursor is. Two keys that differ in one field have two cursors.
type Key struct {
	// Name is [Params.Name].
	Name string
	// IntegrationID and ConnectionID are those of the connection.
	IntegrationID, ConnectionID string
	// Model is the model's name.
	Model string
	// Variant is the sync variant; the default one is "base", never empty.
	Variant string
}

// SavedCursor is a position in the records of a key.
type SavedCursor struct {
	// Value is the cursor, as the server gave it. It has at most 1000 bytes.
	Value string
	// ReadAt is when the records up to Value were read, by the clock of this machine. All that was there at that time
	// and stands before Value has been processed.
	ReadAt time.Time
}

// Store keeps cursors. Its methods are called concurrently. This package has [MemoryStore] and [FileStore], package
// sqlcursor has one for databases.
//
// A Store of your own must never leave a cursor half written, and Save must compare and write in one step. The time that it
// returns must be exact to the second.
type Store interface {
	// Load returns the cursor of the key, and false if there is none.
	Load(ctx context.Context, key Key) (SavedCursor, bool, error)
	// Save stores next if the cursor of the key has the Value of prev, or if there is none and prev is nil. Otherwise
	// it changes nothing, and the error matches ErrConflict.
	Save(ctx context.Context, key Key, prev *SavedCursor, next SavedCursor) error
	// Delete deletes the cursor of the key. It is not an error if there is none.
	Delete(ctx context.Context, key Key) error
}

var (
	// ErrConflict: another run of the same key has stored a cursor since this run read it, or the cursor was deleted.
	// Nothing is lost, and nothing of this page is stored. This is normal if several processes read the same records: it
	// says that another one has done the work. Do not end your program for it. Run again later.
	ErrConflict = errors.New("consume: another run of the same key has moved the cursor")
	// ErrNotCommitted: your function returned nil, and [Page.Save] had stored the cursor of the page, but it is not
	// there. Its transaction was not committed. Return an error after a rollback.
	ErrNotCommitted = errors.New("consume: the cursor of the page is not in the store: the transaction of Page.Save was not committed")
	// ErrStale: the cursor was not read for longer than [Params.MaxIdle]. Nango may have deleted records since, without
	// a trace, so that a read from here could miss deletions. No request was made. Call [Restart], which says how to
	// go on.
	ErrStale = errors.New("consume: the cursor is too old")
	// ErrUnreadableCursor: the stored cursor is damaged. The server cannot read it, although it can list the records, or
	// a [FileStore] finds that its file is no cursor. Call [Restart].
	ErrUnreadableCursor = errors.New("consume: the stored cursor cannot be read")
)
