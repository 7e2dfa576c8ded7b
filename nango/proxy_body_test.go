package nango

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The docs have the table of the code: the same rows, each with how it goes.
func TestDocsHaveTheTableOfBodies(t *testing.T) {
	page, err := os.ReadFile("../docs/proxy.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| Body |")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string][]string{}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		require.Len(t, cells, 6, line)
		rows[cells[0]] = cells[1:]
	}
	assert.Equal(t, slices.Sorted(maps.Keys(bodyWays)), slices.Sorted(maps.Keys(rows)))
	for name, way := range bodyWays {
		goes, headed := rows[name][1], rows[name][3]
		assert.Equal(t, way.formSafe, strings.Contains(goes, `\u0025`), name)
		assert.Equal(t, way.outer == octets && name != wayNone, strings.HasPrefix(goes, "octets"), name)
		assert.Equal(t, name == wayOctets, strings.Contains(headed, "only without a loose percent sign"), name)
	}
}

// The page names every header that is refused.
func TestDocsNameTheRefusedHeaders(t *testing.T) {
	page, err := os.ReadFile("../docs/proxy.md")
	require.NoError(t, err)
	_, list, found := strings.Cut(string(page), "Headers that belong to one connection are refused: ")
	require.True(t, found)
	list, _, _ = strings.Cut(list, "All others")
	var named []string
	for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list, -1) {
		named = append(named, strings.ReplaceAll(name[1], "TE", "Te"))
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(unproxied)), named)
}
