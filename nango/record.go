package nango

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// RecordMetadata is what Nango knows about a record.
type RecordMetadata struct {
	FirstSeenAt    time.Time    `json:"first_seen_at"`
	LastModifiedAt time.Time    `json:"last_modified_at"`
	LastAction     RecordAction `json:"last_action"`
	// DeletedAt is zero unless the record is deleted. Where the server's date cannot be read it is LastModifiedAt, or at
	// least not zero.
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
	// Cursor is what to store once the records are dealt with: reading on from it misses nothing. It is never empty once
	// one is known, also on the last page and on an empty one, where it is the cursor that the page was read from.
	Cursor string
	// More is true when more records wait behind this page. False does not end the stream: later changes come behind Cursor.
	More bool
}

// wirePage is a page as the server sends it.
type wirePage struct {
	NextCursor json.RawMessage   `json:"next_cursor"`
	Records    []json.RawMessage `json:"records"`
}

// cursor is the cursor of the next page, empty on the last. Some servers write numbers. What is neither, nor null, must not
// end the stream in silence.
func (p *wirePage) cursor() (string, error) {
	switch raw := nullToNil(p.NextCursor); {
	case raw == nil:
		return "", nil
	case raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return textOf(raw), nil
	}
	return "", errors.New("next_cursor is no text")
}

// decodeRecords decodes a page. from is the cursor that the page was read from.
func decodeRecords[T any](resp *http.Response, err error, from string) (*RecordPage[T], error) {
	wire, err := decode[wirePage](resp, err)
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
	if err := jsonx.UnmarshalLenient(raw, &head); err != nil {
		return err
	}
	record.ID, record.Metadata = head.ID, head.Metadata
	return jsonx.UnmarshalCaller(raw, &record.Data)
}

// UnmarshalJSON decodes what Nango knows about a record. A record whose deleted_at or pruned_at cannot be read is deleted or
// pruned all the same.
func (m *RecordMetadata) UnmarshalJSON(data []byte) error {
	type plain RecordMetadata
	if err := jsonx.Unmarshal(data, (*plain)(m)); err == nil {
		return nil
	}
	if err := jsonx.UnmarshalLenient(data, (*plain)(m)); err != nil {
		return err
	}
	var marks struct {
		Deleted json.RawMessage `json:"deleted_at"`
		Pruned  json.RawMessage `json:"pruned_at"`
	}
	if err := jsonx.Unmarshal(data, &marks); err != nil {
		return err
	}
	m.mark(&m.DeletedAt, marks.Deleted)
	m.mark(&m.PrunedAt, marks.Pruned)
	return nil
}

// mark sets a date that is there and could not be read to the last one that could.
func (m *RecordMetadata) mark(at *time.Time, raw json.RawMessage) {
	if !at.IsZero() || nullToNil(raw) == nil || string(raw) == "false" {
		return
	}
	switch {
	case !m.LastModifiedAt.IsZero():
		*at = m.LastModifiedAt
	case !m.FirstSeenAt.IsZero():
		*at = m.FirstSeenAt
	default:
		*at = time.Unix(0, 0).UTC()
	}
}
