package contract

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/test/recordings"
)

// declared are the operations that no recording shows: the document has them from the sources of a release.
func declared() map[string]bool {
	ids := map[string]bool{}
	for _, op := range gen.Operations {
		if op.Declared {
			ids[string(op.ID)] = true
		}
	}
	return ids
}

// declaredFigure counts the declared operations, apart from the figures, which say nothing of them.
func declaredFigure() string {
	ids := slices.Sorted(maps.Keys(declared()))
	return fmt.Sprintf("declared, and shown by no recording: %d of %d operations: %s", len(ids), len(gen.Operations), strings.Join(ids, ", "))
}

// No recording is of an operation that is said to be in none.
func TestDeclaredIsUnrecorded(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, err := recordings.All("")
	require.NoError(t, err)
	for _, r := range all {
		if op, err := validator.Operation(r.Request.Method, r.Request.Target); err == nil {
			assert.False(t, declared()[op.OperationID], "%s is recorded by %s", op.OperationID, r.Name)
		}
	}
}

// testDeclared makes the call of a declared operation on a server of package nangotest. That shows that the document, the method
// and that server agree, and nothing about a real one.
func testDeclared(t *testing.T, validator *spectest.Validator, id string, call func(caller) error) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "demo-none", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "demo-none", ConnectionID: "conn-none-1"})
	srv.AddEnvironment("staging").AddKey(nangotest.Key{Name: "ci"})
	key := srv.Key()
	if strings.HasPrefix(operations[id][strings.Index(operations[id], " ")+1:], "/environments") {
		key = srv.AddAccountKey(nangotest.Key{}).Secret
	}
	watched := &watching{t: t, validator: validator, id: id, next: srv.HTTPClient().Transport}
	client := srv.ClientWithKey(key, nango.WithHTTPClient(&http.Client{Transport: watched}))
	unknown := newCaller(t, client)
	known := unknown
	if environments, err := client.Account.ListEnvironments(t.Context(), &nango.ListEnvironmentsParams{Name: "staging"}); err == nil {
		known.key.EnvironmentUUID = environments[0].UUID
		keys, err := client.Account.ListAPIKeys(t.Context(), known.key.EnvironmentUUID, &nango.ListAPIKeysParams{DisplayName: "ci"})
		require.NoError(t, err)
		known.key.KeyUUID = keys[0].UUID
	}
	watched.seen = 0
	err := call(unknown)
	if id != "listEnvironments" { // to which nothing is unknown
		assert.Error(t, err, "an unknown environment, or a provider that is not there")
	}
	srv.HandleProxy("demo-none", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"method":%q,"body":%q}`, r.Method, body)
	}))
	assert.NoError(t, call(known))
	assert.Equal(t, 2, watched.seen, "requests of the operation")
}

// watching holds the exchanges of an operation against the document.
type watching struct {
	t         *testing.T
	validator *spectest.Validator
	id        string
	next      http.RoundTripper
	seen      int
}

func (w *watching) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := w.next.RoundTrip(req)
	if err != nil || operationOf(w.t, w.validator, req.Method, req.URL.RequestURI()) != w.id {
		return resp, err
	}
	w.seen++
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	target := req.URL.RequestURI()
	assert.NoError(w.t, w.validator.Request(req.Method, target, req.Header, sent))
	assert.NoError(w.t, w.validator.Response(req.Method, target, resp.StatusCode, resp.Header, body))
	if len(body) > 0 && resp.StatusCode == http.StatusOK && !strings.HasPrefix(w.id, "proxy") {
		unnamed, err := w.validator.UnnamedKeys(req.Method, target, resp.StatusCode, body)
		assert.NoError(w.t, err)
		assert.Empty(w.t, unnamed, "keys that the document does not name")
	}
	return resp, err
}
