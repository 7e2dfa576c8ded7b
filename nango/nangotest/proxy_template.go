package nangotest

import (
	"encoding/json"
	"strings"

	"github.com/nango-go/sdk/internal/proxying"
	"github.com/nango-go/sdk/nango"
)

// definition is what the proxy needs of a provider.
type definition struct {
	Proxy             proxying.Template              `json:"proxy"`
	AuthMode          string                         `json:"auth_mode"`
	IntegrationConfig map[string]nango.ProviderField `json:"integration_config"`
}

func (p *provider) read() (d definition, err error) {
	err = json.Unmarshal(encode(p.definition), &d)
	return d, err
}

// template reads the integration's provider, and what integrations of providers with an integration_config say themselves.
func (i *integration) template() proxying.Template {
	definition, err := i.provider.read()
	if err != nil {
		panic(err)
	}
	t := definition.Proxy
	t.AuthMode = definition.AuthMode
	if definition.IntegrationConfig == nil || i.setting("keyName") == "" {
		return t
	}
	if base := i.setting("baseUrl"); base != "" {
		t.BaseURL = base
	}
	value := i.setting("valueTemplate")
	if value == "" {
		value = "${apiKey}"
	}
	if t.Headers == nil {
		t.Headers = map[string]any{} // also where the key goes into the query
	}
	if i.setting("keyPlacement") == "query" {
		t.Query = with(t.Query, i.setting("keyName"), value)
	} else {
		t.Headers = with(t.Headers, strings.ToLower(i.setting("keyName")), value)
	}
	return t
}

// setting is what the integration says itself, in its config or, as older integrations do, among its custom fields.
func (i *integration) setting(name string) string {
	if value := i.config[name]; value != "" {
		return value
	}
	return i.custom[name]
}

func with(m map[string]any, key, value string) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = value
	return m
}
