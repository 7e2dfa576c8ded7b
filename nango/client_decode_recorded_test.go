package nango_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

// call returns what the facade makes of an operation's response.
type call func(context.Context, *nango.Client) (any, error)

// result makes a call of a method's results.
func result[T any](v T, err error) (any, error) { return v, err }

// reads are the operations with a response that is read.
var reads = map[string]call{
	"listProviders": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Providers.List(ctx, nil)) },
	"getProvider":   func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Providers.Get(ctx, "p", nil)) },
	"listProviderTemplates": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Providers.Templates(ctx, "p"))
	},
	"listIntegrations": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Integrations.List(ctx)) },
	"getIntegration": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Integrations.Get(ctx, "i", nil))
	},
	"createIntegration": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Integrations.Create(ctx, nango.CreateIntegrationParams{IntegrationID: "i"}))
	},
	"createQuickstartIntegration": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Integrations.CreateQuickstart(ctx, nango.CreateQuickstartIntegrationParams{IntegrationID: "i"}))
	},
	"updateIntegration": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Integrations.Update(ctx, "i", &nango.UpdateIntegrationParams{DisplayName: "d"}))
	},
	"listFunctions": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.List(ctx, "i", nil))
	},
	"getFunction": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.Get(ctx, nango.FunctionRef{IntegrationID: "i", Name: "f"}))
	},
	"getFunctionCode": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.Code(ctx, nango.FunctionRef{IntegrationID: "i", Name: "f"}))
	},
	"compileFunction": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Functions.Compile(ctx, "c")) },
	"createDryRun": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.CreateDryRun(ctx, nango.CreateDryRunParams{IntegrationID: "i", ConnectionID: "c"}))
	},
	"getDryRun": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Functions.DryRun(ctx, "d")) },
	"createDeployment": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.DeployTemplate(ctx, nango.DeployTemplateParams{IntegrationID: "i", Template: "t"}))
	},
	"getDeployment": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Functions.Deployment(ctx, "d"))
	},
	"getScriptsConfig":          func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Functions.ScriptsConfig(ctx)) },
	"getScriptsConfig as tools": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Functions.Tools(ctx)) },
	"listConnections":           func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Connections.List(ctx, nil)) },
	"getConnection": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Connection("i", "c").Get(ctx, nil))
	},
	"importConnection": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Connections.Import(ctx, nango.ImportConnectionParams{IntegrationID: "i", Credentials: nango.ImportNone{}}))
	},
	"listRecords": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(nango.ListRecords[json.RawMessage](ctx, c.Connection("i", "c"), nango.ListRecordsParams{Model: "Item"}))
	},
	"getSyncStatus": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Syncs.Status(ctx, "i", nango.AllSyncs()))
	},
	"listEnvironmentVariables": func(ctx context.Context, c *nango.Client) (any, error) { return result(c.Environment.Variables(ctx)) },
	"rotateWebhookSigningKey": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Environment.RotateSigningKey(ctx))
	},
	"createEnvironment": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Account.CreateEnvironment(ctx, nango.CreateEnvironmentParams{Name: "e"}))
	},
	"createAPIKeyByNumber": func(ctx context.Context, c *nango.Client) (any, error) { // which responds as the call by UUID does
		return result(c.Account.CreateAPIKey(ctx, nango.CreateAPIKeyParams{EnvironmentUUID: environmentUUID}))
	},
	"getConnectSession": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.ConnectSessions.Get(ctx, "t"))
	},
	"createConnectSession": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.ConnectSessions.Create(ctx, nango.CreateConnectSessionParams{Tags: map[string]string{}}))
	},
	"createReconnectSession": func(ctx context.Context, c *nango.Client) (any, error) {
		return result(c.Connection("i", "c").Reconnect(ctx, &nango.ReconnectParams{Tags: map[string]string{}}))
	},
}

// essential are the keys, with stars for indices, without which a response may be refused.
var essential = map[string][]string{
	"listProviders": {"data.*.name"}, "getProvider": {"data.name"}, "listProviderTemplates": {"data.*.name"},
	"listIntegrations": {"data.*.unique_key"}, "getIntegration": {"data.unique_key"}, "createIntegration": {"data.unique_key"},
	"createQuickstartIntegration": {"data.unique_key"}, "updateIntegration": {"data.unique_key"},
	"listFunctions": {"data.*.name"}, "getFunction": {"data.name"}, "getFunctionCode": {"code"}, "compileFunction": {"bundled_js"},
	"createDryRun": {"id", "status"}, "getDryRun": {"id", "status"}, "createDeployment": {"id", "status"}, "getDeployment": {"id", "status"},
	"getScriptsConfig": {"*.providerConfigKey"}, "getScriptsConfig as tools": {"data.*.name"},
	"getConnection": {"connection_id"}, "importConnection": {"connection_id"},
	"listRecords": {"next_cursor"}, "getSyncStatus": {"syncs.*.status"},
	"listEnvironmentVariables": {"*.name"}, "rotateWebhookSigningKey": {"data.webhook_signing_key"},
	"createEnvironment": {"data.id", "data.name"}, "createAPIKeyByNumber": {"data.secret"},
	"createConnectSession": {"data.token", "data.expires_at"}, "createReconnectSession": {"data.token", "data.expires_at"},
}

// otherKinds are JSON of every kind, of which each fits few fields.
var otherKinds = []string{`"x"`, `"7"`, `7`, `-1.5`, `true`, `{"a":[1]}`, `["a",{"b":1}]`, `null`}

// Every value of every recorded response, replaced by one of another kind, costs itself only.
func TestRecordedFieldsOfAnotherKind(t *testing.T) {
	all, err := recordings.All("")
	require.NoError(t, err)
	tried, decoded := map[string]bool{}, map[string]bool{}
	for _, r := range all {
		operation := operationName(r)
		read, ok := reads[operation]
		if !ok || r.Response.Status/100 != 2 {
			continue
		}
		var tree any
		dec := json.NewDecoder(bytes.NewReader([]byte(r.Response.Body)))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&tree), r.Name)
		tree = shorten(tree)
		want, err := decodeTree(t, read, tree)
		require.NoError(t, err, r.Name)
		decoded[operation] = true
		eachLeaf(tree, "", func(path string, get any, set func(any)) {
			if key := fmt.Sprintf("%s %s %T %s", operation, path, get, credentialsTypeOf(tree)); tried[key] {
				return
			} else {
				tried[key] = true
			}
			for _, other := range otherKinds {
				set(json.RawMessage(other))
				got, err := decodeTree(t, read, tree)
				if slices.Contains(essential[operation], path) {
					continue
				}
				name := fmt.Sprintf("%s: %s of %s is %s", r.Name, path, operation, other)
				if assert.NoError(t, err, name) {
					differ := differences("", reflect.ValueOf(want), reflect.ValueOf(got))
					assert.LessOrEqual(t, len(differ), 1, "%s: %v", name, differ)
				}
			}
			set(get)
		})
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(reads)), slices.Collect(maps.Keys(decoded)))
	assert.Greater(t, len(tried), 500)
}

func decodeTree(t *testing.T, read call, tree any) (any, error) {
	body, err := json.Marshal(tree)
	require.NoError(t, err)
	response := exchange(200, string(body))
	transport := transportFunc(func(req *http.Request) (*http.Response, error) {
		defer func() { response = exchange(200, `[]`) }() // to what Tools asks for besides
		return response.Respond(req), nil
	})
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transport}), nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	return read(t.Context(), client)
}

// operationName finds the operation of a recorded request.
func operationName(r *recordings.Exchange) string {
	path, query, _ := strings.Cut(r.Request.Target, "?")
	name, best := "", 100
	for _, op := range gen.Operations {
		want, got := strings.Split(op.Path, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
		fits := op.Method == r.Request.Method && len(want) == len(got)
		for i := 0; fits && i < len(want); i++ {
			fits = want[i] == got[i] || strings.HasPrefix(want[i], "{")
		}
		if n := strings.Count(op.Path, "{"); fits && n < best {
			name, best = string(op.ID), n
		}
	}
	if name == "getScriptsConfig" && strings.Contains(query, "format=openai") {
		name += " as tools"
	}
	return name
}

// shorten leaves two elements of every list, and three keys of every schema that belongs to somebody else.
func shorten(tree any) any {
	switch tree := tree.(type) {
	case []any:
		for i := range tree {
			tree[i] = shorten(tree[i])
		}
		return tree[:min(len(tree), 2)]
	case map[string]any:
		for key, value := range tree {
			tree[key] = shorten(value)
		}
		delete(tree, "json_schema")
		delete(tree, "parameters")
	}
	return tree
}

// eachLeaf visits every value that holds no other.
func eachLeaf(tree any, path string, visit func(path string, leaf any, set func(any))) {
	below := func(key string, child any, set func(any)) {
		key = strings.TrimPrefix(path+"."+key, ".")
		switch child.(type) {
		case []any, map[string]any:
			eachLeaf(child, key, visit)
		default:
			visit(key, child, set)
		}
	}
	switch tree := tree.(type) {
	case []any:
		for i := range tree {
			below("*", tree[i], func(v any) { tree[i] = v })
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(tree)) {
			below(key, tree[key], func(v any) { tree[key] = v })
		}
	}
}

func credentialsTypeOf(tree any) any {
	object, _ := tree.(map[string]any)
	credentials, _ := object["credentials"].(map[string]any)
	return credentials["type"]
}

// follows are the fields that others determine.
var follows = map[string]bool{"Fields": true, "Data": true, "More": true, "Extra": true}

// differences lists the fields that differ, each only at its root.
func differences(path string, a, b reflect.Value) []string {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return []string{path}
	}
	var list []string
	switch {
	case reflect.DeepEqual(a.Interface(), b.Interface()):
		return nil
	case a.Kind() == reflect.Interface, a.Kind() == reflect.Pointer:
		if !a.IsNil() && !b.IsNil() {
			return differences(path, a.Elem(), b.Elem())
		}
	case a.Kind() == reflect.Struct && a.Type().PkgPath() != "time" && !strings.HasPrefix(a.Type().Name(), "Secret"):
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() && !follows[f.Name] {
				list = append(list, differences(path+"."+f.Name, a.Field(i), b.Field(i))...)
			}
		}
		return list
	case a.Kind() == reflect.Slice && a.Len() == b.Len() && a.Type().Elem().Kind() != reflect.Uint8:
		for i := range a.Len() {
			list = append(list, differences(fmt.Sprint(path, "[", i, "]"), a.Index(i), b.Index(i))...)
		}
		return list
	case a.Kind() == reflect.Map && a.Len() == b.Len():
		for _, key := range a.MapKeys() {
			list = append(list, differences(path+"."+key.String(), a.MapIndex(key), b.MapIndex(key))...)
		}
		return list
	}
	return []string{path}
}
