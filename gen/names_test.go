package gen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ugly finds what no exported name may hold: traces of the generator's naming, and initialisms that are not in capitals.
var ugly = regexp.MustCompile(`_|Underscore|N2|JSONBody|Id($|[A-Z])|Url|Api`)

// allowed are the only names that ugly may find: the fields for decoded answers in what ClientWithResponses returns. The
// generator names them after the status and gives no say in it.
var allowed = regexp.MustCompile(`^JSON2\d\d$`)

func TestUgly(t *testing.T) {
	for _, name := range []string{"Get_Connection", "UnderscoreNangoMetadata", "N24h", "CreateJSONBody", "ConnectionId", "IdToken", "BaseUrl", "UrlPath", "ApiKey"} {
		assert.True(t, isUgly(name), name)
	}
	for _, name := range []string{"ConnectionID", "IDs", "Identity", "BaseURL", "APIKey", "CreateJSONRequestBody", "JSON200", "JSON404"} {
		assert.False(t, isUgly(name), name)
	}
}

func isUgly(name string) bool { return ugly.MatchString(name) && !allowed.MatchString(name) }

func TestNames(t *testing.T) {
	names := exportedNames(t)
	require.Contains(t, names, "Client", "types")
	require.Contains(t, names, "NewClient", "functions")
	require.Contains(t, names, "GetConnection", "methods")
	require.Contains(t, names, "ProviderConfigKey", "fields")
	require.Contains(t, names, "Operations", "variables")
	require.Contains(t, names, "OperationListProviders", "constants")
	for name, where := range names {
		assert.False(t, isUgly(name), "%s at %s: give it an x-go-name in the document", name, where)
	}
}

// exportedNames returns every exported identifier that the generated files declare, with where.
func exportedNames(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.gen.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	names := map[string]string{}
	fset := token.NewFileSet()
	note := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if id.IsExported() {
				names[id.Name] = fset.Position(id.Pos()).String()
			}
		}
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				note(n.Name)
				return false // what a function declares inside is not exported
			case *ast.TypeSpec:
				note(n.Name)
			case *ast.ValueSpec:
				note(n.Names...)
			case *ast.Field: // of a struct, or the method of an interface
				note(n.Names...)
			}
			return true
		})
	}
	return names
}
