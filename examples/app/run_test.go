package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// started runs the program until the end of the test, and returns a visitor of the URL that it prints.
func started(t *testing.T, environment map[string]string, args ...string) (v *visitor, end func() error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0", "-open=false"}, args...), func(name string) string { return environment[name] }, in)
		in.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "it printed nothing")
	base := lines.Text()
	require.Regexp(t, `^http://localhost:\d+$`, base)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return (&site{base: base}).visitor(t), func() error { stop(); return <-ended }
}

// The program needs nothing, and ends although pages are open.
func TestRun(t *testing.T) {
	v, end := started(t, map[string]string{})
	assert.Contains(t, v.post("/sign-in", "customer", "globex").body, "Globex Shipping")
	v.stream()
	require.NoError(t, end())
	_, err := v.Get(v.base)
	assert.Error(t, err)
}

// With a key and a host the same program runs on a real Nango, and keeps what it knows for the next start.
func TestRunOnNango(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "github-prod", Provider: "github", DisplayName: "GitHub"})
	srv.AddSync(nangotest.Sync{IntegrationID: "github-prod", Name: "tickets", Models: []string{"Ticket"}, AutoStart: true, Run: func(_ context.Context, run *nangotest.SyncRun) error {
		run.Save("Ticket", issue{ID: "7", Title: "It is broken", State: "open"})
		return nil
	}})
	environment := map[string]string{
		"NANGO_API_KEY": srv.Key(), "NANGO_HOST": srv.Listen(), "NANGO_WEBHOOK_SIGNING_KEY": "new-key," + srv.SigningKey(), "NANGO_MODEL": "Ticket",
	}
	db := filepath.Join(t.TempDir(), "app.db")
	v, end := started(t, environment, "-db", db)
	srv.SetWebhookURL(v.base + "/nango")
	home := v.post("/sign-in", "customer", "acme")
	assert.Contains(t, home.body, `action="/integrations/github-prod/connect" target="_blank"`)
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	link := v.post("/integrations/github-prod/connect").header.Get("Location")
	v.CheckRedirect = nil
	_, token, found := strings.Cut(link, "http://localhost:3009/?session_token=") // the connect UI of the server
	require.True(t, found, link)
	assert.Equal(t, 404, v.get("/demo/connect?session_token="+token).status)

	stream := v.stream()
	stream("event: changed")
	_, err := srv.Authorize(token, nangotest.Authorization{ConnectionID: "c1"})
	require.NoError(t, err)
	srv.Settle()
	for !strings.Contains(v.get("/connections/github-prod/c1").body, "<td>It is broken</td>") {
		require.NotEmpty(t, stream("event: changed"))
	}
	assert.Equal(t, 404, v.post("/connections/github-prod/c1/break").status)
	assert.NotContains(t, v.get("/connections/github-prod/c1").body, "Download")
	require.NoError(t, end())

	srv.SetWebhookURL("")
	again, end := started(t, environment, "-db", db)
	again.Jar.SetCookies(again.request("GET", "/").URL, v.Jar.Cookies(v.request("GET", "/").URL))
	assert.Contains(t, again.get("/connections/github-prod/c1").body, "<td>It is broken</td>")
	require.NoError(t, end())
}

func TestRunRefuses(t *testing.T) {
	srv := nangotest.Start(t)
	for want, environment := range map[string]map[string]string{
		"set NANGO_WEBHOOK_SIGNING_KEY": {"NANGO_API_KEY": srv.Key(), "NANGO_HOST": srv.Listen()},
		"401":                           {"NANGO_API_KEY": "89d2f1a4-5d3c-4a6e-9b0f-3f0f6d1c2b7a", "NANGO_HOST": srv.Listen(), "NANGO_WEBHOOK_SIGNING_KEY": "key"},
		"nango: ":                       {"NANGO_API_KEY": "key", "NANGO_HOST": "nowhere"},
	} {
		args := []string{"-addr", "127.0.0.1:0", "-open=false", "-db", filepath.Join(t.TempDir(), "app.db")}
		err := run(t.Context(), args, func(name string) string { return environment[name] }, io.Discard)
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, run(t.Context(), []string{"-unknown"}, func(string) string { return "" }, io.Discard), "-unknown")
	assert.ErrorContains(t, run(t.Context(), []string{"-addr", "nowhere", "-open=false"}, func(string) string { return "" }, io.Discard), "listen tcp")
}

// In demo mode things happen by themselves.
func TestDemoLives(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "linear")
	s.demo.live(t.Context(), 20*time.Millisecond)
	s.until(t, "acme", func() bool { return strings.Contains(v.get(path).body, "<td class=\"note\">120</td>") })
	s.until(t, "acme", func() bool { return s.count(t, "issues") <= 13 }) // the oldest are deleted
}
