package nangotest

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/nango-go/sdk/internal/credential"
	"github.com/nango-go/sdk/nango"
)

// ExpireToken makes the credentials expire a minute ago, so that the next read or proxied call refreshes them. It panics for
// credentials that do not expire: basic authentication, API keys, OAuth1, TBA and none.
func (h *ConnectionHandle) ExpireToken() {
	h.locked(func(c *connection) {
		c.mustRefresh()
		c.credentials["expires_at"] = zulu(h.env.server.clock.Now().Add(-time.Minute))
	})
}

// FailRefresh makes the provider refuse all further refreshes. Reads of the connection that need one, or force it, fail with the
// status and the message; an empty message means the server's own. After that the server tries nothing for 30 seconds, and reads
// fail with 424. The status is one of 400 to 599. It panics for credentials that are never refreshed, such as OAuth2 without a
// refresh token.
func (h *ConnectionHandle) FailRefresh(status int, message string) {
	mustFail("FailRefresh", status)
	h.locked(func(c *connection) {
		c.mustRefresh()
		if c.credentials["type"] == "OAUTH2" && textOf(c.credentials["refresh_token"]) == "" {
			misuse("connection %q: there is no refresh token, so that nothing is ever refreshed", c.connectionID)
		}
		c.refresh.broken = refusedBy(status, message)
	})
}

// RestoreRefresh takes [ConnectionHandle.FailRefresh] back. The 30 seconds without an attempt go on.
func (h *ConnectionHandle) RestoreRefresh() {
	h.locked(func(c *connection) { c.refresh.broken = nil })
}

func (c *connection) mustRefresh() {
	if kind := textOf(c.credentials["type"]); tokenKeys[kind] == "" {
		misuse("connection %q: credentials of the type %q are never refreshed", c.connectionID, kind)
	}
}

// Credentials returns what the server holds, with the refresh token; nil means no authentication. It refreshes nothing.
func (h *ConnectionHandle) Credentials() (credentials nango.Credentials) {
	h.locked(func(c *connection) { credentials = credential.Decode(c.credentials) })
	return credentials
}

// SetCredentials replaces the connection's credentials. For nil the server makes new ones, as in AddConnection. It panics for
// credentials that the provider's auth mode does not have.
func (h *ConnectionHandle) SetCredentials(credentials nango.Credentials) {
	h.locked(func(c *connection) { c.setCredentials(c.integration.encodeCredentials(credentials)) })
}

// Metadata decodes the connection's metadata into v, as encoding/json does. Where there is none, v stays as it is.
func (h *ConnectionHandle) Metadata(v any) (err error) {
	h.locked(func(c *connection) {
		if c.metadata != nil {
			err = json.Unmarshal(c.metadata, v)
		}
	})
	return err
}

// SetMetadata replaces the connection's metadata, which is a JSON object or nil.
func (h *ConnectionHandle) SetMetadata(metadata any) {
	encoded := encodeMetadata(metadata)
	h.locked(func(c *connection) { c.metadata = encoded })
}

// Tags returns the connection's tags.
func (h *ConnectionHandle) Tags() (tags map[string]string) {
	h.locked(func(c *connection) { tags = maps.Clone(c.tags) })
	return tags
}

// Config returns the connection's config.
func (h *ConnectionHandle) Config() (config map[string]any) {
	h.locked(func(c *connection) { config = clone(c.config) })
	return config
}

// Exists says whether there is such a connection.
func (h *ConnectionHandle) Exists() (exists bool) {
	h.env.server.locked(func() { exists = h.env.find(h.integrationID, h.connectionID) != nil })
	return exists
}

// Delete deletes the connection, as in the dashboard. The server sends a webhook about that if [WebhookSettings] say so.
func (h *ConnectionHandle) Delete() {
	h.locked(func(c *connection) { c.delete() })
}

// ConnectionHandle is one connection as a test sees and changes it from the server's side: the counterpart of what a program
// under test gets from [nango.Client.Connection]. The methods panic if there is no such connection.
type ConnectionHandle struct {
	env           *environment
	integrationID string
	connectionID  string
}

// Connection returns a handle for a connection, by the integration's id and its own. It never fails; the handle's methods panic if
// there is no such connection.
func (e *environment) Connection(integrationID, connectionID string) *ConnectionHandle {
	return &ConnectionHandle{env: e, integrationID: integrationID, connectionID: connectionID}
}

// IntegrationID returns the integration's id.
func (h *ConnectionHandle) IntegrationID() string { return h.integrationID }

// ConnectionID returns the connection's id.
func (h *ConnectionHandle) ConnectionID() string { return h.connectionID }

// locked runs f for the connection with the server's state locked.
func (h *ConnectionHandle) locked(f func(*connection)) {
	h.env.server.locked(func() {
		f(h.env.mustConnection("Connection", h.integrationID, h.connectionID))
	})
}

// mustConnection returns a connection by what names it, and panics if there is none. It is called with the state locked.
func (e *environment) mustConnection(what, integrationID, connectionID string) *connection {
	c := e.find(integrationID, connectionID)
	if c == nil {
		i := e.mustIntegration(what, integrationID)
		var known []string
		for _, other := range e.connections {
			if other.integration == i {
				known = append(known, other.connectionID)
			}
		}
		misuse("%s: there is no connection %q of the integration %q%s", what, connectionID, integrationID, nearest(connectionID, known))
	}
	return c
}
