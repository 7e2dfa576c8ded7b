package nangotest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// storeKey names the records that one sync variant saves of one model.
type storeKey struct{ model, variant string }

// baseVariant is the variant of every sync that was there from the beginning.
const baseVariant = "base"

// modelKey reads a model's name, "Issue" or "Issue::variant".
func modelKey(model string) storeKey {
	name, variant, found := strings.Cut(model, "::")
	if !found {
		variant = baseVariant
	}
	return storeKey{name, variant}
}

// store holds the records of a model, deleted and pruned ones included.
type store struct {
	owner   string // what the ids of its records are made from, besides their own
	records map[string]*record
	sorted  []*record // as they are listed; nil after a change
	written time.Time // of the last write
}

// record is a record as the server keeps it.
type record struct {
	id         string // the server's own, of which the cursor is made
	externalID string
	payload    map[string]json.RawMessage // nil once it is pruned
	text       []byte                     // the payload as it was saved, to tell a change by
	created    time.Time
	modified   time.Time
	deleted    time.Time
	pruned     time.Time
}

// store returns the records of a model, an empty store if there are none yet.
func (c *connection) store(key storeKey) *store {
	if c.stores == nil {
		c.stores = map[storeKey]*store{}
	}
	if c.stores[key] == nil {
		owner := fmt.Sprintf("%d%s", c.id, key.model)
		if key.variant != baseVariant {
			owner += "::" + key.variant
		}
		c.stores[key] = &store{owner: owner, records: map[string]*record{}}
	}
	return c.stores[key]
}

// clear forgets all records.
func (s *store) clear() { *s = store{owner: s.owner, records: map[string]*record{}} }

// begin returns the time of a write: now, or just after the write before it, since on the real server no two come at once.
func (s *store) begin(now time.Time) time.Time {
	if !now.After(s.written) {
		now = s.written.Add(time.Microsecond)
	}
	s.written, s.sorted = now, nil
	return now
}

// save stores a batch. Of two records with the same id the first counts, a payload that is the same as before changes
// nothing, and a deleted record that comes back is a new one.
func (s *store) save(now time.Time, batch []*record) (added, updated int) {
	now = s.begin(now)
	seen := map[string]bool{}
	for _, r := range batch {
		if seen[r.externalID] {
			continue
		}
		seen[r.externalID] = true
		old := s.records[r.externalID]
		switch {
		case old == nil || !old.deleted.IsZero():
			r.id, r.created, r.modified = s.idOf(r.externalID), now, now
			added++
		case !bytes.Equal(old.text, r.text):
			r.id, r.created, r.modified = old.id, old.created, now
			updated++
		default: // what was pruned has its payload again, at its old place
			r.id, r.created, r.modified = old.id, old.created, old.modified
		}
		s.records[r.externalID] = r
	}
	return added, updated
}

// remove marks records as deleted; their payloads stay. It returns how many it found undeleted.
func (s *store) remove(now time.Time, ids []string) (deleted int) {
	now = s.begin(now)
	for _, id := range ids {
		if r := s.records[id]; r != nil && r.deleted.IsZero() {
			r.deleted, r.modified = now, now
			deleted++
		}
	}
	return deleted
}

// count is the number of records that are not deleted.
func (s *store) count() (n int) {
	for _, r := range s.records {
		if r.deleted.IsZero() {
			n++
		}
	}
	return n
}

// idOf makes the server's own id of a record, which is always the same for the same record of the same connection.
func (s *store) idOf(externalID string) string {
	space := uuid.NewSHA1(uuid.Nil, []byte(s.owner))
	return uuid.NewSHA1(space, []byte(s.owner+externalID)).String()
}

// list returns the records in the order of their changes.
func (s *store) list() []*record {
	if s.sorted == nil {
		for _, r := range s.records {
			s.sorted = append(s.sorted, r)
		}
		slices.SortFunc(s.sorted, func(a, b *record) int { return a.position().compare(b.position()) })
	}
	return s.sorted
}

// position is where a record stands in the order of changes.
type position struct {
	modified time.Time
	id       string
}

func (r *record) position() position { return position{r.modified, r.id} }

func (p position) compare(other position) int {
	if c := p.modified.Compare(other.modified); c != 0 {
		return c
	}
	return strings.Compare(p.id, other.id)
}

// cursor writes a position as the API does.
func (p position) cursor() string {
	return base64.StdEncoding.EncodeToString([]byte(postgres(p.modified) + "||" + p.id))
}

// positionOf reads a cursor. The server is lenient about the base64, not about what is in it.
func positionOf(cursor string) (p position, ok bool) {
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
func (r *record) action() string {
	switch {
	case !r.deleted.IsZero():
		return "DELETED"
	case r.created.Equal(r.modified):
		return "ADDED"
	}
	return "UPDATED"
}

// show returns the record as the API does: the payload, the id as a text, and the metadata.
func (r *record) show() object {
	shown := object{}
	for key, value := range r.payload {
		shown[key] = value
	}
	shown["id"] = r.externalID
	shown["_nango_metadata"] = object{
		"first_seen_at": postgres(r.created), "last_modified_at": postgres(r.modified), "last_action": r.action(),
		"deleted_at": timeOrNull(r.deleted, postgres), "pruned_at": timeOrNull(r.pruned, postgres), "cursor": r.position().cursor(),
	}
	return shown
}

// SaveRecords saves records of a model as a sync does, at the server's time: new ones are added, those that differ from what
// was saved before are updated, the others stay as they are. Each is anything that encodes to a JSON object with an id, which
// is a text or a number. The model is "Issue", or "Issue::german" for the records of a sync's variant. It panics if a record
// has no id, and for a name of a model that the server refuses, such as one in lower case.
func (h *ConnectionHandle) SaveRecords(model string, records ...any) {
	mustModel("SaveRecords", model)
	batch := batchOf(records)
	h.locked(func(c *connection) { c.store(modelKey(model)).save(c.env.server.clock.Now(), batch) })
}

// DeleteRecords deletes records as a sync does that tracks deletions: they stay, marked as deleted, with their payloads. Ids
// that there are not, or not any more, are passed over. It panics for an empty id, and for a model that neither a sync of the
// integration has nor anything was saved of.
func (h *ConnectionHandle) DeleteRecords(model string, ids ...string) {
	if slices.Contains(ids, "") {
		misuse("DeleteRecords: an id is empty")
	}
	h.locked(func(c *connection) { c.mustStore("DeleteRecords", model).remove(c.env.server.clock.Now(), ids) })
}

// ClearRecords forgets all records of a model, as a sync's reset with an empty cache does. It panics as DeleteRecords does.
func (h *ConnectionHandle) ClearRecords(model string) {
	h.locked(func(c *connection) { c.mustStore("ClearRecords", model).clear() })
}

// mustStore returns the records of a model that there is, or could be by the syncs of the integration.
func (c *connection) mustStore(method, model string) *store {
	key := modelKey(model)
	var known []string
	for existing := range c.stores {
		known = append(known, existing.model)
	}
	for _, f := range c.integration.functions {
		if f.sync != nil {
			known = append(known, f.sync.Models...)
		}
	}
	if c.stores[key] == nil && !slices.Contains(known, key.model) {
		misuse("%s: connection %q has no model %q%s", method, c.connectionID, model, nearest(key.model, known))
	}
	return c.store(key)
}

// batchOf encodes records.
func batchOf(values []any) []*record {
	batch := make([]*record, len(values))
	for i, v := range values {
		text := throughJS(v)
		r := &record{text: text}
		if err := json.Unmarshal(text, &r.payload); err != nil || r.payload == nil {
			misuse("a record is not a JSON object: %.100s", text)
		}
		if err := json.Unmarshal(r.payload["id"], &r.externalID); err != nil {
			r.externalID = string(r.payload["id"])
		}
		if slices.Contains([]string{"", "0", "null", "false"}, r.externalID) {
			misuse("a record has no id: %.100s", text)
		}
		batch[i] = r
	}
	return batch
}
