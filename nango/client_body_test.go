package nango

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// countedBody counts what is read of a body and whether it was closed.
type countedBody struct {
	io.Reader
	read   int
	closed bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

func (b *countedBody) Close() error {
	b.closed = true
	return nil
}

func TestKeepBody(t *testing.T) {
	for _, test := range []struct {
		status, size     int
		length           int64
		read, data, kept int
		truncated        bool
	}{
		{200, 0, 0, 0, 0, 0, false},
		{200, 10, 10, 10, 10, 10, false},
		{200, 10, -1, 10, 10, 10, false},
		{200, 10, 1 << 40, 10, 10, 10, false},
		{200, 5 << 20, 5 << 20, 5 << 20, 5 << 20, 5 << 20, false},
		{200, 5 << 20, -1, 5 << 20, 5 << 20, 5 << 20, false},
		{404, 10, 10, 10, 10, 10, false},
		{404, 64 << 10, -1, 64 << 10, 64 << 10, 64 << 10, false},
		{404, 64<<10 + 1, -1, 64<<10 + 1, 64<<10 + 1, 64 << 10, true},
		{404, 200 << 10, 200 << 10, 200 << 10, 200 << 10, 64 << 10, true},
		{500, 5 << 20, 5 << 20, 256<<10 + 1, 256<<10 + 1, 64 << 10, true},
		{302, 5 << 20, -1, 256<<10 + 1, 256<<10 + 1, 64 << 10, true},
	} {
		t.Run(fmt.Sprintf("%d, %d bytes, length %d", test.status, test.size, test.length), func(t *testing.T) {
			body := &countedBody{Reader: strings.NewReader(strings.Repeat("x", test.size))}
			resp := &http.Response{StatusCode: test.status, Body: body, ContentLength: test.length}
			require.NoError(t, bufferBody(resp, 8<<20))
			assert.True(t, body.closed)
			assert.Equal(t, test.read, body.read)
			assert.Equal(t, test.data, len(bodyOf(resp).data))
			assert.LessOrEqual(t, cap(bodyOf(resp).data), 2*max(test.data, maxTrustedLength/2+1))
			assert.Equal(t, test.truncated, bodyOf(resp).truncated)
			read, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, test.kept, len(read), "what a caller of the generated client can read")
			assert.NoError(t, resp.Body.Close())
		})
	}
	t.Run("a success that breaks off is none", func(t *testing.T) {
		broken := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF))
		resp := &http.Response{StatusCode: 200, Body: io.NopCloser(broken), ContentLength: 10}
		assert.Equal(t, io.ErrUnexpectedEOF, bufferBody(resp, 8<<20))
	})
	t.Run("a failure that breaks off is still one", func(t *testing.T) {
		broken := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF))
		resp := &http.Response{StatusCode: 503, Body: io.NopCloser(broken), ContentLength: 10}
		require.NoError(t, bufferBody(resp, 8<<20))
		assert.Equal(t, `{"a":`, string(bodyOf(resp).data))
		assert.True(t, bodyOf(resp).truncated)
	})
}

func TestLimitsOfSuccesses(t *testing.T) {
	text := `{"connection_id":"` + strings.Repeat("x", 1<<20) + `"}`
	for limit, want := range map[int64]string{
		0: "", math.MaxInt64: "", int64(len(text)): "",
		int64(len(text)) - 1: "the response is longer than " + strconv.Itoa(len(text)-1) + " bytes; WithMaxResponseBytes changes that",
		1 << 20:              "the response is longer than 1 MiB; WithMaxResponseBytes changes that",
	} {
		sent := 0
		client := testClient(t, func(*http.Request) (*http.Response, error) {
			sent++
			return reply(200, text), nil
		}, WithMaxResponseBytes(limit))
		err := checkResponse(get(t.Context(), client))
		assert.Equal(t, 1, sent, "the next answer would be as long")
		if want == "" {
			assert.NoError(t, err, limit)
			continue
		}
		e := failureOf(t, err)
		assert.Equal(t, 200, e.StatusCode)
		assert.Equal(t, want, e.Message)
		assert.Equal(t, text[:64<<10], string(e.Body()))
		assert.True(t, e.Truncated)

		_, err = ProxyJSON[any](t.Context(), client.Connection("i", "c"), ProxyRequest{Path: "/x", MaxResponseBytes: limit})
		provider, ok := errors.AsType[*ProviderError](err)
		require.True(t, ok)
		assert.Equal(t, 200, provider.StatusCode)
		assert.ErrorContains(t, err, "; ProxyRequest.MaxResponseBytes changes that")
	}
	_, err := New(testKey, WithMaxResponseBytes(-1))
	assert.Equal(t, &ArgumentError{Name: "max response bytes", Reason: "is negative"}, err)
}

func TestReadAllTakesFewBuffers(t *testing.T) {
	text := strings.Repeat("x", 10_000)
	allocations := testing.AllocsPerRun(100, func() {
		_, err := readAll(strings.NewReader(text), int64(len(text)), 1<<20)
		require.NoError(t, err)
	})
	assert.LessOrEqual(t, allocations, 2.0, "the reader and the buffer")
	allocations = testing.AllocsPerRun(100, func() {
		_, err := readAll(strings.NewReader(text), -1, 1<<20)
		require.NoError(t, err)
	})
	assert.LessOrEqual(t, allocations, 7.0, "the reader, and buffers that double from 513 bytes")
}

func TestPeek(t *testing.T) {
	for _, test := range []struct {
		size      int
		want      int
		truncated bool
	}{{0, 0, false}, {5, 5, false}, {8, 8, false}, {9, 8, true}, {100_000, 8, true}} {
		text := strings.Repeat("0123456789", test.size/10+1)[:test.size]
		body := &countedBody{Reader: iotest.OneByteReader(strings.NewReader(text))}
		resp := &http.Response{Body: body, ContentLength: -1}
		data, truncated, err := peek(resp, 8, nil)
		require.NoError(t, err)
		assert.Equal(t, text[:test.want], string(data))
		assert.Equal(t, test.truncated, truncated)
		assert.LessOrEqual(t, body.read, 9, "it reads no further than it must")
		all, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, text, string(all))
		assert.False(t, body.closed)
		require.NoError(t, resp.Body.Close())
		assert.True(t, body.closed)
	}
	t.Run("an error of reading is handed out and met again", func(t *testing.T) {
		errBroken := errors.New("broken")
		resp := &http.Response{Body: io.NopCloser(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(errBroken))), ContentLength: -1}
		data, truncated, err := peek(resp, 8, nil)
		assert.Equal(t, "ab", string(data))
		assert.False(t, truncated)
		assert.Equal(t, errBroken, err)
		all, err := io.ReadAll(resp.Body)
		assert.Equal(t, "ab", string(all))
		assert.Equal(t, errBroken, err)
	})
}

func TestBodiesThatAreNotSentAreClosed(t *testing.T) {
	client := testClient(t, always(200, found))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for target, ctx := range map[string]context.Context{"/connections/%2e": t.Context(), "/proxy/x": ended, "/connections/a": ended} {
		body := &countedBody{Reader: strings.NewReader(`{}`)}
		req, err := http.NewRequestWithContext(ctx, "PATCH", testBase+target, body)
		require.NoError(t, err)
		_, err = client.Generated().Client.Do(req)
		assert.Error(t, err, target)
		assert.True(t, body.closed, target)
	}
}

// listening is a server on the loopback that counts its connections and the bytes that it wrote.
func listening(t *testing.T, handler http.HandlerFunc) (client *Client, connections, written *atomic.Int64) {
	t.Helper()
	connections, written = new(atomic.Int64), new(atomic.Int64)
	server := httptest.NewUnstartedServer(handler)
	server.Listener = &countingListener{server.Listener, connections, written}
	server.Start()
	t.Cleanup(server.Close)
	client, err := New(testKey, WithBaseURL(server.URL), WithRetry(RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	return client, connections, written
}

type countingListener struct {
	net.Listener
	connections, written *atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.connections.Add(1)
	if tcp, ok := conn.(*net.TCPConn); ok { // so that what the client does not read is not written either
		err = tcp.SetWriteBuffer(32 << 10)
	}
	return &countingConn{conn, l.written}, err
}

type countingConn struct {
	net.Conn
	written *atomic.Int64
}

func (c *countingConn) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 { // in small pieces, to count what went out
		n, err := c.Conn.Write(p[:min(len(p), 16<<10)])
		total += n
		c.written.Add(int64(n))
		if err != nil {
			return total, err
		}
		p = p[n:]
	}
	return total, nil
}

func TestLongFailuresCostTheConnectionOnly(t *testing.T) {
	finished := make(chan struct{}, 4)
	client, connections, written := listening(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(500)
		io.WriteString(w, `{"error":{"code":"generic_error_support","message":"m","payload":"`)
		for range 5 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				break
			}
		}
		finished <- struct{}{}
	})
	for i := range 2 {
		e := failureOf(t, checkResponse(get(t.Context(), client)))
		<-finished
		assert.Equal(t, 500, e.StatusCode)
		assert.Equal(t, 64<<10, len(e.Body()))
		assert.True(t, e.Truncated)
		assert.EqualValues(t, i+1, connections.Load(), "the connection is not used again")
	}
	assert.Less(t, written.Load(), int64(2<<20), "less than 1 MB was taken of each 5 MB")
}

func TestShortFailuresLeaveTheConnection(t *testing.T) {
	client, connections, _ := listening(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(502)
		for range 200 {
			w.Write([]byte(strings.Repeat("x", 1<<10)))
		}
	})
	for range 5 {
		e := failureOf(t, checkResponse(get(t.Context(), client)))
		assert.Equal(t, 502, e.StatusCode)
		assert.Equal(t, 64<<10, len(e.Body()))
	}
	assert.EqualValues(t, 1, connections.Load(), "200 KiB are read to their end")
}

func TestSuccessesLeaveTheConnection(t *testing.T) {
	client, connections, _ := listening(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"connection_id":"`+strings.Repeat("x", 5<<20)+`"}`)
	})
	for range 3 {
		out, err := decode[struct {
			ID string `json:"connection_id"`
		}](get(t.Context(), client))
		require.NoError(t, err)
		assert.Equal(t, 5<<20, len(out.ID))
	}
	assert.EqualValues(t, 1, connections.Load())
}

func TestSuccessThatIsCutShort(t *testing.T) {
	calls := 0
	client, _, _ := listening(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if calls++; calls == 1 {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"a":`)
			return
		}
		io.WriteString(w, `{"connection_id":"a"}`)
	})
	err := checkResponse(get(t.Context(), client))
	assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 200 OK: the response was cut short")
	assert.Equal(t, `{"a":`, string(failureOf(t, err).Body()))
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)

	calls = 0
	retrying, err := client.With(WithRetry(RetryPolicy{BaseDelay: 1}))
	require.NoError(t, err)
	out, err := decode[map[string]any](get(t.Context(), retrying))
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"connection_id": "a"}, *out)
	assert.Equal(t, 2, calls)
}

func TestAttemptEndsWithTheBodyOnARealConnection(t *testing.T) {
	client, _, _ := listening(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"a":`)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	client, err := client.With(WithObserver(Observer{AttemptEnd: func(context.Context, AttemptResult) {}}), WithAttemptTimeout(20e6))
	require.NoError(t, err)
	defer cancel()
	_, err = get(ctx, client)
	assert.EqualError(t, err, "nango: GET /connections/{connectionId}: 200 OK: no response within 20ms")
}
