package nango_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const roundOneCursor = "MjAyNi0xMS0yMlQxMzozMDoxNS43MjgyODkrMDA6MDB8fGZkNmZkNzUyLWFlODYtNTVhMy05M2EwLTdmYmEzZjE3M2YzNg=="

// recordLists are the recorded lists that a call of this package can ask for.
var recordLists = map[string]nango.ListRecordsParams{
	"records/list-all":                     {Model: "Item"},
	"records/list-after-cursor-round-2":    {Model: "Item", Cursor: roundOneCursor},
	"records/list-after-last-cursor-empty": {Model: "Item", Cursor: roundOneCursor},
	"records/list-companies":               {Model: "Company"},
	"records/list-contacts-deleted-2":      {Model: "Contact", Filter: []nango.RecordAction{nango.RecordDeleted}},
	"records/list-contacts-weird-id":       {Model: "Contact", IDs: []string{"we/ird id?&=#"}},
	"records/list-cursor-page-2":           {Model: "Item", PageSize: 10, Cursor: "MjAyNi0xMS0yMlQxMzozMDoxNS43MjgyODkrMDA6MDB8fDk1MjVjMWEwLTFiMzAtNTBmNy1hZjExLWQ1YTY4NjY4NmY1ZQ=="},
	"records/list-cursor-page-3-last":      {Model: "Item", PageSize: 10, Cursor: "MjAyNi0xMS0yMlQxMzozMDoxNS43MjgyODkrMDA6MDB8fGJiZWUxZmQ1LTIyNmItNTZmOC04MDhjLWMzYzU0NDY1ZDUwMQ=="},
	"records/list-filter-deleted":          {Model: "Item", Filter: []nango.RecordAction{nango.RecordDeleted}},
	"records/list-filter-multi":            {Model: "Item", Filter: []nango.RecordAction{nango.RecordAdded, nango.RecordUpdated}, PageSize: 1},
	"records/list-filter-updated":          {Model: "Item", Filter: []nango.RecordAction{nango.RecordUpdated}},
	"records/list-ids-one":                 {Model: "Item", IDs: []string{"item-003"}},
	"records/list-ids-unknown":             {Model: "Item", IDs: []string{"zzz"}},
	"records/list-limit-1":                 {Model: "Item", PageSize: 1},
	"records/list-limit-10":                {Model: "Item", PageSize: 10},
	"records/list-limit-10000":             {Model: "Item", PageSize: 10000},
	"records/list-modified-after-future":   {Model: "Item", ModifiedAfter: at("2026-11-22T14:33:34.025Z")},
	"records/list-modified-after-micros":   {Model: "Item", ModifiedAfter: at("2026-11-22T12:33:34.181123Z"), PageSize: 1},
	"records/list-modified-after-past":     {Model: "Item", ModifiedAfter: at("2026-11-22T12:33:34.039Z"), PageSize: 1},
	"records/list-modified-after-round-2":  {Model: "Item", ModifiedAfter: at("2026-11-22T13:33:45.985Z")},
	"records/list-unknown-model":           {Model: "Nope"},
	"records/list-variant":                 {Model: "Item", Variant: "v-one", PageSize: 1},
	"records/list-variant-base":            {Model: "Item", Variant: "base", PageSize: 1},
}

// failedRecordLists are those of them that the server refused.
var failedRecordLists = map[string]nango.ListRecordsParams{
	"records/list-bad-model":           {Model: "lower"},
	"records/list-invalid-cursor":      {Model: "Item", Cursor: "not-a-cursor"},
	"records/list-unknown-connection":  {Model: "Item"},
	"records/list-unknown-integration": {Model: "Item"},
}

// impossibleRecordLists cannot be asked for: the call is refused, or spells the query in another way.
var impossibleRecordLists = []string{
	"records/list-101-ids", "records/list-bad-filter", "records/list-default-limit-100", "records/list-empty-cursor",
	"records/list-filter-added-deleted", "records/list-filter-repeated", "records/list-filter-uppercase",
	"records/list-ids-brackets", "records/list-ids-indexed", "records/list-limit-float", "records/list-missing-model",
	"records/list-modified-after-not-date", "records/list-modified-after-too-old", "records/list-repeated-model",
	"records/list-unknown-query",
}

// stamp reads a time as the server writes it.
func stamp(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// at reads a time into another zone than the server's.
func at(text string) time.Time { return stamp(text).In(time.FixedZone("", 5*3600+1800)) }

// recordsHandle is the connection of a recorded list.
func recordsHandle(client *nango.Client, e *recordings.Exchange) *nango.ConnectionHandle {
	return client.Connection(e.Request.Header.Get("Provider-Config-Key"), e.Request.Header.Get("Connection-Id"))
}

// recordedPage is what encoding/json makes of a recorded list that was read from a cursor.
func recordedPage(t *testing.T, e *recordings.Exchange, from string) *nango.RecordPage[map[string]any] {
	t.Helper()
	var wire struct {
		NextCursor *string `json:"next_cursor"`
		Records    []json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(e.Response.Body), &wire))
	page := &nango.RecordPage[map[string]any]{Cursor: from, Records: []nango.Record[map[string]any]{}}
	for _, raw := range wire.Records {
		var head struct {
			Metadata nango.RecordMetadata `json:"_nango_metadata"`
		}
		require.NoError(t, json.Unmarshal(raw, &head))
		decoder, data := json.NewDecoder(bytes.NewReader(raw)), map[string]any{}
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&data))
		page.Records = append(page.Records, nango.Record[map[string]any]{ID: data["id"].(string), Data: data, Metadata: head.Metadata})
		page.Cursor = head.Metadata.Cursor
	}
	if page.More = wire.NextCursor != nil; page.More {
		require.Equal(t, *wire.NextCursor, page.Cursor)
	}
	return page
}

func TestRecordedRecordLists(t *testing.T) {
	for name, params := range recordLists {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in the year 2000, when none of the times was too long ago
				client, server := serve(t, name)
				page, err := nango.ListRecords[map[string]any](t.Context(), recordsHandle(client, server.responses[0]), params)
				require.NoError(t, err)
				server.requireRecorded()
				assert.Equal(t, recordedPage(t, server.responses[0], params.Cursor), page)
			})
		})
	}
	names := recordings.Names("records")
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, "records/list-") })
	listed := slices.Concat(slices.Collect(maps.Keys(recordLists)), slices.Collect(maps.Keys(failedRecordLists)), impossibleRecordLists)
	assert.ElementsMatch(t, names, listed)
}

func TestRecordedRecordFailures(t *testing.T) {
	badModel := nango.FieldError{Code: "invalid_format", Message: "Invalid string: must match pattern /^[A-Z][a-zA-Z0-9_-]+$/", Path: []string{"model"}}
	for name, want := range map[string]struct {
		is     error
		code   string
		fields []nango.FieldError
	}{
		"records/list-bad-model":           {nango.ErrInvalid, "invalid_query_params", []nango.FieldError{badModel}},
		"records/list-invalid-cursor":      {nango.ErrServer, "server_error", nil},
		"records/list-unknown-connection":  {nango.ErrNotFound, "unknown_connection", nil},
		"records/list-unknown-integration": {nango.ErrNotFound, "unknown_connection", nil},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := refused(t, name)
			page, err := nango.ListRecords[any](t.Context(), recordsHandle(client, server.responses[0]), failedRecordLists[name])
			assert.Nil(t, page)
			requireFailure(t, err, want.is, want.code, want.fields...)
			server.requireRecorded()
		})
	}
}

func TestListRecordsSendsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := serveBodies(t, `{"next_cursor":null,"records":[]}`)
		yearAgo := time.Now().Add(-365 * 24 * time.Hour)
		page, err := nango.ListRecords[any](t.Context(), client.Connection("git hub", "c:1"), nango.ListRecordsParams{
			Model: "Issue", Variant: "v", Cursor: "a+/=", Filter: []nango.RecordAction{nango.RecordUpdated, nango.RecordAdded},
			ModifiedAfter: yearAgo.Add(7).In(time.FixedZone("west", -8*3600)), IDs: []string{"1,2", "ü&"}, PageSize: 10000,
		})
		require.NoError(t, err)
		assert.Equal(t, &nango.RecordPage[any]{Records: []nango.Record[any]{}, Cursor: "a+/="}, page)
		server.requireSent(sent{Method: "GET", Path: "/records", Query: url.Values{
			"model": {"Issue"}, "variant": {"v"}, "cursor": {"a+/="}, "filter": {"updated,added"},
			"modified_after": {"1999-01-01T00:00:00.000000007Z"}, "ids": {"1,2", "ü&"}, "limit": {"10000"},
		}, Header: http.Header{"Connection-Id": {"c:1"}, "Provider-Config-Key": {"git hub"}}})
		_, err = nango.ListRecords[any](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Issue", ModifiedAfter: yearAgo})
		assert.NoError(t, err)
	})
}

// The server reads a plus in a query as a space.
func TestCursorIsPercentEncoded(t *testing.T) {
	transport := &queries{}
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	_, err = nango.ListRecords[any](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Item", Cursor: "a+/=="})
	require.NoError(t, err)
	assert.Equal(t, []string{"cursor=a%2B%2F%3D%3D&model=Item"}, sortedQuery(transport.raw))
}

// queries keeps the queries as they are on the wire.
type queries struct{ raw []string }

func (q *queries) RoundTrip(req *http.Request) (*http.Response, error) {
	q.raw = append(q.raw, req.URL.RawQuery)
	e := &recordings.Exchange{}
	e.Response.Status, e.Response.Body = 200, `{"next_cursor":null,"records":[]}`
	return e.Respond(req), nil
}

func sortedQuery(raw []string) []string {
	out := make([]string, len(raw))
	for i, query := range raw {
		parts := strings.Split(query, "&")
		slices.Sort(parts)
		out[i] = strings.Join(parts, "&")
	}
	return out
}

func TestListRecordsRefuses(t *testing.T) {
	ids := make([]string, 101)
	for i := range ids {
		ids[i] = fmt.Sprint("i", i)
	}
	added, updated, deleted := nango.RecordAdded, nango.RecordUpdated, nango.RecordDeleted
	for _, test := range []struct {
		name, argument, reason string
		integration            string
		params                 nango.ListRecordsParams
	}{
		{"no model", "Model", "is empty", "github", nango.ListRecordsParams{}},
		{"negative page size", "PageSize", "must be from 1 to 10000", "github", nango.ListRecordsParams{Model: "A1", PageSize: -1}},
		{"page size too large", "PageSize", "must be from 1 to 10000", "github", nango.ListRecordsParams{Model: "A1", PageSize: 10001}},
		{"an empty id", "IDs", "holds an empty id", "github", nango.ListRecordsParams{Model: "A1", IDs: []string{"a", ""}}},
		{"101 ids", "IDs", "holds more than 100 ids", "github", nango.ListRecordsParams{Model: "A1", IDs: ids}},
		{"added and deleted", "Filter", "holds RecordDeleted beside", "github", nango.ListRecordsParams{Model: "A1", Filter: []nango.RecordAction{added, deleted}}},
		{"deleted and updated", "Filter", "holds RecordDeleted beside", "github", nango.ListRecordsParams{Model: "A1", Filter: []nango.RecordAction{deleted, updated}}},
		{"all three", "Filter", "holds RecordDeleted beside", "github", nango.ListRecordsParams{Model: "A1", Filter: []nango.RecordAction{added, updated, deleted}}},
		{"no action", "Filter", "holds something else", "github", nango.ListRecordsParams{Model: "A1", Filter: []nango.RecordAction{"added"}}},
		{"too long ago", "ModifiedAfter", "is more than 365 days ago", "github", nango.ListRecordsParams{Model: "A1", ModifiedAfter: time.Date(1999, 1, 0, 23, 59, 59, 999999999, time.UTC)}},
		{"an integration that is empty", "integrationID", isEmpty, "", nango.ListRecordsParams{Model: "A1"}},
		{"an integration with a space", "integrationID", "begins or ends with a space", "github ", nango.ListRecordsParams{Model: "A1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // on 2000-01-01
				client, server := serve(t)
				page, err := nango.ListRecords[any](t.Context(), client.Connection(test.integration, "conn"), test.params)
				requireArgument(t, err, test.argument, test.reason)
				assert.Nil(t, page)
				for page, err := range nango.RecordPages[any](t.Context(), client.Connection(test.integration, "conn"), test.params) {
					if test.name == "101 ids" {
						break
					}
					requireArgument(t, err, test.argument, test.reason)
					assert.Nil(t, page)
				}
				if test.name != "101 ids" {
					server.requireSent()
				}
			})
		})
	}
}
