package nango

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
)

// ListRecordsParams selects the records to read.
type ListRecordsParams struct {
	// Model is the model's name, as the sync declares it. It is required. An unknown model has no records; it is not an
	// error.
	Model string
	// Variant is the sync variant; empty means base.
	Variant string
	// Cursor is the cursor of a page or of a record; the read begins after it. If it is empty, the read begins at the
	// oldest record.
	Cursor string
	// Filter selects the records whose last action is one of these; empty selects all records, deleted ones included.
	// RecordDeleted is allowed only alone: in a list of two or more actions, the server would omit the deleted records.
	Filter []RecordAction
	// ModifiedAfter selects the records that were modified at this time or later. It must be at most 365 days ago.
	ModifiedAfter time.Time
	// IDs selects the records with these ids, at most 100. For more ids, make several calls, with the chunks that
	// [slices.Chunk] returns. Begin each without a Cursor.
	IDs []string
	// PageSize is the number of records per request, 1 to 10000; 0 means the server's default, 100. A page can have
	// fewer records and not be the last.
	PageSize int

	// MaxPages ends a loop over [RecordPages] or [Records] after so many pages; 0 means no limit. The page after the last
	// one is then not requested. It is not for ListRecords.
	MaxPages int
	// NoReadAhead makes [RecordPages] and [Records] request a page only when the loop asks for it. It is not for ListRecords.
	NoReadAhead bool
}

// page returns the params of one page.
func (p ListRecordsParams) page() ListRecordsParams {
	p.MaxPages, p.NoReadAhead = 0, false
	return p
}

const (
	maxRecordPageSize = 10000
	maxRecordIDs      = 100
	maxModifiedAfter  = 365 * 24 * time.Hour
)

// ListRecords returns one page of a connection's records, oldest modification first. It makes one request.
//
// GET /records (listRecords). Node: listRecords.
func ListRecords[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) (*RecordPage[T], error) {
	switch {
	case params.MaxPages != 0:
		return nil, &ArgumentError{Name: "MaxPages", Reason: "is for loops; ListRecords reads one page"}
	case params.NoReadAhead:
		return nil, &ArgumentError{Name: "NoReadAhead", Reason: "is for loops; ListRecords never reads ahead"}
	}
	query, err := params.query(h)
	if err != nil {
		return nil, err
	}
	resp, err := h.client.gen.ListRecords(ctx, query)
	return decodeRecords[T](resp, err, params.Cursor)
}

// RecordPages iterates over the pages of a connection's records. An error is the last pair. Each range starts over.
//
// After you have processed the records of a page, store its Cursor. Begin the next read with that Cursor. A record that
// was modified in the meantime appears a second time, so your processing has to be repeatable.
//
// The first page is read when the loop begins. After that, RecordPages reads one page ahead: while the loop processes a
// page, the next one is requested and decoded, in another goroutine. So methods of T, such as UnmarshalJSON, the transport
// and the observer run there. If one of them panics, RecordPages panics when the loop asks for the page. When the loop
// ends, for whatever reason, the read of the next page is canceled, and RecordPages waits until that goroutine has ended.
// A loop that ends in its first page has made one request. With MaxPages, no more pages are requested than that; with
// NoReadAhead, none before the loop asks for it.
//
// If the server repeats a cursor, the loop ends with an error, since otherwise it could run for ever.
//
// GET /records (listRecords). Node: listRecords, one page.
func RecordPages[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) iter.Seq2[*RecordPage[T], error] {
	params.IDs, params.Filter = slices.Clone(params.IDs), slices.Clone(params.Filter)
	return func(yield func(*RecordPage[T], error) bool) {
		if params.MaxPages < 0 {
			yield(nil, &ArgumentError{Name: "MaxPages", Reason: "is negative"})
			return
		}
		pages := newPageReader[T](ctx, h, params) // each range starts over
		defer pages.stop()
		for more := true; more && !pages.last(); {
			page, err := pages.next()
			if err != nil {
				pages.stop()
				yield(nil, err)
				return
			}
			more = page.More // read before yield, since the caller can change the page
			if !yield(page, nil) {
				return
			}
		}
	}
}

// maxEmptyPages is the number of empty pages in a row after which the stream counts as endless.
const maxEmptyPages = 1000

// repeats adds the end of the page to reached, and adds the page to empty if it has no records. It reports whether an
// earlier page had the same end, or whether too many pages in a row were empty. Older servers send records without
// cursors, so the end can also be an id with a date.
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

// Records iterates over a connection's records, oldest modification first. From the second page on, it reads one page
// ahead, as [RecordPages] does. An error is the last pair. Each range starts over. To resume later, store the cursor of a record's
// Metadata, or use [RecordPages].
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
		// The server accepts only Z, not +00:00.
		q.ModifiedAfter = new(p.ModifiedAfter.UTC().Format(time.RFC3339Nano))
	}
	return q, nil
}

// filterQuery returns the filter in the form that the server expects.
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

// PruneRecordsParams selects the records to prune.
type PruneRecordsParams struct {
	// Model is the model's name. It is required. An unknown model has no records; it is not an error.
	Model string
	// Variant is the sync variant; empty means base.
	Variant string
	// UntilCursor is the cursor of the last record to prune: the cursor of a record or of a page. It is required.
	UntilCursor string
	// PageSize is the number of records per request, 1 to 10000; 0 means the server's default, 1000.
	PageSize int
}

// PruneRecords deletes the data of a model's records, oldest first, up to and including the record at UntilCursor. Ids,
// metadata and cursors stay. The next run of the sync restores the data, without a new cursor.
//
// PruneRecords repeats the request until no record is left, and returns the number of records that it pruned. With an
// error it returns the number until then; you can repeat the call. The number does not include the records of a request
// that got no response.
//
// A connection or an integration that does not exist is an error that matches [ErrNotFound]. A cursor that the server
// cannot read is an error that matches [ErrServer].
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
		// HasMore can be true although no record is left. So a request that pruned nothing is the last one.
		if !out.HasMore || out.Count == 0 {
			return pruned, nil
		}
	}
}
