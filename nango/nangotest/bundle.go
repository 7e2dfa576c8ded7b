package nangotest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// bundleKey names a function of a bundle.
type bundleKey struct {
	IntegrationID string `json:"integrationId"`
	Name          string `json:"name"`
}

// bundleFunction is a function that was deployed in a bundle. The server knows these apart from all others.
type bundleFunction struct {
	text    []byte // all of it, in one way of writing it
	Trigger struct{ Kind string }
	Input   string `json:"input_schema_ref"`
	Schema  object `json:"json_schema"`
}

// bundle is what a request deploys.
type bundle struct {
	Scope struct {
		Kind          string
		IntegrationID string `json:"integrationId"`
	} `json:"reconciliationScope"`
	Functions []json.RawMessage
}

func previewBundle(c *call) *answer { return c.reconcile(false) }

func deployBundle(c *call) *answer { return c.reconcile(true) }

// reconcile compares a bundle with what is deployed, and makes the latter like the former if it is to.
func (c *call) reconcile(deploy bool) *answer {
	var body bundle
	c.into(&body)
	wanted, unknown := c.env.read(body)
	if len(unknown) > 0 {
		return fail(http.StatusBadRequest, "integration_not_found", "Integration(s) not found: "+strings.Join(unknown, ", "))
	}
	result := map[string][]bundleKey{"created": {}, "updated": {}, "unchanged": {}, "deleted": {}}
	note := func(kind string, key bundleKey) { result[kind] = append(result[kind], key) }
	for key, f := range wanted {
		switch old := c.env.bundle[key]; {
		case old == nil:
			note("created", key)
		case bytes.Equal(old.text, f.text):
			note("unchanged", key)
		default:
			note("updated", key)
		}
	}
	for key := range c.env.bundle {
		inScope := body.Scope.Kind == "environment" || body.Scope.IntegrationID == key.IntegrationID
		if inScope && wanted[key] == nil {
			note("deleted", key)
		}
	}
	if deploy {
		if c.env.bundle == nil {
			c.env.bundle = map[bundleKey]*bundleFunction{}
		}
		for _, key := range result["deleted"] {
			delete(c.env.bundle, key)
		}
		maps.Copy(c.env.bundle, wanted)
	}
	for _, keys := range result {
		slices.SortFunc(keys, func(a, b bundleKey) int {
			return cmp.Or(cmp.Compare(a.IntegrationID, b.IntegrationID), cmp.Compare(a.Name, b.Name))
		})
	}
	return ok(result)
}

// read reads the functions of a bundle, and which of their integrations, and the scope's, are unknown.
func (e *environment) read(b bundle) (wanted map[bundleKey]*bundleFunction, unknown []string) {
	wanted = map[bundleKey]*bundleFunction{}
	named := map[string]bool{}
	if b.Scope.Kind == "integration" {
		named[b.Scope.IntegrationID] = true
	}
	for _, raw := range b.Functions {
		var whole any
		f, key := new(bundleFunction), bundleKey{}
		for _, v := range []any{&whole, f, &key} {
			if err := json.Unmarshal(raw, v); err != nil {
				panic(err) // it was validated
			}
		}
		f.text = encode(whole)
		wanted[key], named[key.IntegrationID] = f, true
	}
	for id := range named {
		if e.integration(id) == nil {
			unknown = append(unknown, id)
		}
	}
	slices.Sort(unknown)
	return wanted, unknown
}

// invokeFunction checks everything there is to check and then says that it is not implemented.
func invokeFunction(c *call) *answer {
	var body struct {
		IntegrationID string `json:"integration_id"`
		ConnectionID  string `json:"connection_id"`
		Name          string
		Type          string `json:"invocation_type"`
		Input         any
	}
	c.into(&body)
	if c.env.find(body.IntegrationID, body.ConnectionID) == nil {
		return noFunctionConnection(body.IntegrationID, body.ConnectionID)
	}
	f := c.env.bundle[bundleKey{body.IntegrationID, body.Name}]
	if f == nil {
		return fail(http.StatusNotFound, "unknown_function", fmt.Sprintf("Function '%s' was not found", body.Name))
	}
	if kind := f.Trigger.Kind; kind == "none" || kind != "http" && body.Type == "wait" {
		return fail(http.StatusBadRequest, "invalid_invocation", fmt.Sprintf("Function '%s' is not invokable with %s", body.Name, body.Type))
	}
	if items := f.check(body.Input); len(items) > 0 {
		return jsonAnswer(http.StatusBadRequest, envelope{Code: "validation_error", Message: "Invalid input", Errors: items}.wrap())
	}
	return fail(http.StatusNotImplemented, "not_implemented", "Function invocation is not implemented yet")
}
