package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// at is a minute of the recording.
func at(hour, min, sec int) minute {
	return minute(time.Date(2026, 11, 22, hour, min, sec, 0, time.UTC))
}

// The minutes of the limiter in which syncs and records were recorded.
var (
	synced    = at(13, 33, 33)
	slowSyncs = at(13, 43, 37)
)

func seedRecords(g *garden) { seedSyncs(g) }

func seedSyncs(g *garden) {
	d := plantDemo(g)
	one := g.Client().Connection("demo-none", "conn-none-1")
	ctx := g.t.Context()
	trigger := func(h *nango.ConnectionHandle, params *nango.TriggerSyncsParams, names ...string) {
		var refs []nango.SyncRef
		for _, name := range names {
			refs = append(refs, nango.SyncRef{Name: name})
		}
		require.NoError(g.t, h.TriggerSyncs(ctx, refs, params))
	}
	reset := &nango.TriggerSyncsParams{Reset: true}
	g.after(synced, 53, func() { trigger(one, nil, "manual-sync") })
	g.after(synced, 68, func() { trigger(one, nil, "failing-sync") })
	g.after(synced, 70, func() {
		d.round["conn-none-1"] = 2
		trigger(one, nil, "fetch-items")
	})
	g.after(synced, 76, func() {
		d.round["conn-none-1"] = 3
		trigger(one, reset, "fetch-items", "manual-sync")
	})
	g.after(synced, 93, func() { trigger(g.Client().Connection("demo-none", "conn-none-2"), nil, "manual-sync", "failing-sync") })
	g.after(synced, 96, func() { g.sync("fetch-items", "base", one.PauseSyncs) })
	g.after(synced, 109, func() { g.sync("fetch-items", "base", one.StartSyncs) })
	variants := []nango.SyncRef{{Name: "fetch-items", Variant: "v-one"}, {Name: "manual-sync", Variant: "v_two"}}
	for n, ref := range variants {
		g.after(synced, 135+float64(n), func() { g.done(one.CreateSyncVariant(ctx, ref)) })
	}
	g.after(synced, 155, func() { g.done(one.DeleteSyncVariant(ctx, variants[0])) })
	g.after(slowSyncs, 49, func() {
		g.AddSync(nangotest.Sync{
			IntegrationID: "demo-none", Name: "slow-sync", Models: []string{"Slow"}, Takes: 2500 * time.Millisecond,
			Run: func(_ context.Context, run *nangotest.SyncRun) error {
				run.Save("Slow", object{"id": "1"})
				return nil
			},
			Details: nangotest.FunctionDetails{Source: "standalone"},
		})
		g.sync("slow-sync", "base", func(ctx context.Context, refs []nango.SyncRef) error { return one.TriggerSyncs(ctx, refs, nil) })
	})
	g.after(slowSyncs, 57, func() { g.sync("failing-sync", "base", one.StartSyncs) })
	g.after(slowSyncs, 59, func() {
		ref := nango.FunctionRef{IntegrationID: "demo-none", Name: "slow-sync", Type: "sync"}
		g.done(g.Client().Functions.Delete(ctx, ref))
	})
}

// done checks that a change was made, by the seed or by the request that is judged before it.
func (g *garden) done(err error) {
	if !errors.Is(err, nango.ErrNotFound) && !errors.Is(err, nango.ErrConflict) {
		require.NoError(g.t, err)
	}
}

// sync does something to one sync of conn-none-1.
func (g *garden) sync(name, variant string, do func(context.Context, []nango.SyncRef) error) {
	require.NoError(g.t, do(g.t.Context(), []nango.SyncRef{{Name: name, Variant: variant}}))
}

// acted is the minute in which actions were recorded.
var acted = at(13, 31, 27)

func seedActions(g *garden) {
	plantDemo(g)
	one := g.Client().Connection("demo-none", "conn-none-1")
	background := func(id, name string, input any) func() {
		return func() {
			g.NextIDs(id)
			_, err := one.TriggerActionAsync(g.t.Context(), name, input, nil)
			require.NoError(g.t, err)
		}
	}
	g.after(acted, 64.3, background("ffbc7526-95fe-48c4-876d-9d366285604f", "echo", object{"message": "async"}))
	g.after(acted, 66, background("cc99cbd9-dc56-42f0-a1ee-826ee7319fb2", "no-output", nil))
	g.after(acted, 68, background("9da7d5e4-97ee-47f8-a045-334b555d4154", "fail-action", object{"reason": "async-fail"}))
}

// The minutes in which functions as code were recorded.
var (
	tried    = at(13, 38, 58)
	deployed = at(13, 39, 59)
)

func seedFunctions(g *garden) {
	plantDemo(g)
	g.SetSandbox(&nangotest.Sandbox{
		Takes: 2 * time.Second,
		Compile: func(code string) (nangotest.Compiled, error) {
			if strings.Contains(code, "z.string()})") && strings.Contains(code, "({b:1})") {
				return nangotest.Compiled{}, errors.New("Type 'number' is not assignable to type 'string'.")
			}
			compiled := nangotest.Compiled{JS: "\"use strict\";\n" + code}
			if strings.Contains(code, "createAction") {
				compiled.Details = details("d", "", "In", object{"In": model("a"), "Out": model("b")})
			}
			return compiled, nil
		},
		DryRun: func(_ context.Context, run nangotest.DryRun) (any, error) { return object{"b": "hello"}, nil },
	})
	functions, ctx := g.Client().Functions, g.t.Context()
	dryRun := func(id string, params nango.CreateDryRunParams) func() {
		return func() {
			g.NextIDs(id)
			params.IntegrationID, params.ConnectionID = "demo-none", "conn-none-1"
			_, err := functions.CreateDryRun(ctx, params)
			require.NoError(g.t, err)
		}
	}
	deploy := func(id string, params nango.DeployFunctionParams) func() {
		return func() {
			g.NextIDs(id)
			params.IntegrationID = "demo-none"
			_, err := functions.DeployFunction(ctx, params)
			require.NoError(g.t, err)
		}
	}
	const good, bad = "createAction({output:z.object({b:z.string()}),exec:()=>({b:''})})", "createAction({output:z.object({b:z.string()}),exec:()=>({b:1})})"
	g.after(tried, 10, dryRun("b1def6e2-6a94-4fdc-b275-7d33e1c5c043", nango.CreateDryRunParams{Type: "action", Code: good}))
	g.after(tried, 34, dryRun("91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3", nango.CreateDryRunParams{Type: "action", Code: bad}))
	g.after(tried, 45, dryRun("137cf604-bf4c-40db-80f4-5f6cc3715657", nango.CreateDryRunParams{Type: "sync", Code: "createSync({})"}))
	g.after(deployed, 10, deploy("57968126-e761-45db-ad75-ccfbbd8539d9", nango.DeployFunctionParams{Name: "dep-fn", Type: "action", Code: good}))
	g.after(deployed, 26, deploy("8c1c3faa-c781-4f1b-b58e-0dea99f5a7ad", nango.DeployFunctionParams{Name: "dep-bad", Type: "action", Code: bad}))
	g.after(deployed, 38, deploy("65381377-1efc-4d50-bcae-5c59094822c0", nango.DeployFunctionParams{Name: "dep-fn", Type: "action", Code: good, Version: "1.1.0"}))
	g.after(deployed, 57, func() {
		g.done(functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "dep-fn", Type: "action"}))
	})
	bundled := func(functions ...object) func() {
		return func() {
			g.post("/functions/deployments/bundle", object{
				"reconciliationScope": object{"kind": "integration", "integrationId": "none-2"}, "functions": append([]object{}, functions...),
			})
		}
	}
	g.after(deployed, 63, bundled(bundleFunction))
	g.after(deployed, 72, bundled())
	g.after(slowSyncs, 35, deploy("38e010bc-1ce5-45a9-b39b-6745668bce29", nango.DeployFunctionParams{Name: "slow-sync", Type: "sync", Code: "createSync({})"}))
}

// bundleFunction is what was deployed in a bundle.
var bundleFunction = object{
	"name": "bfn", "integrationId": "none-2", "description": "bundle fn", "trigger": object{"kind": "http"},
	"requires": object{"connection": true, "outbound": true},
	"capabilities": object{
		"usesRecords": false, "usesOutbound": true, "usesCheckpoints": false, "usesMetadata": false, "usesInvoke": false,
	},
	"limits": object{}, "input_schema_ref": "#/definitions/In", "output_schema_ref": nil, "model_schema_refs": []string{},
	"metadata_schema_ref": nil, "checkpoint_schema_ref": nil,
	"json_schema": object{"definitions": object{
		"In": object{"type": "object", "properties": object{"a": object{"type": "string"}}, "required": []string{"a"}},
	}},
	"fileBody": object{"js": "module.exports={}", "ts": "export {}"},
}

// post makes a request that the facade has no method for.
func (g *garden) post(path string, body object) {
	text, err := json.Marshal(body)
	require.NoError(g.t, err)
	req, err := http.NewRequest(http.MethodPost, "http://nango.test"+path, bytes.NewReader(text))
	require.NoError(g.t, err)
	req.Header.Set("Authorization", "Bearer "+g.Key())
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.HTTPClient().Do(req)
	require.NoError(g.t, err)
	resp.Body.Close()
	require.Equal(g.t, http.StatusOK, resp.StatusCode)
}
