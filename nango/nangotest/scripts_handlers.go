package nangotest

import (
	"encoding/json"
	"slices"
	"strings"
)

// getScriptsConfig groups by provider: of two integrations of the same provider, the functions of the second are shown as the
// first one's. Where nothing is deployed both formats are an empty list.
func getScriptsConfig(c *call) *response {
	type group struct {
		Key      string   `json:"providerConfigKey"`
		Provider string   `json:"provider"`
		Syncs    []object `json:"syncs"`
		Actions  []object `json:"actions"`
		OnEvents []object `json:"on-events"`
	}
	groups := []*group{}
	var syncs, actions []object // as tools
	for _, i := range c.env.integrations {
		for _, f := range i.functions {
			if f.kind == "on-event" {
				continue
			}
			at := slices.IndexFunc(groups, func(g *group) bool { return g.Provider == i.provider.name })
			if at < 0 {
				at = len(groups)
				groups = append(groups, &group{i.key, i.provider.name, []object{}, []object{}, []object{}})
			}
			g := groups[at]
			if f.kind == "sync" {
				g.Syncs, syncs = append(g.Syncs, f.showScript()), append(syncs, f.showTool())
			} else {
				g.Actions, actions = append(g.Actions, f.showScript()), append(actions, f.showTool())
			}
		}
	}
	if c.text("format") == "openai" && len(groups) > 0 {
		return ok(object{"data": append(syncs, actions...)})
	}
	return ok(groups)
}

// showScript returns the function as the configuration of scripts has it.
func (f *function) showScript() object {
	shown := f.show()
	for key, value := range map[string]any{
		"attributes": object{}, "version": orNull(f.details.Version), "webhookSubscriptions": []string{},
		"sdk_version": nil, "features": texts(f.details.Features),
	} {
		shown[key] = value
	}
	endpoints := []object{}
	for _, e := range f.details.Endpoints {
		endpoints = append(endpoints, object{"method": e.Method, "path": e.Path, "group": orNull(e.Group)})
	}
	shown["endpoints"] = endpoints
	models := []object{}
	for _, name := range append(f.returns(), f.details.Input) {
		if name != "" {
			models = append(models, object{"name": name, "fields": []any{}})
		}
	}
	shown["models"] = models
	if f.sync != nil {
		shown["sync_type"] = f.sync.Type
	}
	return shown
}

// showTool returns the function as a tool of a language model. Only actions take parameters: those of their input, each with
// the description that a line of the function's has.
func (f *function) showTool() object {
	parameters := object{"type": "object", "properties": object{}, "required": []string{}}
	if f.kind == "action" {
		var schema struct {
			Definitions map[string]struct {
				Properties map[string]object
				Required   []string
			}
		}
		_ = json.Unmarshal(f.details.JSONSchema, &schema) // without a schema there are no parameters
		input := schema.Definitions[f.details.Input]
		for line := range strings.Lines(f.details.Description) {
			name, description, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "-"), ":")
			if property := input.Properties[strings.TrimSpace(name)]; found && property != nil {
				property["description"] = strings.TrimSpace(description)
			}
		}
		if input.Properties != nil {
			parameters["properties"] = input.Properties
		}
		parameters["required"] = texts(input.Required)
	}
	description := f.details.Description
	if description == "" {
		description = "Execute the " + f.name + " " + f.kind
	}
	return object{"name": f.name, "description": description, "parameters": parameters}
}
