package contract

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// These tests hold every operation against responses that are no success, whatever their status says, and every recorded
// success against changes that do not matter.

func body(status int, contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

// hijacked writes to the connection itself and closes it.
func hijacked(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		io.WriteString(conn, text)
		if !strings.Contains(text, "101 ") {
			conn.Close()
		}
	}
}

const jsonType = "application/json; charset=utf-8"

// notSuccesses are responses with a status that looks like one, and those that hide behind it.
var notSuccesses = map[string]struct {
	status   int
	response http.HandlerFunc
}{
	"a page":             {200, body(200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title>")},
	"a page, as JSON":    {200, body(200, jsonType, "<!doctype html><title>Sign in</title>")},
	"nothing":            {200, body(200, jsonType, "")},
	"no content":         {204, body(204, "", "")},
	"an empty text":      {200, body(200, jsonType, `""`)},
	"null":               {200, body(200, jsonType, `null`)},
	"an empty object":    {200, body(200, jsonType, `{}`)},
	"another object":     {200, body(200, jsonType, `{"status":"ok"}`)},
	"an error":           {200, body(200, jsonType, `{"error":{"code":"x","message":"m"}}`)},
	"data with nothing":  {201, body(201, jsonType, `{"data":{}}`)},
	"data with null":     {200, body(200, jsonType, `{"data":null}`)},
	"a list of null":     {200, body(200, jsonType, `[null]`)},
	"lists of null":      {200, body(200, jsonType, `{"connections":[null],"records":[null],"syncs":[null],"data":[null]}`)},
	"lists of nothing":   {200, body(200, jsonType, `{"connections":[{}],"records":[{}],"syncs":[{}],"data":[{}]}`)},
	"not done":           {200, body(200, jsonType, `{"success":false}`)},
	"a body that breaks": {201, hijacked("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"data\":{")},
	"another protocol":   {101, hijacked("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")},
	"a redirect":         {302, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v2"+r.URL.Path, http.StatusFound) }},
	"a redirect for good": {308, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/v2"+r.URL.Path, http.StatusPermanentRedirect)
	}},
	"a redirect, as it is": {301, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Location"] = []string{"http://x/%zz"}
		w.WriteHeader(http.StatusMovedPermanently)
	}},
}

// anyJSON is what only those operations return whose results are somebody else's.
const anyJSON = "an action returns any JSON"

// allowed says which of these responses are a success of an operation after all, and why.
var allowed = map[gen.OperationID]map[string]string{
	gen.OperationDeleteEnvironment:    {"nothing": "the document has no body", "no content": "the document has no body"},
	gen.OperationDeleteConnectSession: {"nothing": "the document has no body", "no content": "the document has no body"},
	gen.OperationTriggerAction:        actionResults,
	gen.OperationGetActionResult:      actionResults,
}

var actionResults = map[string]string{
	"an empty text": anyJSON, "null": anyJSON, "an empty object": anyJSON, "another object": anyJSON, "an error": anyJSON, "data with nothing": anyJSON,
	"data with null": anyJSON, "a list of null": anyJSON, "lists of null": anyJSON, "lists of nothing": anyJSON, "not done": anyJSON,
}

func TestNoResponseIsTakenForASuccess(t *testing.T) {
	current := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/") { // where the redirects lead, every response is a success
			body(200, jsonType, `{"success":true,"connection_id":"a","status":"ok","id":"a","data":{"name":"a"},"metadata":{}}`)(w, r)
			return
		}
		notSuccesses[current].response(w, r)
	}))
	defer server.Close()
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithBaseURL(server.URL+"/api"), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	for _, name := range slices.Sorted(maps.Keys(notSuccesses)) {
		current = name
		for _, op := range gen.Operations {
			c, ok := coverage[string(op.ID)]
			if !ok || op.Proxied {
				continue
			}
			t.Run(name+"/"+string(op.ID), func(t *testing.T) {
				err := c.call(newCaller(t, client))
				if allowed[op.ID][name] != "" {
					if err != nil { // a result that is not of the type that the call asks for
						assert.Equal(t, notSuccesses[name].status, failureOf(t, err).StatusCode)
					}
					return
				}
				require.Error(t, err, "give the schema of the response, and the one inside of it, x-essential in api/openapi.yaml (CONTRIBUTING, step 1)")
				failure := failureOf(t, err)
				assert.Equal(t, notSuccesses[name].status, failure.StatusCode, "%v", err)
				assert.Equal(t, op.ID, failure.Operation)
				assert.NotEmpty(t, failure.Message)
				assert.NotNil(t, failure.Header())
			})
		}
	}
}

func failureOf(t *testing.T, err error) *nango.Error {
	t.Helper()
	failure, ok := errors.AsType[*nango.Error](err)
	require.True(t, ok, "%v", err)
	return failure
}

func TestProxiedResponsesThatAreNoJSON(t *testing.T) {
	current := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { notSuccesses[current].response(w, r) }))
	defer server.Close()
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithBaseURL(server.URL))
	require.NoError(t, err)
	handle := client.Connection("i", "c")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		for _, name := range []string{"a page", "a page, as JSON", "a body that breaks", "another protocol", "a redirect", "a redirect, as it is"} {
			t.Run(method+" "+name, func(t *testing.T) {
				current = name
				_, err := nango.ProxyJSON[map[string]any](t.Context(), handle, nango.ProxyRequest{Method: method, Path: "/x"})
				failure, ok := errors.AsType[*nango.ProviderError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, notSuccesses[name].status, failure.StatusCode)

				resp, err := handle.Proxy(t.Context(), nango.ProxyRequest{Method: method, Path: "/x"})
				require.NoError(t, err, "the provider's answer, whatever it is")
				assert.Equal(t, notSuccesses[name].status, resp.StatusCode)
				assert.NoError(t, resp.Body.Close())
			})
		}
	}
	t.Run("its headers stay", func(t *testing.T) {
		current = "a redirect, as it is"
		resp, err := handle.Proxy(t.Context(), nango.ProxyRequest{Path: "/x"})
		require.NoError(t, err)
		defer resp.Body.Close()
		assert.Equal(t, "http://x/%zz", resp.Header.Get("Location"))
	})
}

// recordedFiles are the recordings, those of another folder too where NANGO_RECORDINGS names one.
func recordedFiles(t *testing.T) map[string]*recordings.Exchange {
	t.Helper()
	found := map[string]*recordings.Exchange{}
	folders := []string{""}
	if folder := os.Getenv("NANGO_RECORDINGS"); folder != "" {
		folders = append(folders, folder)
	}
	for _, folder := range folders {
		all, err := recordings.All(folder)
		require.NoError(t, err)
		for _, e := range all {
			if e.Response.Status/100 == 2 {
				found[folder+"/"+e.Name] = e
			}
		}
	}
	return found
}

// Every recorded success is one, also with another status of success, and without each key that is not essential.
func TestRecordedSuccessesStayOnes(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	var status int
	var text string
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {jsonType}}, Body: io.NopCloser(strings.NewReader(text)), Request: req}, nil
	})
	client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, err)
	essential := map[string][]string{}
	for _, op := range gen.Operations {
		essential[string(op.ID)] = keysOf(op.Success)
	}
	tried := 0
	for name, r := range recordedFiles(t) {
		op, err := validator.Operation(r.Request.Method, r.Request.Target)
		if err != nil || coverage[op.OperationID].call == nil || strings.HasPrefix(op.OperationID, "proxy") ||
			strings.Contains(r.Response.Body, `"has_more":true`) { // which is asked for again and again
			continue
		}
		call := func() error {
			return coverage[op.OperationID].call(newCaller(t, client))
		}
		status, text = r.Response.Status, r.Response.Body
		if err := call(); err != nil {
			// The one method of an operation that can be called in two ways does not take the response of the other.
			assert.Contains(t, []string{"triggerAction", "getScriptsConfig", "getActionResult", "setConnectionMetadata", "listRecords"}, op.OperationID, "%s: %v", name, err)
			continue
		}
		tried++
		for _, other := range []int{200, 201} {
			if status = other; text != "" {
				assert.NoError(t, call(), "%s as %d", name, other)
			}
		}
		for _, less := range without(t, r.Response.Body, essential[op.OperationID]) {
			text = less
			assert.NoError(t, call(), "%s as %.200s", name, less)
		}
	}
	assert.Greater(t, tried, 200)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// keysOf are the names of all essential keys of a shape.
func keysOf(s gen.Shape) []string {
	var names []string
	for _, key := range s.Keys {
		names = append(append(names, key.Name), keysOf(key.Shape)...)
	}
	if s.Items != nil {
		names = append(names, keysOf(*s.Items)...)
	}
	for _, part := range s.OneOf {
		names = append(names, keysOf(part)...)
	}
	return names
}

// without returns a document without each of its keys in turn, at any depth, but for those that are kept.
func without(t *testing.T, document string, kept []string) []string {
	t.Helper()
	var value any
	if document == "" || json.Unmarshal([]byte(document), &value) != nil {
		return nil
	}
	var all []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if len(all) > 200 {
					return
				}
				if !slices.Contains(kept, name) {
					delete(v, name)
					text, err := json.Marshal(value)
					require.NoError(t, err)
					all = append(all, string(text))
					v[name] = inner
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v[:min(len(v), 2)] {
				walk(inner)
			}
		}
	}
	walk(value)
	return all
}

// A success that nobody sends in time, and a body that never ends, end with the attempt.
func TestEveryReadEnds(t *testing.T) {
	for name, op := range map[string]func(caller) error{"get": coverage["getConnection"].call, "list": coverage["listConnections"].call, "delete": coverage["deleteIntegration"].call} {
		t.Run(name, func(t *testing.T) {
			stuck := &stuckBody{closed: make(chan struct{})}
			transport := roundTrip(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: stuck, ContentLength: -1, Request: req}, nil
			})
			client, err := nango.New("0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", nango.WithHTTPClient(&http.Client{Transport: transport}),
				nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}), nango.WithAttemptTimeout(20*time.Millisecond))
			require.NoError(t, err)
			err = op(newCaller(t, client))
			failure := failureOf(t, err)
			assert.Equal(t, 200, failure.StatusCode)
			assert.Equal(t, `{"`, string(failure.Body()), "what was read")
			<-stuck.closed
		})
	}
}

// stuckBody knows no context, and after its beginning does not come to an end when it is closed either.
type stuckBody struct {
	begun  bool
	closed chan struct{}
}

func (b *stuckBody) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		return copy(p, `{"`), nil
	}
	select {}
}

func (b *stuckBody) Close() error {
	close(b.closed)
	return nil
}
