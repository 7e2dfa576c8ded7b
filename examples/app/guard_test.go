package main

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// actions are all that can be done with a connection, below its path.
var actions = map[string]string{"": "GET", "/file": "GET", "/issues": "POST", "/repair": "POST", "/disconnect": "POST", "/break": "POST"}

// asked returns how often Nango was asked for something, but for the records that a pass reads in the background.
func (s *site) asked() int {
	return len(s.demo.srv.Requests()) - len(s.demo.srv.Requests("listRecords"))
}

// Another customer's connection is like one that does not exist, whoever asks and however.
func TestOtherCustomer(t *testing.T) {
	s := start(t)
	acme, globex := s.customer(t, "acme"), s.customer(t, "globex")
	theirs := s.connect(acme, "acme", "github")
	own := s.connect(globex, "globex", "github")
	victim := s.stored(t, theirs)
	requests := s.asked()
	nobody := s.visitor(t)
	for action, method := range actions {
		refused := globex.do(globex.request(method, theirs+action, "title", "mine", "customer", "acme"))
		assert.Equal(t, 404, refused.status, action)
		assert.NotContains(t, refused.body, demoTitles[0])
		assert.Equal(t, refused.body, globex.do(globex.request(method, "/connections/github/unknown"+action)).body, action)
		assert.Equal(t, "/", nobody.do(nobody.request(method, theirs+action)).path, action)
	}
	assert.Equal(t, requests, s.asked(), "Nango was asked for a connection of somebody else")
	assert.Equal(t, victim, s.stored(t, theirs))
	assert.NotContains(t, globex.get("/").body, theirs)

	// Ids in a form or a query count for nothing.
	forged := []string{"customer", "acme", "integration", "github", "connection", victim.ID, "connection_id", victim.ID, "id", victim.ID}
	globex.post(own+"/disconnect?connection="+victim.ID, forged...)
	assert.Equal(t, victim, s.stored(t, theirs))
	_, err := s.db.connection(t.Context(), "github", strings.TrimPrefix(own, "/connections/github/"))
	assert.Error(t, err)
	globex.post("/integrations/github/connect?customer=acme", forged...)
	session := s.demo.srv.Requests("createConnectSession")
	assert.JSONEq(t, `{"tags": {"end_user_id": "globex"}, "allowed_integrations": ["github"]}`, string(session[len(session)-1].Body))
}

// The events of a customer's pages say nothing to the pages of another.
func TestEventsOfOther(t *testing.T) {
	s := start(t)
	acme, globex := s.customer(t, "acme"), s.customer(t, "globex")
	path := s.connect(acme, "acme", "github")
	stream := globex.stream()
	acme.get(path + "/file") // sends its progress to acme
	s.live.publish("globex", "event: end\ndata: 1\n\n")
	assert.Equal(t, []string{"event: changed", "event: end"}, stream("event: end"))
	nobody := s.visitor(t)
	assert.Equal(t, "/", nobody.get("/events").path)
}

// stream opens the stream of events and returns a function that reads the names of events up to one of them.
func (v *visitor) stream() func(last string) []string {
	response, err := v.Do(v.request("GET", "/events"))
	require.NoError(v.t, err)
	v.t.Cleanup(func() { response.Body.Close() })
	require.Equal(v.t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	return func(last string) (names []string) {
		for lines.Scan() {
			if name := lines.Text(); strings.HasPrefix(name, "event: ") {
				names = append(names, name)
				if name == last {
					break
				}
			}
		}
		return names
	}
}

func TestCrossSite(t *testing.T) {
	s := start(t)
	v := s.customer(t, "acme")
	path := s.connect(v, "acme", "github")
	requests := s.asked()
	forms := []string{"/sign-in", "/sign-out", "/integrations/github/connect", "/demo/connect"}
	for action, method := range actions {
		if method == "POST" {
			forms = append(forms, path+action)
		}
	}
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
		name, value, _ := strings.Cut(header, ": ")
		for _, form := range forms {
			req := v.request("POST", form, "title", "x", "customer", "globex")
			req.Header.Set(name, value)
			assert.Equal(t, 403, v.do(req).status, "%s with %s", form, header)
		}
	}
	assert.Equal(t, requests, s.asked())
	assert.Contains(t, v.get(path).body, "Acme Bakery")
	req := v.request("POST", "/sign-out")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	assert.Equal(t, 200, v.do(req).status)
}

// A session that was there before the sign-in does not become the customer's.
func TestSession(t *testing.T) {
	s := start(t)
	v := s.visitor(t)
	v.post("/sign-in", "customer", "nobody") // makes a session, for the message
	before := v.cookie()
	v.post("/sign-in", "customer", "acme")
	after := v.cookie()
	require.NotEmpty(t, before)
	assert.NotEqual(t, before, after)
	v.post("/sign-out")
	stolen := s.visitor(t)
	req := stolen.request("GET", "/")
	req.AddCookie(&http.Cookie{Name: "session", Value: after})
	assert.Contains(t, stolen.do(req).body, "Welcome to Tracker")
}

func (v *visitor) cookie() string {
	for _, cookie := range v.Jar.Cookies(v.request("GET", "/").URL) {
		if cookie.Name == "session" {
			return cookie.Value
		}
	}
	return ""
}

// The sample stays small enough to be read in one go.
func TestSize(t *testing.T) {
	lines := 0
	for _, pattern := range []string{"*.go", "templates/*", "static/*"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range found {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			lines += strings.Count(string(text), "\n")
		}
	}
	assert.LessOrEqual(t, lines, 1200)
}
