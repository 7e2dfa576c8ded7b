package memhttp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/memhttp"
)

func serve(t *testing.T, h http.HandlerFunc, maxIdle int) *memhttp.Server {
	t.Helper()
	s := memhttp.Serve(t.Context(), h, maxIdle)
	t.Cleanup(func() { s.Close(); s.Wait() })
	return s
}

func send(t *testing.T, via http.RoundTripper, method, url, body string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	return via.RoundTrip(req)
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	return string(body)
}

func TestRoundTrip(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte(r.Host + r.URL.Path + " " + string(body)))
	}, 1)
	for _, url := range []string{"http://a.test/b", "https://a.test/b"} {
		resp, err := send(t, s, "POST", url, "c")
		require.NoError(t, err)
		assert.Equal(t, "a.test/b c", text(t, resp), url)
	}
	assert.Equal(t, 1, s.OpenConnections(), "the connection is used twice")
	s.Transport().CloseIdleConnections()
}

func TestNoIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, func(http.ResponseWriter, *http.Request) {}, -1)
		resp, err := send(t, s, "GET", "http://a.test", "")
		require.NoError(t, err)
		resp.Body.Close()
		synctest.Wait()
		assert.Zero(t, s.OpenConnections())
	})
}

func TestListen(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a")) }, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Listen(l)
	resp, err := send(t, http.DefaultTransport, "GET", "http://"+l.Addr().String(), "")
	require.NoError(t, err)
	assert.Equal(t, "a", text(t, resp))
}

// A client sees a reset on both kinds of connection, and an end without a response where the connection is hidden.
func TestReset(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hidden" {
			w = struct{ http.ResponseWriter }{w}
		}
		memhttp.Reset(w)
	}, 1)
	_, err := send(t, s, "GET", "http://a.test", "")
	assert.ErrorIs(t, err, syscall.ECONNRESET)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Listen(l)
	_, err = send(t, http.DefaultTransport, "GET", "http://"+l.Addr().String(), "")
	assert.ErrorIs(t, err, syscall.ECONNRESET)

	_, err = send(t, s, "GET", "http://a.test/hidden", "")
	assert.ErrorIs(t, err, io.EOF)
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		s := memhttp.Serve(ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Second)
			ended = true
		}), 1)
		go func() { _, _ = send(t, s, "GET", "http://a.test", "") }()
		synctest.Wait()
		s.Close()
		cancel()
		s.Wait()
		assert.True(t, ended, "Wait waits for handlers")
		_, err := send(t, s, "GET", "http://a.test", "")
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.Equal(t, memhttp.Refused(), err)
	})
}

func TestBuffered(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		status  int
		length  int64 // -1: chunked
		body    string
	}{
		"long":         {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }, 200, 5000, long},
		"no body":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }, 201, 0, ""},
		"no content":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, 0, ""},
		"not modified": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, 304, 0, ""},
		"the first status counts": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(102)
			w.WriteHeader(404)
			w.WriteHeader(500)
		}, 404, 0, ""},
		"a length of its own": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			_, _ = io.WriteString(w, "a")
		}, 200, 1, "a"},
		"flushed": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "b")
		}, 200, -1, "ab"},
		"flushed at once": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			w.WriteHeader(500)
		}, 200, -1, ""},
		"echo": {func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }, 200, 4, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, memhttp.Buffered(tt.handler).ServeHTTP, 1)
			resp, err := send(t, s, "POST", "http://a.test", "body")
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.length, resp.ContentLength)
			assert.Equal(t, tt.body, text(t, resp))
		})
	}
}

// The handler is not called for a request that breaks off.
func TestBufferedWithoutABody(t *testing.T) {
	broken := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("a"), brokenReader{}))
	memhttp.Buffered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") })).ServeHTTP(httptest.NewRecorder(), broken)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// The connection is still within reach of a response that is buffered.
func TestResetOfBuffered(t *testing.T) {
	s := serve(t, memhttp.Buffered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { memhttp.Reset(w) })).ServeHTTP, 1)
	_, err := send(t, s, "GET", "http://a.test", "")
	assert.ErrorIs(t, err, syscall.ECONNRESET)
}
