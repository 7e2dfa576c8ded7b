package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/cli.md names each command, and no flag that there is not.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	require.NoError(t, err)
	flags := map[string]bool{"--help": true, "--json": true}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" { // cobra's own
			return
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { flags["--"+flag.Name] = true })
		cmd.PersistentFlags().VisitAll(func(flag *pflag.Flag) { flags["--"+flag.Name] = true })
		if cmd.HasParent() {
			assert.Regexp(t, "`(nango-go [a-z ]*)?"+cmd.Name(), string(text))
		}
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit((&app{}).root())
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(string(text), -1) {
		assert.True(t, flags[flag], "there is no flag %s", flag)
	}
	for _, setting := range []string{apiKey, host, signingKey} {
		assert.Equal(t, 1, strings.Count(string(text), "| `"+setting+"` |"))
	}
}
