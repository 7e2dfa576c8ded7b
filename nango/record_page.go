package nango

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
)

// wirePage is a page as the server sends it.
type wirePage struct {
	NextCursor json.RawMessage   `json:"next_cursor"`
	Records    []json.RawMessage `json:"records"`
}

// decodeRecords decodes a page. The cursor from is the one in the request.
func decodeRecords[T any](resp *http.Response, err error, from string) (*RecordPage[T], error) {
	var page *RecordPage[T]
	var next json.RawMessage
	if err == nil && callOf(resp.Request.Context()).response == nil {
		page, next = scanPage[T](bodyOf(resp).data)
	}
	if page == nil {
		if page, next, err = decodePage[T](resp, err); err != nil {
			return nil, err
		}
	}
	if page.Cursor, err = nextCursor(next); err != nil {
		return nil, notDecoded(resp, err)
	}
	page.More = page.Cursor != ""
	if last := len(page.Records) - 1; !page.More && last >= 0 {
		page.Cursor = page.Records[last].Metadata.Cursor
	}
	if page.Cursor == "" {
		page.Cursor = from
	}
	return page, nil
}

// decodePage decodes the records of any page, or explains why it cannot.
func decodePage[T any](resp *http.Response, err error) (page *RecordPage[T], next json.RawMessage, _ error) {
	wire, err := decodeWith[wirePage](jsonx.Unmarshal, resp, err)
	if err != nil {
		return nil, nil, err
	}
	page = &RecordPage[T]{Records: make([]Record[T], len(wire.Records))}
	for i, raw := range wire.Records {
		record := &page.Records[i]
		err := decodeHead(raw, &record.ID, &record.Metadata)
		if err == nil {
			record.Metadata.complete()
			err = record.decodeData(raw)
		}
		if err != nil {
			return nil, nil, notDecoded(resp, fmt.Errorf("records[%d]: %w", i, err))
		}
	}
	return page, wire.NextCursor, nil
}

// scanPage decodes the records of a page in one pass, if the page has the form in which the servers send it today. It
// returns nil for any other page, such as one with an error. A page that it returns is a success as [checkResponse]
// defines it.
func scanPage[T any](data []byte) (page *RecordPage[T], next json.RawMessage) {
	s := recordScanner{Scanner: jsonx.NewScanner(data), target: jsonx.TargetOf(reflect.TypeFor[*T]())}
	for name := range s.Members {
		switch string(name) {
		case "next_cursor":
			next = s.Value()
			if _, plain := jsonx.PlainString(next); !plain && string(next) != "null" {
				return nil, nil
			}
		case "records":
			page = &RecordPage[T]{Records: []Record[T]{}}
			for i := range s.Elements {
				page.Records = append(page.Records, Record[T]{})
				size := page.Records[i].scan(&s)
				if size == 0 {
					return nil, nil
				}
				if i == 0 { // the others are about as long
					page.Records = slices.Grow(page.Records, min(len(data)/size, maxRecordPageSize))
				}
			}
		default:
			if value := s.Value(); !jsonx.IsPlain(name) || !jsonx.Valid(value) {
				return nil, nil
			}
		}
	}
	if !s.End() {
		return nil, nil
	}
	return page, next
}

// recordScanner is what the records of a page share while they are scanned.
type recordScanner struct {
	*jsonx.Scanner
	target  *jsonx.Target
	scratch []byte
}

// scan decodes a record and returns its size in bytes, or 0 if it cannot.
func (r *Record[T]) scan(s *recordScanner) (size int) {
	start, hasID, plain := s.Next(), false, true
	var before []byte // what comes before the metadata, if they are the last member
	for name := range s.Members {
		before = nil
		switch string(name) {
		case "id":
			text, ok := jsonx.PlainString(s.Value())
			r.ID, hasID, plain = string(text), true, plain && ok
		case "_nango_metadata":
			before, plain = s.Since(start), r.Metadata.scan(s.Scanner) && plain
		default:
			s.Value()
			plain = plain && bytes.IndexByte(name, '\\') < 0
		}
	}
	data := s.Since(start)
	if data == nil || !hasID || !plain && decodeHead(data, &r.ID, &r.Metadata) != nil {
		return 0
	}
	r.Metadata.complete()
	if !s.target.Fill(s.withoutMetadata(data, before), &r.Data) {
		r.Data = *new(T)
		if r.decodeData(data) != nil {
			return 0
		}
	}
	return len(data)
}

// withoutMetadata returns a record without its metadata if T ignores them. They are most of a usual record, and have been
// decoded already.
func (s *recordScanner) withoutMetadata(data, before []byte) []byte {
	end := bytes.LastIndexByte(before, ',')
	if end < 0 || !s.target.Ignores("_nango_metadata") {
		return data
	}
	s.scratch = append(append(s.scratch[:0], before[:end]...), '}')
	return s.scratch
}

// scan decodes the metadata of a record. It returns false if they are not plain: then decodeHead has to decode them.
func (m *RecordMetadata) scan(s *jsonx.Scanner) bool {
	plain := true
	var read []byte // the time that was read last: most records have the same one twice
	var readAt time.Time
	for name := range s.Members {
		value := s.Value()
		text, ok := jsonx.PlainString(value)
		ok = ok || string(value) == "null"
		var at *time.Time
		switch string(name) {
		case "first_seen_at":
			at = &m.FirstSeenAt
		case "last_modified_at":
			at = &m.LastModifiedAt
		case "deleted_at":
			at = &m.DeletedAt
		case "pruned_at":
			at = &m.PrunedAt
		case "last_action":
			m.LastAction = actionOf(text)
		case "cursor":
			m.Cursor = string(text)
		default:
			ok = jsonx.IsPlain(name) && (ok || jsonx.Valid(value))
		}
		switch {
		case at == nil || !ok:
		case text == nil:
			*at = time.Time{}
		case read != nil && bytes.Equal(text, read):
			*at = readAt
		default:
			ok = readPlainTime(text, at)
			read, readAt = text, *at
		}
		plain = plain && ok
	}
	return plain
}

// readPlainTime reads a time in UTC, as the servers write it. UnmarshalText alone would take more than the JSON decoder
// does: an hour of one digit, and a comma.
func readPlainTime(text []byte, at *time.Time) bool {
	utc := bytes.HasSuffix(text, []byte("Z")) || bytes.HasSuffix(text, []byte("+00:00"))
	return utc && len(text) > 19 && text[13] == ':' && text[19] != ',' && at.UnmarshalText(text) == nil
}

// actionOf returns an action, without an allocation for a known one.
func actionOf(text []byte) RecordAction {
	for _, action := range []RecordAction{RecordAdded, RecordUpdated, RecordDeleted} {
		if string(action) == string(text) {
			return action
		}
	}
	return RecordAction(text)
}

// nextCursor returns the cursor of the next page, or an empty string for the last page. Any other value that is not a
// cursor is an error, so that the stream does not end too early without a notice.
func nextCursor(raw json.RawMessage) (string, error) {
	raw = nullToNil(raw)
	if text, ok := cursorOf(raw); ok || raw == nil {
		return text, nil
	}
	return "", errors.New("next_cursor is neither a string nor a number")
}

// cursorOf reads a cursor from a JSON string or number.
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
