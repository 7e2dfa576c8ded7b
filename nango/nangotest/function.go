package nangotest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
)

// FunctionDetails is what the API shows of a function besides what makes it run. All of it can be left out.
type FunctionDetails struct {
	// Description is for people. Lines of it such as "- name: what it means" describe an action's input to language models.
	Description string
	// Version is the function's version, such as "1.0.0".
	Version string
	// Source is where the function comes from: "repo", deployed with Nango's CLI and the default, "standalone" or "catalog".
	Source string
	// Scopes are the provider's scopes that the function needs.
	Scopes []string
	// Input is the name of the model that the function takes, defined in JSONSchema.
	Input string
	// Returns are the names of the models that an action returns. A sync returns its Models.
	Returns []string
	// JSONSchema is the text of a schema with definitions of the models.
	JSONSchema json.RawMessage
	// Endpoints are the function's endpoints in the old API.
	Endpoints []FunctionEndpoint
	// Features are what it makes use of, such as "checkpoints".
	Features []string
	// Code is its source in TypeScript. Without it the server has no source file.
	Code string
	// Disabled functions are there but do not run.
	Disabled bool
}

// FunctionEndpoint is an endpoint of the old API.
type FunctionEndpoint struct{ Method, Path, Group string }

// EventHandler is a function that runs when something happens to a connection. This server lists it and never runs it.
type EventHandler struct {
	IntegrationID, Name string
	// Event is post-connection-creation, pre-connection-deletion or validate-connection.
	Event string
	// Details is what else the API shows.
	Details FunctionDetails
}

// AddEventHandler deploys an event handler. It panics for an unknown integration or event, a name that the server refuses, and
// invalid Details.
func (e *environment) AddEventHandler(h EventHandler) {
	oneOf(fmt.Sprintf("AddEventHandler %q: the Event", h.Name), h.Event,
		"post-connection-creation", "pre-connection-deletion", "validate-connection")
	e.deploy("AddEventHandler", h.IntegrationID, &function{kind: "on-event", name: h.Name, event: h.Event, details: h.Details})
}

// function is a deployed function.
type function struct {
	id       int64
	kind     string // sync, action or on-event
	name     string
	event    string // of an event handler
	details  FunctionDetails
	deployed time.Time
	sync     *Sync
	action   *Action
}

// deploy adds a function of the test's to an integration, in place of one of the same kind and name.
func (e *environment) deploy(method, integrationID string, f *function) {
	what := fmt.Sprintf("%s %q", method, f.name)
	mustFit(method+": the Name", f.name, gen.OperationTriggerAction, "action_name")
	f.details.mustFit(what)
	e.change(what, func() { e.mustIntegration(what, integrationID).deploy(f) })
}

// mustFit panics for details that make no sense.
func (d FunctionDetails) mustFit(what string) {
	oneOf(what+": the Source", cmp.Or(d.Source, "repo"), "repo", "standalone", "catalog")
	for _, e := range d.Endpoints {
		oneOf(what+": the Method of an endpoint", e.Method, "GET", "POST", "PUT", "PATCH", "DELETE")
		if !strings.HasPrefix(e.Path, "/") {
			misuse("%s: the Path of an endpoint is %q, which does not begin with a slash", what, e.Path)
		}
	}
	if len(d.JSONSchema) == 0 {
		return
	}
	var schema struct{ Definitions map[string]json.RawMessage }
	if err := json.Unmarshal(d.JSONSchema, &schema); err != nil {
		misuse("%s: the JSONSchema is none: %v", what, err)
	}
	if _, defined := schema.Definitions[d.Input]; d.Input != "" && !defined {
		misuse("%s: the JSONSchema does not define the Input %q%s", what, d.Input, nearest(d.Input, slices.Collect(maps.Keys(schema.Definitions))))
	}
}

func (i *integration) deploy(f *function) {
	s := i.env.server
	f.id, f.deployed = s.serial("function"), s.clock.Now()
	f.details.Source = cmp.Or(f.details.Source, "repo")
	i.functions = slices.DeleteFunc(i.functions, func(old *function) bool { return old.kind == f.kind && old.name == f.name && old.event == f.event })
	i.functions = append(i.functions, f)
	slices.SortFunc(i.functions, func(a, b *function) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name), cmp.Compare(a.event, b.event), cmp.Compare(a.id, b.id))
	})
	for _, c := range i.env.connections {
		if c.integration == i {
			i.env.startSyncs(c)
		}
	}
}

// undeploy takes a function away. The syncs of connections stay, paused.
func (i *integration) undeploy(f *function) {
	i.functions = slices.DeleteFunc(i.functions, func(other *function) bool { return other == f })
	for _, c := range i.env.connections {
		for _, instance := range c.syncs {
			if c.integration == i && f.kind == "sync" && instance.name == f.name {
				instance.pause()
			}
		}
	}
}

// function returns the first function of a name, of any kind if kind is empty.
func (i *integration) function(kind, name string) *function {
	for _, f := range i.functions {
		if f.name == name && (kind == "" || f.kind == kind) {
			return f
		}
	}
	return nil
}

// missingFunction says, for the message of a failure, that the test added no such function. It is empty where there is one.
func (i *integration) missingFunction(kind, name, method string) string {
	if i.function(kind, name) != nil {
		return ""
	}
	var known []string
	for _, f := range i.functions {
		if f.kind == kind {
			known = append(known, f.name)
		}
	}
	return fmt.Sprintf(" (nangotest: the integration %q has no %s %q; %s adds one%s)", i.key, kind, name, method, nearest(name, known))
}

// show returns the function as the API does.
func (f *function) show() object {
	shown := object{
		"id": f.id, "name": f.name, "type": f.kind, "enabled": !f.details.Disabled,
		"last_deployed": zulu(f.deployed), "source": f.details.Source,
	}
	if f.kind == "on-event" {
		shown["event"] = f.event
		return shown
	}
	shown["description"], shown["scopes"], shown["json_schema"] = f.details.Description, texts(f.details.Scopes), f.schema()
	shown["returns"] = texts(f.returns())
	if f.details.Input != "" {
		shown["input"] = f.details.Input
	}
	if f.sync != nil {
		shown["runs"], shown["auto_start"], shown["track_deletes"] = f.sync.Runs, f.sync.AutoStart, f.sync.TrackDeletes
	}
	return shown
}

// returns are the models that the function returns.
func (f *function) returns() []string {
	if f.sync != nil {
		return f.sync.Models
	}
	return f.details.Returns
}

// schema is the function's schema, nil for none.
func (f *function) schema() any {
	if len(f.details.JSONSchema) == 0 {
		return nil
	}
	return f.details.JSONSchema
}
