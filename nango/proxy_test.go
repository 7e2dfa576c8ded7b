package nango_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// echo is where the provider of the recordings is.
const echo = "http://10.99.88.1:4010"

// recordedCalls are the recorded calls that reached the provider and that this package can repeat.
var recordedCalls = map[string]nango.ProxyRequest{
	"proxy/delete":                      {Method: "DELETE", Path: "/echo/1"},
	"proxy/empty-activity-log-id":       {Path: "/echo"}, // without that header
	"proxy/encoded-path":                {Path: "/echo/a%2Fb%20c/%C3%BC?q=%2B1%2C2&r=a+b"},
	"proxy/envelope-201":                {Method: "POST", Path: "/echo?code=201", JSON: map[string]int{"a": 1}},
	"proxy/envelope-422":                {Method: "POST", Path: "/echo?code=422", JSON: map[string]int{"a": 1}},
	"proxy/envelope-delete-body":        {Method: "DELETE", Path: "/echo", JSON: map[string]int{"id": 1}},
	"proxy/envelope-empty-body":         {Method: "POST", Path: "/echo", Body: strings.NewReader(""), ContentType: "application/json"},
	"proxy/envelope-form":               {Method: "POST", Path: "/echo", ContentType: "application/x-www-form-urlencoded"},
	"proxy/envelope-json-bigint":        {Method: "POST", Path: "/echo", ContentType: "application/json"},
	"proxy/envelope-multipart":          {Method: "POST", Path: "/echo", ContentType: "multipart/form-data; boundary=BB"},
	"proxy/envelope-patch":              {Method: "PATCH", Path: "/echo", ContentType: "application/merge-patch+json"},
	"proxy/envelope-put":                {Method: "PUT", Path: "/echo", ContentType: "text/csv"},
	"proxy/envelope-related":            {Method: "POST", Path: "/echo", ContentType: "multipart/related; boundary=BB"},
	"proxy/forward-headers-on-redirect": {Path: "/redirect", ForwardHeadersOnRedirect: new(true)},
	"proxy/header-twice": {Path: "/echo", Header: http.Header{
		"Accept": {"text/csv"}, "Accept-Encoding": {"identity"}, "Connection-Id": {"own"}, "Cookie": {"x=1", "y=2"}, "If-None-Match": {`"e"`},
		"Range": {"bytes=0-1"}, "User-Agent": {"mine/1"}, "X-Odd_name": {"v"}, "X-Two": {"a", "b"},
	}},
	"proxy/get-201":                 {Path: "/echo", Query: map[string][]string{"code": {"201"}}},
	"proxy/get-204":                 {Path: "/empty"},
	"proxy/get-chunked":             {Path: "/chunked"},
	"proxy/get-download-attachment": {Path: "/download"},
	"proxy/get-json":                {Path: "/echo/hello?a=1&b=two%20words&c[]=x"},
	"proxy/get-png-binary":          {Path: "png"},
	"proxy/get-redirect":            {Path: "/redirect"},
	"proxy/get-xml":                 {Path: "//xml"},
	"proxy/head":                    {Method: "HEAD", Path: "/echo"},
	"proxy/post-empty-body":         {Method: "POST", Path: "/echo"},
	"proxy/post-octet-with-nango-proxy-content-type": {Method: "POST", Path: "/echo", ContentType: "application/octet-stream"},
	"proxy/proxy-header-accept":                      {Path: "/echo/a%2Fb?x=1&x=2&y={z}", Header: http.Header{"accept": {"application/vnd.x+json"}}},
	"proxy/proxy-header-authorization":               {Path: "/echo", Header: http.Header{"Authorization": {"Bearer caller"}}},
	"proxy/retries-2-then-success-503":               {Path: "/flaky/aa/2/503", Retries: 3},
	"proxy/retries-429-retry-after":                  {Path: "/flaky/cc/1/429", Retries: 2},
	"proxy/retries-exhausted":                        {Path: "/flaky/bb/5/500", Retries: 1},
	"proxy/retry-on-404":                             {Path: "/flaky/dd/1/404", Retries: 2, RetryOn: []int{404}},
	"proxy/root-path":                                {},
	"proxy/upstream-401":                             {Path: "/status/401"},
	"proxy/upstream-403":                             {Path: "/status/403"},
	"proxy/upstream-404":                             {Path: "/status/404"},
	"proxy/upstream-409":                             {Path: "/status/409"},
	"proxy/upstream-418":                             {Path: "/status/418"},
	"proxy/upstream-422":                             {Path: "/status/422"},
	"proxy/upstream-429":                             {Path: "/status/429"},
	"proxy/upstream-500":                             {Path: "/status/500"},
	"proxy/upstream-502":                             {Path: "/status/502"},
	"proxy/upstream-503":                             {Path: "/status/503"},
	"proxy/upstream-text-404":                        {Path: "/text/404"},
}

// proxyHandle is the connection of a recorded call.
func proxyHandle(client *nango.Client, e *recordings.Exchange) *nango.ConnectionHandle {
	return client.Connection(e.Request.Header.Get("Provider-Config-Key"), e.Request.Header.Get("Connection-Id"))
}

// Every recorded call leaves as it was recorded, and its response comes back as the provider sent it, whatever its status.
func TestRecordedCalls(t *testing.T) {
	for name, req := range recordedCalls {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t, name)
			e := server.responses[0]
			e.Request.Header.Del("Nango-Activity-Log-Id")
			req.BaseURLOverride = e.Request.Header.Get("Base-Url-Override")
			if req.ContentType != "" && req.Body == nil {
				req.Body = strings.NewReader(e.Request.Body)
			}
			resp, err := proxyHandle(client, e).Proxy(t.Context(), req)
			require.NoError(t, err)
			want := recorded(t, name)
			want.Header.Del("Nango-Activity-Log-Id")
			server.requireSent(want)
			assert.Equal(t, want.Body, server.requests[0].Body, "byte for byte")

			assert.Equal(t, e.Response.Status, resp.StatusCode)
			assert.Equal(t, e.Respond(nil).Header, resp.Header)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, e.Response.Body, string(body))
			require.NoError(t, resp.Body.Close())
			assert.Empty(t, resp.Request.Header.Get("Authorization"), "a response does not carry the key")
		})
	}
}

func TestRecordedCallsByOtherConnections(t *testing.T) {
	for name, sees := range map[string]string{"proxy/basic-auth": "Basic Ym9iOnDDpCQk", "proxy/none-auth-with-override": ""} {
		client, server := serve(t, name)
		got, err := nango.ProxyJSON[struct{ Headers map[string]string }](t.Context(), proxyHandle(client, server.responses[0]),
			nango.ProxyRequest{Path: "/echo", BaseURLOverride: echo})
		require.NoError(t, err)
		server.requireRecorded()
		assert.Equal(t, sees, got.Headers["authorization"], name)
	}
}

// recordedRefusals are the recorded calls that Nango itself refused.
var recordedRefusals = map[string]struct {
	req  nango.ProxyRequest
	is   error
	code string
}{
	"proxy/base-url-override-invalid":          {nango.ProxyRequest{Path: "/x", BaseURLOverride: "nope"}, nango.ErrInvalid, "invalid_headers"},
	"proxy/base-url-override-loopback-blocked": {nango.ProxyRequest{Path: "/x", BaseURLOverride: "http://127.0.0.1:4010"}, nango.ErrInvalid, "base_url_override_not_allowed"},
	"proxy/no-base-url":                        {nango.ProxyRequest{Path: "/x"}, nango.ErrInvalid, "unsupported_provider"},
	"proxy/oauth2-bad-refresh":                 {nango.ProxyRequest{Path: "/echo", BaseURLOverride: echo}, nango.ErrRefreshFailed, "server_error"},
	"proxy/unknown-connection":                 {nango.ProxyRequest{Path: "/echo", BaseURLOverride: echo}, nango.ErrNotFound, "server_error"},
	"proxy/unknown-integration":                {nango.ProxyRequest{Path: "/echo", BaseURLOverride: echo}, nango.ErrNotFound, "unknown_provider_config"},
	"proxy/upstream-connection-refused":        {nango.ProxyRequest{Path: "/x", BaseURLOverride: "http://10.99.88.1:4999"}, nango.ErrServer, "ECONNREFUSED"},
	"proxy/upstream-dropped-connection":        {nango.ProxyRequest{Path: "/drop", BaseURLOverride: echo}, nango.ErrServer, "ECONNRESET"},
}

func TestRecordedFailuresOfNango(t *testing.T) {
	for name, test := range recordedRefusals {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t, name)
			e := server.responses[0]
			resp, err := proxyHandle(client, e).Proxy(t.Context(), test.req)
			assert.Nil(t, resp)
			server.requireRecorded()
			failure, ok := errors.AsType[*nango.Error](err)
			require.True(t, ok, "%v", err)
			assert.ErrorIs(t, err, test.is)
			assert.Equal(t, test.code, failure.Code)
			assert.Equal(t, "GET /proxy/{path}", failure.Method+" "+failure.Path)
			assert.Equal(t, e.Response.Body, string(failure.Body()))
			assert.NotContains(t, err.Error(), "/echo")
		})
	}
}

// These have the same shape whatever was called.
func TestOtherFailuresOfNango(t *testing.T) {
	for name, is := range map[string]error{
		"ratelimit/429-proxy":       nango.ErrRateLimited,
		"auth/scoped-proxy-403":     nango.ErrForbidden,
		"auth/proxy-unknown-key":    nango.ErrUnauthorized,
		"auth/proxy-missing-header": nango.ErrUnauthorized,
	} {
		client, _ := serve(t, name)
		resp, err := client.Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Path: "/echo"})
		assert.Nil(t, resp)
		assert.ErrorIs(t, err, is, name)
	}
}

// A response to HEAD has no body to tell Nango by.
func TestFailuresOfHeadAreResponses(t *testing.T) {
	server := &server{t: t, responses: []*recordings.Exchange{exchange(401, ``)}}
	resp, err := server.client().Connection("github", "conn").Proxy(t.Context(), nango.ProxyRequest{Method: "HEAD"})
	require.NoError(t, err)
	assert.Equal(t, 401, resp.StatusCode)
}

// otherCalls are recordings of control headers that this package does not send so, of bodies without the envelope, and of a
// method that Nango does not proxy.
var otherCalls = []string{
	"proxy/bad-decompress", "proxy/bad-is-sync", "proxy/missing-headers", "proxy/retry-on-bad", "proxy/options", "proxy/if-none-match",
	"proxy/delete-with-body", "proxy/patch-json", "proxy/put-json", "proxy/post-form-urlencoded", "proxy/post-form-with-nango-proxy-content-type",
	"proxy/post-invalid-json", "proxy/post-json", "proxy/post-json-array-body", "proxy/post-json-string-body", "proxy/post-multipart",
	"proxy/post-multipart-with-nango-proxy-content-type", "proxy/post-octet-stream", "proxy/post-xml", "proxy/upstream-post-422",
	"proxy/form-boundary-loses-file", "proxy/form-rebuilt-nested", "proxy/form-rebuilt-order", "proxy/urlencoded-latin1-parsed",
	"proxy/percent-api-bearer-query-latin1", "proxy/percent-demo-none-query-latin1",
}

func TestEveryRecordedCallIsRepeated(t *testing.T) {
	names := recordings.Names("proxy")
	var bodies []string
	for _, row := range bodyRows {
		bodies = append(bodies, "proxy/"+row.recording)
	}
	slices.Sort(bodies)
	repeated := slices.Concat(slices.Compact(bodies), slices.Collect(maps.Keys(recordedCalls)), slices.Collect(maps.Keys(recordedRefusals)), otherCalls,
		[]string{"proxy/basic-auth", "proxy/none-auth-with-override",
			"proxy/get-gzip-decompress"})
	assert.ElementsMatch(t, names, repeated)
}
