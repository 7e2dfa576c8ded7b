package consume

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nango-go/sdk/internal/jsonx"
	"github.com/nango-go/sdk/internal/vclock"
	"github.com/nango-go/sdk/nango"
)

var errNoCursor = errors.New("consume: the server sent records without a new cursor, so the position cannot be stored")

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
		return fmt.Errorf("%w: the server lists the records only without it: %w", ErrUnreadableCursor, err)
	}
	return err
}

// isCursorFailure reports whether an error is what the server sends for a cursor that it cannot read. It sends the same
// for other failures.
func isCursorFailure(err error) bool {
	failure, ok := errors.AsType[*nango.Error](err)
	return ok && failure.StatusCode == http.StatusInternalServerError && failure.Code == "server_error"
}

// cursorProbe says which requests of the check have the cursor. Their order is not regular, so that a server of which one
// of two machines fails does not look like one that cannot read the cursor.
var cursorProbe = []bool{false, true, true, false, true}

// cursorFails reports whether the server lists the records without the cursor, and fails with it, several times.
func (r *run[T]) cursorFails(ctx context.Context, params nango.ListRecordsParams) bool {
	params.PageSize = 1
	for _, with := range cursorProbe {
		if !vclock.Pause(ctx, time.Second) { // for a failure that is over by then
			return false
		}
		probe := params
		if !with {
			probe.Cursor = ""
		}
		_, err := nango.ListRecords[json.RawMessage](ctx, r.handle, probe)
		if with && !isCursorFailure(err) || !with && err != nil {
			return false
		}
	}
	return true
}

// nameRecord reads a page that could not be decoded once more, and finds the record that does not fit into T.
func (r *run[T]) nameRecord(ctx context.Context, params nango.ListRecordsParams, err error) error {
	page, again := nango.ListRecords[json.RawMessage](ctx, r.handle, params)
	if again != nil {
		return err
	}
	for _, record := range page.Records {
		if !record.Pruned() && !record.Deleted() && jsonx.UnmarshalRecord(record.Data, record.ID, new(T)) != nil {
			return &RecordError{ID: record.ID, Err: err}
		}
	}
	return err // the record has changed in the meantime
}
