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
	command := browser(os.Getenv)
	if command == nil {
		return false, nil
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		if os.Getenv("BROWSER") == "" {
			return false, nil
		}
		return false, fmt.Errorf("BROWSER: %w", err)
	}
	cmd := exec.Command(command[0], append(command[1:], link)...) // no shell, and not killed when we end
	cmd.Env = withoutKeys(os.Environ())
	cmd.SysProcAttr = detached()
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
func browser(getenv func(string) string) []string {
	if command := strings.Fields(getenv("BROWSER")); len(command) > 0 {
		return command
	}
	switch {
	case runtime.GOOS == "darwin":
		return []string{"open"}
	case runtime.GOOS == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return []string{"xdg-open"}
	}
	return nil // a server, or a connection over ssh
}
