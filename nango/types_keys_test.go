package nango_test

import (
	"go/ast"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
)

// twin is a struct of the facade beside the one that is generated from the document, and the one key that it is meant to
// lack, if any, with the reason.
type twin struct {
	facade, generated reflect.Type
	lacks, why        string
}

func pair[F, G any]() twin {
	return twin{facade: reflect.TypeFor[F](), generated: reflect.TypeFor[G]()}
}

func (t twin) without(key, why string) twin {
	t.lacks, t.why = key, why
	return t
}

const (
	typeIsTheStruct = "the type is the struct itself"
	ownDecoding     = "decoded by UnmarshalJSON, into another shape than the wire's"
)

// twins are all structs of the package that are read from JSON or written as JSON.
var twins = []twin{
	pair[nango.Connection, gen.Connection]().without("credentials", ownDecoding),
	pair[nango.ConnectionSummary, gen.ConnectionSummary](),
	pair[nango.ConnectSession, gen.ConnectSession](),
	pair[nango.ConnectSessionInfo, gen.ConnectSessionInfo](),
	pair[nango.ConnectSessionDefaults, gen.ConnectInfoDefaults]().without("user_scopes", "0.71.4 does not return them"),
	pair[nango.ConnectOverrides, gen.ConnectOverrides](),
	pair[nango.Provider, gen.Provider](),
	pair[nango.ProviderField, gen.ProviderField](),
	pair[nango.RecordMetadata, gen.RecordMetadata](),

	pair[nango.CredentialsOverride, gen.CredentialsOverride](),
	pair[nango.OAuth2Credentials, gen.OAuth2Credentials]().without("type", typeIsTheStruct),
	pair[nango.OAuth1Credentials, gen.OAuth1Credentials]().without("type", typeIsTheStruct),
	pair[nango.OAuth2CCCredentials, gen.OAuth2CCCredentials]().without("type", typeIsTheStruct),
	pair[nango.BasicCredentials, gen.BasicCredentials]().without("type", typeIsTheStruct),
	pair[nango.APIKeyCredentials, gen.APIKeyCredentials]().without("type", typeIsTheStruct),
	pair[nango.AppCredentials, gen.AppCredentials]().without("type", typeIsTheStruct),
	pair[nango.CustomCredentials, gen.CustomCredentials]().without("type", typeIsTheStruct),
	pair[nango.TBACredentials, gen.TBACredentials]().without("type", typeIsTheStruct),
	pair[nango.JWTCredentials, gen.JWTCredentials]().without("type", typeIsTheStruct),
	pair[nango.BillCredentials, gen.BillCredentials]().without("type", typeIsTheStruct),
	pair[nango.TwoStepCredentials, gen.TwoStepCredentials]().without("type", typeIsTheStruct),
	pair[nango.SignatureCredentials, gen.SignatureCredentials]().without("type", typeIsTheStruct),
	pair[nango.AWSSigV4Credentials, gen.AWSSigV4Credentials]().without("type", typeIsTheStruct),

	pair[nango.ImportOverride, gen.CredentialsOverrideInput](),
	pair[nango.ImportOAuth2, gen.ImportOAuth2]().without("type", typeIsTheStruct),
	pair[nango.ImportOAuth2CC, gen.ImportOAuth2CC]().without("type", typeIsTheStruct),
	pair[nango.ImportOAuth1, gen.ImportOAuth1]().without("type", typeIsTheStruct),
	pair[nango.ImportBasic, gen.ImportBasic]().without("type", typeIsTheStruct),
	pair[nango.ImportAPIKey, gen.ImportAPIKey]().without("type", typeIsTheStruct),
	pair[nango.ImportTBA, gen.ImportTBA]().without("type", typeIsTheStruct),
	pair[nango.ImportApp, gen.ImportApp]().without("type", typeIsTheStruct),
	pair[nango.ImportCustom, gen.ImportApp]().without("type", typeIsTheStruct),
	pair[nango.ImportNone, gen.ImportNone]().without("type", typeIsTheStruct),

	pair[nango.Integration, gen.Integration](),
	pair[nango.IntegrationCredentials, gen.IntegrationCredentials](),
	pair[nango.SyncStatus, gen.SyncStatus](),
	pair[nango.SyncResult, gen.SyncResult](),
	pair[nango.Tool, gen.Tool](),
	pair[nango.EnvironmentVariable, gen.EnvironmentVariable](),
	pair[nango.APIKey, gen.APIKey](),
	pair[nango.FieldError, gen.ErrorItem](),
}

// The structs of the facade know every key that the document knows, and no other.
func TestKeysMatchTheDocument(t *testing.T) {
	for _, twin := range twins {
		t.Run(twin.facade.Name(), func(t *testing.T) {
			have := jsonKeys(twin.facade)
			if twin.lacks != "" {
				assert.NotContains(t, have, twin.lacks, twin.why)
				have = append(have, twin.lacks)
			}
			assert.ElementsMatch(t, jsonKeys(twin.generated), have)
		})
	}
}

// jsonKeys are the keys of the struct's own fields; a field that collects further keys has none.
func jsonKeys(of reflect.Type) []string {
	var keys []string
	for i := range of.NumField() {
		if key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// No struct with JSON keys is missing above.
func TestEveryStructWithKeysHasATwin(t *testing.T) {
	for name, body := range structs(t) {
		hasKeys := slices.ContainsFunc(body.Fields.List, func(f *ast.Field) bool { return f.Tag != nil && strings.Contains(f.Tag.Value, `json:"`) })
		if ast.IsExported(name) && hasKeys {
			assert.True(t, slices.ContainsFunc(twins, func(t twin) bool { return t.facade.Name() == name }),
				"%s: add it to the table twins in nango/types_keys_test.go, beside the generated type (CONTRIBUTING, step 4)", name)
		}
	}
}

// The generated package shows in the API in two places only: the aliases, all in one file, and the escape hatch.
func TestWhereGeneratedTypesShow(t *testing.T) {
	for name, file := range sourceFiles(t) {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && exportedReceiver(decl) && decl.Name.Name != "Generated" {
					assert.False(t, namesGenerated(decl.Type), "%s: %s shows a generated type; an alias goes to types.go (CONTRIBUTING, step 4)",
						name, decl.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					assertSpecHidesGenerated(t, name, spec)
				}
			}
		}
	}
}

func exportedReceiver(fn *ast.FuncDecl) bool { return fn.Recv == nil || ast.IsExported(receiver(fn)) }

func assertSpecHidesGenerated(t *testing.T, file string, spec ast.Spec) {
	t.Helper()
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if file == "types.go" {
			assert.True(t, spec.Assign.IsValid() && namesGenerated(spec.Type), "%s is for aliases: %s", file, spec.Name.Name)
			return
		}
		if spec.Name.IsExported() {
			assert.False(t, namesGenerated(exportedPart(spec.Type)), "%s: %s shows a generated type; an alias goes to types.go (CONTRIBUTING, step 4)",
				file, spec.Name.Name)
		}
	case *ast.ValueSpec:
		if slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
			assert.False(t, namesGenerated(spec), "%s: %s shows a generated type", file, spec.Names[0].Name)
		}
	}
}

// exportedPart is a type without the unexported fields and methods of a struct or an interface.
func exportedPart(expr ast.Expr) ast.Node {
	list := &ast.FieldList{}
	switch body := expr.(type) {
	case *ast.StructType:
		list.List = body.Fields.List
	case *ast.InterfaceType:
		list.List = body.Methods.List
	default:
		return expr
	}
	list.List = slices.DeleteFunc(slices.Clone(list.List), func(f *ast.Field) bool {
		return len(f.Names) > 0 && !slices.ContainsFunc(f.Names, (*ast.Ident).IsExported)
	})
	return list
}

func namesGenerated(node ast.Node) bool {
	found := false
	ast.Inspect(node, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			pkg, ok := selector.X.(*ast.Ident)
			found = found || ok && pkg.Name == "gen"
		}
		return true
	})
	return found
}
