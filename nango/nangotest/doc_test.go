package nangotest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/nangotest"
)

// documented returns the package as go doc and pkg.go.dev show it.
func documented(t *testing.T) *doc.Package {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	fset := gotoken.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, "github.com/nango-go/sdk/nango/nangotest")
	require.NoError(t, err)
	return pkg
}

// go doc hides methods that come from an embedded type that is exported. A reader of go doc nangotest.Server has to find what
// the README uses.
func TestDocumentationShowsEveryMethod(t *testing.T) {
	shown := map[string][]string{}
	for _, typ := range documented(t).Types {
		for _, method := range typ.Methods {
			shown[typ.Name] = append(shown[typ.Name], method.Name)
			assert.NotEmpty(t, method.Doc, "%s.%s", typ.Name, method.Name)
		}
	}
	for _, v := range []any{new(nangotest.Server), new(nangotest.Environment), new(nangotest.ConnectionHandle)} {
		typ := reflect.TypeOf(v)
		var methods []string
		for i := range typ.NumMethod() {
			methods = append(methods, typ.Method(i).Name)
		}
		assert.NotEmpty(t, methods)
		assert.Equal(t, methods, shown[typ.Elem().Name()], typ)
	}
}
