package nango

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
)

// ListRecordsParams says which records to read.
type ListRecordsParams struct {
	// Model is the model's name as the sync declares it. Required. An unknown model has no records and is no error.
	Model string
	// Variant is the sync variant; empty means base.
	Variant string
	// Cursor continues behind a page's or a record's cursor; empty begins at the oldest record.
	Cursor string
	// Filter keeps the records whose last action is one of these; empty keeps all, deleted ones included. The server loses
	// the deleted records of every list of two or more, so that RecordDeleted is accepted only alone.
	Filter []RecordAction
	// ModifiedAfter keeps the records modified at this time or later; at most 365 days ago.
	ModifiedAfter time.Time
	// IDs keeps these records, at most 100. Read more in portions of [slices.Chunk], each from the beginning.
	IDs []string
	// PageSize is the number of records per request, 1 to 10000; 0 means the server's 100. A page can hold fewer and still
	// not be the last.
	PageSize int
}

const (
	maxRecordPageSize = 10000
	maxRecordIDs      = 100
	maxModifiedAfter  = 365 * 24 * time.Hour
)

// ListRecords returns one page of a connection's records, oldest modification first, with exactly one request.
//
// GET /records (listRecords). Node: listRecords.
func ListRecords[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) (*RecordPage[T], error) {
	query, err := params.query(h)
	if err != nil {
		return nil, err
	}
	resp, err := h.client.gen.ListRecords(ctx, query)
	return decodeRecords[T](resp, err, params.Cursor)
}

// RecordPages iterates over the pages of a connection's records. An error is the last pair; each range starts over. Store a page's
// Cursor once you have processed its records, and begin with it the next time. A record that was modified again comes again, so
// process records in a way that can be repeated. If a cursor comes for the second time, the loop ends with an error, because it
// would never end by itself.
//
// GET /records (listRecords). Node: listRecords, one page.
func RecordPages[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) iter.Seq2[*RecordPage[T], error] {
	params.IDs, params.Filter = slices.Clone(params.IDs), slices.Clone(params.Filter)
	return func(yield func(*RecordPage[T], error) bool) {
		params := params // each range starts over
		seen, reached, empty := map[string]bool{}, map[string]bool{}, 0
		for {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			seen[params.Cursor] = true
			page, err := ListRecords[T](ctx, h, params)
			if err == nil && page.More && (seen[page.Cursor] || page.repeats(reached, &empty)) {
				err = errors.New("nango: GET /records: the server returned a cursor for the second time, or 1000 empty pages, which would go round for ever")
			}
			if err != nil {
				yield(nil, err)
				return
			}
			more, next := page.More, page.Cursor // the page is the caller's from here on
			if !yield(page, nil) || !more {
				return
			}
			params.Cursor = next
		}
	}
}

// maxEmptyPages is how many pages in a row may hold nothing before a stream counts as endless.
const maxEmptyPages = 1000

// repeats notes how far into the stream a page reaches, and reports whether one before has ended there too, or whether too many in a
// row were empty. Older servers send records without cursors.
func (p *RecordPage[T]) repeats(reached map[string]bool, empty *int) bool {
	if len(p.Records) == 0 {
		*empty++
		return *empty > maxEmptyPages
	}
	*empty = 0
	last := p.Records[len(p.Records)-1]
	end := cmp.Or(last.Metadata.Cursor, last.ID+"\n"+last.Metadata.LastModifiedAt.String())
	repeated := reached[end]
	reached[end] = true
	return repeated
}

// Records iterates over a connection's records, oldest modification first, fetching pages as needed. An error is the last pair;
// each range starts over. To resume later store the cursor of a record's Metadata, or use [RecordPages].
//
// GET /records (listRecords). Node: listRecords, one page.
func Records[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) iter.Seq2[Record[T], error] {
	pages := RecordPages[T](ctx, h, params)
	return func(yield func(Record[T], error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(Record[T]{}, err)
				return
			}
			for _, record := range page.Records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

func (p ListRecordsParams) query(h *ConnectionHandle) (*gen.ListRecordsParams, error) {
	if err := h.checkHeaders(); err != nil {
		return nil, err
	}
	filter, err := filterQuery(p.Filter)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Model == "":
		return nil, &ArgumentError{Name: "Model", Reason: "is empty"}
	case p.PageSize < 0 || p.PageSize > maxRecordPageSize:
		return nil, &ArgumentError{Name: "PageSize", Reason: "must be from 1 to 10000"}
	case len(p.IDs) > maxRecordIDs:
		return nil, &ArgumentError{Name: "IDs", Reason: "holds more than 100 ids, which one request can carry; read them in portions"}
	case slices.Contains(p.IDs, ""):
		return nil, &ArgumentError{Name: "IDs", Reason: "holds an empty id"}
	case !p.ModifiedAfter.IsZero() && time.Since(p.ModifiedAfter) > maxModifiedAfter:
		return nil, &ArgumentError{Name: "ModifiedAfter", Reason: "is more than 365 days ago, which the server refuses"}
	}
	q := &gen.ListRecordsParams{
		ConnectionID:      h.connectionID,
		ProviderConfigKey: h.integrationID,
		Model:             p.Model,
		Variant:           optional(p.Variant),
		Cursor:            optional(p.Cursor),
		Limit:             optional(p.PageSize),
		Filter:            optional(filter),
		IDs:               p.IDs,
	}
	if !p.ModifiedAfter.IsZero() {
		// The server takes a Z only, not +00:00.
		q.ModifiedAfter = new(p.ModifiedAfter.UTC().Format(time.RFC3339Nano))
	}
	return q, nil
}

// filterQuery joins the filter as the server splits it.
func filterQuery(filter []RecordAction) (string, error) {
	parts := make([]string, len(filter))
	for i, action := range filter {
		switch action {
		case RecordAdded, RecordUpdated, RecordDeleted:
			parts[i] = strings.ToLower(string(action))
		default:
			return "", &ArgumentError{Name: "Filter", Reason: "holds something else than RecordAdded, RecordUpdated and RecordDeleted"}
		}
	}
	if len(filter) > 1 && slices.Contains(filter, RecordDeleted) {
		return "", &ArgumentError{Name: "Filter", Reason: "holds RecordDeleted beside another action, and the server would leave the deleted records out; filter by it alone, or not at all"}
	}
	return strings.Join(parts, ","), nil
}

// PruneRecordsParams says which records to empty.
type PruneRecordsParams struct {
	// Model is the model's name. An unknown model has nothing to prune and is no error.
	Model string
	// Variant is the sync variant; empty means base.
	Variant string
	// UntilCursor is the cursor of the last record to empty: a record's, or where a page ended.
	UntilCursor string
	// PageSize is the number of records per request, 1 to 10000; 0 means the server's 1000.
	PageSize int
}

// PruneRecords empties the payloads of a model's records, oldest first, up to and including a cursor, until the sync runs again:
// then they come back, without a new cursor. Ids, metadata and cursors stay. It repeats the request until the server says that
// nothing is left, and returns how many it emptied. With an error it returns how many were emptied until then, and can be called
// again. What an attempt without a response emptied is not counted.
//
// A connection or an integration that does not exist is an error that matches [ErrNotFound]; a cursor that the server cannot
// read matches [ErrServer].
//
// PATCH /records/prune (pruneRecords). Node: pruneRecords, one round.
func (h *ConnectionHandle) PruneRecords(ctx context.Context, params PruneRecordsParams) (int, error) {
	if err := h.checkHeaders(); err != nil {
		return 0, err
	}
	switch {
	case params.Model == "":
		return 0, &ArgumentError{Name: "Model", Reason: "is empty"}
	case params.UntilCursor == "":
		return 0, &ArgumentError{Name: "UntilCursor", Reason: "is empty"}
	case params.PageSize < 0 || params.PageSize > maxRecordPageSize:
		return 0, &ArgumentError{Name: "PageSize", Reason: "must be from 1 to 10000"}
	}
	pruned := 0
	for {
		out, err := decode[gen.PruneRecordsResponse](h.client.gen.PruneRecords(ctx,
			&gen.PruneRecordsParams{ConnectionID: h.connectionID, ProviderConfigKey: h.integrationID},
			gen.PruneRecordsRequest{
				Model: params.Model, Variant: optional(params.Variant), UntilCursor: params.UntilCursor, Limit: optional(params.PageSize),
			}))
		if err != nil {
			return pruned, err
		}
		pruned += out.Count
		// The server is optimistic about more; a round that emptied nothing is the end in any case.
		if !out.HasMore || out.Count == 0 {
			return pruned, nil
		}
	}
}
