package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// The test binary is the program too: the tests run it as a process of its own.
const asProgram = "NANGO_GO_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// command is the program with arguments, in an environment that has nothing of Nango's but the given variables.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, args...)
	t.Cleanup(func() { // for a test that fails before the process has ended
		if cmd.Process != nil && cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	home := t.TempDir()
	cmd.Env = append([]string{asProgram + "=1", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm",
		"GORACE=atexit_sleep_ms=0"}, env...) // the race detector would wait a second at each end
	cmd.Dir = home
	return cmd
}

// ended is what a process has left.
type ended struct {
	code      int
	out, errs string
}

func run(t *testing.T, env []string, args ...string) ended {
	t.Helper()
	return finish(t, command(t, env, args...))
}

// finish runs a command to its end.
func finish(t *testing.T, cmd *exec.Cmd) ended {
	t.Helper()
	var out, errs bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &out
	}
	cmd.Stderr = &errs
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		require.NoError(t, err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// start returns a server that listens, and the environment of a program that uses it.
func start(t *testing.T) (*nangotest.Server, []string) {
	t.Helper()
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "ada", Tags: map[string]string{"end_user_id": "ada"}})
	return srv, []string{apiKey + "=" + srv.Key(), host + "=" + srv.Listen(), signingKey + "=" + srv.SigningKey()}
}

// requireFailure requires one line on standard error and nothing on standard output.
func requireFailure(t *testing.T, code int, line string, got ended) {
	t.Helper()
	require.Equal(t, ended{code, "", "nango-go: " + line + "\n"}, got)
}

// lines are the lines of a text without the last line end.
func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
