package contract

import (
	"bytes"
	"flag"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the exported API as it is now to testdata/exported")

// A change of what importers can name shows as a change of a text. Change it on purpose, with -update, and say in the
// CHANGELOG what callers see.
func TestExportedAPI(t *testing.T) {
	for _, path := range []string{
		"nango", "nango/consume", "nango/doctor", "nango/nangooauth", "nango/nangotest", "nango/sqlcursor", "nango/webhook", "nango/webhook/webhooktest",
		"nangootel",
	} {
		t.Run(path, func(t *testing.T) {
			file := filepath.Join("testdata", "exported", filepath.Base(path)+".txt")
			got := exportedAPI(t, filepath.Join("..", "..", filepath.FromSlash(path)))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			gone, added := lost(string(want), got), lost(got, string(want))
			assert.Empty(t, append(gone, added...), "%d lines are gone from the exported API of %s and %d are new, or only their order changed. "+
				"On purpose? go test ./test/contract -run ExportedAPI -update, and a line in the CHANGELOG (CONTRIBUTING, step 7)", len(gone), path, len(added))
			assert.True(t, string(want) == got, "the text is not up to date")
		})
	}
}

// lost are the lines of one text that another does not have.
func lost(text, other string) (lines []string) {
	others := map[string]bool{}
	for line := range strings.Lines(other) {
		others[line] = true
	}
	for line := range strings.Lines(text) {
		if !others[line] {
			lines = append(lines, line)
		}
	}
	return lines
}

// exportedAPI is the exported declarations of a package, sorted, without comments and without what is not exported.
func exportedAPI(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, dir)
	require.NoError(t, err)
	values, funcs := slices.Concat(pkg.Consts, pkg.Vars), pkg.Funcs
	text := ""
	for _, typ := range pkg.Types {
		text += printDecl(t, fset, typ.Decl)
		for _, method := range typ.Methods {
			text += printDecl(t, fset, method.Decl)
		}
		values, funcs = slices.Concat(values, typ.Consts, typ.Vars), slices.Concat(funcs, typ.Funcs)
	}
	for _, value := range values {
		text += printDecl(t, fset, value.Decl)
	}
	slices.SortFunc(funcs, func(a, b *doc.Func) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range funcs {
		text += printDecl(t, fset, f.Decl)
	}
	return text
}

func printDecl(t *testing.T, fset *token.FileSet, decl ast.Decl) string {
	t.Helper()
	var text bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	require.NoError(t, config.Fprint(&text, fset, decl))
	return strings.ReplaceAll(text.String(), "\n\n", "\n") + "\n"
}
