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

// at brings the server's clock to a time of the day of the recording.
func (g *seed) at(hour, min, sec int) {
	g.Advance(time.Date(2026, 11, 22, hour, min, sec, 0, time.UTC).Sub(g.Now()))
}

// seedSyncs makes records in three rounds. Then a sync is deleted while it runs.
func seedSyncs(g *seed) {
	d := seedDemo(g)
	one := g.Client().Connection("demo-none", "conn-none-1")
	ctx := g.t.Context()
	trigger := func(h *nango.ConnectionHandle, params *nango.TriggerSyncsParams, names ...string) {
		var refs []nango.SyncRef
		for _, name := range names {
			refs = append(refs, nango.SyncRef{Name: name})
		}
		require.NoError(g.t, h.TriggerSyncs(ctx, refs, params))
	}
	g.then(func() {
		g.at(13, 33, 35)
		trigger(one, nil, "manual-sync", "failing-sync")
		g.at(13, 33, 46)
		d.round["conn-none-1"] = 2
		trigger(one, nil, "fetch-items")
	})
	g.then(func() {
		g.at(13, 33, 51)
		d.round["conn-none-1"] = 3
		trigger(one, &nango.TriggerSyncsParams{Reset: true}, "fetch-items", "manual-sync")
		trigger(g.Client().Connection("demo-none", "conn-none-2"), nil, "manual-sync", "failing-sync")
		for _, ref := range []nango.SyncRef{{Name: "fetch-items", Variant: "v-one"}, {Name: "manual-sync", Variant: "v_two"}} {
			require.NoError(g.t, one.CreateSyncVariant(ctx, ref))
		}
	})
	g.then(func() {
		g.at(13, 43, 50)
		g.AddSync(nangotest.Sync{
			IntegrationID: "demo-none", Name: "slow-sync", Models: []string{"Slow"}, Takes: time.Minute,
			Run: func(_ context.Context, run *nangotest.SyncRun) error {
				run.Save("Slow", object{"id": "1"})
				return nil
			},
			Details: nangotest.FunctionDetails{Source: "standalone"},
		})
		trigger(one, nil, "slow-sync")
		g.Advance(time.Minute)
		trigger(one, nil, "slow-sync")
	})
	g.then(func() {
		g.Advance(time.Minute)
		require.NoError(g.t, g.Client().Functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "slow-sync", Type: "sync"}))
	})
}

func seedActions(g *seed) {
	seedDemo(g)
	one := g.Client().Connection("demo-none", "conn-none-1")
	background := func(id, name string, input any) {
		g.NextIDs(id)
		_, err := one.TriggerActionAsync(g.t.Context(), name, input, nil)
		require.NoError(g.t, err)
		g.Settle()
	}
	g.then(func() {
		background("ffbc7526-95fe-48c4-876d-9d366285604f", "echo", object{"message": "async"})
		background("cc99cbd9-dc56-42f0-a1ee-826ee7319fb2", "no-output", nil)
		background("9da7d5e4-97ee-47f8-a045-334b555d4154", "fail-action", object{"reason": "async-fail"})
	})
}

func seedFunctions(g *seed) {
	seedDemo(g)
	g.SetSandbox(&nangotest.Sandbox{
		Takes: apart / 2,
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
	g.functionsAsCode()
	g.then(func() { g.AddAction(nangotest.Action{IntegrationID: "none-2", Name: "bfn", Bundled: true}) })
}

// functionsAsCode are tried out and deployed, and deleted again.
func (g *seed) functionsAsCode() {
	functions, ctx := g.Client().Functions, g.t.Context()
	dryRun := func(id string, params nango.CreateDryRunParams) {
		g.NextIDs(id)
		params.IntegrationID, params.ConnectionID = "demo-none", "conn-none-1"
		_, err := functions.CreateDryRun(ctx, params)
		require.NoError(g.t, err)
	}
	deploy := func(id string, params nango.DeployFunctionParams) {
		g.NextIDs(id)
		params.IntegrationID = "demo-none"
		_, err := functions.DeployFunction(ctx, params)
		require.NoError(g.t, err)
		g.Advance(apart)
	}
	const good, bad = "createAction({output:z.object({b:z.string()}),exec:()=>({b:''})})", "createAction({output:z.object({b:z.string()}),exec:()=>({b:1})})"
	g.then(func() {
		dryRun("91c1cd99-88bc-4bc3-83df-f5b0ab04e5e3", nango.CreateDryRunParams{Type: "action", Code: bad})
		dryRun("137cf604-bf4c-40db-80f4-5f6cc3715657", nango.CreateDryRunParams{Type: "sync", Code: "createSync({})"})
		deploy("57968126-e761-45db-ad75-ccfbbd8539d9", nango.DeployFunctionParams{Name: "dep-fn", Type: "action", Code: good})
		deploy("8c1c3faa-c781-4f1b-b58e-0dea99f5a7ad", nango.DeployFunctionParams{Name: "dep-bad", Type: "action", Code: bad})
		deploy("65381377-1efc-4d50-bcae-5c59094822c0", nango.DeployFunctionParams{Name: "dep-fn", Type: "action", Code: good, Version: "1.1.0"})
		dryRun("b1def6e2-6a94-4fdc-b275-7d33e1c5c043", nango.CreateDryRunParams{Type: "action", Code: good})
	})
	g.then(func() {
		g.Advance(apart)
		require.NoError(g.t, functions.Delete(ctx, nango.FunctionRef{IntegrationID: "demo-none", Name: "dep-fn", Type: "action"}))
		deploy("38e010bc-1ce5-45a9-b39b-6745668bce29", nango.DeployFunctionParams{Name: "slow-sync", Type: "sync", Code: "createSync({})"})
	})
}

// request makes a request that the facade has no method for, or no other than a deprecated one, and returns the response.
func (g *seed) request(method, path string, body object) (response struct{ Data struct{ Token string } }) {
	text, err := json.Marshal(body)
	require.NoError(g.t, err)
	req, err := http.NewRequest(method, "http://nango.test"+path, bytes.NewReader(text))
	require.NoError(g.t, err)
	req.Header.Set("Authorization", "Bearer "+g.Key())
	req.Header.Set("Content-Type", "application/json")
	resp, err := g.HTTPClient().Do(req)
	require.NoError(g.t, err)
	defer resp.Body.Close()
	require.Less(g.t, resp.StatusCode, 300, "%s %s", method, path)
	require.NoError(g.t, json.NewDecoder(resp.Body).Decode(&response))
	return response
}
