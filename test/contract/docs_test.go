package contract

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/nango-go/sdk/gen"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nodeMethods are the public methods of the official Node SDK, but for deprecated ones.
var nodeMethods = strings.Fields(`
	listProviders getProvider getProviderTemplates
	listIntegrations getIntegration createIntegration createQuickstartIntegration updateIntegration deleteIntegration
	listFunctions getFunction getFunctionCode deleteFunction
	listConnections getConnection patchConnection getToken getRawTokenResponse getMetadata setMetadata updateMetadata
	deleteConnection waitForConnection
	getScriptsConfig listRecords pruneRecords
	triggerSync startSync pauseSync syncStatus updateSyncConnectionFrequency createSyncVariant deleteSyncVariant
	getEnvironmentVariables
	triggerAction triggerActionAsync getAsyncActionResult
	proxy get post put patch delete
	verifyIncomingWebhookRequest createConnectSession createReconnectSession`)

// requestless are the methods of services and handles that make no request, which is why they name no endpoint.
var requestless = []string{
	"ConnectionHandle.ConnectionID", "ConnectionHandle.IntegrationID", "ConnectionHandle.ForgetToken", "ConnectionHandle.InvalidateToken",
}

// The last paragraph of a doc comment: GET /records (listRecords). Node: listRecords.
var (
	endpointLine = regexp.MustCompile(`^(.+)\. (?:Node: (.+)|Not in the Node SDK)\.$`)
	endpoint     = regexp.MustCompile(`\b([A-Z]+(?:, [A-Z]+)*) (/[^\s,]+)(?: \(([^)]+)\))?`)
	operationID  = regexp.MustCompile(`[a-z]+[A-Z]\w*`)
	nodeName     = regexp.MustCompile(`(?:^|, )(?:one (?:page|round)|(\w+))`)
	backquoted   = regexp.MustCompile("`(\\w+)`")
)

// documented is what the doc comment of a function says about the API.
type documented struct {
	endpoints []string // GET /records
	node      []string // the Node SDK's methods
}

// The pages that name the newest release name the one that the document describes.
func TestPagesNameTheNewestRelease(t *testing.T) {
	for _, page := range []string{
		"README.md", "docs/compatibility.md", "docs/testing.md", "nango/nangotest/doc.go", "nango/nangotest/release.go", "api/openapi.yaml",
	} {
		text, err := os.ReadFile("../../" + page)
		require.NoError(t, err)
		assert.Contains(t, string(text), gen.Release, page)
	}
	document, err := os.ReadFile("../../api/openapi.yaml")
	require.NoError(t, err)
	for _, sentence := range []string{"up to release %s:", "and release %s differ", "the recorded build and in %s."} {
		assert.Contains(t, string(document), fmt.Sprintf(sentence, gen.Release))
	}
}

// TestDocComments checks that whatever makes a request ends its doc comment with the endpoint and the Node SDK's name for it.
func TestDocComments(t *testing.T) {
	var endpoints, node []string
	unseen := slices.Clone(requestless)
	for name, fn := range facade(t) {
		if i := slices.Index(unseen, name); i >= 0 {
			unseen = slices.Delete(unseen, i, i+1)
			continue
		}
		t.Run(name, func(t *testing.T) {
			doc := readDoc(t, fn)
			for _, called := range generatedCalls(fn) {
				assert.Contains(t, doc.endpoints, called, "the method calls another endpoint than its doc comment says")
			}
			endpoints, node = append(endpoints, doc.endpoints...), append(node, doc.node...)
		})
	}
	assert.Empty(t, unseen, "there is no such method")
	eachOperation(t, func(t *testing.T, _ string, op *openapi3.Operation) {
		if id := op.OperationID; !op.Deprecated && generatedOnly[id] == "" {
			require.NotEmpty(t, operations[id], "add %s to the table operations in test/contract/rules_test.go (CONTRIBUTING, step 1)", id)
			assert.True(t, slices.Contains(endpoints, operations[id]), "no doc comment of package nango ends with %s (CONTRIBUTING, step 3)", operations[id])
		}
	})
	table := nodeTableNames(t)
	for _, method := range nodeMethods {
		assert.True(t, slices.Contains(table, method), "docs/node.md does not name the Node SDK's %s", method)
		if method != "verifyIncomingWebhookRequest" { // it makes no request
			assert.True(t, slices.Contains(node, method), "no doc comment names the Node SDK's %s", method)
		}
	}
}

// TestExamples checks that each method and generic function of the facade is called in an example.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../nango/example_*_test.go")
	require.NoError(t, err)
	called := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				called[selector.Sel.Name] = true
			}
			return true
		})
	}
	for name := range facade(t) {
		_, method, ok := strings.Cut(name, ".")
		if !ok {
			method = name
		}
		assert.True(t, called[method] || slices.Contains(requestless, name), "no example calls %s (CONTRIBUTING, step 4)", name)
	}
}

// facade returns the exported methods of the services and of the handle, as Type.Method, and the exported generic functions.
func facade(t *testing.T) map[string]*ast.FuncDecl {
	t.Helper()
	files, err := filepath.Glob("../../nango/*.go")
	require.NoError(t, err)
	found := map[string]*ast.FuncDecl{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range parsed.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() {
				continue
			}
			switch receiver := receiverOf(fn); {
			case strings.HasSuffix(receiver, "Service"), receiver == "ConnectionHandle":
				found[receiver+"."+fn.Name.Name] = fn
			case receiver == "" && fn.Type.TypeParams != nil:
				found[fn.Name.Name] = fn
			}
		}
	}
	require.NotEmpty(t, found)
	return found
}

// receiverOf returns the type that a method belongs to; it is empty for a function.
func receiverOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	of := fn.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// readDoc reads the last paragraph of a doc comment, and checks what it names.
func readDoc(t *testing.T, fn *ast.FuncDecl) documented {
	t.Helper()
	paragraphs := strings.Split(strings.TrimSpace(fn.Doc.Text()), "\n\n")
	last := strings.ReplaceAll(paragraphs[len(paragraphs)-1], "\n", " ")
	line := endpointLine.FindStringSubmatch(last)
	require.NotNil(t, line, "the doc comment ends without endpoint and Node name: %q", last)

	var doc documented
	for _, match := range endpoint.FindAllStringSubmatch(line[1], -1) {
		for method := range strings.SplitSeq(match[1], ", ") {
			doc.endpoints = append(doc.endpoints, method+" "+match[2])
		}
		ids := operationID.FindAllString(match[3], -1)
		require.Len(t, ids, strings.Count(match[1], ",")+1, "%q lacks the operation's id behind an endpoint (CONTRIBUTING, step 3)", last)
		for i, id := range ids {
			assert.Equal(t, doc.endpoints[len(doc.endpoints)-len(ids)+i], operations[id], "%s is not the operation of its endpoint", id)
		}
	}
	require.NotEmpty(t, doc.endpoints, "%q begins with no endpoint", last)
	assert.True(t, strings.HasPrefix(last, strings.SplitN(doc.endpoints[0], " ", 2)[0]), "%q begins with no endpoint", last)
	for _, named := range doc.endpoints {
		assert.True(t, slices.Contains(slices.Collect(maps.Values(operations)), named), "the document has no %s", named)
	}
	for _, match := range nodeName.FindAllStringSubmatch(line[2], -1) {
		if match[1] != "" {
			doc.node = append(doc.node, match[1])
		}
	}
	for _, named := range doc.node {
		assert.True(t, slices.Contains(nodeMethods, named), "the Node SDK has no %s", named)
	}
	assert.Equal(t, line[2] == "", len(doc.node) == 0, "%q names no method of the Node SDK", line[2])
	return doc
}

// generatedCalls returns the endpoints of the generated methods that a function calls itself.
func generatedCalls(fn *ast.FuncDecl) []string {
	var called []string
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		method, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := method.X.(*ast.SelectorExpr); ok && of.Sel.Name == "gen" {
			for id, named := range operations {
				if strings.EqualFold(id, method.Sel.Name) {
					called = append(called, named)
				}
			}
		}
		return true
	})
	return called
}

// nodeTableNames returns what the first column of the README's table names, from Node to Go.
func nodeTableNames(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("../../docs/node.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(readme), "\n| Node | Go |\n")
	require.True(t, found, "docs/node.md has no table from Node to Go")
	table, _, _ = strings.Cut(table, "\n\n")
	var names []string
	for line := range strings.Lines(table) {
		for _, match := range backquoted.FindAllStringSubmatch(strings.SplitN(line, "|", 3)[1], -1) {
			names = append(names, match[1])
		}
	}
	return names
}
