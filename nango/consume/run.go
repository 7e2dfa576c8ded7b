package consume

import (
	"context"
	"fmt"
	"time"

	"github.com/nango-go/sdk/nango"
)

const (
	// saveTimeout limits how long a run stores a cursor after its context has ended.
	saveTimeout = 5 * time.Second
	// maxCursor is the length of a cursor that the server takes.
	maxCursor = 1000
)

// Run reads the records of a connection's model from the stored cursor on, oldest modification first, and gives them to
// process page by page. It stores the cursor of a page when process has returned nil, unless process did it itself with
// [Page.Save]. It ends at the last page that there is now, or at a limit of params. It does not call process for a page
// without records.
//
// Each record comes at least once, never with a gap. If process or the program fails, the next run begins with the same
// page, as the server then has it. So process must be repeatable.
//
// When ctx ends, Run returns its error, unless the last page is processed. If process has returned nil by then, Run still
// stores the cursor, for at most 5 seconds more, so that the page does not come again.
//
// Run reads everything that the model has: there is no filter, because a cursor that was read with a filter would skip
// what the filter left out.
//
// The errors are those of process as they are, those of package nango, and
//   - [*nango.ArgumentError] for an invalid argument, before any request
//   - [ErrConflict] if another run of the key was faster, which is normal
//   - [ErrNotCommitted] if the transaction of [Page.Save] was rolled back, and process returned nil all the same
//   - [ErrStale] if the cursor was not read for longer than MaxIdle, before any request
//   - [ErrUnreadableCursor] if the stored cursor is damaged
//   - [*RecordError] if the data of a record does not fit into T
//
// A connection or an integration that does not exist is an error that matches [nango.ErrNotFound].
//
// GET /records (listRecords), repeatedly. Not in the Node SDK.
func Run[T any](ctx context.Context, h *nango.ConnectionHandle, params Params, process func(context.Context, *Page[T]) error) (Result, error) {
	switch {
	case h == nil:
		return Result{}, argument("connection", "is nil")
	case process == nil:
		return Result{}, argument("process", "is nil")
	}
	if err := params.check(); err != nil {
		return Result{}, err
	}
	r := &run[T]{params: params, handle: h, process: process, key: params.Key(h), began: time.Now()}
	err := r.load(ctx)
	if err == nil {
		err = r.read(ctx)
	}
	r.result.Elapsed = time.Since(r.began)
	return r.result, err
}

// Restart deletes the cursor of the key, so that the next run begins at the oldest record. The section "Start again" of the
// package comment says what to do about your rows of records that no longer come. If the Store of params is in your
// transaction, the cursor is deleted with it. A run of the key that is active fails with [ErrConflict] at its next page.
//
// Call it too when you delete a connection, for each model and variant, so that a new one with the same ids does not
// begin with the old cursor.
//
// Restart makes no request. The errors are those of the store, and [*nango.ArgumentError].
func Restart(ctx context.Context, h *nango.ConnectionHandle, params Params) error {
	if h == nil {
		return argument("connection", "is nil")
	}
	if err := params.check(); err != nil {
		return err
	}
	return params.Store.Delete(ctx, params.Key(h))
}

// run is a run in progress.
type run[T any] struct {
	params  Params
	handle  *nango.ConnectionHandle
	process func(context.Context, *Page[T]) error
	key     Key
	began   time.Time
	saved   *SavedCursor // what the store has, nil for nothing
	result  Result
}

// load reads the cursor with which the run begins.
func (r *run[T]) load(ctx context.Context) error {
	saved, ok, err := r.params.Store.Load(ctx, r.key)
	if err != nil {
		return fmt.Errorf("consume: load the cursor: %w", err)
	}
	if !ok {
		return nil
	}
	r.saved, r.result.Cursor = &saved, saved.Value
	if len(saved.Value) > maxCursor {
		return fmt.Errorf("%w: it has %d bytes", ErrUnreadableCursor, len(saved.Value))
	}
	limit := r.params.MaxIdle
	if limit == 0 {
		limit = defaultMaxIdle
	}
	if time.Since(saved.ReadAt) > limit {
		return fmt.Errorf("%w: it was last read at %s, and MaxIdle is %s", ErrStale, saved.ReadAt.UTC().Format(time.RFC3339), limit)
	}
	return nil
}

// read processes page after page, until RecordPages ends at the last one or at MaxPages, or MaxDuration is over.
func (r *run[T]) read(ctx context.Context) error {
	params := nango.ListRecordsParams{
		Model: r.params.Model, Variant: r.params.Variant, Cursor: r.result.Cursor, PageSize: r.params.PageSize,
		MaxPages: r.params.MaxPages, NoReadAhead: r.params.NoReadAhead,
	}
	// RecordPages can request a page when it is asked for the one before. So that time is never later than the request.
	before, asked := r.began, r.began
	for page, err := range nango.RecordPages[T](ctx, r.handle, params) {
		if err != nil {
			params.Cursor, params.MaxPages, params.NoReadAhead = r.result.Cursor, 0, false
			return r.explain(ctx, params, err)
		}
		if err := r.take(ctx, page, before); err != nil {
			return err
		}
		r.result.ReachedEnd = !page.More
		if r.params.MaxDuration > 0 && time.Since(r.began) >= r.params.MaxDuration {
			return nil
		}
		before, asked = asked, time.Now()
	}
	return nil
}

// take has a page processed and its cursor stored. The last page of a run can be empty: storing its cursor renews the
// time of the reading. The page was not requested before the time at.
func (r *run[T]) take(ctx context.Context, read *nango.RecordPage[T], at time.Time) error {
	page := newPage(r.key, read.Records)
	page.Cursor = read.Cursor
	page.prev, page.next = r.saved, SavedCursor{Value: read.Cursor, ReadAt: at}
	sums := r.result.Progress
	sums.Pages, sums.Records = sums.Pages+1, sums.Records+page.Len()
	sums.Deletions, sums.Pruned = sums.Deletions+len(page.Deleted), sums.Pruned+len(page.Pruned)
	if page.Len() > 0 {
		if read.Cursor == r.result.Cursor { // as a server does that is older than cursors
			return errNoCursor
		}
		if err := r.process(ctx, page); err != nil {
			return err
		}
	}
	r.result.Progress = sums
	if err := r.store(ctx, page); err != nil {
		return err
	}
	r.result.Elapsed = time.Since(r.began)
	if r.params.OnProgress != nil {
		r.params.OnProgress(r.result.Progress)
	}
	return nil
}

// store stores the cursor of a processed page, unless it is stored, or there is none because the model has no records.
func (r *run[T]) store(ctx context.Context, page *Page[T]) error {
	if page.next.Value == "" {
		return nil
	}
	if page.saved {
		if err := r.checkCommitted(ctx, page); err != nil {
			return err
		}
	} else {
		ctx, cancel := outlive(ctx) // the page is processed
		defer cancel()
		if err := page.Save(ctx, r.params.Store); err != nil {
			return fmt.Errorf("consume: save the cursor: %w", err)
		}
	}
	r.saved, r.result.Cursor = &page.next, page.next.Value
	return nil
}

// checkCommitted reads the cursor that the caller's transaction has stored. If it is still that of the page before, the
// transaction was rolled back. Another one can be that of a faster run.
func (r *run[T]) checkCommitted(ctx context.Context, page *Page[T]) error {
	ctx, cancel := outlive(ctx)
	defer cancel()
	saved, ok, err := r.params.Store.Load(ctx, r.key)
	switch {
	case err != nil:
		return fmt.Errorf("consume: load the cursor: %w", err)
	case page.prev == nil && !ok, page.prev != nil && ok && saved.Value == page.prev.Value && saved.Value != page.next.Value:
		return ErrNotCommitted
	}
	return nil
}

// outlive returns a context that ends some time after another one has ended.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(saveTimeout, func() { cancel(context.DeadlineExceeded) })
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel(nil) }
}
