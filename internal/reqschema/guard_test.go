package reqschema_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever links nangotest links this package: it stays small and brings nothing along.
func TestSmallAndAlone(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var judged int
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		judged++
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		most := 300
		if strings.HasSuffix(name, ".gen.go") {
			most = 2500
		}
		assert.LessOrEqual(t, strings.Count(string(source), "\n"), most, "lines of %s", name)

		parsed, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		require.NoError(t, err)
		for _, imported := range parsed.Imports {
			path, err := strconv.Unquote(imported.Path.Value)
			require.NoError(t, err)
			if path == "github.com/nango-go/sdk/internal/js" || path == "github.com/nango-go/sdk/internal/release" { // which are as frugal
				continue
			}
			first, _, _ := strings.Cut(path, "/")
			assert.NotContains(t, first, ".", "%s imports %s, which is not of the standard library", name, path)
		}
	}
	assert.Equal(t, 5, judged, "check, requests, rules, schema, values")
}
