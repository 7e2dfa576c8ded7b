package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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
				first, hint := args, "run the same command again to go on"
				if signal == syscall.SIGINT { // with a file that is whole
					require.Equal(t, 0, run(t, env, args...).code)
					first = append(args, "--restart")
					hint = "run the command again without --restart to go on"
					if nth == 1 { // which comes before the signal, or not
						hint = "(" + hint + "|run the same command again to go on)"
					}
				}
				cmd := command(t, env, first...)
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
					assert.Regexp(t, "nango-go: stopped; "+hint+`\n$`, errs.String())
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
			export := func(restart bool, store func(consume.Store) consume.Store) error {
				params := consume.Params{Name: "nango-go", Model: "Issue", PageSize: 4}
				file, err := openExport(t.Context(), path, params.Key(handle), restart)
				if err != nil {
					return err
				}
				defer func() { _ = file.end(context.WithoutCancel(t.Context()), errCrash) }()
				if file.locked == nil {
					if err := file.openCursors(os.O_CREATE); err != nil {
						return err
					}
				}
				file.cursors = store(file.cursors)
				params.Store = file
				_, err = consume.Run(t.Context(), handle, params, writeTo(file))
				return err
			}
			crash := func(store consume.Store) consume.Store { return &crashing{store, nth, after} }
			sound := func(store consume.Store) consume.Store { return store }
			require.ErrorIs(t, export(false, crash), errCrash)
			require.NoError(t, export(false, sound), "%d %v", nth, after)
			requireAll(t, 1, total, contents(t, path))
			require.ErrorIs(t, export(true, crash), errCrash)
			require.NoError(t, export(false, sound), "restart, %d %v", nth, after)
			requireAll(t, 1, total, contents(t, path))
		}
	}
}

// No file and no cursor changes before the server has responded, and none is made.
func TestExportFailsBeforeItChangesAnything(t *testing.T) {
	_, _, env := withRecords(t)
	dir := t.TempDir()
	out, cursors := filepath.Join(dir, "issues.ndjson"), filepath.Join(dir, "cursors")
	file := []string{"records", "export", "github/ada", "Issue", "-o", out}
	pipe := []string{"records", "export", "github/ada", "Issue", "--cursors", cursors}
	require.Equal(t, 0, run(t, env, file...).code)
	require.Equal(t, 0, run(t, env, pipe...).code)
	whole := contents(t, out)
	unfinished := whole + lines(whole)[0]
	require.NoError(t, os.WriteFile(out, []byte(unfinished), 0o600))

	wrongKey := []string{apiKey + "=00000000-0000-4000-8000-000000000000", env[1]}
	deadHost := []string{env[0], host + "=http://127.0.0.1:1"}
	missing := []string{"records", "export", "github/ada", "Issue", "-o", filepath.Join(dir, "new.ndjson")}
	foreign := []string{"records", "export", "github/ada", "Issue", "-o", filepath.Join(dir, "mine")}
	damaged := []string{"records", "export", "github/ada", "Issue", "-o", filepath.Join(dir, "damaged.ndjson")}
	require.NoError(t, os.WriteFile(foreign[5], []byte("mine"), 0o600))
	require.Equal(t, 0, run(t, env, damaged...).code)
	names, err := filepath.Glob(damaged[5] + ".cursors/*.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(names[0], []byte("{"), 0o600))
	require.NoError(t, os.Mkdir(missing[5]+".cursors", 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "other.cursors"), []byte("mine"), 0o600))
	other := []string{"records", "export", "github/ada", "Issue", "-o", filepath.Join(dir, "other")}
	before := tree(t, dir)
	for _, env := range [][]string{wrongKey, deadHost} {
		for _, args := range [][]string{file, pipe, missing, foreign, damaged, other} {
			for _, args := range [][]string{args, append(args, "--restart")} {
				got := run(t, env, args...)
				require.Equal(t, 1, got.code)
				assert.Len(t, lines(got.errs), 1)
			}
		}
	}
	for _, args := range [][]string{file, pipe} {
		for _, size := range []string{"0", "-1", "10001"} {
			requireFailure(t, 2, "--page-size is "+size+": it must be from 1 to 10000 (see nango-go records export --help)",
				run(t, env, append(args, "--restart", "--page-size", size)...))
		}
	}
	assert.Equal(t, before, tree(t, dir))
}

// tree is what the files of a directory hold, and the directories in it.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if files[path] = "(directory)"; err == nil && !entry.IsDir() {
			files[path] = contents(t, path)
		}
		return err
	}))
	return files
}

func TestExportRefuses(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}

	require.NoError(t, os.WriteFile(out, []byte("mine"), 0o600))
	unknown := out + ": the file is not empty and has no cursor: name a new file, or begin this one again with --restart"
	requireFailure(t, 1, unknown, run(t, env, args...))
	assert.Equal(t, "mine", contents(t, out))
	got := run(t, env, append(args, "--restart")...)
	require.Equal(t, 0, got.code)
	kept, err := filepath.Glob(out + ".2*")
	require.NoError(t, err)
	require.Len(t, kept, 1)
	assert.Equal(t, "mine", contents(t, kept[0]))
	assert.Equal(t, "the 4 bytes that the file had are in "+kept[0]+" now", lines(got.errs)[1])
	requireAll(t, 1, total, contents(t, out))

	elsewhere := []string{env[0], strings.Replace(env[1], "127.0.0.1", "localhost", 1)}
	other := out + ": its cursor is of another host, connection, model or variant: name a new file, or begin this one again with --restart"
	requireFailure(t, 1, other, run(t, elsewhere, args...)) // a cursor would be read as if it were of that server
	requireFailure(t, 1, other, run(t, env, append(args, "--variant", "german")...))

	whole := contents(t, out)
	require.NoError(t, os.WriteFile(out, []byte(whole[1:]), 0o600))
	requireFailure(t, 1, fmt.Sprintf("%s: the file has %d bytes, and %d belong to its cursor: bring the file back, or begin again with --restart", out, len(whole)-1, len(whole)),
		run(t, env, args...))
	assert.Equal(t, whole[1:], contents(t, out))
	require.NoError(t, os.WriteFile(out, []byte(whole), 0o600))

	// Another export in its place, which is longer.
	longer := strings.Replace(whole, "Issue 23", "Other 23", 1) + whole
	require.NoError(t, os.WriteFile(out, []byte(longer), 0o600))
	requireFailure(t, 1, out+": the file is another one than that of its cursor, or was changed: bring the file back, or begin again with --restart", run(t, env, args...))
	assert.Equal(t, longer, contents(t, out))
	require.NoError(t, os.WriteFile(out, []byte(whole), 0o600))

	file, err := os.Open(out + ".cursors/export.lock")
	require.NoError(t, err)
	busy, err := lock(file)
	require.NoError(t, err)
	require.False(t, busy)
	requireFailure(t, 1, "another process exports to "+out+": wait until it has ended", run(t, env, args...))
	require.NoError(t, file.Close())

	requireFailure(t, 2, "/dev/null is no regular file, so nobody could tell after a crash what is in it: use standard output (see nango-go records export --help)",
		run(t, env, "records", "export", "github/ada", "Issue", "-o", "/dev/null"))
	requireFailure(t, 2, `"ada" is not a connection: it has the form integration/connection, such as github/user-42 (see nango-go records export --help)`,
		run(t, env, "records", "export", "ada", "Issue"))

	names, err := filepath.Glob(out + ".cursors/*.json")
	require.NoError(t, err)
	require.Len(t, names, 1)
	sound := contents(t, names[0])
	position := regexp.MustCompile(`file:\d+:[0-9a-f]+:[0-9a-f]+:`)
	for damaged, want := range map[string]string{
		position.ReplaceAllString(sound, "${0}damaged"): "the stored cursor cannot be read: the server lists the records only without it: ",
		position.ReplaceAllString(sound, ""):            out + ": its cursor is not that of a file: begin again with --restart",
		"{":                                             out + ": consume: the stored cursor cannot be read: the file ",
	} {
		require.NoError(t, os.WriteFile(names[0], []byte(damaged), 0o600))
		got := run(t, env, args...)
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.errs, want)
		assert.Contains(t, got.errs, "--restart")
		assert.Equal(t, whole, contents(t, out))
		require.Equal(t, 0, run(t, env, append(args, "--restart")...).code)
		requireAll(t, 1, total, contents(t, out))
	}
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

	cmd = command(t, env, args[:4]...)
	readOnly, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer readOnly.Close()
	cmd.Stdout = readOnly // so each write fails
	got := finish(t, cmd)
	assert.Equal(t, 1, got.code)
	assert.Equal(t, 1, strings.Count(got.errs, "bad file descriptor"), got.errs)
}
