package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

func TestDoctor(t *testing.T) {
	srv, env := start(t)
	got := run(t, env, "doctor")
	assert.Equal(t, 0, got.code, got.out)
	assert.Regexp(t, `(?m)^pass +key `, got.out)
	assert.NotContains(t, got.out, "Params.", "a flag is meant")
	assert.Empty(t, got.errs)

	got = run(t, env, "doctor", "--no-network", "--json")
	assert.Equal(t, 0, got.code)
	var report struct {
		OK     bool
		Checks []struct{ ID, Next string }
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	assert.True(t, report.OK)
	require.Equal(t, "signing-key", report.Checks[2].ID)
	assert.Empty(t, report.Checks[2].Next)

	srv.Inject(nangotest.Rule{}, nangotest.Respond(401, "application/json", `{"error":{"code":"unknown_account"}}`))
	got = run(t, env, "doctor")
	assert.Equal(t, 1, got.code)
	assert.Regexp(t, `(?m)^fail +key `, got.out)
	assert.Empty(t, got.errs, "the report says it")
}

func TestDoctorOfConnectionsAndReceivers(t *testing.T) {
	srv, env := start(t)
	handler, err := webhook.NewHandler(webhook.Config{Keys: []string{srv.SigningKey()}})
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	defer receiver.Close()
	srv.HandleProxy("github", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Link", "<x>") }))
	got := run(t, env, "doctor", "--connection", "github/ada", "--read-credentials", "--scope", "environment:proxy", "--webhook-url", receiver.URL,
		"--proxy-connection", "github/ada", "--proxy-path", "/user")
	assert.Equal(t, 0, got.code, got.out)
	for _, check := range []string{"forgery", "credentials", "response-headers"} {
		assert.Regexp(t, `(?m)^pass +`+check+` `, got.out)
	}
	assert.Contains(t, got.out, "the receiver accepts a signed event (200)")
	assert.Equal(t, 1, strings.Count(got.out, " scope "), "only the scope that was asked for")

	requireFailure(t, 2, `"ada" is not a connection: it has the form integration/connection, such as github/user-42 (see nango-go doctor --help)`,
		run(t, env, "doctor", "--connection", "ada"))
	requireFailure(t, 2, "--scope holds a text that begins with neither environment: nor account: (see nango-go doctor --help)", run(t, env, "doctor", "--scope", "x"))
	requireFailure(t, 2, "--webhook-url is no URL with a host that begins with http:// or https:// (see nango-go doctor --help)",
		run(t, env, "doctor", "--webhook-url", "ftp://localhost"))
	got = run(t, env, "doctor", "--proxy-path", "/user")
	assert.Equal(t, 2, got.code)
	for path, want := range map[string]string{
		"/a#b":          "the proxied call was not made: --proxy-path contains a fragment, which is never sent",
		"https://x.y/z": "the proxied call was not made: --proxy-path is a URL; give the path alone",
	} {
		got := run(t, env, "doctor", "--proxy-connection", "github/ada", "--proxy-path", path)
		assert.Equal(t, 1, got.code)
		assert.Regexp(t, `(?m)^fail +response-headers +`+regexp.QuoteMeta(want)+`$`, got.out, "no field of a struct is meant")
	}
}

// Without a client the report has the setting that is at fault.
func TestDoctorWithoutAClient(t *testing.T) {
	const key = "f4e0b7a2-55a4-4f0c-9d56-0a4b6f6f7d10"
	for _, row := range []struct {
		env               []string
		check, seen, next string
	}{
		{nil, "key-form", "there is no NANGO_API_KEY", "set it in the environment, or in the file that nango-go --help names"},
		{[]string{apiKey + "=very secret"}, "key-form", "NANGO_API_KEY: holds white space, a control character or a character beyond ASCII", "copy it from the environment's settings in the dashboard"},
		{[]string{apiKey + "=" + key, host + "=localhost"}, "base-url", "NANGO_HOST: does not begin with http:// or https://", "it has the form https://host, such as https://api.nango.dev"},
	} {
		table := fmt.Sprintf("fail  %s  %s\n%sNext: %s\n1 fail\n", row.check, row.seen, strings.Repeat(" ", len(row.check)+8), row.next)
		assert.Equal(t, ended{1, table, ""}, run(t, row.env, "doctor", "--no-network"))
		got := run(t, row.env, "doctor", "--json")
		assert.Equal(t, ended{1, got.out, ""}, got)
		assert.JSONEq(t, fmt.Sprintf(`{"ok": false, "checks": [{"id": %q, "status": "fail", "seen": %q, "next": %q}]}`, row.check, row.seen, row.next), got.out)
	}
}

func TestConnections(t *testing.T) {
	srv, env := start(t)
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "gr\x1b[2Jace\nx", Tags: map[string]string{"a": "1", "b": "2"}})
	got := run(t, env, "connections")
	require.Equal(t, 0, got.code, got.errs)
	rows := lines(got.out)
	require.Len(t, rows, 3)
	assert.Regexp(t, `^INTEGRATION +CONNECTION +CREATED +ERRORS +TAGS$`, rows[0])
	assert.Regexp(t, `^github +gr\?\[2Jace x +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +- +a=1 b=2$`, rows[1], "what a terminal could obey is not printed")
	assert.Regexp(t, `^github +ada +.* end_user_id=ada$`, rows[2])

	got = run(t, env, "connections", "--tag", "end_user_id=ada", "--integration", "github", "--json")
	var connection struct {
		ID string `json:"connection_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &connection), got.out)
	assert.Equal(t, "ada", connection.ID)
	for _, args := range [][]string{{"--search", "nobody"}, {"--integration", "nobody", "--json"}, {"--tag", "a=3"}} {
		assert.Equal(t, ended{0, "", "No connection matches the filters.\n"}, run(t, env, append([]string{"connections"}, args...)...), args)
	}
	for _, id := range []string{"ada", "gr\x1b[2Jace\nx"} {
		srv.Connection("github", id).Delete()
	}
	assert.Equal(t, ended{0, "", "There are no connections in the environment of this key; nango-go connect makes one.\n"}, run(t, env, "connections", "--json"))
}

// A full disk is one sentence, whatever was printed.
func TestFullStandardOutput(t *testing.T) {
	_, env := start(t)
	for _, args := range [][]string{{"connections"}, {"connections", "--json"}, {"doctor", "--no-network"}, {"doctor", "--no-network", "--json"}, {"webhook", "sign", os.DevNull}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		require.NoError(t, err)
		cmd := command(t, env, args...)
		cmd.Stdout = full
		requireFailure(t, 1, "write /dev/stdout: no space left on device", finish(t, cmd))
		require.NoError(t, full.Close())
	}
}

func TestWebhooks(t *testing.T) {
	srv, env := start(t)
	var got []string
	handler, err := webhook.NewHandler(webhook.Config{Keys: []string{srv.SigningKey()}, OnAuth: func(_ context.Context, event *webhook.AuthEvent) error {
		got = append(got, string(event.Operation))
		return nil
	}})
	require.NoError(t, err)
	receiver := httptest.NewServer(handler)
	defer receiver.Close()

	assert.Equal(t, ended{0, "200 OK\n", ""}, run(t, env, "webhook", "send", receiver.URL))
	assert.Equal(t, ended{0, "200 OK\n", ""}, run(t, env, "webhook", "send", receiver.URL, "--event", "auth-deletion"))
	assert.Equal(t, []string{"creation", "deletion"}, got)

	body := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(body, []byte(`{"b": 1, "a": 2}`+"\n"), 0o600))
	assert.Equal(t, ended{0, "200 OK\n", ""}, run(t, env, "webhook", "send", receiver.URL, body))
	refused := []string{signingKey + "=another"}
	assert.Equal(t, ended{1, "401 Unauthorized\n", "nango-go: the receiver refused the signature: does it have the same NANGO_WEBHOOK_SIGNING_KEY?\n"},
		run(t, refused, "webhook", "send", receiver.URL))

	signed := run(t, env, "webhook", "sign", body)
	require.Equal(t, 0, signed.code, signed.errs)
	signature := ""
	for _, line := range strings.Split(signed.out, "\r\n") {
		if name, value, _ := strings.Cut(line, ": "); name == webhook.SignatureHeader {
			signature = value
		}
	}
	assert.Equal(t, ended{0, "valid: none of Nango's own events: a provider's webhook of no connection, or an event without a key that Nango always sends\n", ""}, run(t, env, "webhook", "verify", "--signature", signature, body))
	piped := command(t, env, "webhook", "verify", "--signature", strings.ToUpper(signature))
	piped.Stdin = strings.NewReader(`{"b": 1, "a": 2}` + "\n")
	assert.Equal(t, 0, finish(t, piped).code)
	changed := command(t, env, "webhook", "verify", "--signature", signature, "-")
	changed.Stdin = strings.NewReader(`{"b": 1, "a": 2}`)
	requireFailure(t, 1, "webhook: invalid signature: the body was changed or the key is not the webhook signing key (the API key is another); a line end at the end of the body counts too", finish(t, changed))
}

func TestWebhooksRefuse(t *testing.T) {
	_, env := start(t)
	text := write(t, 0o600, "no JSON")
	requireFailure(t, 2, `there is no event "x" (see nango-go webhook send --help)`, run(t, env, "webhook", "send", "http://localhost", "--event", "x"))
	requireFailure(t, 2, "--event and a file exclude each other (see nango-go webhook send --help)", run(t, env, "webhook", "send", "http://localhost", text, "--event", "raw"))
	requireFailure(t, 2, "the URL begins with neither http:// nor https:// (see nango-go webhook send --help)", run(t, env, "webhook", "send", "ftp://localhost"))
	requireFailure(t, 1, text+" is not JSON: it is wrong at line 1, byte 2", run(t, env, "webhook", "send", "http://localhost", text))
	for body, reason := range map[string]string{
		"": "it is empty", " \n": "it is empty", `{"a":`: "it ends too early", `{"a":` + "\n ": "it ends too early", `"sk_1`: "it ends too early",
		"{\n  sk_1: 2}": "it is wrong at line 2, byte 3", "{} sk_1": "it is wrong at line 1, byte 4", "[1,\n2,\n]": "it is wrong at line 3, byte 1",
	} {
		cmd := command(t, env, "webhook", "send", "http://localhost", "-")
		cmd.Stdin = strings.NewReader(body)
		requireFailure(t, 1, "standard input is not JSON: "+reason, finish(t, cmd))
	}
	for _, key := range []string{"a b", "a\x01b", "ä"} {
		for _, args := range [][]string{{"sign", text}, {"verify", "--signature", "00", text}, {"send", "http://127.0.0.1:1/", text}} {
			if args[0] == "send" { // of what is JSON
				args = append(args[:2:2], "--event", "raw")
			}
			requireFailure(t, 1, "NANGO_WEBHOOK_SIGNING_KEY is no key: it is empty, or has white space, or a character that headers cannot have",
				run(t, []string{signingKey + "=" + key}, append([]string{"webhook"}, args...)...))
		}
	}
	requireFailure(t, 2, `required flag(s) "signature" not set (see nango-go webhook verify --help)`, run(t, env, "webhook", "verify", text))
	got := run(t, env, "webhook", "send", "http://127.0.0.1:1")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.errs, "connection refused; does the receiver run?\n")
	for _, status := range []int{500, 302, 404} {
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		got := run(t, env, "webhook", "send", receiver.URL)
		assert.Equal(t, 1, got.code, status)
		assert.Equal(t, status >= 500, strings.Contains(got.errs, "would deliver again after 3 s"), status)
		receiver.Close()
	}
}

// What cobra's users expect: help with examples, unknown commands and flags with code 2, completion that a shell can read.
func TestHelpAndCompletion(t *testing.T) {
	for _, args := range [][]string{nil, {"doctor"}, {"connect"}, {"connections"}, {"records", "export"}, {"webhook", "sign"}, {"webhook", "verify"}, {"webhook", "send"}, {"serve"}} {
		got := run(t, nil, append(args, "--help")...)
		assert.Equal(t, 0, got.code)
		assert.Contains(t, got.out, "Examples:\n", "%v", args)
		assert.Empty(t, got.errs)
	}
	requireFailure(t, 2, `unknown command "bogus" for "nango-go" (see nango-go --help)`, run(t, nil, "bogus"))
	requireFailure(t, 2, `unknown command "bogus" for "nango-go records" (see nango-go records --help)`, run(t, nil, "records", "bogus"))
	requireFailure(t, 2, `unknown flag: --bogus (see nango-go connections --help)`, run(t, nil, "connections", "--bogus"))
	requireFailure(t, 2, `accepts 2 arg(s), received 0 (see nango-go records export --help)`, run(t, nil, "records", "export"))
	requireFailure(t, 2, `unknown command "bogus" for "nango-go" (see nango-go help --help)`, run(t, nil, "help", "bogus"))
	requireFailure(t, 2, `unknown command "bogus" for "nango-go records" (see nango-go help --help)`, run(t, nil, "help", "records", "bogus"))
	requireFailure(t, 2, `unknown command "bogus" for "nango-go doctor" (see nango-go help --help)`, run(t, nil, "help", "doctor", "bogus"))
	requireFailure(t, 2, `unknown command "bogus" for "nango-go completion" (see nango-go completion --help)`, run(t, nil, "completion", "bogus"))
	for _, args := range [][]string{{}, {"records", "export"}, {"webhook"}, {"completion", "bash"}, {"help"}} {
		assert.Equal(t, run(t, nil, append(args, "--help")...), run(t, nil, append([]string{"help"}, args...)...), args)
	}
	assert.Equal(t, run(t, nil, "completion", "--help"), run(t, nil, "completion"))
	got := run(t, nil, "webhook")
	assert.Equal(t, 0, got.code)
	assert.Contains(t, got.out, "Available Commands:")
	assert.Regexp(t, `^nango-go version \S+\n$`, run(t, nil, "--version").out)

	assert.Contains(t, lines(run(t, nil, "__complete", "webhook", "send", "http://localhost", "--event", "").out), "sync-success")
	assert.Equal(t, []string{":4"}, lines(run(t, nil, "__complete", "connect", "").out), "an integration is no file")
	script := filepath.Join(t.TempDir(), "completion.bash")
	require.NoError(t, os.WriteFile(script, []byte(run(t, nil, "completion", "bash").out), 0o600))
	out, err := exec.CommandContext(t.Context(), "bash", "-n", script).CombinedOutput()
	assert.NoError(t, err, string(out))
}
