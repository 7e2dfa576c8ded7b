package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/nango-go/sdk/nango/nangotest"
)

// demo is the integration whose functions were recorded, with what they were told by its connections' metadata.
type demo struct {
	*seed
	round map[string]int // of a connection's syncs
}

// seedDemo sets the integrations, connections and functions up that the recorded syncs, actions and functions ran with.
func seedDemo(g *seed) *demo {
	d := &demo{g, map[string]int{}}
	d.AddIntegration(nangotest.Integration{ID: "demo-none", Provider: "unauthenticated"})
	d.AddIntegration(nangotest.Integration{ID: "none-2", Provider: "unauthenticated"})
	for _, s := range d.syncs() {
		d.AddSync(s)
	}
	for _, a := range d.actions() {
		d.AddAction(a)
	}
	d.AddEventHandler(nangotest.EventHandler{
		IntegrationID: "demo-none", Name: "pre-delete", Event: "pre-connection-deletion",
		Details: nangotest.FunctionDetails{Description: "pre delete", Code: "export default createOnEvent({});"},
	})
	g.SetTime(time.Date(2026, 11, 22, 13, 30, 15, 728289000, time.UTC))
	d.connect("conn-none-1", "bc2abb0e-547a-471c-b751-3b35f0a05841")
	d.Settle() // their syncs run
	g.SetTime(time.Date(2026, 11, 22, 13, 30, 16, 138087000, time.UTC))
	d.connect("conn-none-2", "conn-none-hook", "user+x@ex.com/a|[1]{2}")
	d.connect("b9027a4b-6d87-48c0-a9e8-49be79c0cb3a", "d1a4742b-b18c-41f2-8cc3-caba34a0763a")
	d.AddConnection(nangotest.Connection{IntegrationID: "none-2", ConnectionID: "c2"})
	return d
}

func (d *demo) connect(ids ...string) {
	for _, id := range ids {
		d.AddConnection(nangotest.Connection{IntegrationID: "demo-none", ConnectionID: id})
	}
}

// object is a JSON object.
type object = map[string]any

// details are of a function whose models have these schemas.
func details(description, version, input string, definitions object) nangotest.FunctionDetails {
	schema, err := json.Marshal(object{"definitions": definitions})
	if err != nil {
		panic(err)
	}
	return nangotest.FunctionDetails{
		Description: description, Version: version, Input: input, JSONSchema: schema, Code: "export default {};",
		Endpoints: []nangotest.FunctionEndpoint{{Method: "POST", Path: "/demo"}},
	}
}

// model is the schema of a model whose properties are texts.
func model(properties ...string) object {
	shown := object{}
	for _, name := range properties {
		shown[name] = object{"type": "string"}
	}
	return object{"type": "object", "properties": shown, "required": properties, "additionalProperties": false}
}

func (d *demo) syncs() []nangotest.Sync {
	metadata := object{"type": "object", "properties": object{"round": object{"type": "number"}}, "additionalProperties": false}
	items := details("Fetch demo items", "1.2.3", "SyncMetadata_items", object{"Item": model("id", "title"), "SyncMetadata_items": metadata})
	items.Scopes, items.Features = []string{"items:read"}, []string{"checkpoints"}
	return []nangotest.Sync{
		{
			IntegrationID: "demo-none", Name: "fetch-items", Models: []string{"Item"}, Runs: "every hour", AutoStart: true,
			Type: "incremental", Run: d.fetchItems, Details: items,
		},
		{
			IntegrationID: "demo-none", Name: "manual-sync", Models: []string{"Contact", "Company"}, Run: d.fetchContacts,
			Details: details("Manual sync of two models", "0.0.1", "SyncMetadata_manual",
				object{"Contact": model("id", "email"), "Company": model("id", "name"), "SyncMetadata_manual": metadata}),
		},
		{
			IntegrationID: "demo-none", Name: "failing-sync", Models: []string{"Broken"},
			Run:     func(context.Context, *nangotest.SyncRun) error { return errors.New("boom from failing-sync") },
			Details: details("Always fails", "0.0.1", "", object{"Broken": model("id")}),
		},
	}
}

// fetchItems saves 25 items, which differ from round to round, and deletes two of them in the third.
func (d *demo) fetchItems(_ context.Context, run *nangotest.SyncRun) error {
	if run.ConnectionID == "user+x@ex.com/a|[1]{2}" { // the server's own jobs cannot handle the slash
		return &nangotest.UpstreamError{StatusCode: http.StatusInternalServerError, Body: object{"error": object{"code": "generic_error_support"}}}
	}
	round := max(1, d.round[run.ConnectionID])
	var items []any
	for n := range 25 {
		items = append(items, object{
			"id": fmt.Sprintf("item-%03d", n+1), "title": fmt.Sprintf("Item %d", n+1), "count": (n + 1) * round,
			"tags": []string{"t"}, "nested": object{"a": n%2 == 1, "b": nil}, "createdAt": "2026-01-01T00:00:00.000Z",
		})
	}
	run.Save("Item", items...)
	if round >= 3 {
		run.Delete("Item", "item-025", "item-024")
	}
	run.SetCheckpoint(object{"round": round, "cursor": fmt.Sprintf("c-%d", round)})
	return nil
}

// fetchContacts saves three contacts, of which one is gone after the first round, and a company.
func (d *demo) fetchContacts(_ context.Context, run *nangotest.SyncRun) error {
	contacts := []any{
		object{"id": "1", "email": "a@example.com", "age": 30}, object{"id": "we/ird id?&=#", "email": "ünï@example.com"},
		object{"id": "3", "email": "c@example.com"},
	}
	if d.round[run.ConnectionID] >= 2 {
		contacts = slices.Delete(contacts, 2, 3)
		run.Delete("Contact", "3")
	}
	run.Save("Contact", contacts...)
	run.Save("Company", object{"id": "co-1", "name": "Acme (variant " + run.Variant + ")"})
	return nil
}

func (d *demo) actions() []nangotest.Action {
	echo := details("Echo the input\n- message: The message to echo\n- times: How many times", "2.0.0", "In_echo",
		object{"In_echo": model("message", "times"), "Out_echo": model("message")})
	echo.Scopes, echo.Returns = []string{"echo:write"}, []string{"Out_echo"}
	return []nangotest.Action{
		{IntegrationID: "demo-none", Name: "echo", Run: echoInput, Details: echo},
		{IntegrationID: "demo-none", Name: "no-output", Details: details("No input no output", "1.0.0", "In_no", object{"In_no": object{"type": "null"}})},
		{IntegrationID: "demo-none", Name: "fail-action", Run: failWithReason, Details: details("Throws ActionError", "1.0.0", "In_fail", object{"In_fail": model("reason")})},
		{IntegrationID: "demo-none", Name: "crash-action", Run: crash, Details: details("Crashes", "1.0.0", "In_crash", object{"In_crash": object{}})},
	}
}

func echoInput(_ context.Context, call nangotest.ActionCall) (any, error) {
	input := object{"times": 1}
	if json.Unmarshal(call.Input, &input) != nil || input == nil { // what is no object has no fields
		input = object{"times": 1}
	}
	input["connectionId"] = call.ConnectionID
	return input, nil
}

func failWithReason(_ context.Context, call nangotest.ActionCall) (any, error) {
	var input struct{ Reason string }
	_ = json.Unmarshal(call.Input, &input) // what is no object has no reason
	return nil, &nangotest.ActionError{Payload: object{"reason": input.Reason, "hint": "custom payload"}}
}

func crash(context.Context, nangotest.ActionCall) (any, error) {
	return nil, &nangotest.UpstreamError{
		StatusCode: http.StatusTeapot, Header: http.Header{"Content-Type": {"application/json"}, "Server": {"demo"}},
		Body: object{"error": object{"code": "upstream_418", "message": "Upstream says 418"}},
	}
}
