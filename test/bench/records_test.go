package bench

import (
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// issue is a record as a program declares it.
type issue struct {
	ID        string    `json:"id"`
	Number    int       `json:"number"`
	Title     string    `json:"title"`
	State     string    `json:"state"`
	Labels    []string  `json:"labels"`
	Author    author    `json:"author"`
	Score     float64   `json:"score"`
	CreatedAt time.Time `json:"created_at"`
}

type author struct {
	Login string `json:"login"`
	Admin bool   `json:"admin"`
}

// plainRecord is a record with Nango's metadata.
type plainRecord struct {
	issue
	Metadata plainMetadata `json:"_nango_metadata"`
}

type plainMetadata struct {
	FirstSeenAt    time.Time  `json:"first_seen_at"`
	LastModifiedAt time.Time  `json:"last_modified_at"`
	LastAction     string     `json:"last_action"`
	DeletedAt      *time.Time `json:"deleted_at"`
	PrunedAt       *time.Time `json:"pruned_at"`
	Cursor         string     `json:"cursor"`
}

type plainPage[R any] struct {
	Records    []R     `json:"records"`
	NextCursor *string `json:"next_cursor"`
}

func getPage[R any](tb testing.TB, target target, cursor string) (*plainPage[R], error) {
	query := url.Values{"model": {"Issue"}, "limit": {strconv.Itoa(pageLength)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	page := new(plainPage[R])
	return page, target.get(tb.Context(), "/records", query, page)
}

func params(cursor string) *gen.ListRecordsParams {
	params := &gen.ListRecordsParams{ConnectionID: connectionID, ProviderConfigKey: integrationID, Model: "Issue", Limit: new(pageLength)}
	if cursor != "" {
		params.Cursor = &cursor
	}
	return params
}

func getPageGenerated(tb testing.TB, client *gen.ClientWithResponses, cursor string) ([]plainRecord, *string, error) {
	result, err := client.ListRecordsWithResponse(tb.Context(), params(cursor))
	if err := expect(err, err == nil && result.JSON200 != nil); err != nil {
		return nil, nil, err
	}
	records := make([]plainRecord, len(result.JSON200.Records))
	for i, raw := range result.JSON200.Records {
		if err := json.Unmarshal(raw, &records[i]); err != nil {
			return nil, nil, err
		}
	}
	return records, result.JSON200.NextCursor, nil
}

var listParams = nango.ListRecordsParams{Model: "Issue", PageSize: pageLength}

func pageByHand[R any](tb testing.TB) func() error {
	target := inMemory(tb)
	return func() error {
		page, err := getPage[R](tb, target, "")
		return expect(err, len(page.Records) == pageLength)
	}
}

func pageGenerated(tb testing.TB) func() error {
	client := inMemory(tb).generated(tb)
	return func() error {
		records, _, err := getPageGenerated(tb, client, "")
		return expect(err, len(records) == pageLength && records[7].Metadata.Cursor != "")
	}
}

func page[T any](tb testing.TB) func() error {
	connection := inMemory(tb).connection(tb)
	return func() error {
		page, err := nango.ListRecords[T](tb.Context(), connection, listParams)
		return expect(err, err == nil && len(page.Records) == pageLength && page.Records[7].Metadata.Cursor != "")
	}
}

// tally is what the loops over all records make of them.
type tally struct{ records, numbers, cursors int }

func (t *tally) add(number int, cursor string) {
	t.records++
	t.numbers += number
	t.cursors += len(cursor)
}

func (t *tally) check(err error) error {
	const all = pageLength * pageCount
	return expect(err, t.records == all && t.numbers == all*(all-1)/2 && t.cursors >= all)
}

func recordsByHand(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target := of(tb)
		return func() error {
			var found tally
			for cursor := new(""); cursor != nil; {
				page, err := getPage[plainRecord](tb, target, *cursor)
				if err != nil {
					return err
				}
				for _, record := range page.Records {
					found.add(record.Number, record.Metadata.Cursor)
				}
				cursor = page.NextCursor
			}
			return found.check(nil)
		}
	}
}

func recordsGenerated(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		client := of(tb).generated(tb)
		return func() error {
			var found tally
			for cursor := new(""); cursor != nil; {
				records, next, err := getPageGenerated(tb, client, *cursor)
				if err != nil {
					return err
				}
				for _, record := range records {
					found.add(record.Number, record.Metadata.Cursor)
				}
				cursor = next
			}
			return found.check(nil)
		}
	}
}

func records(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		connection := of(tb).connection(tb)
		return func() error {
			var found tally
			for record, err := range nango.Records[issue](tb.Context(), connection, listParams) {
				if err != nil {
					return err
				}
				found.add(record.Data.Number, record.Metadata.Cursor)
			}
			return found.check(nil)
		}
	}
}

// pagesAlone reads the same pages one after the other, and decodes nothing.
func pagesAlone(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target := of(tb)
		return func() error {
			for i := range pageCount {
				query := url.Values{"model": {"Issue"}}
				if i > 0 {
					query.Set("cursor", cursorOf(i))
				}
				resp, err := target.send(tb.Context(), "/records", query)
				if err != nil {
					return err
				}
				n, err := io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err := expect(err, n > 400*pageLength); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

func proxyByHand(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		target := of(tb)
		return func() error {
			resp, err := target.send(tb.Context(), "/proxy/file", nil)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			n, err := io.Copy(io.Discard, resp.Body)
			return expect(err, n == fileLength)
		}
	}
}

func proxy(of func(testing.TB) target) work {
	return func(tb testing.TB) func() error {
		connection := of(tb).connection(tb)
		return func() error {
			resp, err := connection.Proxy(tb.Context(), nango.ProxyRequest{Path: "/file"})
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			n, err := io.Copy(io.Discard, resp.Body)
			return expect(err, n == fileLength)
		}
	}
}
