package contract

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/operate.md says what to do about each error of the packages nango and consume, and names each check of the doctor.
func TestOperatePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operate.md"))
	require.NoError(t, err)
	for _, names := range []struct {
		file    string
		pattern string
		atLeast int
	}{
		{"nango.txt", `(?m)^\t(Err\w+) +=`, 14},
		{"nango.txt", `(?m)^func \(e \*(\w+)\) Error\(\)`, 5},
		{"consume.txt", `(?m)^\t(Err\w+) +=`, 3},
		{"consume.txt", `(?m)^func \(e \*(\w+)\) Error\(\)`, 1},
		{"doctor.txt", `CheckID = ("[a-z-]+")`, 16},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "exported", names.file))
		require.NoError(t, err)
		found := regexp.MustCompile(names.pattern).FindAllStringSubmatch(string(text), -1)
		require.GreaterOrEqual(t, len(found), names.atLeast, names.pattern)
		for _, match := range found {
			name := strings.ReplaceAll(match[1], `"`, "`")
			assert.True(t, strings.Contains(string(page), name), "docs/operate.md says nothing about %s", name)
		}
	}
}
