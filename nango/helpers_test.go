package nango_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

const apiKey = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"

var document = sync.OnceValues(func() (*spectest.Validator, error) { return spectest.New(api.Document) })

// sent is a request as it left the SDK.
type sent struct {
	Method string
	Path   string // escaped
	Query  url.Values
	Header http.Header
	Body   string
}

// server responds to the requests of one test with recordings, in turn; the last one serves all further requests. Every request
// has to be one that the document allows.
type server struct {
	t         *testing.T
	responses []*recordings.Exchange
	requests  []sent
	refused   bool // the requests are bad ones, which the document may refuse as the server did
	mu        sync.Mutex
}

// serve returns a client whose requests are answered by these recordings.
func serve(t *testing.T, names ...string) (*nango.Client, *server) {
	t.Helper()
	s := &server{t: t}
	for _, name := range names {
		e, err := recordings.Load(name)
		require.NoError(t, err)
		s.responses = append(s.responses, e)
	}
	return s.client(), s
}

// refused is serve for requests that are not as the document wants them.
func refused(t *testing.T, names ...string) (*nango.Client, *server) {
	t.Helper()
	client, s := serve(t, names...)
	s.refused = true
	return client, s
}

// requireFailure checks the kind, the code and the fields of an error of the server.
func requireFailure(t *testing.T, err, is error, code string, fields ...nango.FieldError) {
	t.Helper()
	failure, ok := errors.AsType[*nango.Error](err)
	require.True(t, ok, "%v", err)
	assert.ErrorIs(t, err, is)
	assert.Equal(t, code, failure.Code)
	assert.Equal(t, fields, failure.Fields)
}

// requireArgument checks that an argument was refused, and for a reason that says so.
func requireArgument(t *testing.T, err error, name, reason string) {
	t.Helper()
	refused, ok := errors.AsType[*nango.ArgumentError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, name, refused.Name)
	assert.Contains(t, refused.Reason, reason)
}

// serveBodies returns a client whose requests get JSON that no server sent, for shapes that were not recorded.
func serveBodies(t *testing.T, bodies ...string) (*nango.Client, *server) {
	t.Helper()
	s := &server{t: t}
	for _, body := range bodies {
		e := &recordings.Exchange{}
		e.Response.Status, e.Response.Body = http.StatusOK, body
		e.Response.Header = http.Header{"Content-Type": {"application/json; charset=utf-8"}}
		s.responses = append(s.responses, e)
	}
	return s.client(), s
}

func (s *server) client(opts ...nango.Option) *nango.Client {
	s.t.Helper()
	opts = append([]nango.Option{nango.WithHTTPClient(&http.Client{Transport: s}), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1})}, opts...)
	client, err := nango.New(apiKey, opts...)
	require.NoError(s.t, err)
	return client
}

func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	validator, err := document()
	if err != nil {
		return nil, err
	}
	if !s.refused && !strings.HasPrefix(req.URL.Path, "/proxy/") {
		assert.NoError(s.t, validator.Request(req.Method, req.URL.RequestURI(), req.Header, body), "the document refuses %s %s", req.Method, req.URL)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, sent{req.Method, req.URL.EscapedPath(), req.URL.Query(), req.Header.Clone(), string(body)})
	if len(s.responses) == 0 {
		return nil, fmt.Errorf("no request was expected")
	}
	return s.responses[min(len(s.requests), len(s.responses))-1].Respond(req), nil
}

// jsonBody are the control headers of a request with a JSON body.
var jsonBody = http.Header{"Content-Type": {"application/json"}}

// control are the headers that mean something to the server, the content type among them.
func control(header http.Header) http.Header {
	out := http.Header{}
	for name, values := range header {
		switch name {
		case "Authorization", "Accept", "User-Agent", "Content-Length", "Host", "Accept-Encoding":
		default:
			out[name] = values
		}
	}
	return out
}

// requireSent checks that exactly these requests were made, whole: method, path, query, control headers and body. Bodies are
// compared as JSON where the expected one is JSON.
func (s *server) requireSent(want ...sent) {
	s.t.Helper()
	require.Len(s.t, s.requests, len(want))
	for i, w := range want {
		got := s.requests[i]
		assert.Equal(s.t, w.Method+" "+w.Path, got.Method+" "+got.Path)
		if w.Query == nil {
			w.Query = url.Values{}
		}
		assert.Equal(s.t, w.Query, got.Query, "query")
		if w.Header == nil {
			w.Header = http.Header{}
		}
		assert.Equal(s.t, control(w.Header), control(got.Header), "headers")
		assert.Equal(s.t, "Bearer "+apiKey, got.Header.Get("Authorization"))
		if json.Valid([]byte(w.Body)) {
			assert.JSONEq(s.t, w.Body, got.Body, "body")
		} else {
			assert.Equal(s.t, w.Body, got.Body, "body")
		}
	}
}

// recorded is the request of a recording, as the SDK is expected to repeat it.
func recorded(t *testing.T, name string) sent {
	t.Helper()
	e, err := recordings.Load(name)
	require.NoError(t, err)
	target, err := url.Parse(e.Request.Target)
	require.NoError(t, err)
	return sent{e.Request.Method, goPath(target), target.Query(), control(e.Request.Header), e.Request.Body}
}

// goPath is a recorded path with the same segments escaped as Go does it: a +, for instance, may stand in a path as it is.
func goPath(target *url.URL) string {
	path := target.EscapedPath()
	if strings.HasPrefix(path, "/proxy/") {
		return path
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if text, err := url.PathUnescape(segment); err == nil {
			segments[i] = url.PathEscape(text)
		}
	}
	return strings.Join(segments, "/")
}

// requireRecorded checks that the requests are those of the recordings that answered them.
func (s *server) requireRecorded() {
	s.t.Helper()
	want := make([]sent, len(s.responses))
	for i, e := range s.responses {
		want[i] = recorded(s.t, e.Name)
	}
	s.requireSent(want...)
}
