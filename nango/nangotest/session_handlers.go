package nangotest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/reqschema"
)

var sessionHandlers = map[gen.OperationID]handler{
	gen.OperationCreateConnectSession: createSession, gen.OperationCreateReconnectSession: createReconnectSession,
	gen.OperationGetConnectSession: getSession, gen.OperationDeleteConnectSession: deleteSession,
}

type sessionBody struct {
	ConnectionID  string                     `json:"connection_id"`
	IntegrationID string                     `json:"integration_id"`
	Tags          map[string]string          `json:"tags"`
	EndUser       *endUser                   `json:"end_user"`
	Organization  *organization              `json:"organization"`
	Allowed       []string                   `json:"allowed_integrations"`
	Defaults      map[string]sessionDefaults `json:"integrations_config_defaults"`
	Overrides     map[string]map[string]any  `json:"overrides"`
	Override      *string                    `json:"webhook_url_override"`
}

// beginSession makes the session of a body that has been found in order.
func (c *call) beginSession(body sessionBody, repairs *connection) *response {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	if body.EndUser != nil {
		body.EndUser.organization = body.Organization
	}
	s := &session{
		env: c.env, token: sessionPrefix + hex.EncodeToString(secret), expires: c.now.Add(sessionLifetime), endUser: body.EndUser,
		tags: merge(body.EndUser.derivedTags(), lowerKeys(body.Tags)), allowed: body.Allowed, defaults: body.Defaults,
		overrides: body.Overrides, repairs: repairs,
	}
	if len(s.tags) > maxTags {
		return fail(http.StatusInternalServerError, "server_error", "Failed to create connect session")
	}
	if body.Override != nil {
		s.override = strings.TrimSpace(*body.Override)
	}
	if repairs != nil {
		s.linkedUser = repairs.endUser
	}
	c.env.sessions[s.token] = s
	return jsonResponse(http.StatusCreated, object{"data": object{
		"token": s.token, "connect_link": c.s.connectURL + "?session_token=" + s.token, "expires_at": zulu(s.expires),
	}})
}

func createSession(c *call) *response {
	var body sessionBody
	c.into(&body)
	if items := body.prepare(); len(items) > 0 {
		return invalid("invalid_body", items)
	}
	if items := c.unknownIntegrations(body); len(items) > 0 {
		return invalid("invalid_body", items)
	}
	for _, override := range body.Overrides { // a matter of the plan, which a server of one's own does not have
		if textOf(override[docsConnect]) != "" {
			return forbidden("You are not allowed to override the docs connect url")
		}
	}
	if len(body.Allowed) == 0 {
		body.Allowed = nil
	}
	return c.beginSession(body, nil)
}

// createReconnectSession lets overrides pass that createSession refuses.
func createReconnectSession(c *call) *response {
	var body sessionBody
	c.into(&body)
	if items := body.prepare(); len(items) > 0 {
		return invalid("invalid_body", items)
	}
	conn := c.env.find(body.IntegrationID, body.ConnectionID)
	if conn == nil {
		return invalidBody("ConnectionID or IntegrationId does not exists")
	}
	if items := c.unknownIntegrations(body); len(items) > 0 {
		return invalid("invalid_body", items)
	}
	body.Allowed = []string{body.IntegrationID}
	return c.beginSession(body, conn)
}

// prepare drops what the server does not know of overrides, and takes a webhooks' URL inside of a connection's config for the
// session's, if that has none.
func (body *sessionBody) prepare() (items []reqschema.Item) {
	for _, override := range body.Overrides {
		maps.DeleteFunc(override, func(key string, _ any) bool { return key != docsConnect })
	}
	for _, id := range slices.Sorted(maps.Keys(body.Defaults)) {
		d := body.Defaults[id]
		nested, given := d.Config["webhook_url"]
		if !given {
			continue
		}
		items = append(items, checkWebhookURL(nested, "integrations_config_defaults", id, "connection_config", "webhook_url")...)
		if delete(d.Config, "webhook_url"); len(d.Config) == 0 {
			d.Config = nil
		}
		body.Defaults[id] = d
		if url := textOf(nested); body.Override == nil && url != "" {
			body.Override = &url
		}
	}
	return items
}

// unknownIntegrations lists what names an integration that there is none of.
func (c *call) unknownIntegrations(body sessionBody) (items []reqschema.Item) {
	note := func(id string, path ...string) {
		if c.env.integration(id) == nil {
			items = append(items, reqschema.Item{Code: "custom", Message: "Integration does not exist", Path: path})
		}
	}
	for i, id := range body.Allowed {
		note(id, "allowed_integrations", strconv.Itoa(i))
	}
	for _, id := range slices.Sorted(maps.Keys(body.Defaults)) {
		note(id, "integrations_config_defaults", id)
	}
	for _, id := range slices.Sorted(maps.Keys(body.Overrides)) {
		note(id, "overrides", id)
	}
	return items
}

func getSession(c *call) *response {
	s := c.session
	user := s.linkedUser
	if user == nil {
		user = s.endUser
	}
	data := object{
		"endUser": user.view(),
		"connectUISettings": object{
			"showWatermark": true, "defaultTheme": "system",
			"theme": object{"light": object{"primary": "#00B2E3"}, "dark": object{"primary": "#00B2E3"}},
		},
		"websocketsPath": "/",
	}
	if s.allowed != nil {
		data["allowed_integrations"] = s.allowed
	}
	if s.defaults != nil {
		shown := object{}
		for id, d := range s.defaults {
			one := object{}
			if d.Config != nil {
				one["connection_config"] = d.Config
			}
			if d.AuthorizationParams != nil {
				one["authorization_params"] = d.AuthorizationParams
			}
			shown[id] = one
		}
		data["integrations_config_defaults"] = shown
	}
	if s.repairs != nil {
		data["isReconnecting"] = true
	}
	if s.overrides != nil {
		data["overrides"] = s.overrides
	}
	return ok(object{"data": data})
}

func deleteSession(c *call) *response {
	delete(c.env.sessions, c.session.token)
	return &response{status: http.StatusNoContent}
}
