package nango_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// A context that lives long would otherwise collect one for each page.
func TestContextsOfAReadAheadEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var contexts []context.Context
		s := &pagedServer{pages: 4}
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: s}), nango.WithObserver(nango.Observer{
			CallStart: func(ctx context.Context, _ nango.Call) context.Context { contexts = append(contexts, ctx); return ctx },
		}))
		require.NoError(t, err)
		_, err = collectPages(t, nango.RecordPages[any](t.Context(), client.Connection("a", "b"), nango.ListRecordsParams{Model: "Item"}))
		require.NoError(t, err)
		require.Len(t, contexts, 4)
		for _, ctx := range contexts[1:] {
			assert.Error(t, ctx.Err())
		}
	})
}

// However a loop ends, nothing of it goes on, not even while the last error is in the loop.
func TestNothingIsLeftOfAReadAhead(t *testing.T) {
	errWork := errors.New("the work failed")
	for name, test := range map[string]struct {
		asked int // pages
		loop  func(t *testing.T, s *pagedServer)
	}{
		"break on the first page": {1, func(t *testing.T, s *pagedServer) {
			for range pagesOf[any](t, t.Context(), s) {
				break
			}
		}},
		"break": {4, func(t *testing.T, s *pagedServer) {
			for page, err := range pagesOf[any](t, t.Context(), s) {
				require.NoError(t, err)
				if synctest.Wait(); page.Cursor == "4" {
					break
				}
			}
		}},
		"break before a response": {3, func(t *testing.T, s *pagedServer) {
			s.serve = func(ctx context.Context, page int) (io.Reader, error) {
				if page < 3 {
					return nil, nil
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}
			for page, err := range pagesOf[any](t, t.Context(), s) {
				require.NoError(t, err)
				if synctest.Wait(); page.Cursor == "3" {
					break
				}
			}
		}},
		"panic": {3, func(t *testing.T, s *pagedServer) {
			defer func() { assert.Equal(t, errWork, recover()) }()
			for page := range pagesOf[any](t, t.Context(), s) {
				if synctest.Wait(); page.Cursor == "3" {
					panic(errWork)
				}
			}
		}},
		"the end of the goroutine": {3, func(t *testing.T, s *pagedServer) {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for page := range pagesOf[any](t, t.Context(), s) {
					if synctest.Wait(); page.Cursor == "3" {
						runtime.Goexit()
					}
				}
			}()
			<-ended
		}},
		"the end of the context": {3, func(t *testing.T, s *pagedServer) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var last error
			for page, err := range pagesOf[any](t, ctx, s) {
				if synctest.Wait(); err == nil && page.Cursor == "3" {
					cancel(errWork)
				}
				last = err
			}
			assert.Equal(t, context.Canceled, last)
		}},
		"the end of the context in a request": {3, func(t *testing.T, s *pagedServer) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*latency+latency/2)
			defer cancel()
			var last error
			for _, err := range pagesOf[any](t, ctx, s) {
				last = err
			}
			assert.ErrorIs(t, last, context.DeadlineExceeded)
		}},
		"a page that cannot be decoded": {3, func(t *testing.T, s *pagedServer) {
			s.serve = func(_ context.Context, page int) (io.Reader, error) {
				if page == 2 {
					return slowly(`{"next_cursor":"3",`, `"records":[{"id":1,"x":"s3cret"}]}`), nil
				}
				return nil, nil
			}
			var last error
			for _, err := range pagesOf[struct{ X int }](t, t.Context(), s) {
				if err != nil {
					assert.Zero(t, s.open, "the request for page 3 has ended")
				}
				last = err
			}
			assert.ErrorContains(t, last, "records[0]")
		}},
		"a page that fails": {3, func(t *testing.T, s *pagedServer) {
			s.serve = func(_ context.Context, page int) (io.Reader, error) {
				if page == 3 {
					return nil, errWork
				}
				return nil, nil
			}
			var cursors []string
			var last error
			for page, err := range pagesOf[any](t, t.Context(), s) {
				if last = err; err == nil {
					cursors = append(cursors, page.Cursor)
				}
			}
			assert.ErrorIs(t, last, errWork)
			assert.Equal(t, []string{"2", "3"}, cursors, "an error comes in its turn")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, began := &pagedServer{pages: 9}, time.Now()
				test.loop(t, s)
				assert.Zero(t, s.open)
				assert.Less(t, time.Since(began), time.Second, "a request is canceled")
				pages := map[int]bool{}
				for _, page := range s.requests() {
					pages[page] = true
				}
				assert.Len(t, pages, test.asked, "%v", s.asked)
			})
		})
	}
}

// explosive calls explode when it is decoded from page 3.
type explosive struct{}

var explode func()

func (*explosive) UnmarshalJSON(data []byte) error {
	if strings.Contains(string(data), `"c3"`) {
		explode()
	}
	return nil
}

// What a method of T does to its goroutine happens to that of the loop.
func TestAPanicOfAReadAhead(t *testing.T) {
	errMethod := errors.New("the method panicked")
	for name, test := range map[string]struct {
		explode func()
		check   func(recovered any, ended bool)
	}{
		"an error": {func() { panic(errMethod) }, func(recovered any, _ bool) {
			err, ok := recovered.(error)
			require.True(t, ok)
			assert.ErrorIs(t, err, errMethod)
			assert.Contains(t, err.Error(), "the method panicked [while a page of records was read]")
			assert.Contains(t, err.Error(), "explosive", "the stack leads to the method")
		}},
		"a text":                   {func() { panic("text") }, func(recovered any, _ bool) { assert.Contains(t, fmt.Sprint(recovered), "text [while") }},
		"the end of the goroutine": {runtime.Goexit, func(recovered any, ended bool) { assert.Nil(t, recovered); assert.True(t, ended) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, pages, ended, finished := &pagedServer{pages: 9}, 0, make(chan any), false
				explode = test.explode
				go func() {
					defer func() { ended <- recover() }()
					for _, err := range pagesOf[explosive](t, t.Context(), s) {
						require.NoError(t, err)
						pages++
					}
					finished = true
				}()
				recovered := <-ended
				test.check(recovered, !finished)
				assert.Equal(t, 2, pages)
				assert.Zero(t, s.open)
			})
		})
	}
}
