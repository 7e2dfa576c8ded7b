package reqschema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/internal/reqschema"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recordings are the exchanges to judge, and whether they are this repository's own. NANGO_RECORDINGS names another folder.
func recordings(t *testing.T) (all []replay.Recorded, own bool) {
	t.Helper()
	folder := os.Getenv("NANGO_RECORDINGS")
	all, err := replay.All(folder)
	require.NoError(t, err)
	return all, folder == ""
}

// request is a recorded request as the checker takes it.
type request struct {
	operation *reqschema.Operation
	path      map[string]string
	query     string
	header    http.Header
	body      any
	present   bool
	now       time.Time
}

// requestOf takes a recording apart; nil where it is of no operation of the document, or its body cannot be read, which the
// server says before it checks anything.
func requestOf(t *testing.T, validator *spectest.Validator, r replay.Recorded) *request {
	t.Helper()
	described, err := validator.Operation(r.Method, r.Target)
	if errors.Is(err, spectest.ErrNoOperation) {
		return nil
	}
	require.NoError(t, err, r.Name)
	req := &request{operation: reqschema.Lookup(described.OperationID), header: r.RequestHeader, present: len(r.RequestBody) > 0}
	require.NotNil(t, req.operation, described.OperationID)
	target, query, _ := strings.Cut(r.Target, "?")
	req.query, req.path = query, pathOf(t, described.OperationID, target)
	if req.present && strings.HasPrefix(r.RequestHeader.Get("Content-Type"), "application/json") {
		decoder := json.NewDecoder(bytes.NewReader(r.RequestBody))
		decoder.UseNumber()
		if decoder.Decode(&req.body) != nil {
			return nil
		}
	}
	if req.now, err = http.ParseTime(r.ResponseHeader.Get("Date")); err != nil {
		req.now = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	}
	return req
}

// pathOf returns the parameters of a path, decoded.
func pathOf(t *testing.T, id, target string) map[string]string {
	t.Helper()
	parameters := map[string]string{}
	for _, operation := range gen.Operations {
		if operation.ID != id {
			continue
		}
		sent := strings.Split(target, "/")
		for i, name := range strings.Split(operation.Path, "/") {
			if name, ok := strings.CutPrefix(name, "{"); ok {
				value, err := url.PathUnescape(sent[i])
				require.NoError(t, err)
				parameters[strings.TrimSuffix(name, "}")] = value
			}
		}
	}
	return parameters
}

// items are what the checker says of each section, by the server's code for it.
func (r *request) items() map[string][]reqschema.Item {
	_, query := r.operation.CheckQuery(r.query, r.now)
	return map[string][]reqschema.Item{
		"invalid_query_params": query,
		"invalid_headers":      r.operation.CheckHeader(r.header),
		"invalid_uri_params":   r.operation.CheckPath(r.path),
		"invalid_body":         r.operation.CheckBody(r.body, r.present),
	}
}

// place is what an item is recognised by.
type place struct {
	Code string
	Path string
}

func places(items []reqschema.Item) []place {
	var found []place
	for _, item := range items {
		found = append(found, place{item.Code, strings.Join(item.Path, ".")})
	}
	return found
}

func TestItemsAreTheServers(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, own := recordings(t)
	var same, sameText, total int
	for _, r := range all {
		var answer struct {
			Error struct {
				Code   string
				Errors []reqschema.Item
			}
		}
		if r.Status < 400 || r.Status >= 500 || json.Unmarshal(r.ResponseBody, &answer) != nil || len(answer.Error.Errors) == 0 {
			continue
		}
		req := requestOf(t, validator, r)
		if req == nil {
			continue
		}
		total++
		got, want := req.items()[answer.Error.Code], answer.Error.Errors
		if reason, listed := needServerData[r.Name]; listed {
			assert.NotEqual(t, places(want), places(got), "%s: the same after all, so that its reason is wrong: %s", r.Name, reason)
			continue
		}
		if assert.Equal(t, places(want), places(got), r.Name) {
			same++
		}
		if assert.ObjectsAreEqual(want, got) {
			sameText++
		} else {
			t.Logf("%s: %v, recorded %v", r.Name, got, want)
		}
	}
	t.Logf("items in code and path as recorded: %d of %d, %d of them to the letter", same, total, sameText)
	_ = own
}

var needServerData = map[string]string{}
