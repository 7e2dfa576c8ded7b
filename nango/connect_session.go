package nango

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nango-go/sdk/gen"
)

// ConnectSession lets one customer authorise or repair a connection until ExpiresAt. As a rule that is 30 minutes. Pass
// Token to Nango's frontend library, or send the customer to ConnectLink.
//
// A session that is printed or logged shows neither: the link is cut after its host. A session that is encoded as JSON
// shows the link, because your frontend needs it, and masks the token. The JSON handler of slog encodes the elements of
// slices, maps and structs as JSON, so log the session itself.
type ConnectSession struct {
	Token Secret `json:"token"`
	// ConnectLink is the page on which the customer connects. It contains the token. It is a plain string because you
	// show it to the customer. Keep it out of logs: fmt cannot mask it if the session is in an unexported field.
	ConnectLink string    `json:"connect_link"`
	ExpiresAt   time.Time `json:"expires_at"`

	// WaitFor needs these fields; the body of the response does not have them.
	tags           map[string]string
	integrationIDs []string
	repairs        *repair   // nil for a session that makes a new connection
	received       time.Time // by the clock of this machine
	made           time.Time // by the clock of the server; zero if not known
}

// repair is the connection that a session repairs.
type repair struct {
	integrationID, connectionID string
	broken                      bool // whether the connection had no valid credentials when the session was made
}

// ConnectSessionService creates, reads and ends connect sessions. To repair an existing connection, use
// [ConnectionHandle.Reconnect].
type ConnectSessionService struct{ client *Client }

// CreateConnectSessionParams describes a connect session. Tags or EndUser is required; Tags is the newer way.
type CreateConnectSessionParams struct {
	// Tags become the tags of the connection: up to 10. The server changes their keys to lower case. Put your own ids
	// here (end_user_id, organization_id, …), so that you can find the connection later.
	Tags map[string]string
	// IntegrationIDs are the integrations that the customer may choose from (allowed_integrations); empty means all.
	IntegrationIDs []string
	// Defaults presets values by integration id (integrations_config_defaults).
	Defaults map[string]ConnectDefaults
	// Overrides changes the connect UI by integration id. It needs a plan that has the feature. Without such a plan,
	// and on servers without plans, the error matches [ErrForbidden].
	Overrides map[string]ConnectOverrides
	// WebhookURLOverride replaces the environment's webhook URLs for the connection.
	WebhookURLOverride string
	// EndUser is the customer. The server derives tags from it. They count towards the limit of 10 tags: if there are
	// more in total, the server responds with 500.
	//
	// Deprecated: use Tags.
	EndUser *EndUserParams
	// Organization is the customer's organization.
	//
	// Deprecated: use Tags.
	Organization *OrganizationParams
}

// ReconnectParams describes a session that repairs a connection. All fields are optional and have the same meaning as
// in [CreateConnectSessionParams].
type ReconnectParams struct {
	// Tags become the tags of the connection. Nil keeps its current tags; an empty map that is not nil removes them.
	Tags               map[string]string
	Defaults           map[string]ConnectDefaults
	Overrides          map[string]ConnectOverrides
	WebhookURLOverride string
	// Deprecated: use Tags.
	EndUser *EndUserParams
	// Deprecated: use Tags.
	Organization *OrganizationParams
}

// ConnectDefaults presets values that the customer would otherwise have to enter, and values that are sent to the
// provider.
type ConnectDefaults struct {
	// UserScopes are the scopes of the user's token (Slack). They are sent as one list with commas (user_scopes).
	UserScopes []string
	// OAuthScopes replace the scopes of the integration. They are sent as one list with commas
	// (connection_config.oauth_scopes_override).
	OAuthScopes []string
	// AuthorizationParams are added to the provider's authorization URL.
	AuthorizationParams map[string]string
	// ConnectionConfig holds the provider's connection settings, such as a subdomain.
	ConnectionConfig map[string]any
}

// ConnectOverrides changes the connect UI for one integration.
type ConnectOverrides struct {
	// DocsConnect is the URL of your own help page.
	DocsConnect string `json:"docs_connect"`
}

// EndUserParams describes the customer to the server. If the server knows the id already, it overwrites all attributes:
// those that you leave out become null.
//
// Deprecated: use tags.
type EndUserParams struct {
	ID          string
	Email       string
	DisplayName string
	Tags        map[string]string
}

// OrganizationParams describes the customer's organization.
//
// Deprecated: use tags.
type OrganizationParams struct {
	ID          string
	DisplayName string
}

// Create makes a session in which a customer can authorise a new connection. If an integration does not exist, the
// error matches [ErrInvalid], and [Error.Fields] names the field.
//
// POST /connect/sessions (createConnectSession). Node: createConnectSession.
func (s *ConnectSessionService) Create(ctx context.Context, params CreateConnectSessionParams) (*ConnectSession, error) {
	if params.Tags == nil && params.EndUser == nil {
		return nil, &ArgumentError{Name: "Tags", Reason: "and EndUser are both missing; they are how the connection is found again, but an empty map of tags is taken too"}
	}
	defaults, err := defaultsBody(params.Defaults)
	if err != nil {
		return nil, err
	}
	session, err := newSession(s.client.gen.CreateConnectSession(ctx, gen.CreateConnectSessionRequest{
		Tags:                       optionalMap(params.Tags),
		EndUser:                    params.EndUser.body(),
		Organization:               params.Organization.body(),
		AllowedIntegrations:        params.IntegrationIDs,
		IntegrationsConfigDefaults: defaults,
		Overrides:                  overridesBody(params.Overrides),
		WebhookURLOverride:         optional(params.WebhookURLOverride),
	}))
	if err != nil {
		return nil, err
	}
	session.tags = waitTags(params)
	session.integrationIDs = slices.Clone(params.IntegrationIDs)
	return session, nil
}

// Reconnect makes a session in which the customer authorises this connection once more, for instance after a refresh
// failed. It makes no new connection. [ConnectionService.WaitFor] waits until the connection is repaired. Nango also
// sends a webhook of type auth with the operation override. If the connection does not exist, the error matches
// [ErrNotFound].
//
// The server replaces the tags of an OAuth connection with those of the session, also if the session has none. So
// Reconnect first reads the connection's tags and sends them along, unless you set Tags or EndUser. Reading them needs
// the scope environment:connections:list. The Node SDK sends no tags.
//
// GET /connections (listConnections), POST /connect/sessions/reconnect (createReconnectSession). Node: createReconnectSession.
func (h *ConnectionHandle) Reconnect(ctx context.Context, params *ReconnectParams) (*ConnectSession, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	p, repairs := deref(params), &repair{integrationID: h.integrationID, connectionID: h.connectionID}
	defaults, err := defaultsBody(p.Defaults)
	if err != nil {
		return nil, err
	}
	if p.Tags == nil && p.EndUser == nil {
		before, err := h.summary(ctx)
		if err != nil {
			return nil, err
		}
		repairs.broken = lacksAuth(before)
		if len(before.Tags) > 0 {
			p.Tags = before.Tags
		}
	}
	session, err := newSession(h.client.gen.CreateReconnectSession(ctx, gen.CreateReconnectSessionRequest{
		ConnectionID:               h.connectionID,
		IntegrationID:              h.integrationID,
		Tags:                       optionalMap(p.Tags),
		EndUser:                    p.EndUser.body(),
		Organization:               p.Organization.body(),
		IntegrationsConfigDefaults: defaults,
		Overrides:                  overridesBody(p.Overrides),
		WebhookURLOverride:         optional(p.WebhookURLOverride),
	}))
	if err != nil {
		return nil, err
	}
	session.repairs = repairs
	return session, nil
}

// summary returns the connection as lists show it. Unlike [ConnectionHandle.Get], this refreshes no credentials.
func (h *ConnectionHandle) summary(ctx context.Context) (*ConnectionSummary, error) {
	page, err := h.client.Connections.List(ctx, &ListConnectionsParams{ConnectionID: h.connectionID, IntegrationIDs: []string{h.integrationID}, PageSize: 1})
	if err != nil {
		return nil, err
	}
	for _, connection := range page.Connections {
		if connection.ConnectionID == h.connectionID && connection.IntegrationID == h.integrationID {
			return connection, nil
		}
	}
	return nil, fmt.Errorf("%w: the list of connections does not have this one", ErrNotFound)
}

// maxLifetime is longer than the life of any session. If a Date header is more than that before the end of the session,
// or after it, the clock is wrong and the client ignores the header.
const maxLifetime = 30 * 24 * time.Hour

func newSession(resp *http.Response, err error) (*ConnectSession, error) {
	session, err := decodeData[*ConnectSession](resp, err)
	if err != nil {
		return nil, err
	}
	session.received = time.Now()
	if made, err := http.ParseTime(resp.Header.Get("Date")); err == nil && made.Before(session.ExpiresAt) && session.ExpiresAt.Before(made.Add(maxLifetime)) {
		session.made = made
	}
	return session, nil
}

// waitTags returns the tags that find the session's connection: the given tags, or the tag that the server derives from
// the end user.
func waitTags(params CreateConnectSessionParams) map[string]string {
	if len(params.Tags) == 0 && params.EndUser != nil {
		return map[string]string{"end_user_id": params.EndUser.ID}
	}
	return copyMap(params.Tags)
}

func (p *EndUserParams) body() *gen.EndUserInput {
	if p == nil {
		return nil
	}
	return &gen.EndUserInput{
		ID: p.ID, Email: optional(p.Email), DisplayName: optional(p.DisplayName), Tags: optionalMap(p.Tags),
	}
}

func (p *OrganizationParams) body() *gen.OrganizationInput {
	if p == nil {
		return nil
	}
	return &gen.OrganizationInput{ID: p.ID, DisplayName: optional(p.DisplayName)}
}

func defaultsBody(defaults map[string]ConnectDefaults) (*gen.ConnectDefaultsMap, error) {
	if len(defaults) == 0 {
		return nil, nil
	}
	out := make(gen.ConnectDefaultsMap, len(defaults))
	for id, d := range defaults {
		config, err := d.config(id)
		if err != nil {
			return nil, err
		}
		out[id] = gen.ConnectDefaults{
			UserScopes:          optional(strings.Join(d.UserScopes, ",")),
			AuthorizationParams: optionalMap(d.AuthorizationParams),
			ConnectionConfig:    config,
		}
	}
	return &out, nil
}

// config adds the scopes to the connection settings, where the server expects them.
func (d ConnectDefaults) config(integrationID string) (*gen.ConnectDefaultsConfig, error) {
	config := d.ConnectionConfig
	if len(d.OAuthScopes) > 0 {
		config = copyMap(config)
		config["oauth_scopes_override"] = strings.Join(d.OAuthScopes, ",")
	}
	if config == nil {
		return nil, nil
	}
	raw, err := encode("Defaults["+printable(integrationID, maxCode)+"].ConnectionConfig", config)
	return &raw, err
}

func overridesBody(overrides map[string]ConnectOverrides) *gen.ConnectOverridesMap {
	if len(overrides) == 0 {
		return nil
	}
	out := make(gen.ConnectOverridesMap, len(overrides))
	for id, o := range overrides {
		out[id] = gen.ConnectOverrides{DocsConnect: optional(o.DocsConnect)}
	}
	return &out
}
