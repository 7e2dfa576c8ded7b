package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// openBrowser opens a link, and reports whether there is a browser. The program of $BROWSER goes before that of the system.
func openBrowser(link string) (opened bool, err error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" { // the system would start other programs for other links
		return false, fmt.Errorf("the link begins with neither http:// nor https://")
	}
	command := browser(os.Getenv, exec.LookPath)
	if command == nil {
		return false, nil
	}
	cmd := exec.Command(command[0], append(command[1:], link)...) // no shell, and not killed when we end
	cmd.Env = withoutKeys(os.Environ())
	if err := cmd.Start(); err != nil {
		return true, err
	}
	go func() { _ = cmd.Wait() }() // so that nothing is left of it
	return true, nil
}

// withoutKeys returns an environment without the keys, which are no business of another program.
func withoutKeys(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.EqualFold(name, apiKey) || strings.EqualFold(name, signingKey) // on Windows their case does not matter
	})
}

// browser returns the command that opens links, nil if there is none.
func browser(getenv func(string) string, lookPath func(string) (string, error)) []string {
	var command []string
	switch {
	case getenv("BROWSER") != "":
		command = []string{getenv("BROWSER")}
	case runtime.GOOS == "darwin":
		command = []string{"open"}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		command = []string{"xdg-open"}
	default: // a server, or a connection over ssh
		return nil
	}
	if _, err := lookPath(command[0]); err != nil {
		return nil
	}
	return command
}
