package nango

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Record is one synced object: the provider's data as a T, and Nango's metadata.
type Record[T any] struct {
	// ID is the record's id. It is always a string, even if the sync saved a number.
	ID string
	// Data is the record, decoded by the rules of encoding/json (a number in an any is a json.Number). T gets the whole
	// object. So a map or a json.RawMessage also holds id and _nango_metadata, and a field for the id has to be a
	// string. A pruned record holds only id and _nango_metadata. If a pruned or deleted record does not fit into T, its Data
	// is zero.
	Data     T
	Metadata RecordMetadata
}

// Deleted reports whether the provider no longer has the record. Then delete your copy.
func (r Record[T]) Deleted() bool { return !r.Metadata.DeletedAt.IsZero() }

// Pruned reports whether Nango has deleted the record's data to save space. Data then holds only the id, so do not
// overwrite your copy with it. If you have no copy, wait for the next run of the sync, which restores the data. The
// cursor stays the same, so you get the data only if you read from the beginning. A record can be both deleted and
// pruned: check Deleted first.
func (r Record[T]) Pruned() bool { return !r.Metadata.PrunedAt.IsZero() }

// RecordMetadata is Nango's data about a record.
type RecordMetadata struct {
	FirstSeenAt    time.Time    `json:"first_seen_at"`
	LastModifiedAt time.Time    `json:"last_modified_at"`
	LastAction     RecordAction `json:"last_action"`
	// DeletedAt is zero unless the record is deleted. If the SDK cannot read the server's date, it uses LastModifiedAt,
	// or else FirstSeenAt, or else the beginning of 1970. So a deleted record always has a DeletedAt.
	DeletedAt time.Time `json:"deleted_at"`
	// PrunedAt is zero unless the record is pruned: Nango deleted the data, but the record still exists. If the SDK
	// cannot read the date, it uses the same dates as for DeletedAt.
	PrunedAt time.Time `json:"pruned_at"`
	// Cursor is the record's position in the stream. A read from this cursor returns the records that were modified
	// later.
	Cursor string `json:"cursor"`
}

// RecordAction is a change to a record: it was added, updated or deleted.
type RecordAction string

// The actions in [RecordMetadata] and in the Filter of [ListRecordsParams].
const (
	RecordAdded   RecordAction = "ADDED"
	RecordUpdated RecordAction = "UPDATED"
	RecordDeleted RecordAction = "DELETED"
)

// RecordPage is one page of records.
type RecordPage[T any] struct {
	Records []Record[T]
	// Cursor is the position after this page. Store it after you have processed the records. A later read from it
	// misses nothing. The last page has a Cursor too. An empty page has the cursor from which it was read. Cursor is
	// empty only if the stream has had no cursor yet.
	Cursor string
	// More reports whether there are more pages now. Even if it is false, later changes appear after Cursor.
	More bool
}

// decodeData decodes the data of a record whose id and metadata are known. What is pruned has lost what T may demand, and of
// what is deleted the id is enough. So if these do not fit, they have no data.
func (r *Record[T]) decodeData(raw json.RawMessage) error {
	err := jsonx.UnmarshalRecord(raw, r.ID, &r.Data)
	if err != nil && (r.Pruned() || r.Deleted()) {
		r.Data, err = *new(T), nil
	}
	return err
}

// decodeHead decodes the id and the metadata of a record. A part of them can have a wrong type.
func decodeHead(raw json.RawMessage, id *string, metadata *RecordMetadata) error {
	var head struct {
		ID       string `json:"id"`
		Metadata struct {
			RecordMetadata `json:",embed"`
			DeletedAt      json.RawMessage `json:"deleted_at"`
			PrunedAt       json.RawMessage `json:"pruned_at"`
			Cursor         json.RawMessage `json:"cursor"`
		} `json:"_nango_metadata"`
	}
	if err := jsonx.UnmarshalLenient(raw, &head); err != nil {
		return err
	}
	*id, *metadata = head.ID, head.Metadata.RecordMetadata
	metadata.DeletedAt = metadata.mark(head.Metadata.DeletedAt)
	metadata.PrunedAt = metadata.mark(head.Metadata.PrunedAt)
	metadata.Cursor, _ = cursorOf(head.Metadata.Cursor)
	return nil
}

// mark reads the date of an event. Any value means that the event happened, even one that is not a date, except null
// and false.
func (m *RecordMetadata) mark(raw json.RawMessage) (at time.Time) {
	if nullToNil(raw) == nil || string(raw) == "false" || jsonx.Unmarshal(raw, &at) == nil {
		return at
	}
	return m.lastKnown()
}

// complete gives a deleted record a date if the server sent none.
func (m *RecordMetadata) complete() {
	if strings.EqualFold(string(m.LastAction), string(RecordDeleted)) && m.DeletedAt.IsZero() {
		m.DeletedAt = m.lastKnown()
	}
}

// lastKnown returns the replacement for a date that cannot be read. It is never zero.
func (m *RecordMetadata) lastKnown() time.Time {
	switch {
	case !m.LastModifiedAt.IsZero():
		return m.LastModifiedAt
	case !m.FirstSeenAt.IsZero():
		return m.FirstSeenAt
	}
	return time.Unix(0, 0).UTC()
}
