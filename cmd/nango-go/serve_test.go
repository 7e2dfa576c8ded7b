package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/webhook"
)

// serving is a process of serve, and how to reach it.
type serving struct {
	*access
	cmd    *exec.Cmd
	client *nango.Client
}

// serve starts the program. It is ended with the test.
func serve(t *testing.T, args ...string) *serving {
	t.Helper()
	cmd := command(t, nil, append([]string{"serve", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var errs strings.Builder
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	s := &serving{cmd: cmd}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		assert.NoError(t, cmd.Wait(), "Ctrl-C is how it is meant to end")
		assert.Empty(t, errs.String())
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err, errs.String())
	require.NoError(t, json.Unmarshal(line, &s.access))
	s.client, err = nango.New(s.APIKey, nango.WithBaseURL(s.BaseURL))
	require.NoError(t, err)
	return s
}

func TestServe(t *testing.T) {
	s := serve(t)
	var ids []string
	for connection, err := range s.client.Connections.All(t.Context(), nil) {
		require.NoError(t, err)
		ids = append(ids, connection.IntegrationID+"/"+connection.ConnectionID)
	}
	assert.ElementsMatch(t, s.Connections, ids)
	integrations, err := s.client.Integrations.List(t.Context())
	require.NoError(t, err)
	require.Len(t, integrations, len(s.Integrations))
	for _, integration := range integrations {
		assert.Contains(t, s.Integrations, integration.IntegrationID)
	}

	ada, err := connectionOf(s.client, s.Connections[0])
	require.NoError(t, err)
	created, err := nango.TriggerAction[map[string]string](t.Context(), ada, s.Action, map[string]string{"title": "It is broken"})
	require.NoError(t, err)
	assert.Equal(t, "It is broken", created["title"])
	_, err = nango.TriggerAction[map[string]string](t.Context(), ada, s.Action, nil)
	require.ErrorIs(t, err, nango.ErrAction)

	for _, name := range s.Connections {
		handle, err := connectionOf(s.client, name)
		require.NoError(t, err)
		echo, err := nango.ProxyJSON[map[string]any](t.Context(), handle, nango.ProxyRequest{Path: "/user?a=b"})
		require.NoError(t, err, name)
		assert.Equal(t, map[string]any{"method": "GET", "path": "/user", "query": "a=b", "authorized": true}, echo, name)
	}

	for _, path := range []string{"", "/"} {
		status, page := fetch(t, s.BaseURL+path)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, page, "<h1>nango-go serve</h1>\n<p>This is a Nango for trying things out,", path)
	}
	for _, path := range []string{"/conections", "/a//b/../c", "//"} { // a mux would redirect the last ones
		status, _ := fetch(t, s.BaseURL+path)
		assert.Equal(t, http.StatusInternalServerError, status, "as a server without a dashboard responds")
	}
	status, page := fetch(t, s.BaseURL+"/health")
	assert.Equal(t, []any{200, `{"result":"ok"}`}, []any{status, page})
}

// The large model takes some pages to export, and no run of a sync changes it.
func TestServeHasManyRecords(t *testing.T) {
	s := serve(t)
	ada, err := connectionOf(s.client, s.Connections[0])
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = ada.RunSync(ctx, nango.SyncRef{Name: "commits"}, &nango.RunSyncParams{Wait: nango.WaitParams{MinDelay: 1, MaxDelay: 1}})
	require.NoError(t, err)
	statuses, err := ada.SyncStatus(t.Context(), nango.AllSyncs())
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, status := range statuses {
		assert.NotEqual(t, nango.SyncPaused, status.Status, "the doctor would warn of it")
		maps.Copy(counts, status.RecordCount)
	}
	assert.EqualValues(t, commits, counts[s.LargeModel], "which is the length of the bar")
	ids := map[string]bool{}
	for record, err := range nango.Records[map[string]any](t.Context(), ada, nango.ListRecordsParams{Model: s.LargeModel, PageSize: 10000}) {
		require.NoError(t, err)
		ids[record.ID] = true
	}
	assert.Len(t, ids, commits)
}

// Each run of the sync changes records: some are added, some are updated, some go.
func TestServeSyncs(t *testing.T) {
	s := serve(t)
	ada, err := connectionOf(s.client, s.Connections[0])
	require.NoError(t, err)
	var store consume.MemoryStore
	read := func() (added, updated, deleted int) {
		_, err := consume.Run(t.Context(), ada, consume.Params{Name: "test", Model: s.Model, Store: &store}, func(_ context.Context, page *consume.Page[any]) error {
			for _, record := range page.Changed {
				if record.Metadata.LastAction == nango.RecordAdded {
					added++
				} else {
					updated++
				}
			}
			deleted += len(page.Deleted)
			return nil
		})
		require.NoError(t, err)
		return added, updated, deleted
	}
	added, updated, deleted := read()
	assert.Equal(t, []int{issues / 2, 0, 0}, []int{added, updated, deleted})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for turn := range 2 * issues {
		_, err := ada.RunSync(ctx, nango.SyncRef{Name: s.Sync}, &nango.RunSyncParams{Wait: nango.WaitParams{MinDelay: 1, MaxDelay: 1}})
		require.NoError(t, err)
		added, updated, deleted = read()
		assert.Positive(t, added+updated, turn)
		if turn > 0 && turn < issues/2 {
			assert.Equal(t, []int{1, 1}, []int{added, updated}, turn)
		}
		if turn > issues/2 {
			assert.Equal(t, 1, deleted, turn)
		}
	}
}

// Webhooks go to the URL, signed with the key of the list.
func TestServeSendsWebhooks(t *testing.T) {
	type delivery struct {
		header http.Header
		body   []byte
	}
	got := make(chan delivery, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- delivery{r.Header, body}
	}))
	defer receiver.Close()
	s := serve(t, "--webhook-url", strings.Replace(receiver.URL, "127.0.0.1", "localhost", 1)+"/nango")

	resp, err := http.PostForm(s.BaseURL+connectPath, url.Values{"session_token": {tokenOf(t, s.ConnectLink)}, "integration": {"crm"}, "api_key": {"k"}, "decision": {"authorize"}})
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	for {
		var d delivery
		select {
		case d = <-got:
		case <-time.After(20 * time.Second):
			require.Fail(t, "no webhook about the connection came")
		}
		require.NoError(t, webhook.Verify([]string{s.SigningKey}, d.header, d.body))
		event, err := webhook.Parse(d.body)
		require.NoError(t, err)
		if auth, ok := event.(*webhook.AuthEvent); ok { // the first run of the sync sends one too
			assert.Equal(t, webhook.AuthOperationCreation, auth.Operation)
			assert.Equal(t, "linus", auth.Tags["end_user_id"])
			return
		}
	}
}

// fetch returns the body of a GET.
func fetch(t *testing.T, url string) (status int, text string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(all)
}

func portOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	return u.Port()
}

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	return u.Query().Get("session_token")
}

// The list for a person names everything, and its lines work in a shell as they are.
func TestServePrintsHowToReachIt(t *testing.T) {
	var deliveries atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deliveries.Add(1); r.Header.Get(webhook.SignatureHeader) == "" || r.URL.RequestURI() != "/it's?a=1&b=$HOME" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer receiver.Close()
	cmd := command(t, nil, "serve", "--webhook-url", receiver.URL+"/it's?a=1&b=$HOME")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var list strings.Builder
	for scanner := bufio.NewScanner(out); scanner.Scan() && !strings.HasPrefix(scanner.Text(), "Ctrl-C"); {
		list.WriteString(scanner.Text() + "\n")
	}
	for _, name := range []string{"Base URL", "API key", "Signing key", "Webhooks", "Integrations", "Connections", "Sync", "Action", "Connect link"} {
		assert.Regexp(t, "(?m)^"+name+" +\\S", list.String())
	}
	var script strings.Builder
	_, tries, _ := strings.Cut(list.String(), "Try it from another terminal:\n")
	script.WriteString("set -e\nnango-go() { " + asProgram + "=1 " + cmd.Path + " \"$@\"; }\ncurl() { command curl -fsS \"$@\"; }\n")
	tries = strings.Replace(tries, "  nango-go connect github\n", "", 1)                                                                // which waits for a person
	tries = regexp.MustCompile(`(?m)^  nango-go doctor --webhook-url .*$`).ReplaceAllString(tries, "$0 || echo a forgery was accepted") // as the receiver verifies nothing
	script.WriteString(tries)
	shell := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	shell.Dir = cmd.Dir
	shell.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}
	shown, err := shell.CombinedOutput()
	assert.NoError(t, err, string(shown))
	assert.Contains(t, string(shown), `"title":"It is broken"`)
	assert.Contains(t, string(shown), `"path":"/user"`)
	assert.Contains(t, string(shown), "\n10000 records ")
	assert.Contains(t, string(shown), "200 OK\n", "a webhook was sent")
	assert.Contains(t, string(shown), "the receiver accepts a signed event (200)")
	assert.Contains(t, string(shown), "one that only shows what arrives, to try things out, can stay as it is")
	assert.Contains(t, string(shown), "a forgery was accepted")
	assert.GreaterOrEqual(t, deliveries.Load(), int32(3))
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())
}

func TestServeRefuses(t *testing.T) {
	requireFailure(t, 2, "--webhook-url is not on the loopback interface, such as http://localhost:8787/nango (see nango-go serve --help)",
		run(t, nil, "serve", "--webhook-url", "https://hooks.example.com"))
	requireFailure(t, 2, "--webhook-url begins with neither http:// nor https:// (see nango-go serve --help)", run(t, nil, "serve", "--webhook-url", "localhost:8787"))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	requireFailure(t, 1, "port "+port+" is in use: choose another --port, or none for a free one", run(t, nil, "serve", "--port", port))
	for _, wrong := range []string{"65536", "-1", "80x", ""} {
		requireFailure(t, 2, fmt.Sprintf("--port is %q, which is not a number from 0 to 65535 (see nango-go serve --help)", wrong), run(t, nil, "serve", "--port="+wrong))
	}
	assert.NotEqual(t, "0", portOf(t, serve(t, "--port", "0").BaseURL), "a free one")
}
