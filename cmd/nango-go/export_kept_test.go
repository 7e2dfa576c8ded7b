package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// What follows the last whole page is read again. What is there is kept, since it can be what somebody has written.
func TestExportKeepsWhatFollows(t *testing.T) {
	_, ada, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}
	require.Equal(t, 0, run(t, env, args...).code)
	whole := contents(t, out)
	for i, rest := range []string{lines(whole)[0] + "\n{\"id\":", "my notes\n"} { // the second time nothing is new
		require.NoError(t, os.WriteFile(out, []byte(contents(t, out)+rest), 0o600))
		save(ada, total+1, total+1)
		got := run(t, env, args...)
		require.Equal(t, 0, got.code)
		requireAll(t, 1, total+1, contents(t, out))
		kept, err := filepath.Glob(out + ".2*")
		require.NoError(t, err)
		require.Len(t, kept, i+1)
		assert.Equal(t, rest, contents(t, kept[i]))
		assert.Equal(t, fmt.Sprintf("the %d bytes that followed the last whole page of the file are in %s now", len(rest), kept[i]), lines(got.errs)[1])
	}
}

// A file of one model, and then of another one.
func TestExportOfTwoModels(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := func(model string, more ...string) []string {
		return append([]string{"records", "export", "github/ada", model, "-o", out}, more...)
	}
	require.Equal(t, 0, run(t, env, args("Nothing")...).code)
	assert.Empty(t, contents(t, out))
	require.Equal(t, 0, run(t, env, args("Issue")...).code)
	for range 2 {
		assert.Equal(t, 1, run(t, env, args("Nothing")...).code)
		got := run(t, env, args("Nothing", "--restart")...)
		require.Equal(t, 0, got.code, got.errs)
		assert.Equal(t, "there are no records, so the file is as it was", lines(got.errs)[1])
		requireAll(t, 1, total, contents(t, out))
	}
	require.Equal(t, 0, run(t, env, args("Issue")...).code, "its cursor is as it was")
	requireAll(t, 1, total, contents(t, out))
}

// What happens to a file while a page comes.
func TestExportWhileTheFileChanges(t *testing.T) {
	for name, row := range map[string]struct {
		page   int
		change func(path string) error
		check  func(t *testing.T, path, whole string, got ended)
	}{
		"appended": {1, func(path string) error {
			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				defer file.Close()
				_, err = file.WriteString("late\n")
			}
			return err
		}, func(t *testing.T, path, whole string, got ended) {
			require.Equal(t, 0, got.code, got.errs)
			requireAll(t, 1, total, contents(t, path))
			kept, err := filepath.Glob(path + ".2*")
			require.NoError(t, err)
			require.Len(t, kept, 1)
			assert.Equal(t, whole+"late\n", contents(t, kept[0]))
		}},
		"replaced": {1, func(path string) error {
			if err := os.Rename(path, path+".moved"); err != nil {
				return err
			}
			return os.WriteFile(path, []byte("mine"), 0o600)
		}, func(t *testing.T, path, whole string, got ended) {
			requireFailure(t, 1, path+" was moved, deleted or replaced meanwhile: bring it back and run the command again, or begin again with --restart", got)
			assert.Equal(t, whole, contents(t, path+".moved"))
			assert.Equal(t, "mine", contents(t, path))
		}},
		"deleted": {3, os.Remove, func(t *testing.T, path, _ string, got ended) {
			assert.Equal(t, 1, got.code)
			assert.Contains(t, got.errs, "nango-go: consume: save the cursor: "+path+" was moved, deleted or replaced meanwhile: bring it back and run the command again, or begin again with --restart\n")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, _, env := withRecords(t)
			out := filepath.Join(t.TempDir(), "issues.ndjson")
			args := []string{"records", "export", "github/ada", "Issue", "--page-size", "5", "-o", out}
			require.Equal(t, 0, run(t, env, args...).code)
			whole := contents(t, out)
			pages := 0
			srv.Inject(nangotest.Rule{Operation: "listRecords", If: func(*http.Request) bool {
				if pages++; pages == row.page {
					assert.NoError(t, row.change(out))
				}
				return false
			}}, nangotest.LoseResponse())
			row.check(t, out, whole, run(t, env, append(args, "--restart")...))
		})
	}
}

// A file that comes while the first page is awaited is not this run's.
func TestExportMakesItsFile(t *testing.T) {
	srv, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	srv.Inject(nangotest.Rule{Operation: "listRecords", If: func(*http.Request) bool {
		assert.NoError(t, os.WriteFile(out, []byte("mine"), 0o600))
		return false
	}}, nangotest.LoseResponse())
	requireFailure(t, 1, "another program has made "+out+" meanwhile: if it is an export, wait until it has ended", run(t, env, "records", "export", "github/ada", "Issue", "-o", out))
	assert.Equal(t, "mine", contents(t, out))
}

// A cursor is of no use if the file is empty and there are no records.
func TestExportRestartsAnEmptyFile(t *testing.T) {
	_, ada, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}
	require.Equal(t, 0, run(t, env, args...).code)
	require.NoError(t, os.WriteFile(out, nil, 0o600))
	require.Equal(t, 1, run(t, env, args...).code)
	ada.ClearRecords("Issue")
	require.Equal(t, 0, run(t, env, append(args, "--restart")...).code)
	require.Equal(t, 0, run(t, env, args...).code)
}

func TestExportTargets(t *testing.T) {
	_, _, env := withRecords(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(filepath.Join(dir, "target"), link))
	export := func(more ...string) ended {
		return run(t, env, append([]string{"records", "export", "github/ada", "Issue"}, more...)...)
	}
	const help = " (see nango-go records export --help)"
	requireFailure(t, 2, link+" is a link to a file that does not exist: name that file"+help, export("-o", link))
	none := filepath.Join(dir, "none")
	requireFailure(t, 2, "there is no directory "+none+": make it, or correct --out"+help, export("-o", filepath.Join(none, "issues.ndjson")))
	for _, name := range []string{none + "/", dir, dir + "/"} {
		requireFailure(t, 2, name+" names a directory: name a file in it"+help, export("-o", name))
	}
	long := filepath.Join(dir, strings.Repeat("n", 232)) // 24 bytes more are too many, and those of .cursors are not
	requireFailure(t, 2, "the name of "+long+" is too long: files beside it have names with 24 bytes more"+help, export("-o", long))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing was made but the link")
	pipe := []string{"/dev/stdout is no regular file, so nobody could tell after a crash what is in it: use standard output" + help, "-o", "/dev/stdout"} // which run reads through a pipe
	requireFailure(t, 2, pipe[0], export(pipe[1:]...))
	requireFailure(t, 2, "--cursors is for standard output; a file has its cursors in FILE.cursors"+help, export("-o", link, "--cursors", dir))
	requireFailure(t, 2, "--restart needs --out or --cursors; without them the command always begins at the oldest record"+help, export("--restart"))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "target"), nil, 0o600))
	for _, name := range []string{link, filepath.Join(dir, "target")} { // one file with one cursor
		require.Equal(t, 0, export("-o", name).code)
		requireAll(t, 1, total, contents(t, name))
	}
	cursors := filepath.Join(dir, "target.cursors")
	for _, more := range [][]string{nil, {"--restart"}} {
		requireFailure(t, 1, "the cursors in "+cursors+" belong to a file: name it with --out, or take another directory", export(append(more, "--cursors", cursors)...))
	}
}

// A cursor after which Nango can have deleted records is refused, and not in the words of a program.
func TestExportWithAnOldCursor(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}
	require.Equal(t, 0, run(t, env, args...).code)
	names, err := filepath.Glob(out + ".cursors/*.json")
	require.NoError(t, err)
	require.Len(t, names, 1)
	old := regexp.MustCompile(`"read_at":"[^"]*"`).ReplaceAllString(contents(t, names[0]), `"read_at":"2020-01-02T03:04:05Z"`)
	require.NoError(t, os.WriteFile(names[0], []byte(old), 0o600))
	requireFailure(t, 1, "consume: the cursor is too old: it was last read at 2020-01-02T03:04:05Z, which is more than 30 days ago; --restart begins at the oldest record again", run(t, env, args...))
	require.Equal(t, 0, run(t, env, append(args, "--restart")...).code)
	requireAll(t, 1, total, contents(t, out))
}
