package nangotest

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/nango"
)

// Integration is an integration to put into an environment.
type Integration struct {
	// ID is the integration's id (unique_key); empty means the provider's name. One of the two is required.
	ID string
	// Provider is a provider of the catalogue; empty means unauthenticated.
	Provider string
	// DisplayName is shown to customers; empty means the provider's.
	DisplayName string
	// App is the developer app. If the provider needs one and App is nil, the server makes one.
	App nango.DeveloperApp
	// Config holds settings by name (integration_config), and Custom fields of your own.
	Config, Custom map[string]string
	// IgnoreWebhooks keeps the provider's webhooks from being passed on (forward_webhooks: false).
	IgnoreWebhooks bool
	// Verify checks imported keys and passwords in place of the provider. It is allowed for the auth modes API_KEY, BASIC and TBA.
	// An error refuses the import. Nil accepts all.
	Verify func(credentials nango.Credentials, config map[string]any) error
}

// triedOut are the auth modes whose credentials the server tries out when they are imported.
var triedOut = map[string]bool{"API_KEY": true, "BASIC": true, "TBA": true}

// needsApp are the auth modes without which an integration cannot be made; mayHaveApp those that show one.
var (
	needsApp   = map[string]bool{"OAUTH1": true, "OAUTH2": true, "APP": true, "CUSTOM": true}
	mayHaveApp = map[string]bool{"OAUTH1": true, "OAUTH2": true, "APP": true, "CUSTOM": true, "TBA": true}
)

// AddIntegration puts an integration into the environment. It panics if it is empty, the provider is unknown, the id is in use or
// refused by the server, the app is not of the provider's auth mode, or the provider does not take the config.
func (e *environment) AddIntegration(i Integration) {
	if i.ID == "" && i.Provider == "" {
		misuse("AddIntegration: it has neither an ID nor a Provider")
	}
	i.Provider = cmp.Or(i.Provider, "unauthenticated")
	i.ID = cmp.Or(i.ID, i.Provider)
	what := fmt.Sprintf("AddIntegration %q", i.ID)
	mustFit("AddIntegration: the ID", i.ID, gen.OperationCreateIntegration, "unique_key")
	e.change(what, func() {
		p := e.server.mustProvider(what, i.Provider)
		if e.integration(i.ID) != nil {
			misuse("%s: there is one already", what)
		}
		app := encodeApp(what, i.App)
		if app == nil && needsApp[p.authMode] {
			app = object{"type": p.authMode, "client_id": "client-id", "client_secret": "client-secret", "app_id": "1",
				"app_link": "https://example.com/app", "private_key": "private-key"}
		}
		if app != nil && app["type"] != p.authMode {
			misuse("%s: an app of the type %v does not fit the auth mode %s", what, app["type"], p.authMode)
		}
		p.mustTake(what, i.Config)
		if i.Verify != nil && !triedOut[p.authMode] {
			misuse("%s: credentials of the auth mode %s are not tried out, so that Verify is never called", what, p.authMode)
		}
		added := e.addIntegration(i.ID, p)
		added.displayName, added.forwardWebhooks, added.verify = i.DisplayName, !i.IgnoreWebhooks, i.Verify
		added.config, added.custom = maps.Clone(i.Config), maps.Clone(i.Custom)
		added.setApp(app)
	})
}

// addIntegration adds an integration without anything of its own.
func (e *environment) addIntegration(id string, p *provider) *integration {
	now := e.server.clock.Now()
	i := &integration{
		env: e, id: e.server.serial("integration"), key: id, provider: p, forwardWebhooks: true, created: now, updated: now,
	}
	e.integrations = append(e.integrations, i)
	return i
}

// encodeApp writes a developer app as the API takes it, nil for none. The field names of package nango are the wire's in
// Go's spelling.
func encodeApp(what string, app nango.DeveloperApp) object {
	if app == nil {
		return nil
	}
	v := reflect.Indirect(reflect.ValueOf(app))
	if !v.IsValid() {
		misuse("%s: the App is a nil pointer", what)
	}
	out := object{"type": map[string]string{
		"OAuth1App": "OAUTH1", "OAuth2App": "OAUTH2", "TBAApp": "TBA", "GitHubApp": "APP", "GitHubOAuthApp": "CUSTOM",
	}[v.Type().Name()]}
	keys := map[string]string{
		"ClientID": "client_id", "ClientSecret": "client_secret", "AppID": "app_id", "AppLink": "app_link", "PrivateKey": "private_key",
	}
	for field, key := range keys {
		if f := v.FieldByName(field); f.IsValid() {
			out[key] = strings.TrimSpace(f.String())
		}
	}
	if f := v.FieldByName("Scopes"); f.IsValid() && !f.IsNil() {
		out["scopes"] = strings.Join(f.Interface().([]string), ",")
	}
	if f := v.FieldByName("WebhookSecret"); f.IsValid() && !f.IsNil() {
		out["webhook_secret"] = f.Elem().String()
	}
	return out
}

// appKeys are what the API shows of an app, by auth mode.
var appKeys = map[string][]string{
	"OAUTH1": {"client_id", "client_secret"},
	"OAUTH2": {"client_id", "client_secret"},
	"TBA":    {"client_id", "client_secret"},
	"APP":    {"app_id", "private_key"},
	"CUSTOM": {"client_id", "client_secret", "app_id", "private_key"},
}

// setApp makes an app of the request's form the integration's. What it does not name is kept. A webhook's secret is stored
// among the custom fields, an empty one is forgotten.
func (i *integration) setApp(app object) {
	scopes, named := app["scopes"].(string)
	if i.app == nil {
		i.app = object{}
		if scopes == "" {
			scopes, named = i.provider.defaultScopes(), true
		}
	}
	if named {
		i.app["scopes"] = scopes
	}
	for _, key := range append(appKeys[i.provider.authMode], "app_link") {
		if value, given := app[key]; given {
			i.app[key] = value
		}
	}
	if secret, given := app["webhook_secret"].(string); given {
		i.setCustom("webhookSecret", secret)
	}
}

func (i *integration) setCustom(key, value string) {
	if i.custom == nil {
		i.custom = map[string]string{}
	}
	if i.custom[key] = value; value == "" {
		delete(i.custom, key)
	}
}

// appView is the app as the API shows it to who may see it. Of an app of Nango's own it hides ids and secrets.
func (i *integration) appView() any {
	mode := i.provider.authMode
	if !mayHaveApp[mode] {
		return nil
	}
	view := object{"type": mode}
	for _, key := range appKeys[mode] {
		if view[key] = i.app[key]; i.shared {
			view[key] = ""
		}
	}
	if mode == "APP" || mode == "CUSTOM" {
		view["app_link"] = orNull(textOf(i.app["app_link"]))
	} else {
		view["scopes"], view["webhook_secret"] = orNull(textOf(i.app["scopes"])), orNull(i.custom["webhookSecret"])
	}
	return view
}

// view is the integration as the API shows it.
func (i *integration) view() object {
	view := object{
		"unique_key": i.key, "provider": i.provider.name, "display_name": i.displayName, "logo": logoURL(i.provider.name),
		"forward_webhooks": i.forwardWebhooks, "created_at": zulu(i.created), "updated_at": zulu(i.updated),
	}
	if i.displayName == "" {
		view["display_name"] = i.provider.text("display_name")
	}
	declared := i.provider.object("integration_config")
	if label := i.config["keyLabel"]; label != "" {
		view["credentials_label"] = object{"apiKey": label}
	}
	var preset []string
	for key := range declared {
		if i.provider.authMode == "TWO_STEP" && i.config[key] != "" {
			preset = append(preset, key)
		}
	}
	if len(preset) > 0 {
		view["preconfigured_credentials"] = preset
	}
	return view
}

// webhookURL is where the provider sends its webhooks to, nil where Nango takes none.
func (i *integration) webhookURL() any {
	if i.provider.text("webhook_routing_script") == "" {
		return nil
	}
	return fmt.Sprintf("http://localhost:3003/webhook/%s/%s", i.env.uuid, url.PathEscape(i.key))
}

// integration is a provider set up in an environment.
type integration struct {
	env             *environment
	id              int64
	key             string // unique_key, the IntegrationID of the facade
	provider        *provider
	displayName     string // "" shows the provider's
	forwardWebhooks bool
	app             object // the credentials as the API shows them; nil for auth modes without an app
	shared          bool   // on an app of Nango's own: its credentials show as empty texts
	config          map[string]string
	custom          map[string]string
	created         time.Time
	updated         time.Time
	functions       []*function
	verify          func(nango.Credentials, map[string]any) error
	upstream        *memhttp.Server // who serves proxied calls
}

// integration returns an integration by its id, nil if there is none.
func (e *environment) integration(id string) *integration {
	for _, i := range e.integrations {
		if i.key == id {
			return i
		}
	}
	return nil
}
