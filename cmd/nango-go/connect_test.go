package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// authorize does what the person does with the link that the program shows.
func authorize(t *testing.T, srv *nangotest.Server, link string) {
	t.Helper()
	_, token, found := strings.Cut(link, "?session_token=")
	require.True(t, found, link)
	_, err := srv.Authorize(token, nangotest.Authorization{IntegrationID: "github", ConnectionID: "grace"})
	require.NoError(t, err)
}

// connected runs connect until it ends; a person authorises with the link of its first line.
func connected(t *testing.T, srv *nangotest.Server, env []string, args ...string) (got ended) {
	t.Helper()
	cmd := command(t, env, append([]string{"connect"}, args...)...)
	errs, err := cmd.StderrPipe()
	require.NoError(t, err)
	var out strings.Builder
	cmd.Stdout = &out
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(errs)
	first, err := reader.ReadString('\n')
	require.NoError(t, err)
	link, found := strings.CutPrefix(strings.TrimSpace(first), "Open this link to connect: ")
	require.True(t, found, first)
	authorize(t, srv, link)
	rest, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), string(rest))
	return ended{cmd.ProcessState.ExitCode(), out.String(), string(rest)}
}

// waiting is what the command says before it waits.
const waiting = `Waiting until somebody connects\. The link works until \d\d:\d\d:\d\d, after a refusal too, which is not seen here\.\n`

func TestConnect(t *testing.T) {
	srv, env := start(t)
	got := connected(t, srv, env, "github", "--json", "--tag", "end_user_id=42")
	assert.Regexp(t, `^There is no browser here\.\n`+waiting+`$`, got.errs)
	var connection struct {
		IntegrationID string            `json:"provider_config_key"`
		ConnectionID  string            `json:"connection_id"`
		Tags          map[string]string `json:"tags"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &connection), got.out)
	assert.Equal(t, "github", connection.IntegrationID)
	assert.Equal(t, "grace", connection.ConnectionID)
	assert.Equal(t, map[string]string{"end_user_id": "42"}, connection.Tags)

	got = run(t, env, "connect", "--reconnect", "github/grace", "--no-browser")
	assert.Equal(t, 0, got.code)
	assert.Regexp(t, `^Open this link to connect: \S+\nThe connection shows no error, so nothing here tells when it was connected again: .*\n$`, got.errs)
}

// A connection that is broken is repaired: the command waits until it shows no error, and its tags stay.
func TestReconnect(t *testing.T) {
	srv, env := start(t)
	srv.Connection("github", "ada").ExpireToken()
	srv.Connection("github", "ada").FailRefresh(400, "invalid_grant")
	_, err := srv.Client().Connection("github", "ada").Get(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrRefreshFailed)

	polled, polls := make(chan struct{}), 0
	srv.Inject(nangotest.Rule{Operation: "listConnections", If: func(*http.Request) bool {
		if polls++; polls == 2 { // the first poll has seen the error
			close(polled)
		}
		return false
	}}, nangotest.Latency(0))
	cmd := command(t, env, "connect", "--reconnect", "github/ada", "--no-browser")
	errs, err := cmd.StderrPipe()
	require.NoError(t, err)
	var out strings.Builder
	cmd.Stdout = &out
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(errs)
	link, err := reader.ReadString('\n')
	require.NoError(t, err)
	<-polled
	second, err := reader.ReadString('\n')
	require.NoError(t, err)
	assert.Regexp(t, `^`+waiting+`$`, second)
	_, token, _ := strings.Cut(strings.TrimSpace(link), "?session_token=")
	// A refusal is seen by nobody, and the link works on.
	require.NoError(t, srv.FailAuthorization(token, nangotest.AuthorizationFailure{IntegrationID: "github"}))
	_, err = srv.Authorize(token, nangotest.Authorization{IntegrationID: "github"})
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	assert.Regexp(t, `(?m)^github +ada +.* end_user_id=ada$`, out.String())
}

// Without --tag a tag of its own finds the connection: older ones do not count.
func TestConnectWithoutTags(t *testing.T) {
	srv, env := start(t)
	got := connected(t, srv, env, "--no-browser")
	assert.Regexp(t, `(?m)^github +grace +.* nango_go_connect=[A-Z2-7]{26}$`, got.out)
}

func TestConnectFails(t *testing.T) {
	_, env := start(t)
	requireFailure(t, 2, "--reconnect names the integration already (see nango-go connect --help)", run(t, env, "connect", "github", "--reconnect", "github/ada"))
	got := run(t, env, "connect", "nobody")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.errs, "Integration does not exist; correct what it names\n")

	got = run(t, env, "connect", "github", "--timeout", "50ms")
	assert.Equal(t, 1, got.code)
	require.Len(t, lines(got.errs), 4)
	assert.Regexp(t, `^nango-go: nobody has connected within 50ms; the link works until \d\d:\d\d:\d\d$`, lines(got.errs)[3])
	for _, timeout := range []string{"0s", "-1s"} {
		requireFailure(t, 2, "--timeout is not above 0; without it the command waits as long as the link works (see nango-go connect --help)",
			run(t, nil, "connect", "github", "--timeout", timeout)) // before a key is looked for, so before any request
	}
}

// What Ctrl-C leaves is not a command that can go on: the link works, and another run makes another one.
func TestConnectIsStopped(t *testing.T) {
	_, env := start(t)
	cmd := command(t, env, "connect", "github", "--no-browser")
	errs, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reader := bufio.NewReader(errs)
	for range 2 {
		_, err = reader.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	assert.Regexp(t, `^nango-go: stopped waiting; the link works until \d\d:\d\d:\d\d, and nango-go connections --tag nango_go_connect=[A-Z2-7]{26} `+
		`shows what comes of it; the same command would make another link\n$`, string(rest))
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
}

func TestBrowser(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want []string
	}{
		{nil, nil},
		{map[string]string{"DISPLAY": ":0"}, []string{"xdg-open"}},
		{map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"xdg-open"}},
		{map[string]string{"BROWSER": "firefox --private-window", "DISPLAY": ":0"}, []string{"firefox", "--private-window"}},
	} {
		assert.Equal(t, row.want, browser(func(name string) string { return row.env[name] }))
	}
	t.Setenv("PATH", t.TempDir()) // so there is no xdg-open
	t.Setenv("DISPLAY", ":0")
	t.Setenv("BROWSER", "")
	opened, err := openBrowser("http://localhost/")
	assert.NoError(t, err)
	assert.False(t, opened)
	t.Setenv("BROWSER", "no-such-browser --new-tab")
	_, err = openBrowser("http://localhost/")
	assert.EqualError(t, err, `BROWSER: exec: "no-such-browser": executable file not found in $PATH`)
	opened, err = openBrowser("file:///etc/passwd")
	assert.False(t, opened)
	assert.Error(t, err)
}
