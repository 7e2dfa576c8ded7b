package nango_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// threeRecordPages are 25 records in pages of 10, of which the last has no next cursor.
var threeRecordPages = []string{"records/list-limit-10", "records/list-cursor-page-2", "records/list-cursor-page-3-last"}

var itemsByTen = nango.ListRecordsParams{Model: "Item", PageSize: 10}

// collectPages ranges over pages. An error has to be the last pair, and alone.
func collectPages[T any](t *testing.T, pages iter.Seq2[*nango.RecordPage[T], error]) ([]*nango.RecordPage[T], error) {
	t.Helper()
	var list []*nango.RecordPage[T]
	var failure error
	for page, err := range pages {
		require.NoError(t, failure, "nothing may follow an error")
		if failure = err; err != nil {
			assert.Nil(t, page)
			continue
		}
		list = append(list, page)
	}
	return list, failure
}

// pageOf is a page as the server sends it: records with these ids, whose cursors are "c" and the id.
func pageOf(next string, ids ...string) string {
	body := `{"next_cursor":null,"records":[`
	if next != "" {
		body = fmt.Sprintf(`{"next_cursor":%q,"records":[`, next)
	}
	for i, id := range ids {
		if i > 0 {
			body += ","
		}
		body += fmt.Sprintf(`{"id":%q,"_nango_metadata":{"first_seen_at":"2026-11-22T13:30:15+00:00","last_modified_at":"2026-11-22T13:30:15+00:00",`+
			`"last_action":"ADDED","deleted_at":null,"pruned_at":null,"cursor":%q}}`, id, "c"+id)
	}
	return body + "]}"
}

// recordsRequest is a request for the records of the connection conn of github.
func recordsRequest(query url.Values) sent {
	query.Set("model", "Item")
	return sent{Method: "GET", Path: "/records", Query: query,
		Header: http.Header{"Connection-Id": {"conn"}, "Provider-Config-Key": {"github"}}}
}

func TestRecordPages(t *testing.T) {
	client, server := serve(t, threeRecordPages...)
	pages, err := collectPages(t, nango.RecordPages[map[string]any](t.Context(), recordsHandle(client, server.responses[0]), itemsByTen))
	require.NoError(t, err)
	server.requireRecorded()
	require.Len(t, pages, 3)
	from := ""
	for i, page := range pages {
		want := recordedPage(t, server.responses[i], from)
		assert.Equal(t, want, page)
		assert.Equal(t, page.Records[len(page.Records)-1].Metadata.Cursor, page.Cursor, "what to store")
		assert.Equal(t, i < 2, page.More)
		from = page.Cursor
	}
}

func TestRecordPagesKeepTheCursorOfAnEmptyPage(t *testing.T) {
	client, server := serve(t, "records/list-after-last-cursor-empty")
	pages, err := collectPages(t, nango.RecordPages[any](t.Context(), recordsHandle(client, server.responses[0]),
		nango.ListRecordsParams{Model: "Item", Cursor: roundOneCursor}))
	require.NoError(t, err)
	server.requireRecorded()
	assert.Equal(t, []*nango.RecordPage[any]{{Records: []nango.Record[any]{}, Cursor: roundOneCursor}}, pages)
}

func TestRecordPagesGoOnBehindAnEmptyPage(t *testing.T) {
	client, server := serveBodies(t, pageOf("n+1"), pageOf("n/2", "7"), pageOf(""))
	pages, err := collectPages(t, nango.RecordPages[any](t.Context(), client.Connection("github", "conn"), nango.ListRecordsParams{Model: "Item"}))
	require.NoError(t, err)
	server.requireSent(recordsRequest(url.Values{}), recordsRequest(url.Values{"cursor": {"n+1"}}), recordsRequest(url.Values{"cursor": {"n/2"}}))
	require.Len(t, pages, 3)
	assert.Empty(t, pages[0].Records)
	for i, want := range []nango.RecordPage[any]{{Cursor: "n+1", More: true}, {Cursor: "n/2", More: true}, {Cursor: "n/2"}} {
		want.Records = pages[i].Records
		assert.Equal(t, &want, pages[i])
	}
}

// Pages that hold nothing, under ever new cursors, end too.
func TestRecordPagesEndAtEmptyPages(t *testing.T) {
	n := 0
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		n++
		return exchange(200, pageOf(fmt.Sprint(n))).Respond(r), nil
	})}))
	require.NoError(t, err)
	pages, err := collectPages(t, nango.RecordPages[any](t.Context(), client.Connection("github", "conn"), nango.ListRecordsParams{Model: "Item"}))
	assert.ErrorContains(t, err, "1000 empty pages")
	assert.Len(t, pages, 1000)
}

func TestRecordPagesEndAtARepeatedCursor(t *testing.T) {
	for name, test := range map[string]struct {
		from      string
		responses []string
		pages     int
	}{
		"the one it was given":            {"a", []string{pageOf("a", "1")}, 0},
		"the one before":                  {"", []string{pageOf("a", "1"), pageOf("a", "2")}, 1},
		"a record's, under ever new ones": {"", []string{pageOf("a", "1"), pageOf("b", "1")}, 1},
		"none, but ever the same record": {"", []string{
			`{"next_cursor":"a","records":[{"id":"1","_nango_metadata":{}}]}`, `{"next_cursor":"b","records":[{"id":"1","_nango_metadata":{}}]}`}, 1},
		"one of a circle": {"", []string{pageOf("a", "1"), pageOf("b", "2"), pageOf("c", "3"), pageOf("a", "4")}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serveBodies(t, test.responses...)
			pages, err := collectPages(t, nango.RecordPages[any](t.Context(), client.Connection("github", "conn"),
				nango.ListRecordsParams{Model: "Item", Cursor: test.from}))
			require.ErrorContains(t, err, "nango: GET /records: the server returned a cursor for the second time")
			assert.Len(t, pages, test.pages)
			assert.Subset(t, []int{len(test.responses), len(test.responses) + 1}, []int{len(server.requests)}, "at most one page is read ahead")
		})
	}
}

func TestRecordPagesStartOver(t *testing.T) {
	client, server := serve(t, append(slices.Clone(threeRecordPages), threeRecordPages...)...)
	pages := nango.RecordPages[any](t.Context(), recordsHandle(client, server.responses[0]), itemsByTen)
	records := nango.Records[any](t.Context(), recordsHandle(client, server.responses[0]), itemsByTen)
	assert.Empty(t, server.requests, "nothing happens before the first range")
	first, err := collectPages(t, pages)
	require.NoError(t, err)
	second, err := collectPages(t, pages)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	server.requireRecorded()
	assert.NotNil(t, records)
}

func TestRecordPagesCopyTheParams(t *testing.T) {
	client, server := serveBodies(t, pageOf("a", "1"), pageOf("", "2"))
	params := nango.ListRecordsParams{Model: "Item", IDs: []string{"1", "2"}, Filter: []nango.RecordAction{nango.RecordAdded}}
	pages := nango.RecordPages[any](t.Context(), client.Connection("github", "conn"), params)
	records := nango.Records[any](t.Context(), client.Connection("github", "conn"), params)
	params.IDs[0], params.Filter[0] = "changed", nango.RecordDeleted
	_, err := collectPages(t, pages)
	require.NoError(t, err)
	for _, err := range records {
		require.NoError(t, err)
	}
	query := func(cursor ...string) url.Values {
		q := url.Values{"ids": {"1", "2"}, "filter": {"added"}}
		if len(cursor) > 0 {
			q["cursor"] = cursor
		}
		return q
	}
	server.requireSent(recordsRequest(query()), recordsRequest(query("a")), recordsRequest(query()))
}

func TestPagesBelongToTheCaller(t *testing.T) {
	client, server := serveBodies(t, pageOf("a", "1"), pageOf("", "2"))
	for page, err := range nango.RecordPages[any](t.Context(), client.Connection("github", "conn"), nango.ListRecordsParams{Model: "Item"}) {
		require.NoError(t, err)
		page.More, page.Cursor = !page.More, "changed"
		require.LessOrEqual(t, len(server.requests), 2)
	}
	server.requireSent(recordsRequest(url.Values{}), recordsRequest(url.Values{"cursor": {"a"}}))
}

func TestRecordPagesMakeNoRequestAfterBreak(t *testing.T) {
	client, server := serve(t, threeRecordPages...)
	handle := recordsHandle(client, server.responses[0])
	for _, err := range nango.RecordPages[any](t.Context(), handle, itemsByTen) {
		require.NoError(t, err)
		break
	}
	assert.Len(t, server.requests, 1)
	seen := 0
	for _, err := range nango.Records[any](t.Context(), handle, itemsByTen) {
		require.NoError(t, err)
		if seen++; seen == 10 { // the last one of a page
			break
		}
	}
	assert.Len(t, server.requests, 2)
}

func TestRecordPagesCheckTheContext(t *testing.T) {
	client, server := serve(t, threeRecordPages...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pages := nango.RecordPages[any](ctx, recordsHandle(client, server.responses[0]), itemsByTen)
	seen := 0
	var failure error
	for _, err := range pages {
		if seen++; seen == 1 {
			cancel()
		}
		failure = err
	}
	assert.Equal(t, context.Canceled, failure)
	assert.Equal(t, 2, seen)
	assert.Len(t, server.requests, 1)
	list, err := collectPages(t, pages)
	assert.Equal(t, context.Canceled, err)
	assert.Empty(t, list)
	assert.Len(t, server.requests, 1)
}

func TestRecordPagesEndWithAnError(t *testing.T) {
	client, server := serve(t, "records/list-limit-10", "records/list-invalid-cursor")
	handle := recordsHandle(client, server.responses[0])
	pages, err := collectPages(t, nango.RecordPages[any](t.Context(), handle, itemsByTen))
	requireFailure(t, err, nango.ErrServer, "server_error")
	assert.Equal(t, 1, len(pages))
	assert.Len(t, server.requests, 2)

	client, server = serve(t, "records/list-limit-10", "records/list-invalid-cursor")
	var ids []string
	for record, err := range nango.Records[any](t.Context(), recordsHandle(client, server.responses[0]), itemsByTen) {
		if err != nil {
			requireFailure(t, err, nango.ErrServer, "server_error")
			assert.Equal(t, nango.Record[any]{}, record)
			ids = append(ids, "error")
			continue
		}
		ids = append(ids, record.ID)
	}
	assert.Len(t, ids, 11)
	assert.Equal(t, "error", ids[10])
}

func TestRecords(t *testing.T) {
	client, server := serve(t, threeRecordPages...)
	var got []nango.Record[map[string]any]
	for record, err := range nango.Records[map[string]any](t.Context(), recordsHandle(client, server.responses[0]), itemsByTen) {
		require.NoError(t, err)
		got = append(got, record)
	}
	server.requireRecorded()
	var want []nango.Record[map[string]any]
	for _, e := range server.responses {
		want = append(want, recordedPage(t, e, "").Records...)
	}
	assert.Equal(t, want, got)
	assert.Len(t, got, 25)
}
