package main

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// deliver returns the status of the response to a webhook.
func (s *site) deliver(t *testing.T, key string, event any) int {
	t.Helper()
	req, err := webhooktest.NewRequest(t.Context(), s.base+"/nango", key, event)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

func TestWebhooks(t *testing.T) {
	s := start(t)
	key := s.demo.srv.SigningKey()
	assert.Equal(t, 401, s.deliver(t, "another", webhooktest.AuthCreation()))
	assert.Equal(t, 500, s.deliver(t, key, webhooktest.AuthCreation()), "Nango does not know the connection")
	assert.Zero(t, s.count(t, "connections"))

	// The tags of an event count for nothing: those of the API do.
	s.demo.srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", Tags: map[string]string{customerTag: "globex"}})
	forged := webhooktest.AuthCreation()
	forged.IntegrationID, forged.ConnectionID, forged.Provider, forged.Tags = "github", "c1", "github", map[string]string{customerTag: "acme"}
	assert.Equal(t, 200, s.deliver(t, key, forged))
	assert.Equal(t, "globex", s.stored(t, "/connections/github/c1").Customer)

	// The connection of a program that shares the environment is none of ours, and its records are not read.
	s.demo.srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c2", Tags: map[string]string{customerTag: "stranger"}})
	forged.ConnectionID = "c2"
	assert.Equal(t, 200, s.deliver(t, key, forged))
	sync := webhooktest.SyncSuccess()
	sync.IntegrationID, sync.ConnectionID, sync.Model = "github", "c2", "Issue"
	assert.Equal(t, 200, s.deliver(t, key, sync))
	assert.Equal(t, 1, s.count(t, "connections"))
	for _, r := range s.demo.srv.Requests("listRecords") {
		assert.NotEqual(t, "c2", r.Header.Get("Connection-Id"))
	}
	failed := webhooktest.AuthCreation()
	failed.IntegrationID, failed.ConnectionID, failed.Success, failed.Tags = "github", "never", false, nil
	assert.Equal(t, 200, s.deliver(t, key, failed))
	assert.Equal(t, 1, s.count(t, "connections"))
}

// A deletion at Nango cleans up: rows, cursor and the open pages.
func TestDeletionEvent(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	c := s.stored(t, path)
	require.Equal(t, 1, s.count(t, "nango_cursors"))
	s.demo.srv.Connection(c.Integration, c.ID).Delete()
	s.until(t, "acme", func() bool { return s.count(t, "connections") == 0 })
	assert.Zero(t, s.count(t, "issues"))
	assert.Zero(t, s.count(t, "nango_cursors"))
	assert.Equal(t, 404, v.get(path).status)
	// A late sync event must not bring anything back.
	sync := &webhook.SyncEvent{Success: true, IntegrationID: c.Integration, ConnectionID: c.ID, Model: "Issue"}
	assert.NoError(t, s.dispatcher.OnSync(t.Context(), sync))
	assert.NoError(t, s.onSync(t.Context(), sync))
	assert.Zero(t, s.count(t, "nango_cursors"))
}

// Records come with the webhooks of the syncs: new ones, changed ones and deleted ones.
func TestRecords(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	stream := v.stream()
	stream("event: changed")
	variant := &webhook.SyncEvent{Success: true, IntegrationID: "github", ConnectionID: s.stored(t, path).ID, Model: "Issue", SyncVariant: "german"}
	s.demo.srv.Connection("github", variant.ConnectionID).SaveRecords("Issue::german", issue{ID: "g1", Title: "Es ist kaputt", State: "open"})
	require.NoError(t, s.onSync(t.Context(), variant)) // the ids of its records could be those of others
	require.NoError(t, s.client.Syncs.Trigger(t.Context(), "github", nango.AllSyncs(), nil))
	s.until(t, "acme", func() bool { return s.count(t, "issues") == 6 })
	assert.Contains(t, v.get(path).body, `<td class="closed">closed</td>`)
	assert.NotEmpty(t, stream("event: changed"))
	assert.Equal(t, 1, s.count(t, "nango_cursors"))
	s.demo.mu.Lock()
	s.demo.issues[s.stored(t, path).ID] = s.demo.issues[s.stored(t, path).ID][5:]
	s.demo.mu.Unlock()
	require.NoError(t, s.client.Syncs.Trigger(t.Context(), "github", nango.AllSyncs(), nil))
	s.until(t, "acme", func() bool { return !strings.Contains(v.get(path).body, ">101</td>") })
}

// A cursor that is too old, or damaged, makes the app read everything again. Rows that no longer come are deleted.
func TestRestart(t *testing.T) {
	for name, damage := range map[string]string{
		"stale":      "UPDATE nango_cursors SET read_at = '" + time.Now().Add(-31*24*time.Hour).UTC().Format(time.RFC3339) + "'",
		"unreadable": "UPDATE nango_cursors SET cursor_value = 'damaged'",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			v := s.customer(t, "acme")
			path := s.connect(v, "acme", "github")
			c := s.stored(t, path)
			s.until(t, "acme", func() bool { return s.count(t, "nango_cursors") == 1 })
			_, err := s.db.ExecContext(t.Context(), "INSERT INTO issues VALUES (?, ?, 'ghost', 'gone long ago', 'open', ?, 1)", c.Integration, c.ID, time.Now().UTC())
			require.NoError(t, err)
			_, err = s.db.ExecContext(t.Context(), damage)
			require.NoError(t, err)
			require.NoError(t, s.onSync(t.Context(), &webhook.SyncEvent{Success: true, IntegrationID: c.Integration, ConnectionID: c.ID, Model: "Issue"}))
			s.until(t, "acme", func() bool { return !strings.Contains(v.get(path).body, "gone long ago") })
			assert.Equal(t, 5, s.count(t, "issues"))
		})
	}
}

// sweep leaves the rows alone while somebody else reads them again.
func TestSweepWhileRestarted(t *testing.T) {
	s := start(t)
	c := s.stored(t, s.connect(s.customer(t, "acme"), "acme", "github"))
	key := s.db.key(c.Integration, c.ID)
	saved, found, err := s.db.cursors.Load(t.Context(), key)
	require.NoError(t, err)
	require.True(t, found)
	require.NoError(t, s.db.reset(t.Context(), key, nextReading))
	require.NoError(t, s.db.sweep(t.Context(), key, saved.Value))
	assert.Equal(t, 5, s.count(t, "issues"))
}

// What no webhook has said is found at the next start.
func TestReconcile(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	gone := s.stored(t, s.connect(v, "acme", "github"))
	s.demo.srv.SetWebhookURL("")
	s.demo.srv.Connection(gone.Integration, gone.ID).Delete()
	s.demo.srv.AddConnection(nangotest.Connection{IntegrationID: "linear", ConnectionID: "new", Tags: map[string]string{customerTag: "acme"}})
	require.NoError(t, s.reconcile(t.Context()))
	s.until(t, "acme", func() bool {
		return strings.Contains(v.get("/connections/linear/new").body, "<h2>Issues <span class=\"note\">5</span></h2>")
	})
	assert.Equal(t, 2, s.count(t, "connections"), "the list can be a little behind")
	_, err := s.db.ExecContext(t.Context(), "UPDATE connections SET stored_at = stored_at - 120")
	require.NoError(t, err)
	require.NoError(t, s.reconcile(t.Context()))
	assert.Equal(t, 1, s.count(t, "connections"))
}

func TestDownload(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	stream := v.stream()
	file := v.get(path + "/file")
	assert.Equal(t, 200, file.status)
	assert.Equal(t, "attachment; filename=report.csv", file.header.Get("Content-Disposition"))
	assert.Equal(t, "text/csv; charset=utf-8", file.header.Get("Content-Type"))
	assert.Equal(t, strconv.Itoa(len(file.body)), file.header.Get("Content-Length"))
	assert.Equal(t, strings.Repeat("2026-11-29,12 loaves of bread,38.40\n", 12000), file.body)
	s.live.publish("acme", "event: end\ndata: 1\n\n")
	assert.Contains(t, stream("event: end"), "event: progress")

	// It streams: the browser gets the first bytes before the provider has sent the last.
	more := make(chan struct{})
	s.demo.srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-more
		panic(http.ErrAbortHandler)
	}))
	response, err := v.Do(v.request("GET", path+"/file"))
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, "attachment; filename=report.csv", response.Header.Get("Content-Disposition"), "the provider says no name")
	first := make([]byte, 5)
	_, err = io.ReadFull(response.Body, first)
	require.NoError(t, err)
	assert.True(t, bytes.Equal([]byte("first"), first))
	close(more)
	_, err = io.ReadAll(response.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "a file that broke off is not a whole one")

	s.demo.srv.HandleProxy("github", http.NotFoundHandler())
	assert.Contains(t, v.get(path+"/file").body, "GitHub did not give us the file.")
}
