package reqschema

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/internal/js"
)

// rules are what x-rules in the document names: what the server checks of a value as a whole.
var rules = map[string]func(value any, now time.Time) []Item{
	"tags": tagRule, "recent": recentRule, "bundle": bundleRule, "bundle-function": bundleFunctionRule,
}

// tagRule counts the tags, and looks at their keys as the server will store them, in lower case.
func tagRule(value any, _ time.Time) []Item {
	object := value.(map[string]any)
	if len(object) > 10 {
		return note("custom", "Tags cannot contain more than 10 keys")
	}
	var items []Item
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name, text := strings.ToLower(key), object[key].(string)
		if seen[name] {
			items = append(items, note("custom", "Two tag keys are the same in lower case: "+name)...)
		}
		seen[name] = true
		if name == "end_user_email" && !formats["email"].fits(text) {
			items = append(items, note("custom", "The tag end_user_email has to be an email address")...)
		}
	}
	return items
}

func recentRule(value any, now time.Time) []Item {
	if since, ok := js.ParseDate(value.(string)); ok && !since.Before(now.Add(-365*24*time.Hour)) {
		return nil
	}
	return note("custom", "must be within the last 12 months")
}

// bundleRule: names are unique per integration, and all lie within the scope.
func bundleRule(value any, _ time.Time) []Item {
	var doubled, foreign bool
	seen := map[[2]any]bool{}
	for _, function := range at(value, "functions").([]any) {
		integration := at(function, "integrationId")
		key := [2]any{integration, at(function, "name")}
		doubled = doubled || seen[key]
		seen[key] = true
		foreign = foreign || at(value, "reconciliationScope", "kind") == "integration" && integration != at(value, "reconciliationScope", "integrationId")
	}
	var items []Item
	if doubled {
		items = note("custom", "Function names are unique per integration", "functions")
	}
	if foreign {
		items = append(items, note("custom", "Functions belong to the integration of the scope", "functions")...)
	}
	return items
}

// bundleFunctionRule: what a function says that it uses agrees with the rest of it, and its references lead somewhere.
func bundleFunctionRule(value any, _ time.Time) []Item {
	models := at(value, "model_schema_refs").([]any)
	var items []Item
	for _, use := range []struct {
		name string
		so   bool
	}{
		{"usesOutbound", at(value, "requires", "connection") != false && at(value, "requires", "outbound") != false},
		{"usesRecords", len(models) > 0},
		{"usesMetadata", at(value, "metadata_schema_ref") != nil},
		{"usesCheckpoints", at(value, "checkpoint_schema_ref") != nil},
		{"usesInvoke", at(value, "requires", "invoke") == true},
	} {
		if at(value, "capabilities", use.name) != use.so {
			items = append(items, note("custom", use.name+" does not agree with the rest of the function", "capabilities", use.name)...)
		}
	}
	references := slices.Clone(models)
	for _, name := range []string{"input_schema_ref", "output_schema_ref", "metadata_schema_ref", "checkpoint_schema_ref"} {
		references = append(references, at(value, name))
	}
	if slices.ContainsFunc(references, func(reference any) bool {
		text, ok := reference.(string)
		return ok && at(value, "json_schema", "definitions", strings.TrimPrefix(text, "#/definitions/")) == nil
	}) {
		items = append(items, note("custom", "Schema references lead to definitions of json_schema", "json_schema", "definitions")...)
	}
	return items
}

// at returns what stands at a path of keys, nil where nothing does.
func at(value any, path ...string) any {
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}
