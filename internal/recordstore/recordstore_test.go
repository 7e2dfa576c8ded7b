package recordstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/recordstore"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func batch(t *testing.T, texts ...string) (records []*recordstore.Record) {
	t.Helper()
	for _, text := range texts {
		r, err := recordstore.Parse([]byte(text))
		require.NoError(t, err)
		records = append(records, r)
	}
	return records
}

func shown(records []*recordstore.Record) (lines []string) {
	for _, r := range records {
		record := r.Show()
		metadata := record["_nango_metadata"].(map[string]any)
		lines = append(lines, record["id"].(string)+" "+metadata["last_action"].(string))
	}
	return lines
}

func TestParse(t *testing.T) {
	for text, id := range map[string]string{`{"id":"a"}`: "a", `{"id":"0"}`: "0", `{"id":"false"}`: "false", `{"id":7}`: "7", `{"id":1.0}`: "1.0"} {
		r, err := recordstore.Parse([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, id, r.ExternalID)
	}
	for text, want := range map[string]string{
		`[]`: "a record is not a JSON object: []", `null`: "a record is not a JSON object: null", `{}`: "a record has no id: {}", `{"id":0}`: `a record has no id: {"id":0}`, `{"id":""}`: `a record has no id: {"id":""}`,
	} {
		_, err := recordstore.Parse([]byte(text))
		assert.EqualError(t, err, want)
	}
}

func TestKeyOf(t *testing.T) {
	assert.Equal(t, recordstore.Key{Model: "Issue", Variant: "base"}, recordstore.KeyOf("Issue"))
	assert.Equal(t, recordstore.Key{Model: "Issue", Variant: "german"}, recordstore.KeyOf("Issue::german"))
}

// Saving, changing, deleting and saving again, each in the order of the changes, also at the same time of the clock.
func TestStore(t *testing.T) {
	s := recordstore.New("1Issue")
	added, updated := s.Save(noon, batch(t, `{"id":"a","n":1}`, `{"id":"b"}`, `{"id":"a","n":2}`))
	assert.Equal(t, []int{2, 0}, []int{added, updated}, "of two records with one id the first counts")
	added, updated = s.Save(noon, batch(t, `{"id":"a","n":1}`, `{"id":"b","n":3}`))
	assert.Equal(t, []int{0, 1}, []int{added, updated}, "what is the same is no change")
	assert.Equal(t, []string{"a ADDED", "b UPDATED"}, shown(s.List()))
	assert.Equal(t, 1, s.Remove(noon, []string{"a", "a", "c"}))
	assert.Equal(t, []string{"b UPDATED", "a DELETED"}, shown(s.List()))
	assert.Equal(t, 1, s.Count())
	added, _ = s.Save(noon, batch(t, `{"id":"a","n":1}`))
	assert.Equal(t, 1, added, "a deleted record comes back as a new one")
	assert.ElementsMatch(t, []string{"a"}, s.Unsaved([]string{"b"}))
	s.Clear()
	assert.Empty(t, s.List())
}

func TestCursors(t *testing.T) {
	s := recordstore.New("1Issue")
	s.Save(noon, batch(t, `{"id":"a"}`))
	s.Save(noon, batch(t, `{"id":"b"}`))
	first := s.List()[0].Position()
	read, ok := recordstore.PositionOf(first.Cursor())
	require.True(t, ok)
	assert.Zero(t, read.Compare(first))
	assert.Negative(t, first.Compare(s.List()[1].Position()))
	for _, cursor := range []string{"x", "eA==", "MjAzMHx8eA=="} {
		_, ok := recordstore.PositionOf(cursor)
		assert.False(t, ok, cursor)
	}
}

func TestListing(t *testing.T) {
	s := recordstore.New("1Issue")
	s.Save(noon, batch(t, `{"id":"a"}`))
	s.Save(noon.Add(time.Hour), batch(t, `{"id":"b"}`, `{"id":"c"}`))
	s.Save(noon.Add(2*time.Hour), batch(t, `{"id":"b","n":1}`))
	s.Remove(noon.Add(3*time.Hour), []string{"c"})
	for _, tt := range []struct {
		name   string
		want   recordstore.Listing
		budget int
		page   []string
		more   bool
	}{
		{"all", recordstore.Listing{Limit: 3}, 0, []string{"a ADDED", "b UPDATED", "c DELETED"}, false},
		{"a page", recordstore.Listing{Limit: 2}, 0, []string{"a ADDED", "b UPDATED"}, true},
		{"a budget", recordstore.Listing{Limit: 3}, 12, []string{"a ADDED"}, true},
		{"one beyond the budget", recordstore.Listing{Limit: 3}, 1, []string{"a ADDED"}, true},
		{"by id", recordstore.Listing{Limit: 3, IDs: []string{"b", "x"}}, 0, []string{"b UPDATED"}, false},
		{"since", recordstore.Listing{Limit: 3, Since: noon.Add(2 * time.Hour)}, 0, []string{"b UPDATED", "c DELETED"}, false},
		{"behind a cursor", recordstore.Listing{Limit: 3, After: s.List()[1].Position()}, 0, []string{"c DELETED"}, false},
		{"by action", recordstore.Listing{Limit: 3, Filter: "DELETED"}, 0, []string{"c DELETED"}, false},
		{"two actions lose the deletion", recordstore.Listing{Limit: 3, Filter: "ADDED,DELETED"}, 0, []string{"a ADDED"}, false},
		{"a fraction shows all and no sign of more", recordstore.Listing{Limit: 1.5}, 0, []string{"a ADDED", "b UPDATED"}, false},
	} {
		page, more := tt.want.Page(s, tt.budget)
		assert.Equal(t, tt.page, shown(page), tt.name)
		assert.Equal(t, tt.more, more, tt.name)
	}
}

func TestPrune(t *testing.T) {
	s := recordstore.New("1Issue")
	for _, text := range []string{`{"id":"a","n":1}`, `{"id":"b","n":1}`, `{"id":"c","n":1}`} {
		s.Save(noon, batch(t, text))
	}
	until := s.List()[1].Position()
	count, last := s.Prune(until, 1, noon)
	assert.Equal(t, 1, count)
	assert.Equal(t, s.List()[0].Position(), last)
	count, last = s.Prune(until, 9, noon)
	assert.Equal(t, 1, count)
	assert.Equal(t, until, last)
	payloads := []bool{}
	for _, r := range s.List() {
		_, has := r.Show()["n"]
		payloads = append(payloads, has)
	}
	assert.Equal(t, []bool{false, false, true}, payloads)
}
