package nangotest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/gen"
	"github.com/nango-go/sdk/internal/recordstore"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// Connection is a connection to put into an environment: the authorisation of one customer.
type Connection struct {
	// IntegrationID is the integration's id. It has to exist.
	IntegrationID string
	// ConnectionID is the connection's id; empty means a new UUID.
	ConnectionID string
	// Credentials are what Nango holds for the customer, such as &nango.OAuth2Credentials{AccessToken: nango.NewSecret("x")}. If
	// they are nil, the server makes some of the provider's auth mode. The server refreshes credentials when ExpiresAt comes near;
	// those of OAuth2 need a RefreshToken for that.
	Credentials nango.Credentials
	// Refresh returns new credentials for the old ones. If it is nil, the server makes a token that is easy to recognise and
	// expires after an hour. An error means that the provider refuses.
	Refresh func(old nango.Credentials) (nango.Credentials, error)
	// Metadata is a JSON object of your own. Nil shows as null.
	Metadata any
	// Config is what the provider needs to know about the connection (connection_config).
	Config map[string]any
	// Tags are labels of your own. The server lower-cases their keys and adds the tags that it derives from EndUser.
	Tags map[string]string
	// WebhookURLOverride replaces the environment's webhook URLs for the connection.
	WebhookURLOverride string
	// EndUser is whom the connection belongs to, as older integrations describe it.
	EndUser *EndUser
}

// AddConnection puts a connection into the environment, without any webhook, and returns its handle. It panics for an unknown
// integration, a connection that exists already, credentials of another auth mode than the integration's, and for metadata, tags,
// an end user or a URL that the server refuses. Every id is allowed, as in an import.
func (e *environment) AddConnection(seed Connection) *ConnectionHandle {
	seed.ConnectionID = cmp.Or(seed.ConnectionID, uuid.NewString())
	what := fmt.Sprintf("AddConnection %q", seed.ConnectionID)
	seed.mustFit(what)
	e.change(what, func() {
		i := e.mustIntegration(what, seed.IntegrationID)
		c := e.addConnection(i, seed.ConnectionID)
		c.setCredentials(i.encodeCredentials(seed.Credentials))
		c.refresh.by = seed.Refresh
		c.endUser = newEndUser(seed.EndUser)
		c.tags = merge(c.endUser.derivedTags(), lowerKeys(seed.Tags))
		c.webhookOverride = seed.WebhookURLOverride
		c.metadata = encodeMetadata(seed.Metadata)
		if seed.Config != nil {
			c.config = toJSON(seed.Config).(object)
		}
		c.env.startSyncs(c)
	})
	return e.Connection(seed.IntegrationID, seed.ConnectionID)
}

// mustFit panics for what the server would refuse of the connection.
func (seed Connection) mustFit(what string) {
	mustFit(what+": the WebhookURLOverride", seed.WebhookURLOverride, gen.OperationImportConnection, webhookOverride)
	mustFit(what+": the Tags", wire(seed.Tags), gen.OperationImportConnection, "tags")
	if seed.EndUser == nil {
		return
	}
	user := object{"id": seed.EndUser.ID} // of its tags the server passes over those that it could not store
	if seed.EndUser.Email != "" {
		user["email"] = seed.EndUser.Email
	}
	if seed.EndUser.DisplayName != "" {
		user["display_name"] = seed.EndUser.DisplayName
	}
	mustFit(what+": the EndUser", user, gen.OperationImportConnection, "end_user")
	if seed.EndUser.OrganizationName != "" && seed.EndUser.OrganizationID == "" {
		misuse("%s: the EndUser has an OrganizationName without an OrganizationID", what)
	}
}

// addConnection adds a connection without anything of its own.
func (e *environment) addConnection(i *integration, connectionID string) *connection {
	if e.find(i.key, connectionID) != nil {
		misuse("there is a connection %q of the integration %q already", connectionID, i.key)
	}
	now := e.server.clock.Now()
	c := &connection{
		env: e, integration: i, id: e.server.serial("connection"), connectionID: connectionID, tags: map[string]string{},
		config: object{}, created: now, updated: now, credentials: object{},
	}
	e.connections = append(e.connections, c)
	return c
}

// setCredentials gives the connection new credentials, whose refreshes have not failed yet. The server takes that for having
// fetched it, if it is for the first time.
func (c *connection) setCredentials(credentials object) {
	c.credentials = credentials
	c.refresh.failed, c.refresh.attempts = time.Time{}, 0
	if len(credentials) > 0 && c.fetched.IsZero() {
		c.fetched = c.env.server.clock.Now()
	}
}

// removeConnection forgets a connection and what hangs on it.
func (e *environment) removeConnection(c *connection) {
	e.connections = slices.DeleteFunc(e.connections, func(other *connection) bool { return other == c })
}

// delete deletes the connection by itself, and tells so.
func (c *connection) delete() {
	c.env.removeConnection(c)
	if !c.env.server.from(deletionsSince) {
		return
	}
	event := c.authEvent(webhook.AuthOperationDeletion)
	event.Success = true
	c.env.emit(c, event)
}

func encodeMetadata(metadata any) json.RawMessage {
	if metadata == nil {
		return nil
	}
	o, ok := toJSON(metadata).(object)
	if !ok {
		misuse("metadata has to be a JSON object")
	}
	return encode(o)
}

// summary is the connection as lists show it.
func (c *connection) summary() object {
	view := object{
		"id": c.id, "connection_id": c.connectionID, "provider_config_key": c.integration.key,
		"provider": c.integration.provider.name, "errors": c.errors, "end_user": c.endUser.view(), "tags": c.tags,
		"metadata": c.metadata, "created": postgres(c.created),
	}
	if c.errors == nil {
		view["errors"] = []connectionError{}
	}
	return view
}

// full is the connection as it is shown by itself, with timestamps of one flavour.
func (c *connection) full(write func(time.Time) string, credentials any) object {
	view := c.summary()
	delete(view, "created")
	view["connection_config"] = c.config
	view["webhook_url_override"] = orNull(c.webhookOverride)
	view["created_at"], view["updated_at"], view["last_fetched_at"] = write(c.created), write(c.updated), nil
	if !c.fetched.IsZero() {
		view["last_fetched_at"] = write(c.fetched)
	}
	view["credentials"] = credentials
	return view
}

// logID looks like the id of an entry in Nango's logs.
func (e *environment) logID() string {
	return fmt.Sprintf("%d_%08d", e.server.clock.Now().UnixMilli(), e.server.serial("log"))
}

// fail notes a failure of a type in place of an earlier one.
func (c *connection) fail(kind string) {
	c.succeed(kind)
	c.errors = append(c.errors, connectionError{Type: kind, LogID: c.env.logID()})
}

// succeed forgets the failures of a type.
func (c *connection) succeed(kind string) {
	c.errors = slices.DeleteFunc(c.errors, func(e connectionError) bool { return e.Type == kind })
}

// connection is one customer's authorisation.
type connection struct {
	env             *environment
	integration     *integration
	id              int64
	connectionID    string
	endUser         *endUser
	tags            map[string]string
	metadata        json.RawMessage // nil shows as null
	config          object
	webhookOverride string // "" shows as null
	created         time.Time
	updated         time.Time
	fetched         time.Time // zero shows as null
	credentials     object    // as the API shows them to who may see them, with the refresh token; {} for none
	refresh         refreshState
	errors          []connectionError
	stores          map[recordstore.Key]*recordstore.Store // records
	syncs           []*syncInstance
}

type connectionError struct {
	Type  string `json:"type"`
	LogID string `json:"log_id"`
}

// find returns a connection by what names it, nil if there is none.
func (e *environment) find(integrationID, connectionID string) *connection {
	for _, c := range e.connections {
		if c.connectionID == connectionID && c.integration.key == integrationID {
			return c
		}
	}
	return nil
}

// authorized gives a connection the credentials that its customer has just come by, and tells so.
func (c *connection) authorized(credentials object, operation webhook.AuthOperation, user *webhook.EndUser) {
	c.setCredentials(credentials)
	c.succeed("auth")
	if operation == webhook.AuthOperationCreation {
		c.env.startSyncsLater(c)
	} else {
		c.updated = c.env.server.clock.Now()
	}
	event := c.authEvent(operation)
	//lint:ignore SA1019 the server still sends it
	event.Success, event.EndUser = true, user
	c.env.emit(c, event)
}

// storeImport writes an imported connection over the one that there is, or makes one. What the import leaves out of an existing
// connection is reset.
func (e *environment) storeImport(i *integration, body importBody, credentials object) *connection {
	operation := webhook.AuthOperationOverride
	conn := e.find(i.key, body.ConnectionID)
	if conn == nil {
		operation = webhook.AuthOperationCreation
		conn = e.addConnection(i, body.ConnectionID)
	}
	conn.config = object{}
	maps.Copy(conn.config, body.Config)
	if i.provider.authMode == "TBA" {
		conn.config["oauth_client_id"], conn.config["oauth_client_secret"] = i.app["client_id"], i.app["client_secret"]
	}
	if conn.metadata = body.Metadata; len(body.Metadata) == 0 {
		conn.metadata = json.RawMessage("{}")
	}
	conn.webhookOverride = ""
	if body.Override != nil {
		conn.webhookOverride = strings.TrimSpace(*body.Override)
	}
	conn.tags = merge(body.EndUser.derivedTags(), lowerKeys(body.Tags))
	conn.authorized(credentials, operation, nil)
	return conn
}
