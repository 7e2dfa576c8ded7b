package nangotest

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nango-go/sdk/nango"
)

// resolveConfig checks the settings of an integration that is made, or of one that is changed, and returns them all, or why
// they are refused. No settings pass with every provider.
func (p *provider) resolveConfig(given map[string]string, existing *integration) (config map[string]string, reason string) {
	patch := existing != nil
	if patch {
		config = maps.Clone(existing.config)
	}
	if len(given) == 0 {
		return config, ""
	}
	fields := p.fields()
	if fields == nil {
		return nil, "This provider does not accept integration configuration"
	}
	var reasons []string
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, declared := fields[key]; !declared {
			reasons = append(reasons, "Unknown field "+key)
		}
	}
	effective := maps.Clone(config) // what decides which fields are asked for at all
	if config == nil {
		config, effective = map[string]string{}, map[string]string{}
	}
	maps.Copy(effective, given)
	for _, key := range slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return fields[a].Order - fields[b].Order }) {
		value, provided := given[key]
		field := fields[key]
		if patch && !provided || !visible(key, fields, effective, 0) {
			continue
		}
		if value == "" && field.DefaultValue != nil && !patch {
			value = *field.DefaultValue
		}
		switch wrong := checkField(field, value); {
		case wrong != "":
			reasons = append(reasons, field.Title+wrong)
		case value != "" || patch:
			config[key] = value
		}
	}
	return config, strings.Join(reasons, ", ")
}

// mustTake panics for settings that the provider does not have, or not with these values. What a test does not need can be left
// out, though the server asks for it.
func (p *provider) mustTake(what string, config map[string]string) {
	fields := p.fields()
	for _, key := range slices.Sorted(maps.Keys(config)) {
		field, declared := fields[key]
		if !declared {
			misuse("%s: the provider %s has no setting %q for the Config%s", what, p.name, key, nearest(key, slices.Collect(maps.Keys(fields))))
		}
		if wrong := checkField(field, config[key]); wrong != "" && config[key] != "" {
			misuse("%s: in the Config %q%s", what, key, wrong)
		}
	}
}

// visible says that a field is asked for: that the field it depends on has the value it needs.
func visible(key string, fields map[string]nango.ProviderField, values map[string]string, depth int) bool {
	var when struct{ Field, Equals string }
	raw := fields[key].Extra["visible_when"]
	if raw == nil || depth > len(fields) || json.Unmarshal(raw, &when) != nil {
		return true
	}
	if _, declared := fields[when.Field]; declared && !visible(when.Field, fields, values, depth+1) {
		return false
	}
	return values[when.Field] == when.Equals
}

// checkField returns what is wrong with a setting, to be read after its title.
func checkField(field nango.ProviderField, value string) string {
	if value == "" {
		if field.Optional {
			return ""
		}
		return " is required"
	}
	if len(field.Enum) > 0 && !slices.Contains(field.Enum, value) {
		return " must be one of: " + strings.Join(field.Enum, ", ")
	}
	// A pattern that is no regular expression is passed over by the server too.
	if pattern, err := regexp.Compile(field.Pattern); err == nil && !pattern.MatchString(value) {
		return " has an invalid format"
	}
	if field.Format != "uri" {
		return ""
	}
	switch u, err := url.Parse(value); {
	case err != nil || u.Scheme == "":
		return " must be a valid URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return " must be an http(s) URL"
	}
	return ""
}
