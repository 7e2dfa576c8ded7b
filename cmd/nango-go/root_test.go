package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
)

// What is wrong with a flag is said in words of the command line, not of Go's parsers.
func TestWrongFlags(t *testing.T) {
	for _, row := range []struct {
		line string
		args []string
	}{
		{`--timeout is "x", which is not a time such as 90s, 5m or 1h30m (see nango-go connect --help)`, []string{"connect", "--timeout", "x"}},
		{`--tag is "x", which is not of the form key=value (see nango-go connections --help)`, []string{"connections", "--tag", "x"}},
		{`--json is "x", which is not true or false (see nango-go connections --help)`, []string{"connections", "--json=x"}},
		{`--page-size is "1e3", which is not a whole number (see nango-go records export --help)`, []string{"records", "export", "a/b", "C", "--page-size", "1e3"}},
		{`flag needs an argument: --timeout (see nango-go connect --help)`, []string{"connect", "--timeout"}},
	} {
		requireFailure(t, exitUsage, row.line, run(t, nil, row.args...))
	}
}

// A flag without a text, such as that of a variable that is not set, would otherwise count as not given.
func TestEmptyFlags(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if kind := flag.Value.Type(); cmd.Runnable() && len(path) > 0 && (kind == "string" || kind == "stringArray") {
				args := append(slices.Clone(path), "--"+flag.Name+"=")
				requireFailure(t, exitUsage, "--"+flag.Name+" is empty, or has an empty part (see "+cmd.CommandPath()+" --help)", run(t, nil, append(args, arguments[cmd.Name()]...)...))
			}
		})
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit((&app{}).root())
	requireFailure(t, exitUsage, "--config is empty, or has an empty part (see nango-go connections --help)", run(t, nil, "connections", "--config", ""))
	for _, tag := range []string{"a=", "=a", "a=1,b="} {
		requireFailure(t, exitUsage, "--tag is empty, or has an empty part (see nango-go connect --help)", run(t, nil, "connect", "--tag", tag))
	}
	requireFailure(t, exitUsage, "argument 1 is empty (see nango-go connect --help)", run(t, nil, "connect", ""))
	requireFailure(t, exitUsage, "--scope is empty, or has an empty part (see nango-go doctor --help)", run(t, nil, "doctor", "--scope", "environment:proxy", "--scope", ""))
}

// arguments are what the commands need beside flags.
var arguments = map[string][]string{"export": {"github/ada", "Issue"}, "send": {"http://127.0.0.1:1"}}

// What the SDK refuses is named as on the command line.
func TestArgumentNames(t *testing.T) {
	_, env := start(t)
	for _, row := range []struct {
		line string
		args []string
	}{
		{"--integration holds an empty id or one with a comma (see nango-go connections --help)", []string{"connections", "--integration", "a,b"}},
		{"argument 2 is empty (see nango-go records export --help)", []string{"records", "export", "github/ada", ""}},
		{"the id of the connection holds a control character (see nango-go records export --help)", []string{"records", "export", "github/\x01", "Issue"}},
		{"the id of the integration holds a control character (see nango-go records export --help)", []string{"records", "export", "\x01/ada", "Issue"}},
	} {
		requireFailure(t, exitUsage, row.line, run(t, env, row.args...))
	}
	cmd := (&app{}).root()
	for want, err := range map[string]*nango.ArgumentError{ // the flags leave no way to these
		"--proxy-path needs a --proxy-connection, and the other way round": {Name: "ProxyPath", Reason: "needs a ProxyConnection, and the other way round"},
		"--connection holds a connection with an empty id":                 {Name: "Connections", Reason: "holds a connection with an empty id"},
	} {
		assert.Equal(t, want+" (see nango-go --help)", describe(t.Context(), err, cmd, true))
	}
	long := []string{env[0], env[1] + "/" + strings.Repeat("x", 255)}
	requireFailure(t, exitUsage, "NANGO_HOST is longer than 255 bytes (see nango-go records export --help)", run(t, long, "records", "export", "github/ada", "Issue"))
}

// A command that cannot go on when it is run again does not say so.
func TestStopped(t *testing.T) {
	cmd := (&app{}).root()
	ctx, cancel := context.WithCancel(t.Context())
	failed := context.Canceled
	assert.Equal(t, failed, whenStopped(ctx, failed, "stopped"), "nobody has stopped it")
	cancel()
	assert.NoError(t, whenStopped(ctx, nil, "stopped"))
	assert.Equal(t, "stopped early", describe(ctx, whenStopped(ctx, failed, "stopped early"), cmd, true))
	assert.Equal(t, "stopped", describe(ctx, failed, cmd, true))
	assert.Equal(t, os.ErrExist.Error(), describe(ctx, whenStopped(ctx, os.ErrExist, "stopped"), cmd, true), "something else went wrong before")
}

// A command that waits for its input ends too.
func TestStoppedWhileItReads(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer writer.Close()
	cmd := command(t, []string{signingKey + "=key"}, "webhook", "sign")
	cmd.Stdin = reader
	var errs strings.Builder
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	_, err = writer.WriteString(strings.Repeat("x", 1<<20)) // more than a pipe holds, so the command reads by now
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Equal(t, "nango-go: stopped\n", errs.String())
}

// Each command that Ctrl-C ends says what holds then.
func TestStoppedCommands(t *testing.T) {
	for _, row := range []struct {
		want string
		args []string
	}{
		{"stopped before the end of the list", []string{"connections"}},
		{"stopped before there was a link", []string{"connect"}},
		{"stopped; the report has what was checked until then", []string{"doctor"}},
		{"stopped before the receiver has responded; it can have the event", []string{"webhook", "send"}},
		{"stopped; the same command begins at the oldest record again", []string{"records", "export", "github/ada", "Issue"}},
	} {
		arrived := make(chan struct{}, 100)
		slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the end of the connection is noticed
			arrived <- struct{}{}
			<-r.Context().Done()
		}))
		args := row.args
		if args[0] == "webhook" {
			args = append(args, slow.URL)
		}
		cmd := command(t, []string{apiKey + "=00000000-0000-4000-8000-000000000000", host + "=" + slow.URL, signingKey + "=key"}, args...)
		var errs strings.Builder
		cmd.Stderr = &errs
		require.NoError(t, cmd.Start())
		<-arrived
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.Error(t, cmd.Wait())
		assert.Equal(t, "nango-go: "+row.want+"\n", errs.String())
		assert.Equal(t, exitFailure, cmd.ProcessState.ExitCode())
		slow.Close()
	}
}

// A body that no receiver would read is refused, also one that has no end.
func TestLargeBodies(t *testing.T) {
	_, env := start(t)
	path := filepath.Join(t.TempDir(), "body")
	require.NoError(t, os.WriteFile(path, make([]byte, maxBody), 0o600))
	assert.Equal(t, exitOK, run(t, env, "webhook", "sign", path).code)
	for _, name := range []string{"/dev/zero", "-"} {
		called := name
		cmd := command(t, env, "webhook", "sign", name)
		if name == "-" {
			zeros, err := os.Open("/dev/zero")
			require.NoError(t, err)
			defer zeros.Close()
			cmd.Stdin, called = zeros, "standard input"
		}
		requireFailure(t, exitFailure, called+" has more than 5 MiB, which is more than a receiver reads", finish(t, cmd))
	}
	for _, args := range [][]string{{"verify", "--signature", "x", "/dev/zero"}, {"send", "http://localhost", "/dev/zero"}} {
		requireFailure(t, exitFailure, "/dev/zero has more than 5 MiB, which is more than a receiver reads", run(t, env, append([]string{"webhook"}, args...)...))
	}
}
