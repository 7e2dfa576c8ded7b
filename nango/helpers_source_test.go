package nango_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sourceFiles is the package as it is written, without its tests, by file name.
func sourceFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files[name] = file
	}
	require.Greater(t, len(files), 20)
	return files
}

// functions are the exported functions and methods of the package.
func functions(t *testing.T) []*ast.FuncDecl {
	t.Helper()
	var list []*ast.FuncDecl
	for _, file := range sourceFiles(t) {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.IsExported() {
				list = append(list, fn)
			}
		}
	}
	return list
}

// structs are the struct types of the package by name.
func structs(t *testing.T) map[string]*ast.StructType {
	t.Helper()
	found := map[string]*ast.StructType{}
	for _, file := range sourceFiles(t) {
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range group.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok {
					if body, ok := named.Type.(*ast.StructType); ok {
						found[named.Name.Name] = body
					}
				}
			}
		}
	}
	return found
}

// structsWith names the struct types that have a field of this name.
func structsWith(t *testing.T, fieldName string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for name, body := range structs(t) {
		for _, field := range body.Fields.List {
			for _, ident := range field.Names {
				found[name] = found[name] || ident.Name == fieldName
			}
		}
	}
	return found
}

// receiver names the type that a method belongs to, without star and type parameters; "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(typeText(fn.Recv.List[0].Type), "*"), "[")
	return name
}

func typeText(expr ast.Expr) string { return types.ExprString(expr) }
