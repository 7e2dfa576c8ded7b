package nango_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// proxied sends a call and returns the one request that it made.
func proxied(t *testing.T, req nango.ProxyRequest) sent {
	t.Helper()
	client, server := serveBodies(t, `{}`)
	_, err := client.Connection("github", "conn").Proxy(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, server.requests, 1)
	assert.Equal(t, "Bearer "+apiKey, server.requests[0].Header.Get("Authorization"))
	got := server.requests[0]
	got.Header = control(got.Header)
	return got
}

// controlled are the headers of a call by the connection conn of github, and others.
func controlled(others ...string) http.Header {
	header := http.Header{"Connection-Id": {"conn"}, "Provider-Config-Key": {"github"}}
	for i := 0; i < len(others); i += 2 {
		header.Set(others[i], others[i+1])
	}
	return header
}

func TestProxySendsEverything(t *testing.T) {
	got := proxied(t, nango.ProxyRequest{
		Method: "PATCH", Path: "/a?b=1", Query: url.Values{"c": {"2", "3"}},
		Header: http.Header{"x-one": {"1"}, "X-Many": {"1", "2, 3"}, "Notion-Version": {"v"}, "Cookie": {"k=v", "l=w"}, "X-Empty": {""}, "X-None": nil, "Connection-Id": {"theirs"}},
		JSON:   map[string]any{"n": json.Number("9007199254740993")}, ContentType: "application/vnd.api+json",
		Retries: 12, RetryOn: []int{404, 409}, BaseURLOverride: "https://x.example/v2", ForwardHeadersOnRedirect: new(false),
	})
	assert.Equal(t, sent{
		Method: "PATCH", Path: "/proxy/a", Query: url.Values{"b": {"1"}, "c": {"2", "3"}}, Body: `{"n":9007199254740993}`,
		Header: controlled(
			"Nango-Proxy-X-One", "1", "Nango-Proxy-X-Many", "1, 2, 3", "Nango-Proxy-Notion-Version", "v", "Nango-Proxy-Cookie", "k=v; l=w",
			"Nango-Proxy-X-Empty", "", "Nango-Proxy-Connection-Id", "theirs",
			"Nango-Proxy-Content-Type", "application/vnd.api+json", "Content-Type", "application/octet-stream",
			"Retries", "12", "Retry-On", "404,409", "Base-Url-Override", "https://x.example/v2",
			"Forward-Headers-On-Redirect", "false",
		),
	}, got)
}

func TestProxySendsNothingUnasked(t *testing.T) {
	for _, method := range []string{"", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} {
		got := proxied(t, nango.ProxyRequest{Method: method, Path: "/a"})
		if method == "" {
			method = "GET"
		}
		assert.Equal(t, sent{Method: method, Path: "/proxy/a", Query: url.Values{}, Header: controlled()}, got)
	}
}

func TestProxyBodies(t *testing.T) {
	envelope := func(contentType string) http.Header {
		return controlled("Content-Type", "application/octet-stream", "Nango-Proxy-Content-Type", contentType)
	}
	form := url.Values{"a": {"1", "2"}, "b": {"x y"}}.Encode()
	var upload bytes.Buffer
	parts := multipart.NewWriter(&upload)
	file, err := parts.CreateFormFile("f", "x.bin")
	require.NoError(t, err)
	_, err = file.Write([]byte("\x00\x01\xff\r\n"))
	require.NoError(t, err)
	require.NoError(t, parts.Close())
	uploaded := upload.String()

	for _, test := range []struct {
		name   string
		req    nango.ProxyRequest
		body   string
		header http.Header
	}{
		{"JSON", nango.ProxyRequest{JSON: map[string]any{"b": "<ü>", "a": nil}}, `{"a":null,"b":"<ü>"}`, envelope("application/json")},
		{"JSON that is no object", nango.ProxyRequest{JSON: "text"}, `"text"`, envelope("application/json")},
		{"a null", nango.ProxyRequest{JSON: (*int)(nil)}, `null`, envelope("application/json")},
		{"raw JSON", nango.ProxyRequest{JSON: json.RawMessage(`{"n":1.0}`)}, `{"n":1.0}`, envelope("application/json")},
		{"plain JSON", nango.ProxyRequest{JSON: struct{}{}, PlainJSON: true}, `{}`, controlled("Content-Type", "application/json", "Nango-Proxy-Content-Type", "application/json")},
		{"a plain list", nango.ProxyRequest{JSON: []int{1}, PlainJSON: true}, `[1]`, controlled("Content-Type", "application/json", "Nango-Proxy-Content-Type", "application/json")},
		{"plain JSON of a type", nango.ProxyRequest{JSON: struct{}{}, PlainJSON: true, ContentType: "application/vnd.x+json"}, `{}`, controlled("Content-Type", "application/json", "Nango-Proxy-Content-Type", "application/vnd.x+json")},
		{"bytes", nango.ProxyRequest{Body: bytes.NewReader([]byte("\x00\xff")), ContentType: "image/png"}, "\x00\xff", envelope("image/png")},
		{"a form", nango.ProxyRequest{Body: strings.NewReader(form), ContentType: "application/x-www-form-urlencoded"}, form, envelope("application/x-www-form-urlencoded")},
		{"a multipart form", nango.ProxyRequest{Body: &upload, ContentType: parts.FormDataContentType()}, uploaded, envelope(parts.FormDataContentType())},
		{"a reader without a length", nango.ProxyRequest{Body: io.LimitReader(strings.NewReader("a,b\n1,2"), 4), ContentType: "text/csv"}, "a,b\n", envelope("text/csv")},
		{"an empty body", nango.ProxyRequest{Body: http.NoBody, ContentType: "text/csv"}, "", envelope("text/csv")},
		{"no body", nango.ProxyRequest{Body: http.NoBody}, "", controlled()},
		{"JSON with signs", nango.ProxyRequest{JSON: map[string]string{"a&b=": "100%"}}, `{"a\u0026b\u003d":"100\u0025"}`, envelope("application/json")},
		{"JSON as text", nango.ProxyRequest{JSON: "%", ContentType: "text/plain"}, `"\u0025"`, envelope("text/plain")},
		{"JSON verbatim", nango.ProxyRequest{JSON: "a&b=%", Verbatim: true}, `"a&b=%"`, envelope("application/json")},
		{"a stream of JSON", nango.ProxyRequest{Body: io.LimitReader(strings.NewReader(`"%"`), 3), ContentType: "application/json"}, `"\u0025"`, envelope("application/json")},
		{"a body in JSON of a type", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: `Application/Vnd.API+JSON; charset="UTF-8"`}, `"\u0025"`, envelope(`Application/Vnd.API+JSON; charset="UTF-8"`)},
		{"a body in JSON of another charset", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: "application/json; charset=utf-16"}, `"%"`, envelope("application/json; charset=utf-16")},
		{"a body verbatim", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: "application/json", Verbatim: true}, `"%"`, envelope("application/json")},
		{"text like JSON", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: "text/json"}, `"%"`, envelope("text/json")},
		{"compressed JSON", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: "application/json", Header: http.Header{"content-encoding": {"gzip"}}}, `"%"`,
			controlled("Content-Type", "application/octet-stream", "Nango-Proxy-Content-Type", "application/json", "Nango-Proxy-Content-Encoding", "gzip")},
		{"JSON that is encoded as itself", nango.ProxyRequest{Body: strings.NewReader(`"%"`), ContentType: "application/json", Header: http.Header{"Content-Encoding": {"Identity"}}}, `"\u0025"`,
			controlled("Content-Type", "application/octet-stream", "Nango-Proxy-Content-Type", "application/json", "Nango-Proxy-Content-Encoding", "Identity")},
		{"a type alone", nango.ProxyRequest{ContentType: "text/csv"}, "", envelope("text/csv")},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.req.Method, test.req.Path = "POST", "/a"
			assert.Equal(t, sent{Method: "POST", Path: "/proxy/a", Query: url.Values{}, Header: test.header, Body: test.body}, proxied(t, test.req))
		})
	}
}

// The length of what has one is sent, and what can be sent again says so.
func TestProxyBodyLengths(t *testing.T) {
	pipe, writer := io.Pipe()
	require.NoError(t, writer.Close())
	for _, test := range []struct {
		req    nango.ProxyRequest
		length int64
		again  bool
	}{
		{nango.ProxyRequest{JSON: 12}, 2, true},
		{nango.ProxyRequest{Body: bytes.NewReader([]byte("abc")), ContentType: "text/csv"}, 3, true},
		{nango.ProxyRequest{Body: bytes.NewBufferString("abc"), ContentType: "text/csv"}, 3, true},
		{nango.ProxyRequest{Body: strings.NewReader("abc"), ContentType: "text/csv"}, 3, true},
		{nango.ProxyRequest{JSON: "100%"}, 11, true},
		{nango.ProxyRequest{Body: strings.NewReader(`"100%"`), ContentType: "application/json"}, 11, true},
		{nango.ProxyRequest{Body: strings.NewReader(""), ContentType: "text/csv"}, 0, true},
		{nango.ProxyRequest{Body: pipe, ContentType: "text/csv"}, 0, false}, // not known
		{nango.ProxyRequest{Body: pipe, ContentType: "application/json"}, 0, false},
		{nango.ProxyRequest{}, 0, false},
		{nango.ProxyRequest{Body: http.NoBody, ContentType: "text/csv"}, 0, false},
	} {
		client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			assert.Equal(t, test.length, req.ContentLength)
			assert.Equal(t, test.again, req.GetBody != nil)
			assert.Equal(t, test.length == 0 && test.req.Body != pipe, req.Body == nil || req.Body == http.NoBody)
			if test.again && test.length == 0 {
				second, err := req.GetBody()
				require.NoError(t, err)
				assert.Equal(t, http.NoBody, second, "or the second attempt would have another length")
			}
			return exchange(200, `{}`).Respond(req), nil
		})}))
		require.NoError(t, err)
		test.req.Method = "POST"
		_, err = client.Connection("github", "conn").Proxy(t.Context(), test.req)
		require.NoError(t, err)
	}
}

// The caller's values are read, never written to.
func TestProxyLeavesTheRequestAlone(t *testing.T) {
	header, query := http.Header{"x-one": {"1", "2"}}, url.Values{"a": {"1"}}
	req := nango.ProxyRequest{Method: "POST", Header: header, Query: query, JSON: struct{}{}, RetryOn: []int{500}}
	proxied(t, req)
	assert.Equal(t, nango.ProxyRequest{Method: "POST", Header: http.Header{"x-one": {"1", "2"}}, Query: url.Values{"a": {"1"}}, JSON: struct{}{}, RetryOn: []int{500}}, req)
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

// As with net/http, a body is closed whether or not it was sent.
func TestProxyClosesARefusedBody(t *testing.T) {
	client, server := serve(t)
	body := &closer{Reader: strings.NewReader("x")}
	_, err := client.Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Method: "POST", Path: "/..", Body: body, ContentType: "a/b"})
	requireArgument(t, err, "Path", hasDots)
	assert.True(t, body.closed)
	server.requireSent()
}

func TestProxyRefuses(t *testing.T) {
	body, form := strings.NewReader("x"), &nango.Form{Fields: []nango.FormField{{Name: "a"}}}
	for _, test := range []struct {
		argument, reason string
		req              nango.ProxyRequest
	}{
		{"Method", "must be GET", nango.ProxyRequest{Method: "get"}},
		{"Method", "must be GET", nango.ProxyRequest{Method: "OPTIONS"}},
		{"Body", "is dropped by Nango on GET and HEAD", nango.ProxyRequest{JSON: 1}},
		{"Body", "is dropped by Nango on GET and HEAD", nango.ProxyRequest{Method: "GET", Body: body, ContentType: "text/csv"}},
		{"Body", "is dropped by Nango on GET and HEAD", nango.ProxyRequest{Method: "HEAD", Body: body, ContentType: "text/csv"}},
		{"Body", "is set beside JSON", nango.ProxyRequest{Method: "POST", JSON: 1, Body: body, ContentType: "text/csv"}},
		{"Body", "is set beside Form", nango.ProxyRequest{Method: "POST", Form: form, Body: body, ContentType: "text/csv"}},
		{"Form", "is set beside JSON", nango.ProxyRequest{Method: "POST", Form: form, JSON: 1}},
		{"Body", "is dropped by Nango on GET and HEAD", nango.ProxyRequest{Form: form}},
		{"ContentType", "is set beside Form", nango.ProxyRequest{Method: "POST", Form: form, ContentType: "multipart/form-data"}},
		{"PlainJSON", "needs a body in JSON, in the field JSON", nango.ProxyRequest{Method: "POST", Form: form, PlainJSON: true}},
		{"Verbatim", "is set beside PlainJSON", nango.ProxyRequest{Method: "POST", JSON: struct{}{}, PlainJSON: true, Verbatim: true}},
		{"Header", "holds Content-Encoding", nango.ProxyRequest{Method: "POST", JSON: 1, Header: http.Header{"content-encoding": {"gzip"}}}},
		{"Header", "holds Content-Encoding", nango.ProxyRequest{Method: "POST", Form: form, Header: http.Header{"Content-Encoding": {"gzip"}}}},
		{"ContentType", "is missing", nango.ProxyRequest{Method: "POST", Body: body}},
		{"JSON", "cannot be encoded as JSON", nango.ProxyRequest{Method: "POST", JSON: make(chan int)}},
		{"JSON", "must be an object or an array", nango.ProxyRequest{Method: "POST", JSON: "s", PlainJSON: true}},
		{"JSON", "must be an object or an array", nango.ProxyRequest{Method: "POST", JSON: (*int)(nil), PlainJSON: true}},
		{"JSON", "is a []byte", nango.ProxyRequest{Method: "POST", JSON: []byte("{}")}},
		{"JSON", "is an io.Reader", nango.ProxyRequest{Method: "POST", JSON: body}},
		{"PlainJSON", "needs a body in JSON, in the field JSON", nango.ProxyRequest{Method: "POST", PlainJSON: true}},
		{"PlainJSON", "needs a body in JSON, in the field JSON", nango.ProxyRequest{Method: "POST", Body: body, ContentType: "application/json", PlainJSON: true}},
		{"ContentType", "has no boundary", nango.ProxyRequest{Method: "POST", Body: body, ContentType: "multipart/form-data"}},
		{"ContentType", "has no boundary", nango.ProxyRequest{Method: "POST", JSON: 1, ContentType: "Multipart/Form-Data; charset=utf-8"}},
		{"ContentType", "has no boundary", nango.ProxyRequest{ContentType: "multipart/form-data"}},
		{"ContentType", "is that of a form", nango.ProxyRequest{Method: "POST", JSON: struct{}{}, PlainJSON: true, ContentType: "application/x-www-form-urlencoded"}},
		{"ContentType", "is that of a form", nango.ProxyRequest{Method: "POST", JSON: struct{}{}, PlainJSON: true, ContentType: "multipart/form-data; boundary=b"}},
		{"Body", "is a nil pointer", nango.ProxyRequest{Method: "POST", Body: (*bytes.Buffer)(nil), ContentType: "a/b"}},
		{"Form.Files[0].Content", "is a nil pointer", nango.ProxyRequest{Method: "POST", Form: &nango.Form{Files: []nango.FormFile{{Name: "a", FileName: "b", Content: (*strings.Reader)(nil)}}}}},
		{"Header", "holds Content-Type", nango.ProxyRequest{Header: http.Header{"content-type": {"a/b"}}}},
		{"Header", "holds a name with the prefix", nango.ProxyRequest{Header: http.Header{"nango-proxy-x": {"a"}}}},
		{"Retries", "must not be negative", nango.ProxyRequest{Retries: -1}},
		{"RetryOn", "holds what is no status", nango.ProxyRequest{RetryOn: []int{404, 99}}},
		{"RetryOn", "holds what is no status", nango.ProxyRequest{RetryOn: []int{600}}},
	} {
		client, server := serve(t)
		resp, err := client.Connection("github", "conn").Proxy(t.Context(), test.req)
		assert.Nil(t, resp)
		requireArgument(t, err, test.argument, test.reason)
		server.requireSent()
	}
	for argument, handle := range map[string][2]string{"integrationID": {" github", "conn"}, "connectionID": {"github", ".."}} {
		client, server := serve(t)
		_, err := client.Connection(handle[0], handle[1]).Proxy(t.Context(), nango.ProxyRequest{})
		requireArgument(t, err, argument, "")
		server.requireSent()
	}
}
