package nango_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// What arrives of a body at a provider whose definition has headers.
func TestTransportCarriesBodiesToProvidersWithHeaders(t *testing.T) {
	a := provide(t, headedProvider)
	client := a.client(nil)
	const percent = `{ "a": "100% & x=1", "n": 9007199254740993, "%": [] }`
	const escaped = `{ "a": "100\u0025 \u0026 x\u003d1", "n": 9007199254740993, "\u0025": [] }`
	for _, tt := range []struct{ method, contentType, encoding, body, want string }{
		{"POST", "application/json", "", percent, escaped},
		{"PUT", "application/vnd.api+json; charset=UTF-8", "", percent, escaped},
		{"PATCH", "application/json", "gzip", gzipped(t, percent), escaped},
		{"PATCH", "application/json", "identity", percent, escaped},
		{"DELETE", "application/json", "", percent, percent},
		{"DELETE", "image/png", "", "\x00%\xff", "\x00%\xff"},
		{"POST", "application/x-www-form-urlencoded", "", "a=%C3%A4&b=1%25", "a=%C3%A4&b=1%25"},
		{"POST", "text/plain", "", "a & b = c", "a & b = c"},
		{"POST", "application/json", "br", "abc", "abc"},
		{"POST", "multipart/form-data; boundary=b", "br", "abc", "abc"},
		{"POST", "application/x-ndjson", "", `{"a":"100%"}` + "\n" + `{"b":"%zz"}` + "\n", `{"a":"100\u0025"}` + "\n" + `{"b":"\u0025zz"}` + "\n"},
	} {
		req := request(t, tt.method, "https://api.test/v1/x", tt.body, "Content-Type", tt.contentType)
		if tt.encoding != "" {
			req.Header.Set("Content-Encoding", tt.encoding)
		}
		ok(t, client, req)
		got := a.last()
		assert.Equal(t, tt.want, got.Body)
		assert.Equal(t, tt.contentType, got.Header.Get("Content-Type"))
		if tt.encoding == "gzip" {
			assert.Empty(t, got.Header.Get("Content-Encoding"), "it arrives unpacked")
		} else {
			assert.Equal(t, tt.encoding, got.Header.Get("Content-Encoding"))
		}
	}
}

// A percent sign on which Nango would stop breaks the upload off, even if it is the last byte of a body of known length.
func TestTransportBreaksOffAtALoosePercentSign(t *testing.T) {
	a := provide(t, headedProvider)
	client := a.client(nil)
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct{ contentType, encoding, body, remedy string }{
		{"text/plain", "", "100%", "directly"},
		{"image/png", "", long + "%zz" + long, "directly"},
		{"application/x-www-form-urlencoded", "", "a=%E4", "as UTF-8"},
		{"application/json", "", `no JSON %`, "not JSON"},
		{"application/json", "br", "%", "directly"},
		{"multipart/related; boundary=b", "", "--b\r\n\r\n%\r\n--b--\r\n", "directly"},
	} {
		body := &tracked{Reader: strings.NewReader(tt.body)}
		req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", tt.contentType, "Content-Encoding", tt.encoding)
		req.Body, req.ContentLength = body, int64(len(tt.body))
		_, err := client.Do(req)
		requireArgument(t, err, "Body", tt.remedy)
		assert.ErrorIs(t, err, nango.ErrLoosePercent)
		_, failed := errors.AsType[*nango.Error](err)
		assert.False(t, failed, "nothing failed that could succeed")
		assert.Equal(t, 1, body.closes())
		a.nothing()
	}
}

// A server may respond before it has a whole body. What it says of a part does not count.
func TestTransportClosesTheResponseToABrokenUpload(t *testing.T) {
	s := &nangoServer{status: 200}
	discarded := &tracked{Reader: strings.NewReader("")}
	early := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := s.RoundTrip(r)
		if r.Method == http.MethodPost {
			resp.Body = discarded
		}
		return resp, err
	})
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: early}))
	require.NoError(t, err)
	s.own = nangosOwn
	req := request(t, "POST", "https://api.test/x", "", "Content-Type", "text/plain")
	req.Body = io.NopCloser(strings.NewReader("0123456789"))
	_, err = client.Connection("c", "c").HTTPClient(&nango.TransportParams{MaxBodyBytes: 5}).Do(req)
	requireArgument(t, err, "Body", "longer than 5 bytes")
	assert.Equal(t, 1, discarded.closes())
}

// A query that the server would fail on, or damage, is refused where it would.
func TestTransportQueriesThatAreNotUTF8(t *testing.T) {
	filled := nangotest.Provider{Name: "q", AuthMode: "OAUTH2", BaseURL: "https://api.test/v1", Definition: map[string]any{
		"proxy": map[string]any{"query": map[string]any{"key": "${accessToken}"}},
	}}
	for _, p := range []nangotest.Provider{headedProvider, filled} {
		a := provide(t, p)
		for _, query := range []string{"q=%E4", "q=%", "q=%zz"} {
			a.refusedRequest(a.client(nil), request(t, "GET", "https://api.test/v1/x?"+query, ""), "request URL", "query")
		}
	}
}

// Where the definition adds fields to a body, Nango has to read it.
func TestTransportLetsNangoAddFields(t *testing.T) {
	a := provide(t, nangotest.Provider{Name: "p", AuthMode: "OAUTH2", BaseURL: "https://api.test", Definition: map[string]any{
		"proxy": map[string]any{"body": map[string]any{"key": "${access_token}"}},
	}})
	ok(t, a.client(nil), request(t, "POST", "https://api.test/x", `{"a":"%"}`, "Content-Type", "application/json"))
	assert.JSONEq(t, `{"a":"%","key":"real-token"}`, a.last().Body)
	ok(t, a.client(nil), request(t, "POST", "https://api.test/x", "%", "Content-Type", "text/plain"))
	assert.Equal(t, "%", a.last().Body)
}

func TestTransportRefusesBodies(t *testing.T) {
	a := provide(t, plainProvider)
	client := a.client(&nango.TransportParams{MaxBodyBytes: 10})
	for _, method := range []string{"GET", "HEAD", "PROPFIND", "REPORT"} {
		a.refusedRequest(client, request(t, method, "https://api.test/v1/x", "body"), "Body", "dropped by Nango on "+method)
	}
	a.refusedRequest(client, request(t, "POST", "https://api.test/v1/x", "01234567890"), "Body", "longer than 10 bytes")
	a.refusedRequest(client, request(t, "POST", "https://api.test/v1/x", "--b--", "Content-Type", "multipart/form-data"), "Body", "boundary")
	a.refusedRequest(client, request(t, "POST", "https://api.test/v1/x", "", "Content-Type", "multipart/form-data"), "Body", "boundary")
	a.refusedRequest(client, request(t, "POST", "https://api.test/v1/x", "--b--", "Content-Type", "Multipart/Form-Data; bound"), "Body", "boundary")

	ok(t, client, request(t, "POST", "https://api.test/v1/x", "0123456789"))
	assert.Equal(t, "0123456789", a.last().Body)
	streamed := request(t, "POST", "https://api.test/v1/x", "")
	streamed.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader("01234567890")))
	_, err := client.Do(streamed)
	requireArgument(t, err, "Body", "longer than 10 bytes")
	a.nothing()
	streamed.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader("0123456789")))
	ok(t, client, streamed)
	assert.Equal(t, "0123456789", a.last().Body)
}

// A body that is shorter or longer than it was said to be never reaches the provider, whatever was made of it on the way.
func TestTransportBodyOfAnotherLength(t *testing.T) {
	for _, p := range []nangotest.Provider{plainProvider, headedProvider} {
		for _, tt := range []struct{ contentType, body string }{
			{"text/plain", "short"}, {"application/json", `{"a":1}`}, {"multipart/form-data; boundary=" + formBoundary, form(`Content-Disposition: form-data; name="a"`, "x")},
		} {
			for length, arrives := range map[int]bool{len(tt.body): true, len(tt.body) + 1: false, len(tt.body) - 1: false, 10_000: false} {
				a := provide(t, p)
				req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", tt.contentType)
				body := &tracked{Reader: strings.NewReader(tt.body)}
				req.Body, req.ContentLength = body, int64(length)
				if arrives {
					ok(t, a.client(nil), req)
					assert.NotEmpty(t, a.last().Body)
				} else {
					_, err := a.client(nil).Do(req)
					requireArgument(t, err, "Body", fmt.Sprintf("is not as long as ContentLength says, which is %d", length))
				}
				assert.Equal(t, 1, body.closes())
				a.nothing()
			}
		}
	}
}

// Some clients give each request a body, also one that has none.
func TestTransportEmptyBodies(t *testing.T) {
	a := provide(t, plainProvider)
	for _, method := range []string{"GET", "HEAD", "PROPFIND"} {
		body := &tracked{Reader: strings.NewReader("")}
		req := request(t, method, "https://api.test/v1/x", "")
		req.Body = body
		ok(t, a.client(nil), req)
		assert.Empty(t, a.last().Body)
		assert.Equal(t, 1, body.closes())
	}
}

func TestTransportGzipThatIsNone(t *testing.T) {
	a := provide(t, headedProvider)
	for _, body := range []string{"no gzip", gzipped(t, `{"a":1}`)[:20], ""} {
		req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", "application/json", "Content-Encoding", "gzip")
		req.Body = io.NopCloser(strings.NewReader(body))
		_, err := a.client(nil).Do(req)
		requireArgument(t, err, "Body", "Content-Encoding")
		a.nothing()
	}
}

// A body that cannot be read is an upload that never reaches the provider, with the reader's own error.
func TestTransportBrokenBody(t *testing.T) {
	cause := errors.New("the disk is gone")
	for _, p := range []nangotest.Provider{plainProvider, headedProvider} {
		for _, contentType := range []string{"text/plain", "application/json", "multipart/form-data; boundary=b"} {
			a := provide(t, p)
			start := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
			body := &tracked{Reader: io.MultiReader(strings.NewReader(start), iotest.ErrReader(cause))}
			req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", contentType)
			req.Body = body
			_, err := a.client(nil).Do(req)
			assert.ErrorIs(t, err, cause)
			assert.Equal(t, 1, body.closes())
			a.nothing()
		}
	}
}

// net/http sends a body again if a connection was closed before it was used. Then it is made from its start, with the same changes.
func TestTransportBodyCanBeSentTwice(t *testing.T) {
	for _, rewrite := range []func(_, _ *http.Request) error{nil, func(_, _ *http.Request) error { return nil }} {
		a := provide(t, headedProvider)
		inner := a.srv.HTTPClient().Transport
		twice := roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				_, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.NoError(t, r.Body.Close())
				again, err := r.GetBody()
				if err != nil {
					return nil, err
				}
				r = r.Clone(r.Context())
				r.Body = again
			}
			return inner.RoundTrip(r)
		})
		client := a.client(&nango.TransportParams{Rewrite: rewrite}, nango.WithHTTPClient(&http.Client{Transport: twice}))
		opened := 0
		var bodies []*tracked
		req := request(t, "POST", "https://api.test/v1/x", "", "Content-Type", "application/json")
		req.GetBody = func() (io.ReadCloser, error) {
			opened++
			bodies = append(bodies, &tracked{Reader: strings.NewReader(`{"a":"%"}`)})
			return bodies[len(bodies)-1], nil
		}
		req.Body, _ = req.GetBody()
		ok(t, client, req)
		assert.Equal(t, `{"a":"\u0025"}`, a.last().Body)
		assert.Equal(t, 2, opened)
		for _, body := range bodies {
			assert.Equal(t, 1, body.closes())
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
