package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

const total = 23

// withRecords is a server with records of ada's, from 1 to total.
func withRecords(t *testing.T) (srv *nangotest.Server, ada *nangotest.ConnectionHandle, env []string) {
	t.Helper()
	srv, env = start(t)
	srv.AddSync(nangotest.Sync{IntegrationID: "github", Name: "issues", Models: []string{"Issue"}})
	ada = srv.Connection("github", "ada")
	save(ada, 1, total)
	return srv, ada, env
}

func save(ada *nangotest.ConnectionHandle, from, to int) {
	for id := from; id <= to; id++ {
		ada.SaveRecords("Issue", map[string]any{"id": fmt.Sprint(id), "title": fmt.Sprintf("Issue %d\nwith two lines", id)})
	}
}

// exported is what a line of an export says.
type exported struct {
	ID       string
	Title    string
	Metadata struct {
		Action string `json:"last_action"`
	} `json:"_nango_metadata"`
}

func parse(t *testing.T, ndjson string) (records []exported) {
	t.Helper()
	for _, line := range lines(ndjson) {
		var record exported
		require.NoError(t, json.Unmarshal([]byte(line), &record), "%q", line)
		records = append(records, record)
	}
	return records
}

// requireAll requires the records from one to the last, each once and in their order.
func requireAll(t *testing.T, from, to int, ndjson string) {
	t.Helper()
	records := parse(t, ndjson)
	require.Len(t, records, to-from+1)
	for i, record := range records {
		require.Equal(t, fmt.Sprint(from+i), record.ID)
		require.Equal(t, fmt.Sprintf("Issue %d\nwith two lines", from+i), record.Title)
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestExportToStandardOutput(t *testing.T) {
	_, ada, env := withRecords(t)
	got := run(t, env, "records", "export", "github/ada", "Issue", "--page-size", "5")
	require.Equal(t, 0, got.code, got.errs)
	requireAll(t, 1, total, got.out)
	assert.Regexp(t, `^23 records \(0 deleted, 0 pruned\) in \d\S*s, \d+ per second\n$`, got.errs)
	assert.Equal(t, total, strings.Count(run(t, env, "records", "export", "github/ada", "Issue").out, "\n"), "without cursors all of them again")

	cursors := filepath.Join(t.TempDir(), "cursors")
	requireAll(t, 1, total, run(t, env, "records", "export", "github/ada", "Issue", "--cursors", cursors).out)
	assert.Empty(t, run(t, env, "records", "export", "github/ada", "Issue", "--cursors", cursors).out)
	save(ada, total+1, total+2)
	requireAll(t, total+1, total+2, run(t, env, "records", "export", "github/ada", "Issue", "--cursors", cursors).out)
	got = run(t, env, "records", "export", "github/ada", "Issue", "-o", "-", "--cursors", cursors, "--restart")
	require.Equal(t, 0, got.code, got.errs)
	requireAll(t, 1, total+2, got.out)

	names, err := filepath.Glob(cursors + "/*.json")
	require.NoError(t, err)
	require.Len(t, names, 1)
	require.NoError(t, os.WriteFile(names[0], []byte("{"), 0o600))
	got = run(t, env, "records", "export", "github/ada", "Issue", "--cursors", cursors)
	assert.Equal(t, 1, got.code)
	assert.Regexp(t, `the stored cursor cannot be read: .*; --restart begins at the oldest record again\n$`, got.errs)
	requireAll(t, 1, total+2, run(t, env, "records", "export", "github/ada", "Issue", "--cursors", cursors, "--restart").out)
}

func TestExportToAFile(t *testing.T) {
	srv, ada, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	export := []string{"records", "export", "github/ada", "Issue", "--page-size", "5", "-o", out}
	got := run(t, env, export...)
	require.Equal(t, 0, got.code, got.errs)
	assert.Empty(t, got.out)
	requireAll(t, 1, total, contents(t, out))
	info, err := os.Stat(out)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "records of customers are for nobody else")

	save(ada, total+1, total+1)
	ada.DeleteRecords("Issue", "7")
	require.Equal(t, 0, run(t, env, export...).code)
	records := parse(t, contents(t, out))
	require.Len(t, records, total+2)
	assert.Equal(t, "24", records[total].ID)
	assert.Equal(t, "7", records[total+1].ID)
	assert.Equal(t, "DELETED", records[total+1].Metadata.Action)

	requireFailure(t, 1, "the cursors in "+out+".cursors belong to a file: name it with --out, or take another directory",
		run(t, env, "records", "export", "github/ada", "Issue", "--cursors", out+".cursors"))

	page, err := nango.ListRecords[any](t.Context(), srv.Client().Connection("github", "ada"), nango.ListRecordsParams{Model: "Issue"})
	require.NoError(t, err)
	_, err = srv.Client().Connection("github", "ada").PruneRecords(t.Context(), nango.PruneRecordsParams{Model: "Issue", UntilCursor: page.Records[1].Metadata.Cursor})
	require.NoError(t, err)
	got = run(t, env, append(export, "--restart")...)
	require.Equal(t, 0, got.code, got.errs)
	assert.Contains(t, got.errs, "24 records (1 deleted, 2 pruned)")
	// Each line is what the server has, also where the data is pruned.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.Listen()+"/records?model=Issue", nil)
	require.NoError(t, err)
	req.Header = http.Header{"Authorization": {"Bearer " + srv.Key()}, "Provider-Config-Key": {"github"}, "Connection-Id": {"ada"}}
	resp, err := http.DefaultClient.Do(req) // not with the SDK, which decodes the records
	require.NoError(t, err)
	defer resp.Body.Close()
	var served struct{ Records []json.RawMessage }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&served))
	var want, exports []any
	for _, record := range served.Records {
		want = append(want, decoded(t, record))
	}
	for _, line := range lines(contents(t, out)) {
		exports = append(exports, decoded(t, []byte(line)))
	}
	assert.ElementsMatch(t, want, exports)
}

func decoded(t *testing.T, data []byte) (value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(data, &value))
	return value
}
