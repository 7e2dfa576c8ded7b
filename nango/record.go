package nango

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// Record is one synced object: the provider's data as a T beside what Nango knows about it.
type Record[T any] struct {
	// ID is the record's id, always a string whatever the sync saved.
	ID string
	// Data is the record decoded by encoding/json's rules (numbers in an any are json.Number). T sees the whole object, so a
	// map or a json.RawMessage also holds id and _nango_metadata, and a field for the id has to be a string. A pruned record
	// has nothing else.
	Data     T
	Metadata RecordMetadata
}

// Deleted reports whether the provider no longer has the record. Remove it.
func (r Record[T]) Deleted() bool { return !r.Metadata.DeletedAt.IsZero() }

// Pruned reports whether Nango has dropped the record's data to save space. The Data holds nothing but the id: keep what you have. On
// a first copy you have nothing: the data comes back with the sync's next run, but under the same cursor, so that only a read from the
// beginning shows it. A record can be deleted and pruned: ask Deleted first.
func (r Record[T]) Pruned() bool { return !r.Metadata.PrunedAt.IsZero() }

// RecordMetadata is what Nango knows about a record.
type RecordMetadata struct {
	FirstSeenAt    time.Time    `json:"first_seen_at"`
	LastModifiedAt time.Time    `json:"last_modified_at"`
	LastAction     RecordAction `json:"last_action"`
	// DeletedAt is zero unless the record is deleted. Where the server's date cannot be read it is LastModifiedAt, else
	// FirstSeenAt, else the beginning of 1970: a deleted record is never taken for one that is there.
	DeletedAt time.Time `json:"deleted_at"`
	// PrunedAt is zero unless the record is pruned: the payload is gone, the record remains. A date that cannot be read is
	// replaced as that of DeletedAt is.
	PrunedAt time.Time `json:"pruned_at"`
	// Cursor is the record's place in the stream: reading on from it returns what was modified later.
	Cursor string `json:"cursor"`
}

// RecordAction is what last happened to a record.
type RecordAction string

// The actions, as [RecordMetadata] tells them and [ListRecordsParams] filters by them.
const (
	RecordAdded   RecordAction = "ADDED"
	RecordUpdated RecordAction = "UPDATED"
	RecordDeleted RecordAction = "DELETED"
)

// RecordPage is one page of records.
type RecordPage[T any] struct {
	Records []Record[T]
	// Cursor is what to store once the records are processed: reading on from it misses nothing. The last page has one too, and an
	// empty page has the cursor that it was read from.
	Cursor string
	// More is true when more records wait behind this page. False does not end the stream: later changes come behind Cursor.
	More bool
}

// wirePage is a page as the server sends it.
type wirePage struct {
	NextCursor json.RawMessage   `json:"next_cursor"`
	Records    []json.RawMessage `json:"records"`
}

// cursor is the cursor of the next page, empty on the last. What is no cursor must not end the stream in silence.
func (p *wirePage) cursor() (string, error) {
	raw := nullToNil(p.NextCursor)
	if text, ok := cursorOf(raw); ok || raw == nil {
		return text, nil
	}
	return "", errors.New("next_cursor is neither a string nor a number")
}

// cursorOf also takes a number, by its text.
func cursorOf(raw json.RawMessage) (string, bool) {
	if text, ok := jsonx.Unquote(raw); ok {
		return text, true
	}
	var number json.Number
	if jsonx.Unmarshal(raw, &number) != nil {
		return "", false
	}
	return string(number), number != ""
}

// decodeRecords decodes a page. from is the cursor that the page was read from.
func decodeRecords[T any](resp *http.Response, err error, from string) (*RecordPage[T], error) {
	wire, err := decodeWith[wirePage](jsonx.Unmarshal, resp, err)
	if err != nil {
		return nil, err
	}
	next, err := wire.cursor()
	if err != nil {
		return nil, notDecoded(resp, err)
	}
	page := &RecordPage[T]{Records: make([]Record[T], len(wire.Records)), Cursor: next, More: next != ""}
	for i, raw := range wire.Records {
		if err := decodeRecord(raw, &page.Records[i]); err != nil {
			return nil, notDecoded(resp, fmt.Errorf("records[%d]: %w", i, err))
		}
	}
	if last := len(page.Records) - 1; page.Cursor == "" && last >= 0 {
		page.Cursor = page.Records[last].Metadata.Cursor
	}
	if page.Cursor == "" {
		page.Cursor = from
	}
	return page, nil
}

func decodeRecord[T any](raw json.RawMessage, record *Record[T]) error {
	var head struct {
		ID       string         `json:"id"`
		Metadata RecordMetadata `json:"_nango_metadata"`
	}
	if jsonx.Unmarshal(raw, &head) == nil {
		record.ID, record.Metadata = head.ID, head.Metadata
	} else if err := decodeOddHead(raw, &record.ID, &record.Metadata); err != nil {
		return err
	}
	if m := &record.Metadata; strings.EqualFold(string(m.LastAction), string(RecordDeleted)) && m.DeletedAt.IsZero() {
		m.DeletedAt = m.lastKnown()
	}
	err := jsonx.UnmarshalCaller(raw, &record.Data)
	if err == nil {
		return nil
	}
	if withText, ok := idAsText(raw, record.ID); ok {
		if record.Data = *new(T); jsonx.UnmarshalCaller(withText, &record.Data) == nil {
			return nil
		}
	}
	return err
}

// idAsText returns a record with its id as the text that it should be, where some servers write a number.
func idAsText(raw json.RawMessage, id string) (json.RawMessage, bool) {
	members := map[string]json.RawMessage{}
	if jsonx.Unmarshal(raw, &members) != nil || len(members["id"]) == 0 || members["id"][0] == '"' {
		return nil, false
	}
	text, err := jsonx.Marshal(id)
	if err != nil {
		return nil, false
	}
	members["id"] = text
	out, err := jsonx.Marshal(members)
	return out, err == nil
}

// decodeOddHead decodes the head of a record in which something cannot be read.
func decodeOddHead(raw json.RawMessage, id *string, metadata *RecordMetadata) error {
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

// mark reads a date that says by being there that something happened. False is as good as null.
func (m *RecordMetadata) mark(raw json.RawMessage) (at time.Time) {
	if nullToNil(raw) == nil || string(raw) == "false" || jsonx.Unmarshal(raw, &at) == nil {
		return at
	}
	return m.lastKnown()
}

// lastKnown stands for a date that cannot be known, and is never zero.
func (m *RecordMetadata) lastKnown() time.Time {
	switch {
	case !m.LastModifiedAt.IsZero():
		return m.LastModifiedAt
	case !m.FirstSeenAt.IsZero():
		return m.FirstSeenAt
	}
	return time.Unix(0, 0).UTC()
}
