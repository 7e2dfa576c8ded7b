// Package recordstore keeps the records of a model as Nango does: with ids of its own, in the order of their changes, and with
// cursors.
package recordstore

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nango-go/sdk/internal/js"
)

// Key names the records that one sync variant saves of one model.
type Key struct{ Model, Variant string }

// BaseVariant is the variant of every sync that was there from the beginning.
const BaseVariant = "base"

// KeyOf reads a model's name, "Issue" or "Issue::variant".
func KeyOf(model string) Key {
	name, variant, found := strings.Cut(model, "::")
	if !found {
		variant = BaseVariant
	}
	return Key{name, variant}
}

// Store holds the records of a model, deleted and pruned ones included.
type Store struct {
	owner   string // what the ids of its records are made from, besides their own
	records map[string]*Record
	sorted  []*Record // as they are listed; nil after a change
	written time.Time // of the last write
}

// Record is a record as the server keeps it.
type Record struct {
	id         string // the server's own, of which the cursor is made
	ExternalID string
	payload    map[string]json.RawMessage // nil once it is pruned
	text       []byte                     // the payload as it was saved, to tell a change by
	created    time.Time
	modified   time.Time
	deleted    time.Time
	pruned     time.Time
}

// Clear forgets all records.
func (s *Store) Clear() { *s = Store{owner: s.owner, records: map[string]*Record{}} }

// begin returns the time of a write: now, or just after the write before it, since on the real server no two come at once.
func (s *Store) begin(now time.Time) time.Time {
	if !now.After(s.written) {
		now = s.written.Add(time.Microsecond)
	}
	s.written, s.sorted = now, nil
	return now
}

// Save stores a batch. Of two records with the same id the first counts, a payload that is the same as before changes
// nothing, and a deleted record that comes back is a new one.
func (s *Store) Save(now time.Time, batch []*Record) (added, updated int) {
	now = s.begin(now)
	seen := map[string]bool{}
	for _, r := range batch {
		if seen[r.ExternalID] {
			continue
		}
		seen[r.ExternalID] = true
		old := s.records[r.ExternalID]
		switch {
		case old == nil || !old.deleted.IsZero():
			r.id, r.created, r.modified = s.idOf(r.ExternalID), now, now
			added++
		case !bytes.Equal(old.text, r.text):
			r.id, r.created, r.modified = old.id, old.created, now
			updated++
		default: // what was pruned has its payload again, at its old place
			r.id, r.created, r.modified = old.id, old.created, old.modified
		}
		s.records[r.ExternalID] = r
	}
	return added, updated
}

// Remove marks records as deleted; their payloads stay. It returns how many it found undeleted.
func (s *Store) Remove(now time.Time, ids []string) (deleted int) {
	now = s.begin(now)
	for _, id := range ids {
		if r := s.records[id]; r != nil && r.deleted.IsZero() {
			r.deleted, r.modified = now, now
			deleted++
		}
	}
	return deleted
}

// Count is the number of records that are not deleted.
func (s *Store) Count() (n int) {
	for _, r := range s.records {
		if r.deleted.IsZero() {
			n++
		}
	}
	return n
}

// idOf makes the server's own id of a record, which is always the same for the same record of the same connection.
func (s *Store) idOf(ExternalID string) string {
	space := uuid.NewSHA1(uuid.Nil, []byte(s.owner))
	return uuid.NewSHA1(space, []byte(s.owner+ExternalID)).String()
}

// List returns the records in the order of their changes.
func (s *Store) List() []*Record {
	if s.sorted == nil {
		for _, r := range s.records {
			s.sorted = append(s.sorted, r)
		}
		slices.SortFunc(s.sorted, func(a, b *Record) int { return a.Position().Compare(b.Position()) })
	}
	return s.sorted
}

// Position is where a record stands in the order of changes.
type Position struct {
	modified time.Time
	id       string
}

func (r *Record) Position() Position { return Position{r.modified, r.id} }

func (p Position) Compare(other Position) int {
	if c := p.modified.Compare(other.modified); c != 0 {
		return c
	}
	return strings.Compare(p.id, other.id)
}

// Cursor writes a position as the API does.
func (p Position) Cursor() string {
	return base64.StdEncoding.EncodeToString([]byte(postgres(p.modified) + "||" + p.id))
}

// PositionOf reads a cursor. The server is lenient about the base64, not about what is in it.
func PositionOf(cursor string) (p Position, ok bool) {
	cursor = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(cursor, "="))
	text, err := base64.RawStdEncoding.DecodeString(cursor)
	if err != nil {
		return p, false
	}
	modified, id, found := strings.Cut(string(text), "||")
	if !found || uuid.Validate(id) != nil {
		return p, false
	}
	p.id = id
	p.modified, err = time.Parse(time.RFC3339Nano, modified)
	return p, err == nil
}

// action is what happened to the record last.
func (r *Record) action() string {
	switch {
	case !r.deleted.IsZero():
		return "DELETED"
	case r.created.Equal(r.modified):
		return "ADDED"
	}
	return "UPDATED"
}

// Show returns the record as the API does: the payload, the id as a text, and the metadata.
func (r *Record) Show() map[string]any {
	shown := map[string]any{}
	for key, value := range r.payload {
		shown[key] = value
	}
	shown["id"] = r.ExternalID
	shown["_nango_metadata"] = map[string]any{
		"first_seen_at": postgres(r.created), "last_modified_at": postgres(r.modified), "last_action": r.action(),
		"deleted_at": timeOrNull(r.deleted), "pruned_at": timeOrNull(r.pruned), "cursor": r.Position().Cursor(),
	}
	return shown
}

// Parse reads a record: a JSON object with an id.
func Parse(text []byte) (*Record, error) {
	r := &Record{text: text}
	if err := json.Unmarshal(text, &r.payload); err != nil || r.payload == nil {
		return nil, fmt.Errorf("a record is not a JSON object: %.100s", text)
	}
	if err := json.Unmarshal(r.payload["id"], &r.ExternalID); err != nil {
		r.ExternalID = string(r.payload["id"])
	}
	if id := r.payload["id"]; id == nil || !js.Truthy(js.Parse(id)) {
		return nil, fmt.Errorf("a record has no id: %.100s", text)
	}
	return r, nil
}

// Listing is what a request for records asks for.
type Listing struct {
	Limit  float64
	Filter string
	IDs    []string
	Since  time.Time
	After  Position
}

// Page returns a page of records and whether another follows. The server asks its database for one row more than the limit,
// cut down to an integer, and takes its presence as the sign of more: with a fraction in the limit, all rows are shown and the
// sign never comes.
func (l Listing) Page(s *Store, budget int) (page []*Record, more bool) {
	rows := int(math.Floor(l.Limit + 1))
	for _, r := range s.List() {
		if len(page) < rows && l.wants(r) {
			page = append(page, r)
		}
	}
	if more = float64(len(page)) >= l.Limit+1; more {
		page = page[:len(page)-1]
	}
	size := 0
	for i, r := range page {
		if size += len(r.text); budget > 0 && i > 0 && size > budget {
			return page[:i], true
		}
	}
	return page, more
}

func (l Listing) wants(r *Record) bool {
	return r.Position().Compare(l.After) > 0 && !r.modified.Before(l.Since) &&
		(l.IDs == nil || slices.Contains(l.IDs, r.ExternalID)) && filters(l.Filter, r.action())
}

// filters says whether a filter lets a record through whose last action is this. Of two actions of which one is a deletion, the
// server loses the deletion, and the same action twice is no filter at all.
func filters(filter, action string) bool {
	added, updated := strings.Contains(filter, "ADDED"), strings.Contains(filter, "UPDATED")
	deleted := strings.Contains(filter, "DELETED")
	switch {
	case added && updated:
		return action != "DELETED"
	case updated && deleted:
		return action == "UPDATED"
	case added && deleted:
		return action == "ADDED"
	case filter == "ADDED", filter == "UPDATED", filter == "DELETED":
		return action == filter
	}
	return true
}

// Prune empties the payloads of records up to a position, at most limit of them. It returns how many it emptied, and where the
// last is.
func (s *Store) Prune(until Position, limit float64, now time.Time) (count int, last Position) {
	last = until
	for _, r := range s.List() {
		if float64(count) >= limit || r.Position().Compare(until) > 0 {
			break
		}
		if r.pruned.IsZero() {
			r.payload, r.pruned = nil, now
			count, last = count+1, r.Position()
		}
	}
	return count, last
}

// New returns an empty store. The owner is what the ids of its records are made from, besides their own.
func New(owner string) *Store { return &Store{owner: owner, records: map[string]*Record{}} }

// Unsaved returns the ids of the records that are not among these.
func (s *Store) Unsaved(saved []string) (ids []string) {
	for id := range s.records {
		if !slices.Contains(saved, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func postgres(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999") + "+00:00" }

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return postgres(t)
}
