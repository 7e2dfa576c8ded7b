package nangotest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/frequency"
	"github.com/nango-go/sdk/nango"
)

// Provider is a provider that the catalogue does not have. The built-in catalogue has providers of every auth mode, such as
// github, slack, notion, hubspot, google-calendar, salesforce, private-api-bearer, private-api-basic and unauthenticated.
type Provider struct {
	// Name is what integrations name as their provider.
	Name string
	// AuthMode is OAUTH2, API_KEY, NONE or another of the server's auth modes.
	AuthMode string
	// DisplayName is shown to customers; empty means the name.
	DisplayName string
	// BaseURL is where proxied requests go. It can hold placeholders, such as https://${connectionConfig.subdomain}.acme.com.
	BaseURL string
	// DefaultScopes are those of an integration that names none.
	DefaultScopes []string
	// ConnectionConfig, Credentials and IntegrationConfig describe what customers and developers have to supply.
	ConnectionConfig, Credentials, IntegrationConfig map[string]nango.ProviderField
	// Webhooks says that Nango receives the provider's webhooks.
	Webhooks bool
	// Definition is the rest of the definition, by wire key. For example, a provider that takes its key in a header has
	// {"proxy": {"headers": {"x-api-key": "${apiKey}"}}}. The other parts of proxy are query and body; ${accessToken}, ${username}
	// and ${password} are placeholders too.
	Definition map[string]any
}

// provider is a provider of the catalogue.
type provider struct {
	name       string
	authMode   string
	definition object // as the API shows it
	sharedApp  bool   // Nango has an app of its own
	templates  []nango.FunctionTemplate
}

//go:embed catalogue.json
var catalogueText []byte

// catalogue is decoded once for all servers, none of which changes what it holds.
var catalogue = sync.OnceValue(func() object { return decodeObject(catalogueText) })

func builtinProviders() map[string]*provider {
	found := map[string]*provider{}
	for name, definition := range catalogue() {
		found[name] = newProvider(name, definition.(object))
	}
	return found
}

func newProvider(name string, definition object) *provider {
	mode, _ := definition["auth_mode"].(string)
	complete := object{
		"display_name": name, "docs": "https://nango.dev/docs/integrations/all/" + name, "logo_url": logoURL(name),
		"categories": []any{"other"},
	}
	maps.Copy(complete, definition)
	complete["name"] = name
	return &provider{name: name, authMode: mode, definition: complete}
}

func logoURL(name string) string {
	return "http://localhost:3000/images/template-logos/" + name + ".svg"
}

// authModes are all that the server has.
var authModes = []string{
	"OAUTH1", "OAUTH2", "OAUTH2_CC", "BASIC", "API_KEY", "CUSTOM", "APP", "NONE", "TBA", "JWT", "BILL", "TWO_STEP", "SIGNATURE",
	"MCP_OAUTH2", "MCP_OAUTH2_GENERIC", "INSTALL_PLUGIN", "AWS_SIGV4",
}

// AddProvider adds a provider to the catalogue, or replaces one. It panics for a name that is empty or that the server refuses, an
// unknown auth mode, and an invalid definition.
func (s *Server) AddProvider(p Provider) {
	what := fmt.Sprintf("AddProvider %q", p.Name)
	mustFit("AddProvider: the Name", p.Name, gen.OperationCreateIntegration, "provider")
	oneOf(what+": the AuthMode", p.AuthMode, authModes...)
	definition := object{}
	if p.Definition != nil {
		definition = toJSON(p.Definition).(object)
	}
	definition["auth_mode"] = p.AuthMode
	if p.DisplayName != "" {
		definition["display_name"] = p.DisplayName
	}
	if p.BaseURL != "" {
		proxy, _ := definition["proxy"].(object)
		definition["proxy"] = maps.Collect(maps.All(proxy))
		definition["proxy"].(object)["base_url"] = p.BaseURL
	}
	if len(p.DefaultScopes) > 0 {
		definition["default_scopes"] = toJSON(p.DefaultScopes)
	}
	settings := map[string]map[string]nango.ProviderField{
		"connection_config": p.ConnectionConfig, "credentials": p.Credentials, "integration_config": p.IntegrationConfig,
	}
	for key, fields := range settings {
		if len(fields) > 0 {
			definition[key] = toJSON(fields)
		}
	}
	if p.Webhooks {
		definition["webhook_routing_script"] = p.Name + "WebhookRouting"
	}
	added := newProvider(p.Name, definition)
	read, err := added.read()
	if err != nil {
		misuse("%s: the server could not read the Definition: %v", what, err)
	}
	if !read.Proxy.MakesURL() {
		misuse("%s: the BaseURL %q is no URL", what, read.Proxy.BaseURL)
	}
	s.locked(func() { s.providers[p.Name] = added })
}

// AddTemplates makes the catalogue offer functions for a provider. It panics for an unknown provider, a type other than "action"
// and "sync", a name that the server refuses or that the provider has already, and Runs that Nango does not understand.
func (s *Server) AddTemplates(provider string, templates ...nango.FunctionTemplate) {
	s.locked(func() {
		p := s.mustProvider("AddTemplates", provider)
		for _, t := range templates {
			what := fmt.Sprintf("AddTemplates %q: %q", provider, t.Name)
			mustFit("AddTemplates: the Name", t.Name, gen.OperationTriggerAction, "action_name")
			oneOf(what+": the Type", string(t.Type), "action", "sync")
			if _, _, ok := frequency.Parse(t.Runs); t.Runs != "" && !ok {
				misuse("%s: it cannot run %q", what, t.Runs)
			}
			if slices.ContainsFunc(p.templates, func(other nango.FunctionTemplate) bool { return other.Name == t.Name && other.Type == t.Type }) {
				misuse("%s: there is such a template already", what)
			}
			p.templates = append(p.templates, t)
		}
	})
}

// AddSharedApp gives Nango a developer app of its own at a provider, for quickstart integrations. It panics for an unknown
// provider and for one that takes no app.
func (s *Server) AddSharedApp(provider string) {
	s.locked(func() {
		p := s.mustProvider("AddSharedApp", provider)
		if !p.quickstarts() {
			misuse("AddSharedApp %q: the server makes no quickstart integrations of the auth mode %s", provider, p.authMode)
		}
		p.sharedApp = true
	})
}

// quickstarts says that there can be integrations on an app of Nango's own.
func (p *provider) quickstarts() bool { return needsApp[p.authMode] && p.authMode != "CUSTOM" }

func (s *Server) mustProvider(what, name string) *provider {
	p := s.providers[name]
	if p == nil {
		misuse("%s: there is no provider %q%s; AddProvider adds one", what, name, nearest(name, slices.Collect(maps.Keys(s.providers))))
	}
	return p
}

// text returns a part of the definition that is a text, "" where there is none.
func (p *provider) text(key string) string {
	text, _ := p.definition[key].(string)
	return text
}

// object returns a part of the definition that is an object, nil where there is none.
func (p *provider) object(key string) object {
	o, _ := p.definition[key].(object)
	return o
}

// number returns a part of the definition that is a number.
func (p *provider) number(key string) (int64, error) {
	n, _ := p.definition[key].(json.Number)
	return n.Int64()
}

// defaultScopes returns the scopes of an integration that names none, as a comma list.
func (p *provider) defaultScopes() string {
	var scopes []string
	list, _ := p.definition["default_scopes"].([]any)
	for _, scope := range list {
		scopes = append(scopes, scope.(string))
	}
	return strings.Join(scopes, ",")
}

// fields returns the settings that an integration can have, nil for a provider that takes none.
func (p *provider) fields() map[string]nango.ProviderField {
	declared := p.object("integration_config")
	if declared == nil {
		return nil
	}
	var fields map[string]nango.ProviderField
	if err := json.Unmarshal(encode(declared), &fields); err != nil {
		panic(err)
	}
	return fields
}
