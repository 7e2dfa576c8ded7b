package consumer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The quickstart can be copied: it builds outside of this module, where nothing internal can be imported.
func TestQuickstartCanBeCopied(t *testing.T) {
	if testing.Short() {
		return // it takes long
	}
	files, err := filepath.Glob("../../examples/quickstart/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	dir := newModule(t)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o600))
	}
	goTool(t, dir, "build", "-mod=mod", ".")
}
