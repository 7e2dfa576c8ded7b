package nango

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/nango-go/sdk/internal/jsonx"
)

// pageReader reads the pages of one range in order. After the second page was asked for, it also reads the page behind
// the one that was asked for: while the caller waits, so that two pages are decoded at once, and while the caller works.
type pageReader[T any] struct {
	ctx     context.Context
	handle  *ConnectionHandle
	params  ListRecordsParams // with the cursor of the next page
	count   int               // the number of pages that were asked for
	ahead   *pageRead[T]      // the read of the next page; nil if it has not begun
	seen    map[string]bool   // the cursors of all requests
	reached map[string]bool   // the ends of all pages
	empty   int               // the number of empty pages in a row
}

func newPageReader[T any](ctx context.Context, h *ConnectionHandle, params ListRecordsParams) *pageReader[T] {
	return &pageReader[T]{ctx: ctx, handle: h, params: params, seen: map[string]bool{}, reached: map[string]bool{}}
}

// next returns the next page.
func (r *pageReader[T]) next() (*RecordPage[T], error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	r.seen[r.params.Cursor] = true
	r.count++
	page, err := r.read()
	if err == nil && page.More && (r.seen[page.Cursor] || page.repeats(r.reached, &r.empty)) {
		err = errors.New("nango: GET /records: the server returned a cursor for the second time, or 1000 empty pages, which would go round for ever")
	}
	if err != nil {
		return nil, err
	}
	r.params.Cursor = page.Cursor
	if r.ahead != nil && (!page.More || r.ahead.from != page.Cursor) { // a retry had another page
		r.stop()
	}
	if r.ahead == nil && page.More && r.readsAhead() {
		r.ahead = r.begin(page.Cursor)
	}
	return page, nil
}

// last reports whether no further page is wanted.
func (r *pageReader[T]) last() bool { return r.params.MaxPages > 0 && r.count >= r.params.MaxPages }

// readsAhead reports whether the page behind the one that was asked for is read too.
func (r *pageReader[T]) readsAhead() bool { return r.count > 1 && !r.params.NoReadAhead && !r.last() }

// read reads the next page. As soon as the response has shown the cursor of the page behind it, that is read too.
func (r *pageReader[T]) read() (*RecordPage[T], error) {
	if r.ahead == nil && !r.readsAhead() {
		return ListRecords[T](r.ctx, r.handle, r.params.page())
	}
	current := r.ahead
	if r.ahead = nil; current == nil {
		current = r.begin(r.params.Cursor)
	}
	select {
	case cursor := <-current.cursor:
		if !r.seen[cursor] && r.readsAhead() {
			r.ahead = r.begin(cursor)
		}
	case <-current.done:
	}
	return current.result()
}

// stop ends the read of the next page and waits until its goroutine has ended.
func (r *pageReader[T]) stop() {
	if r.ahead != nil {
		r.ahead.cancel()
		<-r.ahead.done
		r.ahead = nil
	}
}

// pageRead is a read of one page in a goroutine of its own.
type pageRead[T any] struct {
	from   string      // the cursor of the request
	cursor chan string // gets the next page's cursor, if the beginning of the response shows it
	cancel context.CancelFunc

	done     chan struct{} // closed when all below is set
	page     *RecordPage[T]
	err      error
	panicked *readPanic
}

func (r *pageReader[T]) begin(cursor string) *pageRead[T] {
	ctx, cancel := context.WithCancel(r.ctx)
	read := &pageRead[T]{from: cursor, cursor: make(chan string, 1), cancel: cancel, done: make(chan struct{})}
	ctx = context.WithValue(ctx, beginningKey{}, func() io.Writer { return &cursorFinder{found: read.cursor} })
	params := r.params.page()
	params.Cursor = cursor
	go func() {
		defer close(read.done)
		defer func() {
			if value := recover(); value != nil {
				read.panicked = &readPanic{value, debug.Stack()}
			}
		}()
		read.page, read.err = ListRecords[T](ctx, r.handle, params)
	}()
	return read
}

// result waits for the page. If a method of T or the transport ended the goroutine of the read, it ends the goroutine of
// the caller in the same way.
func (r *pageRead[T]) result() (*RecordPage[T], error) {
	<-r.done
	r.cancel()
	switch {
	case r.panicked != nil:
		panic(r.panicked)
	case r.page == nil && r.err == nil:
		runtime.Goexit()
	}
	return r.page, r.err
}

// readPanic is the panic of a goroutine that read a page, with its stack.
type readPanic struct {
	value any
	stack []byte
}

func (p *readPanic) Error() string {
	return fmt.Sprintf("%v [while a page of records was read]\n\n%s", p.value, p.stack)
}

func (p *readPanic) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// maxBeginning is how much of a response is searched for the cursor of the next page. The servers begin with it.
const maxBeginning = 4 << 10

// cursorFinder finds the cursor of the next page in the beginning of a response.
type cursorFinder struct {
	beginning []byte
	done      bool
	found     chan<- string
}

// Write takes the next bytes of the response.
func (f *cursorFinder) Write(p []byte) (int, error) {
	if f.done {
		return len(p), nil
	}
	f.beginning = append(f.beginning, p[:min(len(p), maxBeginning-len(f.beginning))]...)
	f.done = len(f.beginning) == maxBeginning
	s := jsonx.NewScanner(f.beginning)
	for name := range s.Members {
		value := s.Value()
		if cursor, plain := jsonx.PlainString(value); plain && len(cursor) > 0 && string(name) == "next_cursor" {
			select {
			case f.found <- string(cursor):
			default: // an earlier attempt had found one, for which nobody waits any more
			}
		}
		f.done = f.done || value != nil // it is not the beginning of the value only
		break
	}
	return len(p), nil
}
