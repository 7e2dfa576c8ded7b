// Package parity holds the requests of this SDK beside those of the official Node SDK: the same call, method by method, has to
// make the same request, but for the differences that a rule explains.
//
//	go test ./test/parity -v                          compares, and prints how many calls each rule explains
//	NANGO_NODE_WIRE=<file> go test ./test/parity -v   the same with another recording of the Node SDK
//	make parity                                       records the newest Node SDK and compares with that
package parity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// maxRules keeps the differences countable.
const maxRules = 12

// nodeCall is a call of the Node SDK with the requests that it made.
type nodeCall struct {
	Call     string
	Args     json.RawMessage
	Requests []struct {
		Method, Path, Query string
		Headers             map[string]string
		Body                string
	}
}

// String is the call as one writes it, with its arguments in compact JSON.
func (c nodeCall) String() string { return written(c.Call, c.Args) }

func written(call string, args []byte) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, args); err != nil {
		return fmt.Sprintf("%s: %v in %s", call, err, args)
	}
	return call + "(" + strings.TrimSuffix(strings.TrimPrefix(compact.String(), "["), "]") + ")"
}

// request is what the requests of the two SDKs are compared by.
type request struct {
	Method, Path string
	Query        url.Values
	Header       map[string]string // lower-case names
	Body         any               // decoded JSON; nil for none
}

// String is the whole request, always in the same order.
func (r *request) String() string {
	query := make([]string, 0, len(r.Query))
	for _, key := range slices.Sorted(maps.Keys(r.Query)) {
		query = append(query, fmt.Sprintf("%s = %q", key, r.Query[key]))
	}
	header := make([]string, 0, len(r.Header))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		header = append(header, fmt.Sprintf("%s: %q", name, r.Header[name]))
	}
	body, err := json.Marshal(r.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	return fmt.Sprintf("%s %s\nquery  %s\nheader %s\nbody   %s\n",
		r.Method, r.Path, strings.Join(query, "\n       "), strings.Join(header, "\n       "), body)
}

// newRequest leaves out the headers that are the client's own affair.
func newRequest(t *testing.T, method, path, query string, header map[string]string, body string) *request {
	t.Helper()
	r := &request{Method: method, Path: path, Header: map[string]string{}}
	var err error
	r.Query, err = url.ParseQuery(query)
	require.NoError(t, err)
	for name, value := range header {
		switch name := strings.ToLower(name); name {
		case "authorization", "accept", "user-agent", "content-length", "host", "accept-encoding":
		default:
			r.Header[name] = value
		}
	}
	if body != "" {
		require.NoError(t, json.Unmarshal([]byte(body), &r.Body), body)
	}
	return r
}

// transport keeps the requests and refuses them all, so that each call ends with its first one.
type transport struct {
	t    *testing.T
	sent []*request
}

func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	header, body := map[string]string{}, []byte(nil)
	for name, values := range req.Header {
		header[name] = strings.Join(values, ", ")
	}
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	tr.sent = append(tr.sent, newRequest(tr.t, req.Method, req.URL.EscapedPath(), req.URL.RawQuery, header, string(body)))
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"invalid_headers"}}`)),
	}, nil
}

// goRequest returns the request that the twin of a Node call makes. The clock stands in the year 2000, so that no date that the
// calls hold becomes too old.
func goRequest(t *testing.T, twin func(caller) error) (sent *request) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{t: t}
		client, err := nango.New("test-key", nango.WithHTTPClient(&http.Client{Transport: tr}))
		require.NoError(t, err)
		err = twin(caller{Client: client, ctx: t.Context(), github: client.Connection("github-prod", "conn-1")})
		_, refused := errors.AsType[*nango.Error](err)
		require.True(t, refused, "the call ended before its request: %v", err)
		require.Len(t, tr.sent, 1)
		sent = tr.sent[0]
	})
	return sent
}

// expected returns the Node SDK's request after all rules, and the names of those that changed it.
func expected(t *testing.T, call nodeCall) (*request, []string) {
	t.Helper()
	require.Len(t, call.Requests, 1)
	node := call.Requests[0]
	r := newRequest(t, node.Method, node.Path, node.Query, node.Headers, node.Body)
	var explaining []string
	for _, rule := range rules {
		before := r.String()
		if rule.apply(call, r); r.String() != before {
			explaining = append(explaining, rule.name)
		}
	}
	return r, explaining
}

func loadNode(t *testing.T) []nodeCall {
	t.Helper()
	data, err := os.ReadFile(cmp.Or(os.Getenv("NANGO_NODE_WIRE"), "testdata/node-wire.json"))
	require.NoError(t, err)
	var calls []nodeCall
	require.NoError(t, json.Unmarshal(data, &calls))
	return calls
}

func TestParity(t *testing.T) {
	left := map[string]func(caller) error{}
	for _, twin := range twins {
		call, args, _ := strings.Cut(twin.node, "(")
		left[written(call, []byte("["+strings.TrimSuffix(args, ")")+"]"))] = twin.call
	}
	require.Len(t, left, len(twins), "a call is twice in the table")

	calls, explains := loadNode(t), map[string]int{}
	for _, call := range calls {
		twin := left[call.String()]
		delete(left, call.String())
		t.Run(call.Call, func(t *testing.T) {
			require.NotNil(t, twin, "%s has no twin in the table", call)
			want, explaining := expected(t, call)
			got := goRequest(t, twin)
			require.Equal(t, want.String(), got.String(),
				"%s: no rule explains the difference.\nNode, after %q:\n%sGo:\n%s", call, explaining, want, got)
			for _, name := range explaining {
				explains[name]++
			}
		})
	}
	for call := range left {
		t.Errorf("%s is in the table, but the Node SDK's calls do not have it", call)
	}
	assert.LessOrEqual(t, len(rules), maxRules)
	for _, rule := range rules {
		assert.NotZero(t, explains[rule.name], "the rule %q explains nothing any more", rule.name)
		t.Logf("%2d of %d  %s (%s)", explains[rule.name], len(calls), rule.name, rule.why)
	}
}

// caller is who makes the calls of the table.
type caller struct {
	*nango.Client
	ctx    context.Context
	github *nango.ConnectionHandle // of the integration github-prod, with the id conn-1
}

// result is the error of a call whose value plays no part.
func result[T any](_ T, err error) error { return err }
