// Package consumer looks at the module as those see it who import it.
package consumer

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	// So that a change of these runs the tests again: go test does not see what the go tool builds in them.
	_ "github.com/nango-go/sdk/nango"
	_ "github.com/nango-go/sdk/nango/doctor"
	_ "github.com/nango-go/sdk/nango/nangooauth"
	_ "github.com/nango-go/sdk/nango/nangotest"
	_ "github.com/nango-go/sdk/nango/sqlcursor"
	_ "github.com/nango-go/sdk/nango/webhook"
	_ "github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const module = "github.com/nango-go/sdk"

// linked are the modules that an importer links, package by package. The lists are frozen: whoever adds to one answers for it to
// every user.
var linked = map[string][]string{
	"nango": {
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/go-json-experiment/json",
		"github.com/google/uuid",
		"github.com/nango-go/sdk",
		"github.com/oapi-codegen/runtime",
	},
	"nango/nangotest": {
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/go-json-experiment/json",
		"github.com/google/uuid",
		"github.com/nango-go/sdk",
		"github.com/oapi-codegen/runtime",
	},
	"nango/doctor": {
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/go-json-experiment/json",
		"github.com/google/uuid",
		"github.com/nango-go/sdk",
		"github.com/oapi-codegen/runtime",
	},
	"nango/nangooauth": {
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/go-json-experiment/json",
		"github.com/google/uuid",
		"github.com/nango-go/sdk",
		"github.com/oapi-codegen/runtime",
		"golang.org/x/oauth2",
	},
	"nango/sqlcursor": { // and nango/consume, which it imports
		"github.com/apapsch/go-jsonmerge/v2",
		"github.com/go-json-experiment/json",
		"github.com/google/uuid",
		"github.com/nango-go/sdk",
		"github.com/oapi-codegen/runtime",
	},
	"nango/webhook":             {"github.com/nango-go/sdk"},
	"nango/webhook/webhooktest": {"github.com/nango-go/sdk"},
}

func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), stderr.String())
	return string(out)
}

func TestLinkedModules(t *testing.T) {
	for path, want := range linked {
		out := goTool(t, "../..", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./"+path)
		got := strings.Fields(out)
		slices.Sort(got)
		assert.Equal(t, want, slices.Compact(got), path)
	}
}

// The webhook package is a leaf, which links no package of this module but itself. Package webhooktest links it and JavaScript's rules.
func TestWebhookIsALeaf(t *testing.T) {
	webhook, webhooktest := module+"/nango/webhook", module+"/nango/webhook/webhooktest"
	for path, want := range map[string][]string{webhook: {webhook}, webhooktest: {webhook, webhooktest, module + "/internal/js", module + "/internal/percent"}} {
		out := goTool(t, "../..", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", path)
		assert.ElementsMatch(t, want, strings.Fields(out))
	}
}

// Only internal/jsonx knows the JSON library.
func TestJSONLibraryIsHidden(t *testing.T) {
	out := goTool(t, "../..", "list", "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}{{"\n"}}{{end}}`, "./...")
	for line := range strings.Lines(out) {
		importer, imported, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(imported, "github.com/go-json-experiment/json") {
			assert.Equal(t, module+"/internal/jsonx", importer)
		}
	}
}

// newModule makes a module outside the tree that requires this one and nothing else.
func newModule(t *testing.T) (dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	sums, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/consumer\n\ngo 1.26.0\n\n"+
		"require "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n"), 0o600))
	return dir
}

func TestConsumerModule(t *testing.T) {
	if testing.Short() {
		return // it takes long
	}
	dir := newModule(t)
	program, err := os.ReadFile("testdata/main.go.txt")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), program, 0o600))

	out := goTool(t, dir, "run", "-mod=mod", ".")
	assert.Regexp(t, `^nango: connectionID .*\n.*no signing key.*\n$`, out)
}
