package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onTerminal runs the program with a terminal as its standard error, and standard output too if there is no file for it. It returns
// what the terminal shows.
func onTerminal(t *testing.T, env []string, out *os.File, args ...string) string {
	t.Helper()
	person, terminal, err := pty.Open()
	require.NoError(t, err)
	defer person.Close()
	cmd := command(t, env, args...)
	cmd.Stdout, cmd.Stderr = terminal, terminal
	if out != nil {
		cmd.Stdout = out
	}
	require.NoError(t, cmd.Start())
	require.NoError(t, terminal.Close()) // the process has it
	shown, _ := io.ReadAll(person)       // an error is how it says on Linux that nobody has the terminal any more
	require.NoError(t, cmd.Wait(), string(shown))
	return string(shown)
}

func TestProgressOnATerminal(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	shown := onTerminal(t, env, nil, "records", "export", "github/ada", "Issue", "--page-size", "5", "-o", out)
	assert.Regexp(t, `\rIssue +0% \|.*\(0/23`, shown, "a bar whose length is the number of records")
	assert.Regexp(t, `23 records \(0 deleted, 0 pruned\) in .*\r\n$`, shown)
	requireAll(t, 1, total, contents(t, out))

	shown = onTerminal(t, env, nil, "records", "export", "github/ada", "Issue", "-o", out)
	assert.Contains(t, shown, "\r", "after the first run nobody knows how many there are")
	assert.NotContains(t, shown, "/23")

	file, err := os.Create(out)
	require.NoError(t, err)
	defer file.Close()
	shown = onTerminal(t, env, file, "records", "export", "github/ada", "Issue")
	assert.Contains(t, shown, "Issue   0%")
	requireAll(t, 1, total, contents(t, out))

	shown = onTerminal(t, env, nil, "records", "export", "github/ada", "Issue") // records and progress on one terminal
	assert.NotContains(t, shown, "%")
	assert.Contains(t, shown, `"id":"23"`)
}

// A dumb terminal, such as that of an editor, cannot move its cursor.
func TestProgressOnADumbTerminal(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	shown := onTerminal(t, append(env, "TERM=dumb"), nil, "records", "export", "github/ada", "Issue", "-o", out)
	assert.Regexp(t, `^23 records \(0 deleted, 0 pruned\) in \S+, \d+ per second\r\n$`, shown) // the terminal itself makes \r\n of \n
}

// Off a terminal there are plain lines.
func TestProgressOffATerminal(t *testing.T) {
	_, _, env := withRecords(t)
	got := run(t, env, "records", "export", "github/ada", "Issue", "-o", "issues.ndjson")
	assert.Regexp(t, `^23 records \(0 deleted, 0 pruned\) in \S+, \d+ per second\n$`, got.errs)
	assert.NotContains(t, got.errs, "\r")
}
