package nango_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/test/recordings"
)

func TestScriptsConfig(t *testing.T) {
	client, server := serve(t, "scripts/config-nango")
	configs, err := client.Functions.ScriptsConfig(t.Context())
	require.NoError(t, err)
	server.requireRecorded()
	require.Len(t, configs, 1)
	config := configs[0]
	names := []string{}
	for _, script := range append(config.Syncs, config.Actions...) {
		assert.True(t, json.Valid(script.JSONSchema), script.Name)
		names = append(names, string(script.Type)+" "+script.Name)
	}
	assert.ElementsMatch(t, []string{
		"sync failing-sync", "sync fetch-items", "sync manual-sync", "action crash-action", "action echo", "action fail-action", "action no-output",
	}, names)
	echo := config.Actions[1]
	echo.JSONSchema = nil
	assert.Equal(t, nango.ScriptConfig{
		ID: 4, Name: "echo", Type: nango.FunctionAction, Version: "2.0.0", Source: "repo", Enabled: true,
		Description: "Echo the input\n- message: The message to echo\n- times: How many times",
		Input:       "ActionInput_demo_none_echo", Returns: []string{"ActionOutput_demo_none_echo"}, Scopes: []string{"echo:write"},
		Endpoints:    []nango.ScriptEndpoint{{Method: "POST", Path: "/demo/echo", Group: "Demo"}},
		Models:       []nango.ScriptModel{{Name: "ActionInput_demo_none_echo", Fields: []*json.RawMessage{}}, {Name: "ActionOutput_demo_none_echo", Fields: []*json.RawMessage{}}},
		LastDeployed: milliseconds("2026-11-22T13:26:23.254Z"), SDKVersion: "0.71.4-zero",
		Attributes: json.RawMessage(`{}`), Features: []string{}, WebhookSubscriptions: []string{},
	}, echo)
	config.Syncs, config.Actions = nil, nil
	assert.Equal(t, &nango.ScriptsConfig{ProviderConfigKey: "demo-none", Provider: "unauthenticated", OnEvents: []json.RawMessage{}}, config)
}

// A tool encodes to what the server sent, so that it can be handed to a model as it is.
func TestTools(t *testing.T) {
	client, server := serve(t, "scripts/config-openai", "scripts/config-nango")
	tools, err := client.Functions.Tools(t.Context())
	require.NoError(t, err)
	server.requireRecorded()
	types := map[nango.FunctionType][]string{}
	for _, tool := range tools {
		types[tool.Type] = append(types[tool.Type], tool.Name)
	}
	assert.Equal(t, map[nango.FunctionType][]string{
		nango.FunctionSync:   {"failing-sync", "fetch-items", "manual-sync"},
		nango.FunctionAction: {"crash-action", "echo", "fail-action", "no-output"},
	}, types)
	assert.Equal(t, &nango.Tool{
		Type: nango.FunctionAction, Name: "echo", Description: "Echo the input\n- message: The message to echo\n- times: How many times",
		Parameters: json.RawMessage(`{"type":"object","properties":{"message":{"type":"string","description":"The message to echo"},` +
			`"times":{"type":"number","description":"How many times"}},"required":["message"]}`),
	}, tools[4])
	e, err := recordings.Load("scripts/config-openai")
	require.NoError(t, err)
	encoded, err := json.Marshal(map[string]any{"data": tools})
	require.NoError(t, err)
	assert.JSONEq(t, e.Response.Body, string(encoded))
}

// A sync and an action can have the same name, in one integration and in several; syncs come first. What was deployed in between is
// of no type.
func TestToolsOfOneName(t *testing.T) {
	client, _ := serveBodies(t, `{"data":[{"name":"a"},{"name":"b"},{"name":"a"},{"name":"a"},{"name":"new"}]}`,
		`[{"providerConfigKey":"i","syncs":[{"name":"a"},{"name":"b"}],"actions":[{"name":"a"}]},{"providerConfigKey":"j","syncs":[{"name":"a"}],"actions":[]}]`)
	tools, err := client.Functions.Tools(t.Context())
	require.NoError(t, err)
	var types []nango.FunctionType
	for _, tool := range tools {
		types = append(types, tool.Type)
	}
	assert.Equal(t, []nango.FunctionType{nango.FunctionSync, nango.FunctionSync, nango.FunctionSync, nango.FunctionAction, ""}, types)

	client, _ = serveBodies(t, `{"data":[{"name":"a"}]}`, `{}`)
	tools, err = client.Functions.Tools(t.Context())
	assert.Nil(t, tools)
	assert.ErrorContains(t, err, "nango: GET /scripts/config: 200 OK: ")
}

// Where nothing is deployed the server sends an empty array, for the object of tools too.
func TestScriptsOfNothing(t *testing.T) {
	client, server := serve(t, "scripts/config-prod-empty", "scripts/config-openai-prod-empty")
	configs, err := client.Functions.ScriptsConfig(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*nango.ScriptsConfig{}, configs)
	tools, err := client.Functions.Tools(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []*nango.Tool{}, tools)
	server.requireRecorded()
}

// A response is read whatever white space stands around it.
func TestToolsBehindWhiteSpace(t *testing.T) {
	for body, want := range map[string][]*nango.Tool{"\n[]\n": {}, ` {"data":[]}`: {}} {
		server := &server{t: t, responses: []*recordings.Exchange{exchange(200, body)}}
		tools, err := server.client().Functions.Tools(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, tools)
	}
}

func TestScriptsUnreadable(t *testing.T) {
	for _, body := range []string{`"x"`, `{"data":7}`, `[7]`} {
		client, _ := serveBodies(t, body)
		tools, err := client.Functions.Tools(t.Context())
		assert.Nil(t, tools)
		assert.ErrorContains(t, err, "nango: GET /scripts/config: 200 OK: ", body)
	}
	client, _ := serveBodies(t, `{}`)
	configs, err := client.Functions.ScriptsConfig(t.Context())
	assert.Nil(t, configs)
	assert.ErrorContains(t, err, "nango: GET /scripts/config: 200 OK: ")
}
