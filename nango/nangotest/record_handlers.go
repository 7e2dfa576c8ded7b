package nangotest

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
)

// SetPageBudget makes pages of records end after so many bytes of payload, with a cursor, though the limit is not reached; a
// page holds one record at least. The real server has such a budget of its own. 0 is none, and what a server begins with. It
// panics for a negative number.
func (s *Server) SetPageBudget(bytes int) {
	notNegative("SetPageBudget: the number of bytes", bytes)
	s.locked(func() { s.pageBudget = bytes })
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
