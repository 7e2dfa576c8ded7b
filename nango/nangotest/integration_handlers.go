package nangotest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/nango-go/sdk/gen"
)

var integrationHandlers = map[gen.OperationID]handler{
	gen.OperationListIntegrations: listIntegrations, gen.OperationCreateIntegration: createIntegration, gen.OperationGetIntegration: getIntegration,
	gen.OperationCreateQuickstartIntegration: createQuickstartIntegration, gen.OperationUpdateIntegration: updateIntegration,
	gen.OperationDeleteIntegration: deleteIntegration,
}

// listIntegrations orders by provider, then by creation. A session sees what it allows.
func listIntegrations(c *call) *response {
	found := slices.Clone(c.env.integrations)
	slices.SortStableFunc(found, func(a, b *integration) int { return strings.Compare(a.provider.name, b.provider.name) })
	views := []object{}
	for _, i := range found {
		if c.session == nil || c.session.allows(i.key) {
			views = append(views, i.view())
		}
	}
	return ok(object{"data": views})
}

// integrationBody is the body of a creation and of an update.
type integrationBody struct {
	Provider        string            `json:"provider"`
	Key             string            `json:"unique_key"`
	DisplayName     string            `json:"display_name"`
	ForwardWebhooks *bool             `json:"forward_webhooks"`
	Credentials     object            `json:"credentials"`
	Config          map[string]string `json:"integration_config"`
	Custom          map[string]string `json:"custom"`
}

func createIntegration(c *call) *response {
	var body integrationBody
	c.into(&body)
	p := c.s.providers[body.Provider]
	switch {
	case p == nil:
		return invalidAt("invalid_string", "Invalid provider", "provider")
	case body.Credentials != nil && body.Credentials["type"] != p.authMode:
		return invalidBody("incompatible credentials auth type and provider auth")
	case body.Credentials == nil && needsApp[p.authMode]:
		return invalidBody("Missing credentials")
	case c.env.integration(body.Key) != nil:
		return invalidAt("invalid_string", "Unique key already exists", "uniqueKey")
	}
	config, reason := p.resolveConfig(body.Config, nil)
	if reason == "" && len(body.Custom) > 0 && p.fields() != nil {
		reason = customRefused
	}
	if reason != "" {
		return invalidBody(reason)
	}
	i := c.env.addIntegration(body.Key, p)
	i.config, i.custom = config, maps.Clone(body.Custom)
	i.change(body)
	if body.Credentials != nil {
		i.setApp(body.Credentials)
	}
	return ok(object{"data": i.view()})
}

const customRefused = "This provider uses integration_config; set its values there instead of custom"

// change sets what creations and updates have in common.
func (i *integration) change(body integrationBody) {
	if body.DisplayName != "" {
		i.displayName = body.DisplayName
	}
	if body.ForwardWebhooks != nil {
		i.forwardWebhooks = *body.ForwardWebhooks
	}
}

// createQuickstartIntegration makes an integration on an app of Nango's own.
func createQuickstartIntegration(c *call) *response {
	var body integrationBody
	c.into(&body)
	p := c.s.providers[body.Provider]
	switch {
	case p == nil:
		return invalidAt("invalid_string", "Invalid provider", "provider")
	case !p.quickstarts():
		return invalidBody("Quickstart is only available for providers that require a developer app")
	case c.env.integration(body.Key) != nil:
		return invalidAt("invalid_string", "Unique key already exists", "uniqueKey")
	case !p.sharedApp:
		return invalidBody("No Nango-provided developer app is configured for this provider")
	}
	i := c.env.addIntegration(body.Key, p)
	i.change(body)
	i.setApp(object{})
	i.shared = true
	return ok(object{"data": i.view()})
}

// integrationOf returns the integration that the path names, or the response that there is none.
func (c *call) integrationOf() (*integration, *response) {
	key := c.path["uniqueKey"]
	if i := c.env.integration(key); i != nil {
		return i, nil
	}
	return nil, fail(http.StatusNotFound, "not_found", `Integration "`+key+`" does not exist`)
}

func getIntegration(c *call) *response {
	i, a := c.integrationOf()
	if a != nil {
		return a
	}
	view := i.view()
	if c.includes("webhook") {
		view["webhook_url"] = i.webhookURL()
	}
	if c.includes("credentials") && c.granted("environment:integrations:read_credentials") {
		view["credentials"] = i.appView()
	}
	return ok(object{"data": view})
}

// includes says that the query asks for a part, alone or in a list.
func (c *call) includes(part string) bool {
	list, _ := c.query["include"].([]any)
	return c.text("include") == part || slices.Contains(list, any(part))
}

func updateIntegration(c *call) *response {
	i, a := c.integrationOf()
	if a != nil {
		return a
	}
	var body integrationBody
	c.into(&body)
	renamed := body.Key != "" && body.Key != i.key
	switch {
	case body.Credentials != nil && body.Credentials["type"] != i.provider.authMode:
		return invalidBody("incompatible credentials auth type and provider auth")
	case renamed && c.env.integration(body.Key) != nil:
		return invalidBody("uniqueKey is already used by another integration")
	case renamed && slices.ContainsFunc(c.env.connections, func(conn *connection) bool { return conn.integration == i }):
		return invalidBody("Can't rename an integration with active connections")
	}
	config, reason := i.provider.resolveConfig(body.Config, i)
	if reason == "" && len(body.Custom) > 0 && i.provider.fields() != nil {
		reason = customRefused
	}
	if reason != "" {
		return invalidBody(reason)
	}
	if renamed {
		i.key = body.Key
	}
	i.change(body)
	i.config = config
	for key, value := range body.Custom {
		i.setCustom(key, value)
	}
	if body.Credentials != nil {
		i.setApp(body.Credentials)
	}
	i.updated = c.now
	return ok(object{"data": i.view()})
}

// deleteIntegration takes the integration's connections with it.
func deleteIntegration(c *call) *response {
	i := c.env.integration(c.path["uniqueKey"])
	if i == nil {
		return fail(http.StatusNotFound, "not_found", "Integration does not exist")
	}
	for _, conn := range slices.Clone(c.env.connections) {
		if conn.integration == i {
			c.env.removeConnection(conn)
		}
	}
	c.env.integrations = slices.DeleteFunc(c.env.integrations, func(other *integration) bool { return other == i })
	return ok(object{"success": true})
}
