package nangotest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
)

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

// SetPageBudget makes pages of records end after so many bytes of payload, with a cursor, though the limit is not reached; a
// page holds one record at least. The real server has such a budget of its own. 0 is none, and what a server begins with. It
// panics for a negative number.
func (s *Server) SetPageBudget(bytes int) {
	notNegative("SetPageBudget: the number of bytes", bytes)
	s.locked(func() { s.pageBudget = bytes })
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

var recordHandlers = map[gen.OperationID]handler{gen.OperationListRecords: listRecords, gen.OperationPruneRecords: pruneRecords}

// namedConnection returns the connection that a request's headers name.
func (c *call) namedConnection() *connection {
	return c.env.find(c.r.Header.Get("Provider-Config-Key"), c.r.Header.Get("Connection-Id"))
}

func noConnection() *answer {
	return fail(http.StatusBadRequest, "unknown_connection",
		"Provided ConnectionId and ProviderConfigKey does not match a valid connection")
}

// listing is what a request for records asks for.
type listing struct {
	limit  float64
	filter string
	ids    []string
	since  time.Time
	after  position
}

func listRecords(c *call) *answer {
	conn := c.namedConnection()
	if conn == nil {
		return noConnection()
	}
	want := listing{limit: c.number("limit", 100), filter: strings.ToUpper(strings.Join(c.list("filter"), ",")), ids: c.list("ids")}
	for _, name := range []string{"modified_after", "delta"} { // the latter wins
		if t, isDate := js.Date(c.query[name]); isDate && c.text(name) != "" {
			want.since = t.Truncate(time.Millisecond)
		}
	}
	if cursor := c.text("cursor"); cursor != "" {
		var ok bool
		if want.after, ok = positionOf(cursor); !ok {
			return fail(http.StatusInternalServerError, "server_error", "Failed to fetch records")
		}
	}
	page, more := want.page(conn.store(storeKey{c.text("model"), cmp.Or(c.text("variant"), baseVariant)}), c.s.pageBudget)
	records := make([]object, len(page))
	for i, r := range page {
		records[i] = r.show()
	}
	shown := object{"next_cursor": nil, "records": records}
	if more {
		shown["next_cursor"] = page[len(page)-1].position().cursor()
	}
	return ok(shown)
}

// list returns the values of a query parameter that may be repeated, or separated by commas.
func (c *call) list(name string) (values []string) {
	switch v := c.query[name].(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			values = append(values, fmt.Sprint(one))
		}
	}
	return values
}

// page returns a page of records and whether another follows. The server asks its database for one row more than the limit,
// cut down to an integer, and takes its presence as the sign of more: with a fraction in the limit, all rows are shown and the
// sign never comes.
func (l listing) page(s *store, budget int) (page []*record, more bool) {
	rows := int(math.Floor(l.limit + 1))
	for _, r := range s.list() {
		if len(page) < rows && l.wants(r) {
			page = append(page, r)
		}
	}
	if more = float64(len(page)) >= l.limit+1; more {
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

func (l listing) wants(r *record) bool {
	return r.position().compare(l.after) > 0 && !r.modified.Before(l.since) &&
		(l.ids == nil || slices.Contains(l.ids, r.externalID)) && filters(l.filter, r.action())
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

func pruneRecords(c *call) *answer {
	conn := c.namedConnection()
	if conn == nil {
		return noConnection()
	}
	body := struct {
		Model, Variant string
		Until          string `json:"until_cursor"`
		Limit          number
	}{Variant: baseVariant, Limit: 1000}
	c.into(&body)
	until, valid := positionOf(body.Until)
	if !valid {
		return fail(http.StatusInternalServerError, "server_error", "Failed to prune records")
	}
	s := conn.store(storeKey{body.Model, body.Variant})
	count, last := 0, until
	for _, r := range s.list() {
		if number(count) >= body.Limit || r.position().compare(until) > 0 {
			break
		}
		if r.pruned.IsZero() {
			r.payload, r.pruned = nil, c.now
			count, last = count+1, r.position()
		}
	}
	return ok(object{"count": count, "has_more": count > 0 && last.cursor() != body.Until})
}
