package reqschema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/api"
	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/release"
	"github.com/nango-go/sdk/internal/reqschema"
	"github.com/nango-go/sdk/internal/spectest"
	"github.com/nango-go/sdk/test/recordings"
)

// recordings are the exchanges to judge, and whether they are this repository's own. NANGO_RECORDINGS names another folder.
func recordedRequests(t *testing.T) (all []*recordings.Exchange, own bool) {
	t.Helper()
	folder := os.Getenv("NANGO_RECORDINGS")
	all, err := recordings.All(folder)
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
func requestOf(t *testing.T, validator *spectest.Validator, r *recordings.Exchange) *request {
	t.Helper()
	described, err := validator.Operation(r.Request.Method, r.Request.Target)
	if errors.Is(err, spectest.ErrNoOperation) {
		return nil
	}
	require.NoError(t, err, r.Name)
	req := &request{operation: reqschema.Lookup(described.OperationID), header: r.Request.Header, present: len([]byte(r.Request.Body)) > 0}
	require.NotNil(t, req.operation, described.OperationID)
	target, query, _ := strings.Cut(r.Request.Target, "?")
	req.query, req.path = query, pathOf(t, described.OperationID, target)
	if req.present && strings.HasPrefix(r.Request.Header.Get("Content-Type"), "application/json") {
		decoder := json.NewDecoder(bytes.NewReader([]byte(r.Request.Body)))
		decoder.UseNumber()
		if decoder.Decode(&req.body) != nil {
			return nil
		}
	}
	if req.now, err = http.ParseTime(r.Response.Header.Get("Date")); err != nil {
		req.now = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	}
	return req
}

// pathOf returns the parameters of a path, decoded.
func pathOf(t *testing.T, id, target string) map[string]string {
	t.Helper()
	parameters := map[string]string{}
	for _, operation := range gen.Operations {
		if string(operation.ID) != id {
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

// recordedItems returns the items of a recorded refusal, and the code of the section that they are about.
func recordedItems(r *recordings.Exchange) (string, []reqschema.Item) {
	var response struct {
		Error struct {
			Code   string
			Errors []reqschema.Item
		}
	}
	if r.Response.Status < 400 || r.Response.Status > 499 || json.Unmarshal([]byte(r.Response.Body), &response) != nil {
		return "", nil
	}
	return response.Error.Code, response.Error.Errors
}

// pastChecks says that the server got beyond its checks of the request: it is not one of those that it refuses before
// (authentication, scope, content type, rate limit) or by them.
func pastChecks(r *recordings.Exchange) bool {
	_, items := recordedItems(r)
	before := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnsupportedMediaType, http.StatusTooManyRequests}
	return len(items) == 0 && !slices.Contains(before, r.Response.Status)
}

// items are what the checker says of each section, by the server's code for it.
func (r *request) items() map[string][]reqschema.Item {
	_, query := r.operation.CheckQuery(r.query, r.now)
	return map[string][]reqschema.Item{
		"invalid_query_params": query,
		"invalid_headers":      r.operation.CheckHeader(r.header),
		"invalid_uri_params":   r.operation.CheckPath(r.path, release.Recorded),
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

// wrong is all that the checker finds.
func (r *request) wrong() []reqschema.Item {
	return slices.Concat(slices.Collect(maps.Values(r.items()))...)
}

// differences are why the checker may refuse what the document takes.
var differences = map[string]func(*request) bool{
	"x-body: kin-openapi passes over a body where none is described": func(r *request) bool {
		return r.operation.Bodiless && len(r.items()["invalid_body"]) == len(r.wrong())
	},
	"x-rules: what no schema says, such as what time it is": func(r *request) bool {
		return !slices.ContainsFunc(r.wrong(), func(item reqschema.Item) bool { return item.Code != "custom" })
	},
}

// Both judge every recorded request that is of an operation of the document, whatever the server said to it.
func TestAgreesWithTheDocument(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, own := recordedRequests(t)
	var judged, alike int
	used := map[string]bool{}
	for _, r := range all {
		req := requestOf(t, validator, r)
		if req == nil {
			continue
		}
		judged++
		inDocument := validator.Request(r.Request.Method, r.Request.Target, r.Request.Header, []byte(r.Request.Body))
		if (len(req.wrong()) > 0) == (inDocument != nil) {
			alike++
			continue
		}
		explained := false
		for reason, explains := range differences {
			if inDocument == nil && explains(req) {
				explained, used[reason] = true, true
				t.Logf("%s: %s", r.Name, reason)
			}
		}
		assert.True(t, explained, "%s: the document says %v, the checker %v", r.Name, inDocument, req.items())
	}
	t.Logf("judged alike: %d of %d requests", alike, judged)
	if own {
		assert.Len(t, used, len(differences), "a reason that explains nothing")
	}
}

// What the server answered past its checks, well or badly, the checker lets pass.
func TestTakesWhatTheServerTook(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, _ := recordedRequests(t)
	var taken int
	for _, r := range all {
		if r.Name == "generic/body-too-large" { // refused unread, and not in the recording
			continue
		}
		if req := requestOf(t, validator, r); req != nil && pastChecks(r) {
			taken++
			assert.Empty(t, req.wrong(), "%s: %d", r.Name, r.Response.Status)
		}
	}
	t.Logf("taken by the server and by the checker: %d requests", taken)
}

// serverData are the messages of items that rules of business give, each with what they go by.
var serverData = map[string]string{
	"Integration does not exist":       "which integrations exist",
	"Invalid provider":                 "which providers exist",
	"This webhook URL is not allowed.": "the server's outbound policy",
	"Unique key already exists":        "which integrations exist",
}

func TestItemsAreTheServers(t *testing.T) {
	validator, err := spectest.New(api.Document)
	require.NoError(t, err)
	all, own := recordedRequests(t)
	var total, same, toTheLetter, excepted int
	used := map[string]bool{}
	for _, r := range all {
		code, want := recordedItems(r)
		req := requestOf(t, validator, r)
		if req == nil || len(want) == 0 {
			continue
		}
		total++
		got := req.items()[code]
		if reason := serverData[want[0].Message]; reason != "" {
			excepted++
			used[want[0].Message] = true
			assert.Empty(t, got, "%s: hangs on %s", r.Name, reason)
			continue
		}
		if assert.Equal(t, places(want), places(got), r.Name) {
			same++
		}
		if assert.ObjectsAreEqual(want, got) {
			toTheLetter++
		} else {
			t.Logf("%s: %v, recorded %v", r.Name, got, want)
		}
	}
	t.Logf("items as recorded: %d of %d in code and path, %d to the letter; %d hang on the server's data", same, total, toTheLetter, excepted)
	if own {
		assert.Len(t, used, len(serverData), "an exception that nothing needs")
		assert.Equal(t, total-excepted, toTheLetter, "messages")
	}
}
