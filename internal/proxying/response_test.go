package proxying_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/proxying"
)

func TestRetry(t *testing.T) {
	response := func(status int, header ...string) *http.Response {
		resp := &http.Response{StatusCode: status, Header: http.Header{}}
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp
	}
	const no = time.Duration(-1)
	for _, tt := range []struct {
		name, rules string
		resp        *http.Response
		also        string
		want        time.Duration // asked for by the provider; no: no retry
	}{
		{"500", `{}`, response(500), "", 0},
		{"429", `{}`, response(429), "", 0},
		{"401", `{}`, response(401), "", 0},
		{"400", `{}`, response(400), "", no},
		{"what the caller wants", `{}`, response(400), "404,400", 0},
		{"a code of the rules", `{"error_code":["404"]}`, response(404), "", 0},
		{"a class of the rules", `{"error_code":"4XX"}`, response(404), "", 0},
		{"a range of the rules", `{"error_code":["500-502"]}`, response(502), "", 0},
		{"beside the rules", `{"error_code":["500-502"]}`, response(503), "", no},
		{"nothing remains", `{"remaining":"x-left"}`, response(403, "X-Left", "0"), "", 0},
		{"something remains", `{"remaining":"x-left"}`, response(403, "X-Left", "1"), "", no},
		{"after seconds", `{"after":["a","b"]}`, response(500, "A", "1.5", "B", "7"), "", 7 * time.Second},
		{"after nonsense", `{"after":"a"}`, response(500, "A", "soon"), "", 0},
		{"at seconds", `{"at":"a"}`, response(500, "A", "1893585660"), "", time.Minute},
		{"at milliseconds", `{"at":"a"}`, response(500, "A", "1893585660999"), "", time.Minute},
		{"at a date", `{"at":"a"}`, response(500, "A", "2030-01-02T12:00:09.9Z"), "", 9 * time.Second},
		{"at a date of HTTP", `{"at":"a"}`, response(500, "A", "Wed, 02 Jan 2030 12:01:00 GMT"), "", time.Minute},
		{"at nonsense", `{"at":"a"}`, response(500, "A", "soon"), "", 0},
		{"at a time that has passed", `{"at":"a"}`, response(500, "A", "1"), "", 0},
	} {
		rules := template(t, `{"retry":`+tt.rules+`}`).Retry
		assert.Equal(t, tt.want != no, rules.Applies(tt.resp, strings.Split(tt.also, ",")), tt.name)
		if tt.want != no {
			assert.Equal(t, tt.want, max(0, rules.Wait(tt.resp.Header, noon)), tt.name)
		}
	}
}

// A response is decompressed before it is passed on.
func TestReceivedDecompresses(t *testing.T) {
	var zipped, deflated bytes.Buffer
	for _, w := range []io.WriteCloser{gzip.NewWriter(&zipped), zlib.NewWriter(&deflated)} {
		_, err := w.Write([]byte("text"))
		require.NoError(t, err)
		require.NoError(t, w.Close())
	}
	for encoding, sent := range map[string]string{"": "text", "br": "text", "GZIP": zipped.String(), "x-gzip": zipped.String(), "compress": zipped.String(), "deflate": deflated.String()} {
		got := proxying.Received(&http.Response{StatusCode: 201, Header: http.Header{"Content-Encoding": {encoding}, "Content-Length": {"9"}}, Body: io.NopCloser(strings.NewReader(sent))}, false)
		assert.Equal(t, proxying.Response{
			Status: 200, Header: http.Header{"Content-Type": {"application/octet-stream"}, "Etag": {`W/"4-Ny6gjKsz5xwCxlHbyDpHTTLGduo"`}}, Body: []byte("text"),
		}, got, encoding)
	}
	for _, encoding := range []string{"gzip", "deflate"} {
		got := proxying.Received(&http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {encoding}}, Body: io.NopCloser(strings.NewReader("text"))}, false)
		assert.Equal(t, proxying.Response{Status: 500}, got, encoding)
	}
}

// What becomes of a response depends on how the provider frames it.
func TestReceived(t *testing.T) {
	respond := func(status int, chunked bool, header ...string) *http.Response {
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("\xff"))}
		if chunked {
			resp.TransferEncoding = []string{"chunked"}
		}
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp
	}
	for _, tt := range []struct {
		name   string
		resp   *http.Response
		status int
		header http.Header
		body   string // whether it streams or not
	}{
		{"chunked", respond(206, true, "Link", "l"), 206, http.Header{"Link": {"l"}}, "\xff"},
		{"an attachment", respond(201, false, "Content-Disposition", "Attachment; filename=x"), 201, http.Header{"Content-Disposition": {"Attachment; filename=x"}}, "\xff"},
		{"a success", respond(201, false, "Link", "l", "Content-Type", "a/b", "X-Request-Id", "r"), 200,
			http.Header{"Content-Type": {"a/b"}, "X-Request-Id": {"r"}, "Etag": {`W/"1-heUyceFABvAmWSHQLU1zbNxYCws"`}}, "\xff"},
		{"nothing", respond(204, false, "Link", "l"), 204, nil, ""},
		{"a failure", respond(404, true, "Link", "l", "ETag", "e", "Content-Type", "text/plain; charset=latin1; a=b"), 404,
			http.Header{"Link": {"l"}, "Etag": {"e"}, "Content-Type": {"text/plain; a=b; charset=utf-8"}}, "\ufffd"},
		{"a failure without a type", respond(500, false, "ETag", "e"), 500, http.Header{"Etag": {"e"}, "Content-Type": {"text/html; charset=utf-8"}}, "\ufffd"},
	} {
		got := proxying.Received(tt.resp, false)
		if got.Stream != nil {
			var err error
			got.Body, err = io.ReadAll(got.Stream)
			require.NoError(t, err)
		}
		assert.Equal(t, tt.status, got.Status, tt.name)
		assert.Equal(t, tt.header, got.Header, tt.name)
		assert.Equal(t, tt.body, string(got.Body), tt.name)
	}
}

// Where headers are kept, a success has the provider's, as recorded with a server that was set up so. Nango adds its own to them.
func TestReceivedKeepsHeaders(t *testing.T) {
	sent := http.Header{
		"X-Ratelimit-Remaining": {"7"}, "Content-Type": {"application/json"}, "Etag": {`"abc"`}, "Link": {`<https://x.example/2>; rel="next"`},
		"Location": {"/made/1"}, "Retry-After": {"3"}, "Set-Cookie": {"a=1", "b=2"}, "X-Request-Id": {"up-1"}, "X-Two": {"1", "2"},
	}
	want := sent.Clone()
	want["X-Two"] = []string{"1, 2"}
	for name, value := range map[string]string{"Content-Length": "12", "Connection": "close", "Keep-Alive": "timeout=5", "Access-Control-Allow-Origin": "*", "Upgrade": "h2c"} {
		sent.Set(name, value)
	}
	for status, arrives := range map[int]int{200: 200, 201: 200, 202: 200, 204: 204} {
		got := proxying.Received(&http.Response{StatusCode: status, Header: sent.Clone(), Body: io.NopCloser(strings.NewReader(`{"ok":true}`))}, true)
		body := []byte(`{"ok":true}`)
		if status == 204 {
			body = nil
		}
		assert.Equal(t, proxying.Response{Status: arrives, Header: want, Body: body}, got)
	}
	got := proxying.Received(&http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("text"))}, true)
	assert.Equal(t, http.Header{"Content-Type": {"application/octet-stream"}, "Etag": {`W/"4-Ny6gjKsz5xwCxlHbyDpHTTLGduo"`}}, got.Header)
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Upgrade", "Access-Control-Allow-Origin"} {
		for _, chunked := range []bool{true, false} {
			resp := &http.Response{StatusCode: 404, Header: http.Header{name: {"x"}, "Content-Length": {"4"}}, Body: io.NopCloser(strings.NewReader("text"))}
			if chunked {
				resp.StatusCode, resp.TransferEncoding = 200, []string{"chunked"}
			}
			got := proxying.Received(resp, true)
			assert.NotContains(t, got.Header, name)
			assert.Equal(t, "4", got.Header.Get("Content-Length"))
		}
	}
}
