package nango_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// requireProxyJSON decodes a provider's success.
func requireProxyJSON[T any](t *testing.T, e *recordings.Exchange, want T) {
	t.Helper()
	server := &server{t: t, responses: []*recordings.Exchange{e}}
	got, err := nango.ProxyJSON[T](t.Context(), server.client().Connection("github", "conn"), nango.ProxyRequest{Method: "POST", Path: "/x", JSON: 1})
	require.NoError(t, err)
	assert.Equal(t, want, got)
	server.requireSent(sent{Method: "POST", Path: "/proxy/x", Body: "1",
		Header: controlled("Content-Type", "application/octet-stream", "Nango-Proxy-Content-Type", "application/json")})
}

func TestProxyJSON(t *testing.T) {
	const body = `{"id":"7","number":9007199254740993,"Title":"t"}`
	requireProxyJSON(t, exchange(200, body), issue{"7", 9007199254740993, "t"})
	requireProxyJSON(t, exchange(200, body), &issue{"7", 9007199254740993, "t"})
	requireProxyJSON[any](t, exchange(200, body), map[string]any{"id": "7", "number": json.Number("9007199254740993"), "Title": "t"})
	requireProxyJSON(t, exchange(200, body), json.RawMessage(body))
	requireProxyJSON(t, exchange(200, `[1]`), []int{1})
	requireProxyJSON(t, exchange(200, `null`), (*issue)(nil))
	requireProxyJSON(t, exchange(206, `"s"`), "s")
	requireProxyJSON(t, exchange(201, `true`), true)
	requireProxyJSON(t, exchange(204, ``), issue{})
	requireProxyJSON(t, exchange(200, `5`, "Content-Type", "text/javascript"), 5)
	requireProxyJSON(t, exchange(200, `5`, "Content-Type", "application/octet-stream"), 5)
	requireProxyJSON(t, exchange(200, `"`+strings.Repeat("x", 100<<10)+`"`), strings.Repeat("x", 100<<10))
}

// Nango turns a 201 into a 200.
func TestRecordedProxyJSON(t *testing.T) {
	for _, name := range []string{"proxy/envelope-201", "proxy/get-201", "proxy/get-json"} {
		client, server := serve(t, name)
		e := server.responses[0]
		got, err := nango.ProxyJSON[json.RawMessage](t.Context(), proxyHandle(client, e), recordedCalls[name])
		require.NoError(t, err)
		assert.Equal(t, e.Response.Body, string(got))
	}
	client, server := serve(t, "proxy/get-204")
	got, err := nango.ProxyJSON[any](t.Context(), proxyHandle(client, server.responses[0]), recordedCalls["proxy/get-204"])
	require.NoError(t, err)
	assert.Nil(t, got)
}

var allSentinels = []error{
	nango.ErrRefreshFailed, nango.ErrAction, nango.ErrUnauthorized, nango.ErrForbidden, nango.ErrRateLimited, nango.ErrActionPending,
	nango.ErrNotFound, nango.ErrConflict, nango.ErrInvalid, nango.ErrServer,
}

// requireProviderError checks that an error is the provider's response, whole, and no failure of Nango's.
func requireProviderError(t *testing.T, err error, e *recordings.Exchange) {
	t.Helper()
	provider, ok := errors.AsType[*nango.ProviderError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, e.Response.Status, provider.StatusCode)
	assert.Equal(t, e.Response.Header, provider.Header())
	assert.Equal(t, e.Response.Body, string(provider.Body()))
	assert.False(t, provider.Truncated)
	for _, sentinel := range allSentinels {
		assert.NotErrorIs(t, err, sentinel)
	}
	_, ok = errors.AsType[*nango.Error](err)
	assert.False(t, ok)
}

func TestProxyJSONFailuresOfTheProvider(t *testing.T) {
	for name, req := range recordedCalls {
		client, server := serve(t, name)
		e := server.responses[0]
		if e.Response.Status/100 == 2 {
			continue
		}
		got, err := nango.ProxyJSON[issue](t.Context(), proxyHandle(client, e), req)
		assert.Equal(t, issue{}, got)
		requireProviderError(t, err, e)
		assert.EqualError(t, err, (&nango.ProviderError{StatusCode: e.Response.Status}).Error())
	}
	for _, status := range []int{301, 304, 400} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(status, `{}`)}}
		_, err := nango.ProxyJSON[any](t.Context(), server.client().Connection("github", "conn"), nango.ProxyRequest{})
		requireProviderError(t, err, server.responses[0])
	}
}

func TestProxyJSONFailuresOfNango(t *testing.T) {
	client, server := serve(t, "proxy/unknown-connection")
	got, err := nango.ProxyJSON[issue](t.Context(), proxyHandle(client, server.responses[0]), nango.ProxyRequest{Path: "/echo", BaseURLOverride: echo})
	assert.Equal(t, issue{}, got)
	assert.ErrorIs(t, err, nango.ErrNotFound)
	server.requireRecorded()
}

func TestProxyJSONKeepsTheBeginningOfALongFailure(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for _, status := range []int{404, 200} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(status, long, "Content-Type", "text/html")}}
		_, err := nango.ProxyJSON[any](t.Context(), server.client().Connection("github", "conn"), nango.ProxyRequest{})
		provider, ok := errors.AsType[*nango.ProviderError](err)
		require.True(t, ok)
		assert.Equal(t, long[:64<<10], string(provider.Body()))
		assert.True(t, provider.Truncated)
	}
}

// Nango makes an empty 200 of a provider's empty 201 or 202.
func TestProxyJSONEmptySuccess(t *testing.T) {
	for _, e := range []*recordings.Exchange{exchange(200, ``), exchange(200, ``, "Content-Type", "")} {
		server := &server{t: t, responses: []*recordings.Exchange{e}}
		got, err := nango.ProxyJSON[*issue](t.Context(), server.client().Connection("github", "conn"), nango.ProxyRequest{Method: "POST"})
		require.NoError(t, err)
		assert.Nil(t, got)
	}
}

// A success that is no JSON, or not of the type, says what it is and shows nothing of it.
func TestProxyJSONSuccessThatDoesNotFit(t *testing.T) {
	const prefix = "nango: the provider responded with 200 OK: "
	for _, test := range []struct {
		e    *recordings.Exchange
		want string
	}{
		{exchange(200, `<p>s3cret`, "Content-Type", "text/html; charset=utf-8"), prefix + "the response is not JSON but text/html: json: invalid JSON"},
		{exchange(200, `s3cret`, "Content-Type", ""), prefix + "the response is not JSON and has no content type: json: invalid JSON"},
		{exchange(200, `{"id":"s3cret`), prefix + "json: the JSON document is cut short (offset 13)"},
		{exchange(200, `{"Title":"t","number":"s3cret"}`), prefix + "json: cannot decode JSON string into Go int64 at Number"},
		{exchange(200, `{} s3cret`), prefix + "json: invalid JSON (offset 3)"},
	} {
		server := &server{t: t, responses: []*recordings.Exchange{test.e}}
		got, err := nango.ProxyJSON[issue](t.Context(), server.client().Connection("github", "conn"), nango.ProxyRequest{})
		assert.Equal(t, issue{}, got)
		requireProviderError(t, err, test.e)
		assert.True(t, strings.HasPrefix(err.Error(), test.want), "%v", err)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestProxyJSONResponseThatBreaksOff(t *testing.T) {
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		resp := exchange(200, ``).Respond(req)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), errReader{}))
		return resp, nil
	})}))
	require.NoError(t, err)
	_, err = nango.ProxyJSON[any](t.Context(), client.Connection("github", "conn"), nango.ProxyRequest{})
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.EqualError(t, err, "nango: the provider responded with 200 OK, and the response broke off: the response was cut short")
	refused, ok := errors.AsType[*nango.ProviderError](err)
	require.True(t, ok)
	assert.Equal(t, 200, refused.StatusCode)
	assert.Equal(t, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, refused.Header())
	assert.Equal(t, `{"id":`, string(refused.Body()))
	assert.True(t, refused.Truncated)
}

// errReader breaks off.
type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
