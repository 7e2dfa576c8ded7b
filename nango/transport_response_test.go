package nango_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// nangoServer is a server that responds to the proxy with one response, and has headers of its own on all responses.
type nangoServer struct {
	own      http.Header
	status   int
	header   http.Header
	body     string
	chunked  bool
	requests int
}

// nangosOwn are the headers that a server and a gateway in front of it put on all responses.
var nangosOwn = http.Header{
	"X-Ratelimit-Limit": {"200"}, "X-Ratelimit-Remaining": {"150"}, "X-Ratelimit-Reset": {"1795901241"}, "Date": {"Sat, 28 Nov 2026 21:10:00 GMT"},
	"Strict-Transport-Security": {"max-age=5184000"}, "X-Frame-Options": {"SAMEORIGIN"}, "Content-Security-Policy-Report-Only": {"default-src 'self'"},
	"Access-Control-Allow-Origin": {"*"}, "Cf-Ray": {"1"},
}

func (s *nangoServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	header := maps.Clone(s.own)
	respond := func(status int, body string, length int64) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status), Header: header,
			ContentLength: length, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	switch {
	case strings.HasPrefix(r.URL.Path, "/integrations/"):
		return respond(200, `{"data":{"unique_key":"c","provider":"p","display_name":"p","logo":"","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}}`, 9)
	case strings.HasPrefix(r.URL.Path, "/providers/"):
		header.Set("Etag", `W/"9-2jmj7l5rSw0yVb/vlWAYkK/YBwk"`)
		return respond(200, `{"data":{"name":"p","display_name":"p","auth_mode":"OAUTH2","docs":"","logo_url":"","categories":[],"proxy":{"base_url":"https://api.test"}}}`, 9)
	}
	s.requests++
	header.Del("Content-Type")
	maps.Copy(header, s.header)
	length := int64(len(s.body))
	if s.chunked {
		length = -1
	} else if s.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	return respond(s.status, s.body, length)
}

func (s *nangoServer) handle(t *testing.T, opts ...nango.Option) *nango.ConnectionHandle {
	t.Helper()
	if s.own == nil {
		s.own = nangosOwn
	}
	client, err := nango.New(apiKey, append(opts, nango.WithHTTPClient(&http.Client{Transport: s}))...)
	require.NoError(t, err)
	return client.Connection("c", "c")
}

// The caller gets the provider's headers, and none of Nango's.
func TestTransportTakesOwnHeadersOff(t *testing.T) {
	const etag4 = `W/"4-Agg/RXngimEkJcDBoX7ket14O5Q"`
	limits := func(limit, remaining, reset string) http.Header {
		return http.Header{"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}}
	}
	for name, tt := range map[string]struct {
		own        http.Header
		method     string
		status     int
		sent, want http.Header
	}{
		"nothing":               {status: 200, sent: http.Header{}, want: http.Header{}},
		"a failure":             {status: 404, sent: http.Header{"Etag": {etag4}, "X-A": {"b"}}, want: http.Header{"X-A": {"b"}}},
		"the provider's limits": {status: 200, sent: limits("5000", "4999", "1999999999"), want: limits("5000", "4999", "1999999999")},
		"mixed limits":          {status: 403, sent: http.Header{"X-Ratelimit-Remaining": {"7"}}, want: http.Header{}},
		"a limit without reset": {status: 200, sent: http.Header{"X-Ratelimit-Limit": {"60"}, "X-Ratelimit-Remaining": {"7"}}, want: limits("60", "7", "1795901241")},
		"a server without one":  {own: http.Header{}, status: 200, sent: limits("200", "4999", "1"), want: limits("200", "4999", "1")},
		"Express's ETag":        {status: 200, sent: http.Header{"Etag": {etag4}}, want: http.Header{}},
		"the provider's ETag":   {status: 200, sent: http.Header{"Etag": {`"v1"`}}, want: http.Header{"Etag": {`"v1"`}}},
		"of another length":     {status: 200, sent: http.Header{"Etag": {`W/"5-Agg/RXngimEkJcDBoX7ket14O5Q"`}}, want: http.Header{"Etag": {`W/"5-Agg/RXngimEkJcDBoX7ket14O5Q"`}}},
		"other values": {status: 200, sent: http.Header{"X-Frame-Options": {"DENY"}, "Access-Control-Allow-Origin": {"https://a.test"}, "Cf-Ray": {"2"}},
			want: http.Header{"X-Frame-Options": {"DENY"}, "Access-Control-Allow-Origin": {"https://a.test"}, "Cf-Ray": {"2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &nangoServer{own: tt.own, status: tt.status, header: tt.sent, body: "body"}
			shared := maps.Clone(tt.sent)
			resp, body := ok(t, s.handle(t).HTTPClient(nil), request(t, "GET", "https://api.test/x", ""))
			for _, name := range []string{"Content-Length", "Date"} {
				resp.Header.Del(name)
			}
			want := maps.Clone(tt.want)
			if tt.own == nil && want.Get("Cf-Ray") == "" {
				want.Set("Cf-Ray", "1") // a header that is not known
			}
			assert.Equal(t, want, resp.Header)
			assert.Equal(t, "body", body)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, shared, tt.sent, "a transport may use its headers again")
		})
	}
}

// What Nango changes and can be told from the response is as it was.
func TestTransportRestoresStatus(t *testing.T) {
	for name, tt := range map[string]struct {
		method, accept, body string
		status               int
		chunked              bool
		header               http.Header
		want                 int
		length               int64
	}{
		"a range":                {method: "GET", body: "abc", status: 200, header: http.Header{"Content-Range": {"bytes 0-2/9"}}, want: 206, length: 3},
		"a range that was kept":  {method: "GET", body: "abc", status: 206, chunked: true, header: http.Header{"Content-Range": {"bytes 0-2/9"}}, want: 206, length: -1},
		"an unsatisfied range":   {method: "GET", body: "abc", status: 416, header: http.Header{"Content-Range": {"bytes */9"}}, want: 416, length: 3},
		"a resumable upload":     {method: "PUT", status: 308, header: http.Header{"Range": {"bytes=0-2"}}, want: 308, length: 0},
		"an accepted message":    {method: "POST", accept: "application/json, text/event-stream", status: 200, want: 202, length: 0},
		"a message with a body":  {method: "POST", accept: "application/json, text/event-stream", status: 200, body: "{}", want: 200, length: 2},
		"an empty stream":        {method: "GET", accept: "text/event-stream", status: 200, want: 200, length: 0},
		"an empty 200":           {method: "POST", accept: "application/json", status: 200, want: 200, length: 0},
		"HEAD":                   {method: "HEAD", status: 200, want: 200, length: -1},
		"HEAD of an attachment":  {method: "HEAD", status: 200, body: "12345", header: http.Header{"Content-Disposition": {"attachment"}}, want: 200, length: 5},
		"no content":             {method: "GET", status: 204, want: 204, length: 0},
		"a redirect of no place": {method: "GET", status: 304, want: 304, length: 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &nangoServer{status: tt.status, header: tt.header, body: tt.body, chunked: tt.chunked}
			req := request(t, tt.method, "https://api.test/x", "")
			if tt.accept != "" {
				req.Header.Set("Accept", tt.accept)
			}
			resp, _ := ok(t, s.handle(t).HTTPClient(nil), req)
			assert.Equal(t, tt.want, resp.StatusCode)
			assert.Equal(t, strconv.Itoa(tt.want)+" "+http.StatusText(tt.want), resp.Status)
			assert.Equal(t, tt.length, resp.ContentLength)
			assert.Equal(t, tt.length < 0 && !tt.chunked, resp.Header.Get("Content-Length") == "" && !tt.chunked && tt.status != 204)
		})
	}
}

func TestTransportModifyResponse(t *testing.T) {
	s := &nangoServer{status: 200, header: http.Header{"X-A": {"b"}}, body: "made"}
	req := request(t, "POST", "https://api.test/x", "")
	client := s.handle(t).HTTPClient(&nango.TransportParams{ModifyResponse: func(resp *http.Response) error {
		assert.Equal(t, "https://api.test/x", resp.Request.URL.String())
		assert.Empty(t, resp.Header.Get("X-Ratelimit-Limit"))
		resp.StatusCode = http.StatusCreated
		return nil
	}})
	resp, body := ok(t, client, req)
	assert.Equal(t, http.StatusCreated, resp.StatusCode)
	assert.Equal(t, "made", body)

	cause, closed := errors.New("no"), &tracked{}
	_, err := s.handle(t).HTTPClient(&nango.TransportParams{ModifyResponse: func(resp *http.Response) error {
		resp.Body = closed
		return cause
	}}).Do(req)
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, 1, closed.closes())
}

// A server that does not forward headers shows, and the log says so once.
func TestTransportLogsLostHeaders(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		chunked bool
		header  http.Header
		logged  bool
	}{
		"lost":              {200, false, http.Header{"Content-Type": {"text/plain"}, "X-Request-Id": {"1"}, "Etag": {`W/"4-Agg/RXngimEkJcDBoX7ket14O5Q"`}}, true},
		"forwarded":         {200, false, http.Header{"Content-Type": {"text/plain"}, "Server": {"nginx"}}, false},
		"only an ETag":      {200, false, http.Header{"Etag": {`"v1"`}}, false},
		"only limits":       {200, false, http.Header{"X-Ratelimit-Limit": {"60"}}, false},
		"streamed":          {200, true, http.Header{"Content-Type": {"text/plain"}}, false},
		"a failure":         {404, false, http.Header{"Content-Type": {"text/plain"}}, false},
		"without a content": {204, false, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := &nangoServer{status: tt.status, header: tt.header, body: "body", chunked: tt.chunked}
			handle := s.handle(t, nango.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			for range 2 {
				ok(t, handle.HTTPClient(nil), request(t, "GET", "https://api.test/x", ""))
			}
			if tt.logged {
				assert.Equal(t, 1, strings.Count(log.String(), "level=WARN msg=\"nango: a response has none of the provider's headers"))
			} else {
				assert.Empty(t, log.String())
			}
		})
	}
}
