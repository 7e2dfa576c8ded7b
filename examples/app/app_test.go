package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// site is the app in demo mode, running, without the timer that lets things happen.
type site struct {
	*app
	base string
}

func start(t *testing.T) *site {
	t.Helper()
	sample := newDemo()
	t.Cleanup(sample.srv.Close)
	db, err := openStore(t.Context(), filepath.Join(t.TempDir(), "app.db"), "Issue")
	require.NoError(t, err)
	a, err := newApp(t.Context(), sample.srv.Client(), db, settings{
		signingKeys: sample.srv.SigningKeys(), model: "Issue", action: "create-issue", filePath: demoFile,
	}, sample)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, a) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return &site{a, "http://" + listener.Addr().String()}
}

// visitor is a browser without JavaScript.
type visitor struct {
	t    *testing.T
	base string
	http.Client
}

func (s *site) visitor(t *testing.T) *visitor {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visitor{t, s.base, http.Client{Jar: jar}}
}

// customer is a visitor who has signed in.
func (s *site) customer(t *testing.T, id string) *visitor {
	v := s.visitor(t)
	page := v.post("/sign-in", "customer", id)
	require.Contains(t, page.body, customers[id])
	return v
}

// page is a response, at the end of all redirects.
type page struct {
	status int
	path   string
	header http.Header
	body   string
}

func (v *visitor) do(req *http.Request) page {
	v.t.Helper()
	response, err := v.Do(req)
	require.NoError(v.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(v.t, err)
	return page{response.StatusCode, response.Request.URL.RequestURI(), response.Header, string(body)}
}

func (v *visitor) request(method, path string, form ...string) *http.Request {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(values.Encode()))
	require.NoError(v.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func (v *visitor) get(path string) page { v.t.Helper(); return v.do(v.request("GET", path)) }

func (v *visitor) post(path string, form ...string) page {
	v.t.Helper()
	return v.do(v.request("POST", path, form...))
}

// connect connects an account as a customer does, and returns the path of the connection's page when its issues are there.
func (s *site) connect(v *visitor, customer, integration string) string {
	v.t.Helper()
	consent := v.post("/integrations/" + integration + "/connect")
	require.Equal(v.t, 200, consent.status)
	token := regexp.MustCompile(`name="session_token" value="([^"]+)"`).FindStringSubmatch(consent.body)
	require.Len(v.t, token, 2, consent.body)
	connected := v.post("/demo/connect", "session_token", token[1])
	require.Contains(v.t, connected.body, "is connected.")
	s.until(v.t, customer, func() bool {
		return strings.Contains(v.get(connected.path).body, "<td>open</td>") || s.count(v.t, "issues") >= 5
	})
	return connected.path
}

// until waits for the events of a customer's pages until something holds.
func (s *site) until(t *testing.T, customer string, holds func() bool) {
	t.Helper()
	events, leave := s.live.join(customer)
	defer leave()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case _, open := <-events:
			require.True(t, open)
		case <-late:
			require.Fail(t, "it did not happen")
		}
	}
}

// count returns the number of rows.
func (s *site) count(t *testing.T, table string) (rows int) {
	t.Helper()
	require.NoError(t, s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows))
	return rows
}

// stored returns the ids of the connection of a path.
func (s *site) stored(t *testing.T, path string) connection {
	t.Helper()
	parts := strings.Split(path, "/")
	require.Len(t, parts, 4)
	c, err := s.db.connection(t.Context(), parts[2], parts[3])
	require.NoError(t, err)
	return c
}

func TestPages(t *testing.T) {
	s := start(t)
	v := s.visitor(t)
	welcome := v.get("/")
	assert.Equal(t, 200, welcome.status)
	assert.Contains(t, welcome.body, `value="acme">Acme Bakery</button>`)
	assert.Contains(t, welcome.body, `name="viewport" content="width=device-width, initial-scale=1"`)
	assert.NotContains(t, welcome.body, "GitHub")
	assert.Contains(t, welcome.header.Get("Content-Security-Policy"), "default-src 'self'")
	assert.Contains(t, v.post("/sign-in", "customer", "nobody").body, "Please choose one of the customers.")
	assert.NotContains(t, v.get("/").body, "Please choose") // a message is shown once
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.post("/sign-in", "customer", "acme", "pad", strings.Repeat("x", 70<<10)) // too large to be read
	live := v.request("GET", "/")
	live.Header.Set("X-Live", "1")
	assert.NotContains(t, v.do(live).body, "Please choose") // and not by a script that renews a part of the page
	v.CheckRedirect = nil
	assert.Contains(t, v.get("/").body, "Please choose")

	home := v.post("/sign-in", "customer", "acme")
	assert.Equal(t, "/", home.path)
	assert.Equal(t, "no-store", home.header.Get("Cache-Control"))
	for _, want := range []string{"Acme Bakery", "<h2>GitHub</h2>", "<h2>Linear</h2>", "Not connected yet.", `action="/integrations/github/connect"`} {
		assert.Contains(t, home.body, want)
	}
	consent := v.post("/integrations/github/connect")
	assert.Contains(t, consent.body, "<h1>Connect GitHub</h1>")
	assert.Contains(t, consent.body, `id="authorise">Authorise`)
	assert.Contains(t, consent.body, `href="/">Cancel</a>`)

	path := s.connect(v, "acme", "github")
	shown := v.get(path)
	assert.Equal(t, 200, shown.status)
	for _, want := range []string{"works\">Connected", "<td>" + demoTitles[0] + "</td>", path + "/issues", path + "/file", path + "/disconnect", path + "/break"} {
		assert.Contains(t, shown.body, want)
	}
	assert.NotContains(t, shown.body, "Repair")
	assert.Regexp(t, `href="`+path+`"><span class="badge works">Connected</span><span>5 issues</span>`, v.get("/").body)

	for path, want := range map[string]string{"/static/app.css": "text/css; charset=utf-8", "/static/app.js": "text/javascript; charset=utf-8", "/static/icon.svg": "image/svg+xml"} {
		file := v.get(path)
		assert.Equal(t, 200, file.status, path)
		assert.Equal(t, want, file.header.Get("Content-Type"), path)
	}
	for _, path := range []string{"/nothing", "/connections/github/unknown", "/demo/connect?session_token=unknown", "/integrations/github/connect"} {
		assert.Contains(t, []int{404, 405}, v.get(path).status, path)
	}
	unknown := v.post("/integrations/unknown/connect")
	assert.Equal(t, 404, unknown.status)
	assert.Contains(t, unknown.body, "There is no such page.")

	left := v.post("/sign-out")
	assert.Contains(t, left.body, "Welcome to Tracker")
	assert.Equal(t, "/", v.get(path).path)
}

func TestCreateIssue(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "linear")
	created := v.post(path+"/issues", "title", "  <b>bold</b> ")
	assert.Contains(t, created.body, "The issue was created.")
	s.until(t, "acme", func() bool { return strings.Contains(v.get(path).body, "<td>&lt;b&gt;bold&lt;/b&gt;</td>") })
	for _, title := range []string{"", "   ", strings.Repeat("x", 501)} {
		assert.Contains(t, v.post(path+"/issues", "title", title).body, "Please give the issue a title")
	}
	assert.Equal(t, 1, len(s.demo.srv.Requests("triggerAction")))
}

// What the provider refuses is said to the person, who can repair the same connection. Its rows stay.
func TestRepair(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	broken := v.post(path + "/break")
	assert.Equal(t, path, broken.path)
	assert.Contains(t, broken.body, "GitHub no longer lets us in.")
	assert.Contains(t, broken.body, demoTitles[0])
	assert.Contains(t, v.get("/").body, "Needs repair")

	_, err := s.db.ExecContext(t.Context(), "UPDATE connections SET broken = FALSE") // as if the webhook had been lost
	require.NoError(t, err)
	assert.Equal(t, path, v.get(path+"/file").path)
	assert.Contains(t, v.get(path).body, "GitHub no longer lets us in.")

	before := s.count(t, "issues")
	consent := v.post(path + "/repair")
	assert.Contains(t, consent.body, "<h1>Connect GitHub again</h1>")
	token := regexp.MustCompile(`name="session_token" value="([^"]+)"`).FindStringSubmatch(consent.body)
	require.Len(t, token, 2)
	repaired := v.post("/demo/connect", "session_token", token[1])
	assert.Equal(t, path, repaired.path)
	assert.NotContains(t, repaired.body, "no longer lets us in")
	assert.GreaterOrEqual(t, s.count(t, "issues"), before)
	assert.Equal(t, 1, s.count(t, "connections"))
	assert.Equal(t, map[string]string{customerTag: "acme"}, s.demo.srv.Connection("github", s.stored(t, path).ID).Tags())
	assert.Equal(t, 200, v.get(path+"/file").status)
}

func TestDisconnect(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	c := s.stored(t, path)
	gone := v.post(path + "/disconnect")
	assert.Equal(t, "/", gone.path)
	assert.Contains(t, gone.body, "GitHub is disconnected, and its data is deleted here.")
	assert.False(t, s.demo.srv.Connection(c.Integration, c.ID).Exists())
	for _, table := range []string{"connections", "issues", "nango_cursors"} {
		assert.Zero(t, s.count(t, table), table)
	}
	assert.Equal(t, 404, v.get(path).status)
}

// The app goes on where the connection has been deleted at Nango without its knowledge.
func TestDisconnectGone(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	c := s.stored(t, path)
	s.demo.srv.SetWebhookURL("")
	s.demo.srv.Connection(c.Integration, c.ID).Delete()
	failed := v.post(path+"/issues", "title", "too late")
	assert.Equal(t, 500, failed.status)
	assert.Contains(t, failed.body, "Please try again a little later.")
	assert.Contains(t, v.post(path+"/disconnect").body, "is disconnected")
	assert.ErrorIs(t, s.client.Connection(c.Integration, c.ID).Delete(t.Context()), nango.ErrNotFound)
}
