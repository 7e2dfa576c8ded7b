package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/consume"
)

// hooked is a store of cursors that tells before and after it changes something.
type hooked struct {
	consume.Store
	step func(name string) error
}

func (s *hooked) Save(ctx context.Context, key consume.Key, prev *consume.SavedCursor, next consume.SavedCursor) error {
	return s.around("save", func() error { return s.Store.Save(ctx, key, prev, next) })
}

func (s *hooked) Delete(ctx context.Context, key consume.Key) error {
	return s.around("delete", func() error { return s.Store.Delete(ctx, key) })
}

func (s *hooked) around(name string, do func() error) error {
	if err := s.step("before " + name); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.step("after " + name)
}

// exportSteps exports to a file as the command does, with what is called at each step that changes something.
func exportSteps(ctx context.Context, handle *nango.ConnectionHandle, path string, restart bool, step func(name string) error) error {
	params := consume.Params{Name: "nango-go", Model: "Issue", PageSize: 4}
	file, err := openExport(ctx, path, params.Key(handle), restart)
	if err != nil {
		return err
	}
	if file.locked == nil {
		if err := file.openCursors(os.O_CREATE); err != nil {
			return err
		}
	}
	file.cursors = &hooked{file.cursors, step}
	file.openFile = func(name string, flags int, mode os.FileMode) (*os.File, error) {
		if err := step("before open"); err != nil {
			return nil, err
		}
		opened, err := os.OpenFile(name, flags, mode)
		if err == nil {
			err = step("after open")
		}
		return opened, err
	}
	params.Store = file
	_, err = consume.Run(ctx, handle, params, writeTo(file))
	if failed := file.end(ctx, err); err == nil {
		err = failed
	}
	return err
}

func noStep(string) error { return nil }

// prepare makes the file that an export finds: none, a whole one, one with something behind it, or one whose cursor is damaged.
func prepare(t *testing.T, handle *nango.ConnectionHandle, dir, state string) (path string) {
	t.Helper()
	path = filepath.Join(dir, "issues.ndjson")
	if state == "new" {
		return path
	}
	require.NoError(t, exportSteps(t.Context(), handle, path, false, noStep))
	switch state {
	case "rest":
		require.NoError(t, os.WriteFile(path, []byte(contents(t, path)+"mine\n"), 0o600))
	case "damaged":
		names, err := filepath.Glob(path + ".cursors/*.json")
		require.NoError(t, err)
		require.Len(t, names, 1)
		require.NoError(t, os.WriteFile(names[0], []byte("{"), 0o600))
	}
	return path
}

// A SIGKILL at any step leaves what the next run completes, with --restart and without it, and whatever the file had is somewhere.
func TestExportIsKilledAtAnyStep(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for _, row := range []struct {
		state   string
		restart bool
		steps   int
	}{{"new", false, 16}, {"whole", false, 4}, {"rest", false, 6}, {"whole", true, 16}, {"rest", true, 16}, {"damaged", true, 18}} {
		t.Run(fmt.Sprintf("%s %v", row.state, row.restart), func(t *testing.T) {
			dir := t.TempDir()
			path := prepare(t, handle, dir, row.state)
			before, _ := os.ReadFile(path)
			var killed []string // what SIGKILL would have left at each step
			require.NoError(t, exportSteps(t.Context(), handle, path, row.restart, func(string) error {
				killed = append(killed, filepath.Join(t.TempDir(), "left"))
				return os.CopyFS(killed[len(killed)-1], os.DirFS(dir))
			}))
			requireAll(t, 1, total, contents(t, path))
			require.Len(t, killed, row.steps)
			for i, left := range killed {
				for _, restart := range []bool{false, true} {
					again := filepath.Join(t.TempDir(), "again")
					require.NoError(t, os.CopyFS(again, os.DirFS(left)))
					path := filepath.Join(again, "issues.ndjson")
					err := exportSteps(t.Context(), handle, path, restart, noStep)
					if row.state == "damaged" && !restart && i < 3 { // until there is a cursor again only --restart helps
						require.Error(t, err)
						assert.Equal(t, string(before), contents(t, path))
						continue
					}
					require.NoError(t, err, "step %d", i)
					requireAll(t, 1, total, contents(t, path))
					all := ""
					for name, text := range tree(t, again) {
						if filepath.Dir(name) == again {
							all += text
						}
					}
					whole, _, rest := strings.Cut(string(before), "mine\n") // which can be in two files
					assert.True(t, strings.Contains(all, whole), "step %d", i)
					assert.True(t, !rest || strings.Contains(all, "mine\n"), "step %d", i)
				}
			}
		})
	}
}

// What fails at a step of begin leaves everything as it was.
func TestExportFailsAtAStep(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for _, row := range []struct {
		state   string
		restart bool
		steps   []string // the last one fails
		text    string
	}{
		{"new", false, []string{"before open"}, "crash"},
		{"new", false, []string{"before open", "after open", "before save"}, "crash"},
		{"whole", false, []string{"before save"}, "consume: save the cursor: crash"},
		{"rest", false, []string{"before save"}, "consume: save the cursor: crash"},
		// What fails is to make the copy, and then to make the new file after the other one was renamed.
		{"rest", false, []string{"before save", "after save", "before open"}, "consume: save the cursor: keep what follows the last whole page: crash"},
		{"whole", true, []string{"before save"}, "crash"},
		// The store fails behind its change, as when its directory cannot be synced.
		{"new", false, []string{"before open", "after open", "before save", "after save"}, "crash"},
		{"whole", true, []string{"before save", "after save"}, "crash"},
		{"foreign", true, []string{"before save", "after save"}, "crash"},
		{"rest", true, []string{"before save", "after save", "before open"}, "keep what the file had: crash"},
		{"foreign", true, []string{"before save", "after save", "before open"}, "keep what the file had: crash"},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			dir := t.TempDir()
			path := prepare(t, handle, dir, strings.Replace(row.state, "foreign", "new", 1))
			if row.state == "foreign" {
				require.NoError(t, os.WriteFile(path, []byte("mine"), 0o640))
			}
			require.NoError(t, os.MkdirAll(path+".cursors", 0o700))
			for _, name := range []string{"lock", "export.lock"} {
				require.NoError(t, os.WriteFile(filepath.Join(path+".cursors", name), nil, 0o600))
			}
			before := tree(t, dir)
			var seen []string
			ctx, cancel := context.WithCancel(t.Context())
			err := exportSteps(ctx, handle, path, row.restart, func(name string) error {
				if len(seen) == len(row.steps) { // the cursor is put back
					return nil
				}
				if seen = append(seen, name); len(seen) == len(row.steps) {
					cancel() // a signal comes too
					return errCrash
				}
				return nil
			})
			require.EqualError(t, err, row.text)
			require.Equal(t, row.steps, seen)
			assert.Equal(t, before, tree(t, dir))
		})
	}
}

// Ctrl-C while what follows is copied leaves no part of the copy.
func TestExportIsStoppedWhileItCopies(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for _, more := range []int{0, 1} { // records that are new: without any the page is empty
		dir := t.TempDir()
		path := prepare(t, handle, dir, "rest")
		before := tree(t, dir)
		save(srv.Connection("github", "ada"), total+1, total+more)
		ctx, cancel := context.WithCancel(t.Context())
		err := exportSteps(ctx, handle, path, false, func(name string) error {
			if name == "after open" {
				names, err := filepath.Glob(path + ".2*")
				require.NoError(t, err)
				require.Len(t, names, 1)
				cancel()
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, before, tree(t, dir))
	}
}

// With --restart the file is renamed and not copied, and the new one has its permissions.
func TestExportRenames(t *testing.T) {
	_, _, env := withRecords(t)
	out := filepath.Join(t.TempDir(), "issues.ndjson")
	args := []string{"records", "export", "github/ada", "Issue", "-o", out}
	require.Equal(t, 0, run(t, env, args...).code)
	for i, mode := range []fs.FileMode{0o600, 0o664} { // the second one has what an umask takes
		require.NoError(t, os.Chmod(out, mode))
		before, err := os.Stat(out)
		require.NoError(t, err)
		require.Equal(t, 0, run(t, env, append(args, "--restart")...).code)
		kept, err := filepath.Glob(out + ".2*")
		require.NoError(t, err)
		require.Len(t, kept, i+1)
		moved, err := os.Stat(kept[i])
		require.NoError(t, err)
		assert.True(t, os.SameFile(before, moved))
		after, err := os.Stat(out)
		require.NoError(t, err)
		assert.Equal(t, mode, after.Mode())
		requireAll(t, 1, total, contents(t, out))
	}
}

// A file that goes while the export runs ends it at the next cursor, and after the last one too.
func TestExportMissesItsFile(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for saves, prefix := range map[int]string{2: "consume: save the cursor: ", 7: ""} { // the first one is that of begin
		path := filepath.Join(t.TempDir(), "issues.ndjson")
		seen := 0
		err := exportSteps(t.Context(), handle, path, false, func(name string) error {
			if name == "after save" {
				if seen++; seen == saves {
					return os.Remove(path)
				}
			}
			return nil
		})
		require.EqualError(t, err, prefix+path+" was moved, deleted or replaced meanwhile: bring it back and run the command again, or begin again with --restart")
		assert.Equal(t, saves, seen)
	}
}

// A file that somebody makes where the one of --restart was stays, and what that one had can be brought back.
func TestExportLosesItsName(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	dir := t.TempDir()
	path := prepare(t, handle, dir, "whole")
	before := tree(t, dir)
	err := exportSteps(t.Context(), handle, path, true, func(name string) error {
		if name == "before open" {
			return os.WriteFile(path, []byte("other"), 0o600)
		}
		return nil
	})
	kept, _ := filepath.Glob(path + ".2*")
	require.Len(t, kept, 1)
	require.EqualError(t, err, "keep what the file had: another program has made "+path+" meanwhile: if it is an export, wait until it has ended; what the file had is in "+kept[0])
	assert.Equal(t, "other", contents(t, path))
	require.NoError(t, os.Rename(kept[0], path))
	assert.Equal(t, before, tree(t, dir))
}
