package nangotest

import (
	"fmt"
	"slices"

	"github.com/nango-go/sdk/internal/recordstore"
)

// store returns the records of a model, an empty store if there are none yet.
func (c *connection) store(key recordstore.Key) *recordstore.Store {
	if c.stores == nil {
		c.stores = map[recordstore.Key]*recordstore.Store{}
	}
	if c.stores[key] == nil {
		owner := fmt.Sprintf("%d%s", c.id, key.Model)
		if key.Variant != recordstore.BaseVariant {
			owner += "::" + key.Variant
		}
		c.stores[key] = recordstore.New(owner)
	}
	return c.stores[key]
}

// SaveRecords saves records of a model as a sync does, at the server's time: new ones are added, those that differ from what
// was saved before are updated, the others stay as they are. Each is anything that encodes to a JSON object with an id, which
// is a text or a number. The model is "Issue", or "Issue::german" for the records of a sync's variant. It panics if a record
// has no id, and for a name of a model that the server refuses, such as one in lower case.
func (h *ConnectionHandle) SaveRecords(model string, records ...any) {
	mustModel("SaveRecords", model)
	batch := batchOf(records)
	h.locked(func(c *connection) { c.store(recordstore.KeyOf(model)).Save(c.env.server.clock.Now(), batch) })
}

// DeleteRecords deletes records as a sync that tracks deletions does: they stay, marked as deleted, with their payloads. It
// ignores ids that do not exist. It panics for an empty id, and for a model that no sync of the integration has and that has no
// records.
func (h *ConnectionHandle) DeleteRecords(model string, ids ...string) {
	if slices.Contains(ids, "") {
		misuse("DeleteRecords: an id is empty")
	}
	h.locked(func(c *connection) { c.mustStore("DeleteRecords", model).Remove(c.env.server.clock.Now(), ids) })
}

// ClearRecords forgets all records of a model, as a sync's reset with an empty cache does. It panics as DeleteRecords does.
func (h *ConnectionHandle) ClearRecords(model string) {
	h.locked(func(c *connection) { c.mustStore("ClearRecords", model).Clear() })
}

// mustStore returns the records of a model that there is, or could be by the syncs of the integration.
func (c *connection) mustStore(method, model string) *recordstore.Store {
	key := recordstore.KeyOf(model)
	var known []string
	for existing := range c.stores {
		known = append(known, existing.Model)
	}
	for _, f := range c.integration.functions {
		if f.sync != nil {
			known = append(known, f.sync.Models...)
		}
	}
	if c.stores[key] == nil && !slices.Contains(known, key.Model) {
		misuse("%s: connection %q has no model %q%s", method, c.connectionID, model, nearest(key.Model, known))
	}
	return c.store(key)
}

// batchOf encodes records.
func batchOf(values []any) []*recordstore.Record {
	batch := make([]*recordstore.Record, len(values))
	for i, v := range values {
		r, err := recordstore.Parse(throughJS(v))
		if err != nil {
			misuse("%v", err)
		}
		batch[i] = r
	}
	return batch
}
