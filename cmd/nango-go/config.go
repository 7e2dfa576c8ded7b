package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
)

// The settings. They come from the environment or the file, never from a flag: other users see the flags of a process.
const (
	apiKey     = "NANGO_API_KEY"
	host       = "NANGO_HOST"
	signingKey = "NANGO_WEBHOOK_SIGNING_KEY"
)

const cloud = "https://api.nango.dev"

// settings are what the environment and the file say, by name. They hold keys, so they are never printed.
type settings map[string]string

// load reads the settings. Each that the environment has goes before that of the file.
func (a *app) load() (settings, error) {
	found, err := readConfig(a.configPath)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{apiKey, host, signingKey} {
		if value := os.Getenv(name); value != "" {
			found[name] = value
		}
	}
	return found, nil
}

// client returns a client for the configured server.
func (a *app) client() (*nango.Client, error) {
	set, err := a.load()
	if err != nil {
		return nil, err
	}
	return set.client()
}

func (s settings) client() (*nango.Client, error) {
	if s[apiKey] == "" {
		return nil, &settingError{doctor.CheckKeyForm, "there is no " + apiKey, ": ", "set it in the environment, or in the file that nango-go --help names"}
	}
	client, err := nango.New(s[apiKey], nango.WithBaseURL(s.baseURL()), nango.WithUserAgent("nango-go-cli"))
	if argument, ok := errors.AsType[*nango.ArgumentError](err); ok { // no mistake in the command line
		switch argument.Name {
		case "API key":
			return nil, &settingError{doctor.CheckKeyForm, apiKey + ": " + argument.Reason, "; ", "copy it from the environment's settings in the dashboard"}
		case "base URL":
			return nil, &settingError{doctor.CheckBaseURL, host + ": " + argument.Reason, "; ", "it has the form https://host, such as " + cloud}
		}
	}
	return client, err
}

// settingError is a setting without which there is no client.
type settingError struct {
	check               doctor.CheckID // that looks at it
	seen, between, next string         // its text, in which next says what to do
}

func (e *settingError) Error() string { return e.seen + e.between + e.next }

// baseURL returns the URL of the API.
func (s settings) baseURL() string { return cmp.Or(s[host], cloud) }

// signingKey returns the key of webhooks.
func (s settings) signingKey() (string, error) {
	if s[signingKey] == "" {
		return "", fmt.Errorf("there is no %s: set it in the environment, or in the file that nango-go --help names", signingKey)
	}
	return s[signingKey], nil
}

// readConfig reads the file of a path. If the path is empty it is that of the user's configuration directory, which may not exist.
func readConfig(path string) (settings, error) {
	given := path != ""
	if !given {
		dir, err := os.UserConfigDir()
		if err != nil {
			return settings{}, nil // no home, so no file
		}
		path = filepath.Join(dir, "nango-go", "config")
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !given {
		return settings{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer file.Close()
	info, err := file.Stat() // of the file that is open, not of what has its name by now
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("the configuration %s is a directory", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the configuration %s has the mode %04o, so other users can read or change the key in it: run chmod 600 %[1]s", path, mode)
	}
	found, err := parseConfig(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration %s: %w", path, err)
	}
	return found, nil
}

// maxLine is more than a line can need, so a file that has no lines at all is not read to its end.
const maxLine = 1 << 20

// parseConfig reads lines such as NANGO_API_KEY=…, also those that a shell can read, with export before the name. Its errors name
// the line and never what stands in it, which can be a key.
func parseConfig(r io.Reader) (settings, error) {
	found := settings{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 1 // of the line that is read
	for ; lines.Scan(); number++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")) // editors on Windows write such a mark, which nobody sees
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if words := strings.Fields(name); len(words) == 2 && words[0] == "export" {
			name = words[1]
		}
		if name != apiKey && name != host && name != signingKey || !ok {
			return nil, fmt.Errorf("line %d is none of %s=…, %s=… and %s=…", number, apiKey, host, signingKey)
		}
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			if len(value) == 1 || value[len(value)-1] != value[0] {
				return nil, fmt.Errorf("line %d has a quotation mark in front of the value and none at its end", number)
			}
			value = value[1 : len(value)-1]
		}
		found[name] = value
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d is longer than %d MiB", number, maxLine>>20)
	}
	return found, lines.Err()
}
