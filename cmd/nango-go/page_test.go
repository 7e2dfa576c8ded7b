package main

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// get returns the page of a link.
func get(t *testing.T, link string) (status int, page string) {
	t.Helper()
	resp, err := http.Get(link)
	require.NoError(t, err)
	return body(t, resp)
}

// post sends a form as a browser without JavaScript does.
func post(t *testing.T, s *serving, form url.Values) (status int, page string) {
	t.Helper()
	resp, err := http.PostForm(s.BaseURL+connectPath, form)
	require.NoError(t, err)
	return body(t, resp)
}

func body(t *testing.T, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'", "no script can run")
	assert.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	assert.Equal(t, "no-referrer", resp.Header.Get("Referrer-Policy"))
	assert.NotContains(t, string(page), "<script")
	return resp.StatusCode, html.UnescapeString(string(page))
}

func newSession(t *testing.T, s *serving, integrations ...string) *nango.ConnectSession {
	t.Helper()
	session, err := s.client.ConnectSessions.Create(t.Context(), nango.CreateConnectSessionParams{Tags: map[string]string{"end_user_id": "linus"}, IntegrationIDs: integrations})
	require.NoError(t, err)
	return session
}

var integrationField = regexp.MustCompile(`name="integration" value="([^"]*)"`)

func TestConnectPage(t *testing.T) {
	s := serve(t)
	status, page := get(t, s.ConnectLink)
	assert.Equal(t, http.StatusOK, status)
	assert.Len(t, integrationField.FindAllString(page, -1), 3, "all integrations, without a restriction")
	session := newSession(t, s, "crm", "billing")
	_, page = get(t, session.ConnectLink)
	assert.Len(t, integrationField.FindAllString(page, -1), 2)

	token := session.Token.Reveal()
	for _, row := range []struct {
		form   url.Values
		status int
		want   string
	}{
		{url.Values{"session_token": {token}, "integration": {"github"}, "decision": {"authorize"}}, 400, "does not allow this integration"},
		{url.Values{"session_token": {token}, "integration": {"nobody"}, "decision": {"authorize"}}, 400, "does not allow this integration"},
		{url.Values{"session_token": {"nobody"}, "integration": {"crm"}, "decision": {"authorize"}}, 410, "has expired"},
		{url.Values{"session_token": {token}, "integration": {"crm"}, "decision": {"refuse"}}, 200, "nango-go connect waits on"},
		{url.Values{"session_token": {token}, "integration": {"crm"}}, 400, "neither to authorize nor to refuse"},
		{url.Values{"session_token": {token}, "integration": {"crm"}, "decision": {"Authorize"}}, 400, "neither to authorize nor to refuse"},
		{url.Values{"session_token": {token}, "integration": {"crm"}, "decision": {""}}, 400, "neither to authorize nor to refuse"},
		{url.Values{"session_token": {string(make([]byte, 70000))}}, 400, "The form could not be read."},
	} {
		status, page := post(t, s, row.form)
		assert.Equal(t, row.status, status, row.form)
		assert.Contains(t, page, row.want)
	}
	for _, link := range []string{s.BaseURL + connectPath, s.BaseURL + connectPath + "?session_token=<script>"} {
		status, page := get(t, link)
		assert.Equal(t, http.StatusGone, status)
		assert.Contains(t, page, "This link does not work")
	}
}

// What the person types in is what the connection has.
func TestConnectPageTakesCredentials(t *testing.T) {
	s := serve(t)
	session := newSession(t, s)
	connect := func(form url.Values) nango.Credentials {
		form.Set("session_token", session.Token.Reveal())
		form.Set("decision", "authorize")
		status, page := post(t, s, form)
		require.Equal(t, http.StatusOK, status, page)
		name := regexp.MustCompile(`The connection is (\S+)\. `).FindStringSubmatch(page)
		require.NotNil(t, name, page)
		handle, err := connectionOf(s.client, name[1])
		require.NoError(t, err)
		connection, err := handle.Get(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"end_user_id": "linus"}, connection.Tags)
		return connection.Credentials
	}
	key, ok := connect(url.Values{"integration": {"crm"}, "api_key": {"the-key"}}).(*nango.APIKeyCredentials)
	require.True(t, ok)
	assert.Equal(t, "the-key", key.APIKey.Reveal())
	basic, ok := connect(url.Values{"integration": {"billing"}, "username": {"me"}, "password": {"pass"}}).(*nango.BasicCredentials)
	require.True(t, ok)
	assert.Equal(t, "me:pass", basic.Username.Reveal()+":"+basic.Password.Reveal())
	_, ok = connect(url.Values{"integration": {"crm"}}).(*nango.APIKeyCredentials)
	assert.True(t, ok, "an empty field lets the server make one up")
	_, ok = connect(url.Values{"integration": {"github"}}).(*nango.OAuth2Credentials)
	assert.True(t, ok)
}

// browse starts a headless Chromium.
func browse(t *testing.T) context.Context {
	t.Helper()
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		_, err := exec.LookPath(name)
		found = found || err == nil
	}
	require.True(t, found, "this test needs Chromium, which is not installed: run apt-get install chromium, or what your system has for it")
	options := chromedp.DefaultExecAllocatorOptions[:]
	if os.Geteuid() == 0 { // Chromium's sandbox does not start for root
		options = append(options, chromedp.NoSandbox)
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(options, chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(browser)) // starts it
	limited, cancel := context.WithTimeout(browser, time.Minute)
	t.Cleanup(cancel)
	return limited
}

// A person opens the link in a browser, types a key in and authorises; and repairs the connection later.
func TestConnectPageInABrowser(t *testing.T) {
	s := serve(t)
	browser := browse(t)
	session := newSession(t, s, "crm")
	shown := func(selector string) string {
		t.Helper()
		text, err := chromedp.Run(browser, chromedp.Text(chromedp.CSS(selector)))
		require.NoError(t, err)
		return text
	}
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(browser, steps...))
	}
	do(chromedp.Navigate(session.ConnectLink))
	assert.Equal(t, "Connect an account", shown("h1"))
	do(chromedp.SendKeys(chromedp.CSS(`input[name=api_key]`), "typed-in"), chromedp.Click(chromedp.CSS(`button[value=authorize]`)), chromedp.WaitVisible(`//h1[text()="Connected"]`))
	found, err := s.client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
	require.NoError(t, err)
	assert.Equal(t, "The connection is crm/"+found.ConnectionID+". You can close this page.", shown("p"))
	handle := s.client.Connection("crm", found.ConnectionID)
	connection, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	credentials, ok := connection.Credentials.(*nango.APIKeyCredentials)
	require.True(t, ok)
	assert.Equal(t, "typed-in", credentials.APIKey.Reveal())

	session, err = handle.Reconnect(t.Context(), nil)
	require.NoError(t, err)
	do(chromedp.Navigate(session.ConnectLink))
	assert.Equal(t, "Connect your account again", shown("h1"))
	do(
		chromedp.Click(chromedp.CSS(`button[value=refuse]`)), chromedp.WaitVisible(`//h1[text()="Refused"]`), chromedp.Navigate(session.ConnectLink),
		chromedp.Click(chromedp.CSS(`button[value=authorize]`)), chromedp.WaitVisible(`//h1[text()="Connected"]`),
	)
	assert.Contains(t, shown("p"), found.ConnectionID)
	fresh, err := handle.Get(t.Context(), nil)
	require.NoError(t, err)
	assert.False(t, fresh.Credentials.(*nango.APIKeyCredentials).APIKey.Equal(credentials.APIKey), "it was authorised anew")
}
