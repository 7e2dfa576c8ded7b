package nangotest

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/js"
	"github.com/nango-go/sdk/internal/recordstore"
)

// SetPageBudget makes a page of records end, with a cursor, after so many bytes of payload, but not before its first record. The
// real server has such a budget. 0, the default, is none. It panics for a negative number.
func (s *Server) SetPageBudget(bytes int) {
	notNegative("SetPageBudget: the number of bytes", bytes)
	s.locked(func() { s.pageBudget = bytes })
}

var recordHandlers = map[gen.OperationID]handler{gen.OperationListRecords: listRecords, gen.OperationPruneRecords: pruneRecords}

// namedConnection returns the connection that a request's headers name.
func (c *call) namedConnection() *connection {
	return c.env.find(c.r.Header.Get("Provider-Config-Key"), c.r.Header.Get("Connection-Id"))
}

func noConnection() *response {
	return fail(http.StatusBadRequest, "unknown_connection",
		"Provided ConnectionId and ProviderConfigKey does not match a valid connection")
}

func listRecords(c *call) *response {
	conn := c.namedConnection()
	if conn == nil {
		return noConnection()
	}
	want := recordstore.Listing{Limit: c.number("limit", 100), Filter: strings.ToUpper(strings.Join(c.list("filter"), ",")), IDs: c.list("ids")}
	for _, name := range []string{"modified_after", "delta"} { // the latter wins
		if t, isDate := js.Date(c.query[name]); isDate && c.text(name) != "" {
			want.Since = t.Truncate(time.Millisecond)
		}
	}
	if cursor := c.text("cursor"); cursor != "" {
		var ok bool
		if want.After, ok = recordstore.PositionOf(cursor); !ok {
			return fail(http.StatusInternalServerError, "server_error", "Failed to fetch records")
		}
	}
	page, more := want.Page(conn.store(recordstore.Key{Model: c.text("model"), Variant: cmp.Or(c.text("variant"), recordstore.BaseVariant)}), c.s.pageBudget)
	records := make([]object, len(page))
	for i, r := range page {
		records[i] = r.Show()
	}
	shown := object{"next_cursor": nil, "records": records}
	if more {
		shown["next_cursor"] = page[len(page)-1].Position().Cursor()
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

func pruneRecords(c *call) *response {
	conn := c.namedConnection()
	if conn == nil {
		return noConnection()
	}
	body := struct {
		Model, Variant string
		Until          string `json:"until_cursor"`
		Limit          number
	}{Variant: recordstore.BaseVariant, Limit: 1000}
	c.into(&body)
	until, valid := recordstore.PositionOf(body.Until)
	if !valid {
		return fail(http.StatusInternalServerError, "server_error", "Failed to prune records")
	}
	store := conn.store(recordstore.Key{Model: body.Model, Variant: body.Variant})
	count, last := store.Prune(until, float64(body.Limit), c.now)
	return ok(object{"count": count, "has_more": count > 0 && last.Cursor() != body.Until})
}
