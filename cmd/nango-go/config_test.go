package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write writes a file with a mode, whatever the umask is.
func write(t *testing.T, mode os.FileMode, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func TestConfiguration(t *testing.T) {
	_, env := start(t)
	wrong := []string{apiKey + "=00000000-0000-4000-8000-000000000000", host + "=http://127.0.0.1:1"}
	file := strings.Join(env, "\n")

	t.Run("from a file", func(t *testing.T) {
		for _, text := range []string{file, "# mine\n\n" + strings.ReplaceAll(file, "=", " = "), strings.Replace(env[0], "=", "='", 1) + "'\n" + strings.Replace(env[1], "=", "=\"", 1) + "\"",
			"export " + strings.ReplaceAll(file, "\n", "\nexport\t"), "\ufeff" + file + "\n# " + strings.Repeat("long ", 20_000)} {
			got := run(t, nil, "connections", "--config", write(t, 0o600, text))
			assert.Equal(t, 0, got.code, got.errs)
		}
	})
	t.Run("from the user's configuration directory", func(t *testing.T) {
		cmd := command(t, nil, "connections")
		dir := filepath.Join(cmd.Dir, "nango-go")
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "config"), []byte(file), 0o600))
		got := finish(t, cmd)
		assert.Equal(t, 0, got.code, got.errs)
	})
	t.Run("the environment goes first", func(t *testing.T) {
		got := run(t, env, "connections", "--config", write(t, 0o600, strings.Join(wrong, "\n")))
		assert.Equal(t, 0, got.code, got.errs)
	})
	t.Run("none", func(t *testing.T) {
		requireFailure(t, 1, "there is no NANGO_API_KEY: set it in the environment, or in the file that nango-go --help names", run(t, nil, "connections"))
		requireFailure(t, 1, "there is no NANGO_WEBHOOK_SIGNING_KEY: set it in the environment, or in the file that nango-go --help names", run(t, nil, "webhook", "sign"))
	})
	t.Run("a file that is not there", func(t *testing.T) {
		requireFailure(t, 1, "cannot read the configuration: open /none/config: no such file or directory", run(t, env, "connections", "--config", "/none/config"))
	})
	t.Run("a directory", func(t *testing.T) {
		dir := t.TempDir()
		requireFailure(t, 1, "the configuration "+dir+" is a directory", run(t, env, "connections", "--config", dir))
	})
	t.Run("a file that others can read", func(t *testing.T) {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o601} {
			path := write(t, mode, file)
			got := run(t, nil, "connections", "--config", path)
			assert.Equal(t, 1, got.code)
			assert.Contains(t, got.errs, "other users can read or change the key in it: run chmod 600 "+path)
		}
	})
	t.Run("a wrong line", func(t *testing.T) {
		for _, text := range []string{"\nTOKEN=very-secret", "\nvery-secret", "\nNANGO_API_KEY very-secret", "\nexport very secret=1", "\nexports NANGO_HOST=very-secret"} {
			path := write(t, 0o600, text)
			requireFailure(t, 1, "the configuration "+path+": line 2 is none of NANGO_API_KEY=…, NANGO_HOST=… and NANGO_WEBHOOK_SIGNING_KEY=…",
				run(t, env, "connections", "--config", path))
		}
	})
	t.Run("a line without an end", func(t *testing.T) {
		path := write(t, 0o600, "# mine\n"+apiKey+"="+strings.Repeat("x", maxLine))
		requireFailure(t, 1, "the configuration "+path+": line 2 is longer than 1 MiB", run(t, env, "connections", "--config", path))
	})
	t.Run("a mode that is stricter", func(t *testing.T) {
		for _, mode := range []os.FileMode{0o400, 0o700} {
			got := run(t, nil, "connections", "--config", write(t, mode, file))
			assert.Equal(t, 0, got.code, got.errs)
		}
	})
	t.Run("a quotation mark", func(t *testing.T) {
		for _, value := range []string{"'very-secret", "\"very-secret'", "'"} {
			path := write(t, 0o600, apiKey+"="+value)
			requireFailure(t, 1, "the configuration "+path+": line 1 has a quotation mark in front of the value and none at its end", run(t, env, "connections", "--config", path))
		}
	})
	t.Run("a wrong host or key", func(t *testing.T) {
		for value, reason := range map[string]string{
			"localhost:3003": "does not begin with http:// or https://", "api.nango.dev": "does not begin with http:// or https://",
			" http://localhost": "is not a URL", "http://local host": "is not a URL",
		} {
			requireFailure(t, 1, "NANGO_HOST: "+reason+"; it has the form https://host, such as https://api.nango.dev", run(t, []string{env[0], host + "=" + value}, "connections"))
		}
		got := run(t, []string{apiKey + "=very secret", env[1]}, "connections")
		assert.Equal(t, 1, got.code)
		assert.NotContains(t, got.errs, "very secret")
		assert.Contains(t, got.errs, "NANGO_API_KEY")
	})
}

// No key is ever printed, and none is a flag.
func TestKeysAreNeverPrinted(t *testing.T) {
	srv, env := start(t)
	for _, args := range [][]string{
		{"doctor"}, {"doctor", "--json", "--connection", "github/ada", "--read-credentials"}, {"connections"}, {"connections", "--json"},
		{"records", "export", "github/ada", "Issue"}, {"webhook", "send", "http://127.0.0.1:1"}, {"webhook", "sign", os.DevNull},
		{"connect", "--help"},
	} {
		got := run(t, env, args...)
		for _, key := range []string{srv.Key(), srv.SigningKey()} {
			assert.NotContains(t, got.out+got.errs, key, "%v", args)
		}
	}
	for _, flag := range []string{"--key", "--api-key", "--host", "--signing-key"} {
		requireFailure(t, exitUsage, "unknown flag: "+flag+" (see nango-go connections --help)", run(t, env, "connections", flag, "x"))
	}
}
