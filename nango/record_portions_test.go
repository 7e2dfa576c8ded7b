package nango_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/nango"
)

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint("i", i)
	}
	return ids
}

func TestRecordPagesSendIDsInPortions(t *testing.T) {
	client, server := answer(t, pageOf("n1", "i0"), pageOf("", "i5"), pageOf("n2", "i100"), pageOf("", "i199"), pageOf(""))
	ids := numbered(250)
	pages, err := collectPages(t, nango.RecordPages[struct{}](t.Context(), client.Connection("github", "conn"),
		nango.ListRecordsParams{Model: "Item", Cursor: "begin", IDs: ids}))
	require.NoError(t, err)
	query := func(cursor string, ids []string) url.Values { return url.Values{"cursor": {cursor}, "ids": ids} }
	server.requireSent(
		recordsRequest(query("begin", ids[:100])), recordsRequest(query("n1", ids[:100])),
		recordsRequest(query("begin", ids[100:200])), recordsRequest(query("n2", ids[100:200])),
		recordsRequest(query("begin", ids[200:])),
	)
	type summary struct {
		id, cursor string
		more       bool
	}
	var got []summary
	for _, page := range pages {
		id := ""
		for _, record := range page.Records {
			id += record.ID
		}
		got = append(got, summary{id, page.Cursor, page.More})
	}
	assert.Equal(t, []summary{
		{"i0", "begin", true}, {"i5", "begin", true}, {"i100", "begin", true}, {"i199", "begin", true}, {"", "ci5", false},
	}, got)
}

func TestRecordPagesOfOnePortion(t *testing.T) {
	client, server := answer(t, pageOf("n1", "i0"), pageOf("", "i5"))
	pages, err := collectPages(t, nango.RecordPages[struct{}](t.Context(), client.Connection("github", "conn"),
		nango.ListRecordsParams{Model: "Item", IDs: numbered(100)}))
	require.NoError(t, err)
	require.Len(t, server.requests, 2)
	assert.Equal(t, "n1", pages[0].Cursor)
	assert.Equal(t, "ci5", pages[1].Cursor)
}

// stream is a server whose records change while they are read. A change gives a record the next place in the stream.
type stream struct {
	random *rand.Rand
	ids    []string
	place  map[string]int // by id; absent where the record does not exist yet
	last   int
	quiet  bool
}

func (s *stream) change() {
	id := s.ids[s.random.IntN(len(s.ids))]
	s.last++
	s.place[id] = s.last
}

func (s *stream) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		return nil, err
	}
	after := 0
	if cursor, ok := strings.CutPrefix(query.Get("cursor"), "+"); ok {
		if after, err = strconv.Atoi(cursor); err != nil {
			return nil, err
		}
	}
	page := s.page(query["ids"], after, limit)
	for range s.random.IntN(4) {
		if !s.quiet {
			s.change()
		}
	}
	body, err := json.Marshal(page)
	if err != nil {
		return nil, err
	}
	e := &replay.Exchange{}
	e.Response.Status, e.Response.Body = http.StatusOK, string(body)
	return e.Answer(req), nil
}

func (s *stream) page(ids []string, after, limit int) map[string]any {
	ids = slices.DeleteFunc(ids, func(id string) bool { return s.place[id] <= after })
	slices.SortFunc(ids, func(a, b string) int { return s.place[a] - s.place[b] })
	records, next := []any{}, any(nil)
	for i, id := range ids {
		if i == limit {
			next = fmt.Sprint("+", s.place[ids[i-1]])
			break
		}
		records = append(records, map[string]any{"id": id, "place": s.place[id],
			"_nango_metadata": map[string]any{"cursor": fmt.Sprint("+", s.place[id])}})
	}
	return map[string]any{"next_cursor": next, "records": records}
}

// A program that stores the Cursor of each page it has dealt with, is interrupted now and then and begins again with what it
// stored, has in the end seen the last change of every record: also where more ids are asked for than fit into a request.
func TestStoredCursorsLoseNoChange(t *testing.T) {
	type versioned struct {
		Place int `json:"place"`
	}
	for seed := range uint64(60) {
		s := &stream{random: rand.New(rand.NewPCG(seed, 1)), ids: numbered(50 + int(seed%5)*50), place: map[string]int{}}
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		stored, known := "", map[string]int{}
		run := func(interrupted bool) {
			params := nango.ListRecordsParams{Model: "Item", Cursor: stored, IDs: s.ids, PageSize: 1 + s.random.IntN(60)}
			for page, err := range nango.RecordPages[versioned](t.Context(), client.Connection("github", "conn"), params) {
				require.NoError(t, err)
				for _, record := range page.Records {
					known[record.ID] = record.Data.Place
				}
				stored = page.Cursor
				if interrupted && s.random.IntN(8) == 0 {
					return
				}
			}
		}
		for range 100 {
			s.change()
		}
		for range 12 {
			run(true)
		}
		s.quiet = true
		run(false)
		require.Equal(t, s.place, known, "seed %d", seed)
	}
}
