package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/consume"
)

// What another program does to the file while the export runs ends it, and no record is lost.
func TestExportIsDisturbed(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	for _, size := range []int64{0, 1, 10} { // to which the file is cut; 10 stands for a line that is appended
		path := filepath.Join(t.TempDir(), "issues.ndjson")
		saves := 0
		disturbed := ""
		err := exportSteps(t.Context(), handle, path, false, func(name string) error {
			if name != "after save" {
				return nil
			}
			if saves++; saves != 3 {
				return nil
			}
			disturbed = contents(t, path)
			if size < 10 {
				return os.Truncate(path, size)
			}
			return os.WriteFile(path, []byte(disturbed+"mine\n"), 0o600)
		})
		text := path + " was cut by another program meanwhile: bring the file back, or begin again with --restart"
		if size == 10 {
			text = "another program has written to " + path + " meanwhile: let nothing else write to it, and run the command again"
		}
		require.EqualError(t, err, "consume: save the cursor: "+text)
		err = exportSteps(t.Context(), handle, path, false, noStep)
		if size < 10 {
			require.ErrorContains(t, err, "bring the file back, or begin again with --restart")
			continue
		}
		require.NoError(t, err)
		requireAll(t, 1, total, contents(t, path))
		kept, err := filepath.Glob(path + ".2*")
		require.NoError(t, err)
		require.Len(t, kept, 1)
		assert.True(t, strings.HasPrefix(contents(t, kept[0]), "mine\n"))
	}
}

// A position of an export that ended before its first page fits no export of something else.
func TestExportOfAnother(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	path := filepath.Join(t.TempDir(), "issues.ndjson")
	killed := func(model string) { // in its first page
		params := consume.Params{Name: "nango-go", Model: model}
		export, err := openExport(t.Context(), path, params.Key(handle), false)
		require.NoError(t, err)
		require.NoError(t, export.begin(t.Context()))
		require.NoError(t, export.end(t.Context(), errCrash))
		require.NoError(t, os.WriteFile(path, []byte("a part of"), 0o600))
	}
	killed("Other")
	require.EqualError(t, exportSteps(t.Context(), handle, path, false, noStep),
		path+": its cursor is of another host, connection, model or variant: name a new file, or begin this one again with --restart")
	assert.Equal(t, "a part of", contents(t, path))
	require.NoError(t, os.Truncate(path, 0)) // then there is nothing to mix
	killed("Issue")
	require.NoError(t, exportSteps(t.Context(), handle, path, false, noStep))
	requireAll(t, 1, total, contents(t, path))
}

// What is written behind the end that is known is not cut.
func TestExportCutsNothingElse(t *testing.T) {
	srv, _, _ := withRecords(t)
	handle := srv.Client().Connection("github", "ada")
	path := prepare(t, handle, t.TempDir(), "rest")
	params := consume.Params{Name: "nango-go", Model: "Issue"}
	export, err := openExport(t.Context(), path, params.Key(handle), false)
	require.NoError(t, err)
	before := contents(t, path)
	require.NoError(t, os.WriteFile(path, []byte(before+"late\n"), 0o600))
	require.ErrorContains(t, export.cut(int64(len(before))), "another program has written to ")
	assert.Equal(t, before+"late\n", contents(t, path))
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	require.NoError(t, export.cut(int64(len(before))))
	assert.Equal(t, strings.TrimSuffix(before, "mine\n"), contents(t, path))
	require.NoError(t, export.end(t.Context(), errCrash))
}
