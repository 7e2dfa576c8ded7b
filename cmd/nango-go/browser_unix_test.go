//go:build unix

package main

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConnectOpensTheBrowser(t *testing.T) {
	srv, env := start(t)
	dir := t.TempDir()
	pipe, browser := filepath.Join(dir, "pipe"), filepath.Join(dir, "browser")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(browser, []byte("#!/bin/sh\n{ echo \"$1\"; env; } > "+pipe+"\n"), 0o700))
	cmd := command(t, append(env, "BROWSER="+browser), "connect", "github")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Start())
	seen, err := os.ReadFile(pipe) // waits for the browser
	require.NoError(t, err)
	link, environment, _ := strings.Cut(string(seen), "\n")
	authorize(t, srv, link)
	require.NoError(t, cmd.Wait())
	assert.Regexp(t, `^Open this link to connect: `+regexp.QuoteMeta(link)+`\nOpening it in the browser\.\n`+waiting+`$`, errs.String())
	assert.Contains(t, environment, "BROWSER="+browser)
	for _, key := range []string{srv.Key(), srv.SigningKey()} {
		assert.NotContains(t, environment, key, "the keys are not for the browser")
	}
}

// Ctrl-C ends the command, and not the browser that it has started.
func TestConnectLeavesTheBrowser(t *testing.T) {
	_, env := start(t)
	dir := t.TempDir()
	pipe, browser := filepath.Join(dir, "pipe"), filepath.Join(dir, "browser")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, syscall.Mkfifo(pipe+".go", 0o600))
	require.NoError(t, os.WriteFile(browser, []byte("#!/bin/sh\necho started > "+pipe+"\nread line < "+pipe+".go\necho \"$line\" > "+pipe+"\n"), 0o700))
	said, err := os.OpenFile(pipe, os.O_RDWR, 0) // so it opens without a browser, and a read can end without one
	require.NoError(t, err)
	defer said.Close()
	require.NoError(t, said.SetReadDeadline(time.Now().Add(20*time.Second)))
	reader := bufio.NewReader(said)

	cmd := command(t, append(env, "BROWSER="+browser), "connect", "github")
	person, err := pty.Start(cmd) // the command leads the foreground of the terminal
	require.NoError(t, err)
	defer person.Close()
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "started\n", line)
	_, err = person.WriteString("\x03")
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	require.Equal(t, exitFailure, cmd.ProcessState.ExitCode())

	tell, err := os.OpenFile(pipe+".go", os.O_RDWR, 0)
	require.NoError(t, err)
	defer tell.Close()
	_, err = tell.WriteString("alive\n")
	require.NoError(t, err)
	line, err = reader.ReadString('\n')
	require.NoError(t, err, "the browser has ended")
	assert.Equal(t, "alive\n", line)
}
