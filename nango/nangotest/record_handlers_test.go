package nangotest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

type issue struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

var midday = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// tracker is a server with a connection of one customer, whose clock stands at midday.
func tracker(t *testing.T) (*nangotest.Server, *nangotest.ConnectionHandle, *nango.ConnectionHandle) {
	srv := nangotest.Start(t)
	srv.SetTime(midday)
	srv.AddIntegration(nangotest.Integration{ID: "tracker", Provider: "unauthenticated"})
	return srv, srv.AddConnection(nangotest.Connection{IntegrationID: "tracker", ConnectionID: "acme"}), srv.Client().Connection("tracker", "acme")
}

// exchange makes a request of JSON with the environment's key, as no client would.
func exchange(t *testing.T, srv *nangotest.Server, method, target, body string, header http.Header) (status int, response []byte) {
	req, err := http.NewRequestWithContext(t.Context(), method, "http://nango.test"+target, strings.NewReader(body))
	require.NoError(t, err)
	req.Header = header.Clone()
	req.Header.Set("Authorization", "Bearer "+srv.Key())
	req.Header.Set("Content-Type", "application/json")
	resp, err := srv.HTTPClient().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	response, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, response
}

// idsOf reads a page as no client would ask for it: the ids of its records, and whether it has a cursor.
func idsOf(t *testing.T, srv *nangotest.Server, query url.Values) (ids []string, more bool) {
	query.Set("model", "Issue")
	status, response := exchange(t, srv, "GET", "/records?"+query.Encode(), "",
		http.Header{"Connection-Id": {"acme"}, "Provider-Config-Key": {"tracker"}})
	require.Equal(t, http.StatusOK, status, "%s", response)
	var page struct {
		Records []struct{ ID string }
		Next    *string `json:"next_cursor"`
	}
	require.NoError(t, json.Unmarshal(response, &page))
	for _, r := range page.Records {
		ids = append(ids, r.ID)
	}
	return ids, page.Next != nil
}

// What changes while pages are read moves to the end, so that nothing is lost and changed records come again.
func TestRecordsThatChangeBetweenPages(t *testing.T) {
	srv, acme, client := tracker(t)
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		acme.SaveRecords("Issue", issue{id, "old"})
		srv.Advance(time.Second)
	}
	var got []string
	var cursor string
	number := 0
	for page, err := range nango.RecordPages[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue", PageSize: 2}) {
		require.NoError(t, err)
		if number++; number == 1 {
			acme.SaveRecords("Issue", issue{"1", "new"}, issue{"3", "old"}, issue{"1", "the second of the same id"})
			acme.SaveRecords("Issue", issue{"6", "added"})
			acme.DeleteRecords("Issue", "4", "none")
		}
		for _, r := range page.Records {
			first, last := r.Metadata.FirstSeenAt.Sub(midday), r.Metadata.LastModifiedAt.Sub(midday)
			got = append(got, fmt.Sprint(number, ": ", r.ID, " ", r.Data.Title, " ", r.Metadata.LastAction, " ", first, " ", last))
			cursor = r.Metadata.Cursor
		}
		assert.Equal(t, cursor, page.Cursor)
	}
	// Writes never come at the same time, though the clock stands.
	assert.Equal(t, []string{
		"1: 1 old ADDED 0s 0s", "1: 2 old ADDED 1s 1s",
		"2: 3 old ADDED 2s 2s", "2: 5 old ADDED 4s 4s",
		"3: 1 new UPDATED 0s 5s", "3: 6 added ADDED 5.000001s 5.000001s",
		"4: 4 old DELETED 3s 5.000002s",
	}, got)

	page, err := nango.ListRecords[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue", Cursor: cursor})
	require.NoError(t, err)
	assert.Equal(t, &nango.RecordPage[issue]{Cursor: cursor, Records: []nango.Record[issue]{}}, page)
	acme.SaveRecords("Issue", issue{"4", "back"})
	page, err = nango.ListRecords[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue", Cursor: cursor})
	require.NoError(t, err)
	require.Len(t, page.Records, 1)
	back := page.Records[0].Metadata
	assert.Equal(t, back.FirstSeenAt, back.LastModifiedAt)
	assert.Equal(t, midday.Add(5*time.Second+3*time.Microsecond), back.FirstSeenAt.UTC())
	assert.Equal(t, nango.RecordMetadata{
		FirstSeenAt: back.FirstSeenAt, LastModifiedAt: back.LastModifiedAt, LastAction: nango.RecordAdded, Cursor: page.Cursor,
	}, back)
}

func TestRecordQueries(t *testing.T) {
	srv, acme, _ := tracker(t)
	for _, id := range []string{"added", "updated", "deleted", "a,b"} {
		acme.SaveRecords("Issue", issue{id, "old"})
		srv.Advance(time.Second)
	}
	acme.SaveRecords("Issue", issue{"updated", "new"})
	srv.Advance(time.Second)
	acme.DeleteRecords("Issue", "deleted")
	acme.SaveRecords("Issue::german", map[string]any{"id": 7})
	all := []string{"added", "a,b", "updated", "deleted"}
	since := func(seconds int) string {
		return midday.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339Nano)
	}

	for name, tt := range map[string]struct {
		query url.Values
		want  []string
		more  bool
	}{
		"all":                         {url.Values{}, all, false},
		"added":                       {url.Values{"filter": {"added"}}, []string{"added", "a,b"}, false},
		"UPDATED":                     {url.Values{"filter": {"UPDATED"}}, []string{"updated"}, false},
		"deleted":                     {url.Values{"filter": {"deleted"}}, []string{"deleted"}, false},
		"added and updated":           {url.Values{"filter": {"added,updated"}}, all[:3], false},
		"added and deleted":           {url.Values{"filter": {"added,deleted"}}, []string{"added", "a,b"}, false},
		"updated and deleted":         {url.Values{"filter": {"deleted,updated"}}, []string{"updated"}, false},
		"all three":                   {url.Values{"filter": {"added,updated,deleted"}}, all[:3], false},
		"the same twice":              {url.Values{"filter": {"added,added"}}, all, false},
		"one id with a comma":         {url.Values{"ids": {"a,b"}}, []string{"a,b"}, false},
		"two ids":                     {url.Values{"ids": {"added", "deleted", "none"}}, []string{"added", "deleted"}, false},
		"modified after, inclusive":   {url.Values{"modified_after": {since(3)}}, all[1:], false},
		"modified after a moment":     {url.Values{"modified_after": {midday.Add(3*time.Second + time.Millisecond).Format(time.RFC3339Nano)}}, all[2:], false},
		"delta wins":                  {url.Values{"modified_after": {since(0)}, "delta": {since(5)}}, all[3:], false},
		"a limit":                     {url.Values{"limit": {"2"}}, all[:2], true},
		"a limit that fits":           {url.Values{"limit": {"4"}}, all, false},
		"a fraction loses the cursor": {url.Values{"limit": {"1.5"}}, all[:2], false},
		"a variant":                   {url.Values{"variant": {"german"}}, []string{"7"}, false},
		"the base variant":            {url.Values{"variant": {"base"}, "limit": {"1"}}, all[:1], true},
		"an unknown variant":          {url.Values{"variant": {"french"}}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			ids, more := idsOf(t, srv, tt.query)
			assert.Equal(t, tt.want, ids)
			assert.Equal(t, tt.more, more)
		})
	}
}

func TestCursorsThatCannotBeRead(t *testing.T) {
	_, _, client := tracker(t)
	for _, cursor := range []string{
		"not-a-cursor", "eHg=", cursorOf("2026-06-01T12:00:00+00:00||no-uuid"), cursorOf("midday||85329e20-9b36-5094-97d8-a00750c72652"),
	} {
		_, err := nango.ListRecords[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue", Cursor: cursor})
		assert.ErrorIs(t, err, nango.ErrServer, cursor)
		_, err = client.PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: cursor})
		assert.ErrorIs(t, err, nango.ErrServer, cursor)
	}
	_, err := nango.ListRecords[issue](t.Context(), client, nango.ListRecordsParams{
		Model: "Issue", Cursor: cursorOf("2026-06-01T12:00:00+00:00||85329e20-9b36-5094-97d8-a00750c72652"),
	})
	assert.NoError(t, err)
}

func cursorOf(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// A page can end before its limit, and is not the last for that.
func TestPageBudget(t *testing.T) {
	srv, acme, client := tracker(t)
	acme.SaveRecords("Issue", issue{"1", "a"}, issue{"2", "b"}, issue{"3", "c"})
	size := len(`{"id":"1","title":"a"}`)
	for budget, want := range map[int][]int{0: {3}, 1: {1, 1, 1}, 2 * size: {2, 1}, 2*size - 1: {1, 1, 1}, 3 * size: {3}} {
		srv.SetPageBudget(budget)
		var sizes []int
		for page, err := range nango.RecordPages[issue](t.Context(), client, nango.ListRecordsParams{Model: "Issue"}) {
			require.NoError(t, err)
			sizes = append(sizes, len(page.Records))
		}
		assert.Equal(t, want, sizes, "budget %d", budget)
	}
}

func TestPruneRecords(t *testing.T) {
	srv, acme, client := tracker(t)
	list := func() (records []nango.Record[map[string]any]) {
		for r, err := range nango.Records[map[string]any](t.Context(), client, nango.ListRecordsParams{Model: "Issue"}) {
			require.NoError(t, err)
			delete(r.Data, "_nango_metadata")
			r.Metadata.PrunedAt = r.Metadata.PrunedAt.UTC()
			records = append(records, r)
		}
		return records
	}
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		acme.SaveRecords("Issue", issue{id, "text"})
		srv.Advance(time.Second)
	}
	want := list()
	for i := range 4 {
		want[i].Data = map[string]any{"id": want[i].ID}
		want[i].Metadata.PrunedAt = srv.Now()
	}
	params := nango.PruneRecordsParams{Model: "Issue", UntilCursor: want[3].Metadata.Cursor, PageSize: 3}
	pruned, err := client.PruneRecords(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, 4, pruned)
	assert.Len(t, srv.Requests("pruneRecords"), 2)
	assert.Equal(t, want, list())

	pruned, err = client.PruneRecords(t.Context(), params)
	require.NoError(t, err)
	assert.Zero(t, pruned)

	srv.Advance(time.Second)
	acme.SaveRecords("Issue", issue{"1", "text"}) // the same again: back where it was
	want[0].Data["title"], want[0].Metadata.PrunedAt = "text", time.Time{}
	assert.Equal(t, want, list())

	acme.ClearRecords("Issue")
	assert.Empty(t, list())
}

func TestRecordsThatMakeNoSense(t *testing.T) {
	_, acme, _ := tracker(t)
	for name, record := range map[string]any{
		"a text": "x", "no id": issue{}, "id 0": map[string]int{"id": 0}, "nothing": nil, "no JSON": func() {},
	} {
		assert.Panics(t, func() { acme.SaveRecords("Issue", record) }, name)
	}
}
