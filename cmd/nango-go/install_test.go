package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const (
	sdk     = "github.com/nango-go/sdk"
	program = sdk + "/cmd/nango-go"
	release = "v0.99.0" // of both modules, as RELEASING.md tags them
)

// output runs a command in a folder and returns its standard output.
func output(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), errs.String())
	return string(out)
}

// checkout copies the files of the repository, committed or not, to a folder.
func checkout(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	root := strings.TrimSpace(output(t, ".", nil, "git", "rev-parse", "--show-toplevel"))
	for path := range strings.SplitSeq(strings.TrimSuffix(output(t, root, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) { // deleted, and not committed yet
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), content, 0o600))
	}
	return dir
}

// publish puts the zip of a module into a proxy that is a folder.
func publish(t *testing.T, proxy, path, dir string) {
	t.Helper()
	at := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	require.NoError(t, os.MkdirAll(at, 0o700))
	info, err := json.Marshal(map[string]any{"Version": release, "Time": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	for name, content := range map[string][]byte{release + ".info": info, release + ".mod": mod, "list": []byte(release + "\n")} {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), content, 0o600))
	}
	file, err := os.Create(filepath.Join(at, release+".zip"))
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, zip.CreateFromDir(file, module.Version{Path: path, Version: release}, dir)) // leaves modules inside this one out
}

// The steps of RELEASING.md make modules that go install takes: a replace in the module of the program would be refused.
func TestInstall(t *testing.T) {
	if testing.Short() {
		return // it builds everything anew
	}
	dir, proxy, bin := checkout(t), t.TempDir(), t.TempDir()
	cache := strings.TrimSpace(output(t, ".", nil, "go", "env", "GOMODCACHE"))
	env := []string{
		// Besides the two modules, what this module's own tests have downloaded: no network is needed.
		"GOPROXY=file://" + filepath.ToSlash(proxy) + ",file://" + filepath.ToSlash(filepath.Join(cache, "cache", "download")),
		"GOFLAGS=-modcacherw", "GOSUMDB=off", "GOWORK=off", "GOPATH=" + t.TempDir(), "GOMODCACHE=" + t.TempDir(), "GOBIN=" + bin,
	}
	publish(t, proxy, sdk, dir)

	own := filepath.Join(dir, "cmd", "nango-go")
	output(t, own, env, "go", "mod", "edit", "-dropreplace="+sdk, "-require="+sdk+"@"+release)
	output(t, own, env, "go", "mod", "tidy")
	publish(t, proxy, program, own)

	elsewhere := t.TempDir()
	output(t, elsewhere, env, "go", "install", program+"@"+release)
	installed := filepath.Join(bin, "nango-go")
	assert.Equal(t, fmt.Sprintf("nango-go version %s\n", release), output(t, elsewhere, nil, installed, "--version"))

	_, server := start(t)
	assert.Contains(t, output(t, elsewhere, server, installed, "connections"), "ada")
}
