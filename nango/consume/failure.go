package consume

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/nango-go/sdk/internal/jsonx"
	"github.com/nango-go/sdk/nango"
)

var (
	errNoCursor = errors.New("consume: the server sent records without a new cursor, so the position cannot be stored")
	errRepeats  = errors.New("consume: the server returned a cursor for the second time, which would go round for ever")
)

// explain finds out what a failed request does not say: that the stored cursor is at fault, or which record is. params
// are those of the request. It makes requests, so it is for failures that every further run would have too.
func (r *run[T]) explain(ctx context.Context, params nango.ListRecordsParams, err error) error {
	failure, ok := errors.AsType[*nango.Error](err)
	switch {
	case !ok:
		return err
	case failure.StatusCode == http.StatusOK:
		return r.nameRecord(ctx, params, err)
	case r.result.Pages == 0 && params.Cursor != "" && isCursorFailure(err) && r.cursorFails(ctx, params):
		return fmt.Errorf("%w: %w", ErrUnreadableCursor, err)
	}
	return err
}

// isCursorFailure reports whether an error is what the server sends for a cursor that it cannot read. It sends the same
// for other failures.
func isCursorFailure(err error) bool {
	failure, ok := errors.AsType[*nango.Error](err)
	return ok && failure.StatusCode == http.StatusInternalServerError && failure.Code == "server_error"
}

// cursorFails reports whether the server lists the records without the cursor, and then still fails with it.
func (r *run[T]) cursorFails(ctx context.Context, params nango.ListRecordsParams) bool {
	params.PageSize = 1
	without := params
	without.Cursor = ""
	if _, err := nango.ListRecords[json.RawMessage](ctx, r.handle, without); err != nil {
		return false
	}
	_, err := nango.ListRecords[json.RawMessage](ctx, r.handle, params)
	return isCursorFailure(err)
}

// nameRecord reads a page that could not be decoded once more, and finds the record that does not fit into T.
func (r *run[T]) nameRecord(ctx context.Context, params nango.ListRecordsParams, err error) error {
	page, again := nango.ListRecords[json.RawMessage](ctx, r.handle, params)
	if again != nil {
		return err
	}
	for _, record := range page.Records {
		var head struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(record.Data, &head) != nil {
			return err // an id that is a number, as older servers send: RecordPages decodes that in its own way
		}
		if !record.Pruned() && jsonx.UnmarshalCaller(record.Data, new(T)) != nil {
			return &RecordError{ID: record.ID, Err: err}
		}
	}
	return err // the record has changed in the meantime
}
