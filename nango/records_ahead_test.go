package nango_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// latency is the time between a request and its response.
const latency = 20 * time.Millisecond

// pagedServer has pages of one record. The cursor and the record's id of page 3 are "3". Responses take their time.
type pagedServer struct {
	pages int
	serve func(ctx context.Context, page int) (io.Reader, error) // instead of the usual response, if it is not nil

	mu    sync.Mutex
	asked []int // the pages, in the order of the requests
	open  int   // requests whose response was not closed
}

func (s *pagedServer) RoundTrip(req *http.Request) (*http.Response, error) {
	page, err := strconv.Atoi(req.URL.Query().Get("cursor"))
	if err != nil {
		page = 1
	}
	s.mu.Lock()
	s.asked = append(s.asked, page)
	s.open++
	s.mu.Unlock()
	body, err := s.respond(req.Context(), page)
	if err != nil {
		s.closed()
		return nil, err
	}
	resp := exchange(200, "").Respond(req)
	resp.ContentLength, resp.Body = -1, &closing{Reader: body, closed: s.closed}
	return resp, nil
}

func (s *pagedServer) respond(ctx context.Context, page int) (io.Reader, error) {
	if s.serve != nil {
		if body, err := s.serve(ctx, page); body != nil || err != nil {
			return body, err
		}
	}
	return strings.NewReader(s.page(page)), sleep(ctx, latency)
}

func (s *pagedServer) page(page int) string {
	next := ""
	if page < s.pages {
		next = strconv.Itoa(page + 1)
	}
	return pageOf(next, strconv.Itoa(page))
}

func (s *pagedServer) closed() { s.mu.Lock(); s.open--; s.mu.Unlock() }

// requests returns the pages that were asked for until everything waits.
func (s *pagedServer) requests() []int {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int{}, s.asked...)
}

type closing struct {
	io.Reader
	closed func()
	once   sync.Once
}

func (c *closing) Close() error { c.once.Do(c.closed); return nil }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pagesOf returns the pages of a server as an iterator.
func pagesOf[T any](t *testing.T, ctx context.Context, s *pagedServer) iter.Seq2[*nango.RecordPage[T], error] {
	t.Helper()
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: s}), nango.WithRetry(nango.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	return nango.RecordPages[T](ctx, client.Connection("github", "conn"), nango.ListRecordsParams{Model: "Item"})
}

// What the loop's params say about the number of pages, and about reading ahead.
func TestLimitsOfPages(t *testing.T) {
	for _, tt := range []struct {
		params nango.ListRecordsParams
		asked  []int
	}{
		{nango.ListRecordsParams{MaxPages: 1}, []int{1}},
		{nango.ListRecordsParams{MaxPages: 2}, []int{1, 2}},
		{nango.ListRecordsParams{MaxPages: 3}, []int{1, 2, 3}},
		{nango.ListRecordsParams{MaxPages: 9}, []int{1, 2, 3, 4, 5}},
		{nango.ListRecordsParams{MaxPages: 2, NoReadAhead: true}, []int{1, 2}},
		{nango.ListRecordsParams{NoReadAhead: true}, []int{1, 2, 3, 4, 5}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &pagedServer{pages: 5}
			client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: s}))
			require.NoError(t, err)
			params, n := tt.params, 0
			params.Model = "Item"
			for _, err := range nango.RecordPages[any](t.Context(), client.Connection("github", "conn"), params) {
				require.NoError(t, err)
				if n++; params.NoReadAhead {
					assert.Len(t, s.requests(), n, "only what the loop asked for")
				}
			}
			assert.Equal(t, tt.asked, s.requests())
			assert.Len(t, tt.asked, n)
			assert.Zero(t, s.open)
		})
	}
	client, err := nango.New(apiKey)
	require.NoError(t, err)
	h := client.Connection("github", "conn")
	for _, err := range nango.RecordPages[any](t.Context(), h, nango.ListRecordsParams{Model: "Item", MaxPages: -1}) {
		requireArgument(t, err, "MaxPages", "negative")
	}
	_, err = nango.ListRecords[any](t.Context(), h, nango.ListRecordsParams{Model: "Item", MaxPages: 1})
	requireArgument(t, err, "MaxPages", "loops")
	_, err = nango.ListRecords[any](t.Context(), h, nango.ListRecordsParams{Model: "Item", NoReadAhead: true})
	requireArgument(t, err, "NoReadAhead", "loops")
}

func TestPagesAreReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := &pagedServer{pages: 10}, time.Now()
		var ids []string
		for page, err := range pagesOf[any](t, t.Context(), s) {
			require.NoError(t, err)
			ids = append(ids, page.Records[0].ID)
			n := len(ids)
			asked := s.requests()
			assert.Len(t, asked, min(n+min(n-1, 1), 10), "page %d is in the loop: one further page is asked for, but none from the first", n)
			time.Sleep(latency) // the work of the loop
		}
		assert.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, ids)
		assert.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, s.requests())
		assert.Equal(t, 12*latency, time.Since(began), "the work takes the time in which the next page comes, but for the first two and the last")
		assert.Zero(t, s.open)
	})
}

// Page 3 is asked for while most of page 2 has not come yet, and waits for page 2.
func TestTheNextPageIsAskedForFromTheBeginningOfAPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, asked, began := &pagedServer{pages: 4}, make(chan struct{}), time.Now()
		s.serve = func(ctx context.Context, page int) (io.Reader, error) {
			switch page {
			case 2:
				text := s.page(2)
				return io.MultiReader(strings.NewReader(text[:5]), strings.NewReader(text[5:17]), strings.NewReader(text[17:25]), readerFunc(func([]byte) (int, error) {
					<-asked
					time.Sleep(5 * latency)
					return 0, io.EOF
				}), strings.NewReader(text[25:])), nil
			case 3:
				close(asked)
			}
			return nil, nil
		}
		var ids []string
		for page, err := range pagesOf[any](t, t.Context(), s) {
			require.NoError(t, err)
			ids = append(ids, page.Records[0].ID)
		}
		assert.Equal(t, []string{"1", "2", "3", "4"}, ids)
		assert.Equal(t, 7*latency, time.Since(began), "page 3 comes while page 2 does")
	})
}

// slowly is a body that waits after each part.
func slowly(parts ...string) io.Reader {
	var readers []io.Reader
	for _, part := range parts {
		readers = append(readers, strings.NewReader(part), readerFunc(func([]byte) (int, error) {
			time.Sleep(latency / 2)
			return 0, io.EOF
		}))
	}
	return io.MultiReader(readers...)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// What an attempt that broke off has shown of a cursor is none.
func TestARetryBeginsItsCursorAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, attempts := &pagedServer{pages: 4}, 0
		s.serve = func(_ context.Context, page int) (io.Reader, error) {
			if page != 2 {
				return nil, nil
			}
			if attempts++; attempts == 1 {
				return io.MultiReader(strings.NewReader(`{"next_cursor":"3`), iotest.ErrReader(io.ErrUnexpectedEOF)), nil
			}
			return nil, nil
		}
		for _, err := range pagesOf[any](t, t.Context(), s) {
			require.NoError(t, err)
		}
		assert.Equal(t, []int{1, 2, 2, 3, 4}, s.requests())
	})
}

// The beginning of the first attempt shows another cursor than the attempt that succeeds.
func TestARetryHasAnotherCursor(t *testing.T) {
	for name, next := range map[string]string{"another": "5", "none": ""} {
		first := "3"
		if next == "" {
			first = "c2" // of the last record, as real servers have it
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, attempts := &pagedServer{pages: 6}, 0
				s.serve = func(_ context.Context, page int) (io.Reader, error) {
					if page != 2 {
						return nil, nil
					}
					if attempts++; attempts == 1 {
						return io.MultiReader(slowly(pageOf(first, "2")[:25]), iotest.ErrReader(io.ErrUnexpectedEOF)), nil
					}
					return strings.NewReader(pageOf(next, "2")), nil
				}
				var ids []string
				for page, err := range pagesOf[any](t, t.Context(), s) {
					require.NoError(t, err)
					ids = append(ids, page.Records[0].ID)
					if !page.More {
						assert.Zero(t, s.open, "nothing is read ahead of the last page")
					}
				}
				want, asked := []string{"1", "2"}, []int{1, 2, 1, 2} // which page "c2" is does not matter
				if next != "" {
					want, asked = append(want, "5", "6"), []int{1, 2, 3, 2, 5, 6}
				}
				assert.Equal(t, want, ids)
				assert.Equal(t, asked, s.requests())
				assert.Zero(t, s.open)
			})
		})
	}
}
