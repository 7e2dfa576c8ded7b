package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/consume"
	"github.com/nango-go/sdk/nango/nangotest"
)

// Whatever ends the process, the next run completes the file: nothing is lost and nothing is doubled.
func TestExportIsKilled(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM} {
		for nth := 1; nth <= 6; nth++ { // of the requests for pages
			t.Run(fmt.Sprintf("%s at page %d", signal, nth), func(t *testing.T) {
				srv, _, env := withRecords(t)
				out := filepath.Join(t.TempDir(), "issues.ndjson")
				args := []string{"records", "export", "github/ada", "Issue", "--page-size", "4", "-o", out}
				cmd := command(t, env, args...)
				var errs strings.Builder
				cmd.Stderr = &errs
				started := make(chan struct{})
				seen := 0
				srv.Inject(nangotest.Rule{Operation: "listRecords", If: func(*http.Request) bool {
					if seen++; seen == nth {
						<-started
						_ = cmd.Process.Signal(signal)
					}
					return false
				}}, nangotest.LoseResponse())
				require.NoError(t, cmd.Start())
				close(started)
				err := cmd.Wait()
				if signal == syscall.SIGKILL {
					require.Error(t, err)
				} else if err != nil { // at the last page it can be done before the signal comes
					assert.Equal(t, 1, cmd.ProcessState.ExitCode())
					assert.Regexp(t, `nango-go: stopped; run the same command again to go on\n$`, errs.String())
				}

				got := run(t, env, args...)
				require.Equal(t, 0, got.code, got.errs)
				requireAll(t, 1, total, contents(t, out))
			})
		}
	}
}

// crashing is a store of cursors with which the program dies at the nth Save: before it is carried out, or after.
type crashing struct {
	consume.Store
	left  int
	after bool
}

var errCrash = errors.New("crash")

func (s *crashing) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	if s.left--; s.left == 0 {
		if s.after {
			_ = s.Store.Save(ctx, key, prev, next)
		}
		return errCrash
	}
	return s.Store.Save(ctx, key, prev, next)
}

// The same at each step around the cursor, which no signal meets.
func TestExportCrashesAroundTheCursor(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for nth := 1; nth <= 7; nth++ { // the first one is the position of the empty file
		for _, after := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "issues.ndjson")
			cursors := new(consume.MemoryStore)
			export := func(store consume.Store) error {
				params := consume.Params{Name: "nango-go", Model: "Issue", PageSize: 4}
				file, err := openExport(t.Context(), path, store, params.Key(handle), false)
				if err != nil {
					return err
				}
				defer file.file.Close()
				params.Store = file
				_, err = consume.Run(t.Context(), handle, params, (&sink{out: file.out}).write)
				return err
			}
			require.ErrorIs(t, export(&crashing{cursors, nth, after}), errCrash)
			require.NoError(t, export(cursors), "%d %v", nth, after)
			requireAll(t, 1, total, contents(t, path))
		}
	}
}

// What was not written to its end is cut off, even if a line of it is whole.
func TestExportCutsOff(t *testing.T) {
	_, ada, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}
	require.Equal(t, 0, run(t, env, args...).code)
	whole := contents(t, out)
	require.NoError(t, os.WriteFile(out, []byte(whole+"{\"id\":\"24\"}\n{\"id\":"), 0o600))
	save(ada, total+1, total+1)
	got := run(t, env, args...)
	require.Equal(t, 0, got.code)
	assert.Equal(t, "cut off 18 bytes of a page that was not written to its end", lines(got.errs)[0])
	requireAll(t, 1, total+1, contents(t, out))
}

func TestExportRefuses(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}

	require.NoError(t, os.WriteFile(out, []byte("mine"), 0o600))
	unknown := out + ": the file is not empty and has no cursor of this host, connection and model: name a new file, or empty this one with --restart"
	requireFailure(t, 1, unknown, run(t, env, args...))
	assert.Equal(t, "mine", contents(t, out))
	require.Equal(t, 0, run(t, env, append(args, "--restart")...).code)
	requireAll(t, 1, total, contents(t, out))

	elsewhere := []string{env[0], strings.Replace(env[1], "127.0.0.1", "localhost", 1)}
	requireFailure(t, 1, unknown, run(t, elsewhere, args...)) // a cursor would be read as if it were of that server
	requireFailure(t, 1, unknown, run(t, env, append(args, "--variant", "german")...))

	whole := contents(t, out)
	require.NoError(t, os.WriteFile(out, []byte(whole[1:]), 0o600))
	requireFailure(t, 1, fmt.Sprintf("%s: the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", out, len(whole)-1, len(whole)),
		run(t, env, args...))
	assert.Equal(t, whole[1:], contents(t, out))
	require.NoError(t, os.WriteFile(out, []byte(whole), 0o600))

	file, err := os.Open(out)
	require.NoError(t, err)
	require.NoError(t, lock(file))
	requireFailure(t, 1, "another process exports to "+out+": resource temporarily unavailable", run(t, env, args...))
	require.NoError(t, file.Close())

	requireFailure(t, 2, "/dev/null is no regular file, which could be cut off after a crash: use standard output (see nango-go records export --help)",
		run(t, env, "records", "export", "github/ada", "Issue", "-o", "/dev/null", "--cursors", t.TempDir()))
	requireFailure(t, 2, `"ada" is not a connection: it has the form integration/connection, such as github/user-42 (see nango-go records export --help)`,
		run(t, env, "records", "export", "ada", "Issue"))

	names, err := filepath.Glob(out + ".cursors/*.json")
	require.NoError(t, err)
	require.Len(t, names, 1)
	damaged := strings.Replace(contents(t, names[0]), fmt.Sprintf("file:%d:", len(whole)), fmt.Sprintf("file:%d:damaged", len(whole)), 1)
	require.NoError(t, os.WriteFile(names[0], []byte(damaged), 0o600))
	got := run(t, env, args...)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.errs, "the server cannot read the stored cursor")
	assert.Regexp(t, `; --restart begins at the oldest record again, with an empty file\n$`, got.errs)
}

// A reader of standard output that goes away ends the program before the cursor is stored behind what it did not read.
func TestExportIntoABrokenPipe(t *testing.T) {
	_, ada, env := withRecords(t)
	ada.SaveRecords("Note", map[string]string{"id": "1"}) // fewer bytes than are written at a time
	cursors := filepath.Join(t.TempDir(), "cursors")
	args := []string{"records", "export", "github/ada", "Note", "--cursors", cursors}
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	defer writer.Close()
	cmd := command(t, env, args...)
	cmd.Stdout = writer
	require.Error(t, cmd.Run())
	assert.Len(t, parse(t, run(t, env, args...).out), 1)
}

func TestWriteLine(t *testing.T) {
	var text strings.Builder
	out := bufio.NewWriter(&text)
	for _, data := range []string{`{"id":"1"}`, "{\n  \"id\": \"a\\nb\",\r\n  \"n\": 1.50\n}"} {
		require.NoError(t, writeLine(out, json.RawMessage(data)))
	}
	require.NoError(t, out.Flush())
	assert.Equal(t, "{\"id\":\"1\"}\n{\"id\":\"a\\nb\",\"n\":1.50}\n", text.String())
}
