package nangotest

import "fmt"

// ConnectionHandle is one connection as a test sees and changes it from the server's side: the counterpart of what a program
// under test gets from [nango.Client.Connection]. The methods panic if there is no such connection.
type ConnectionHandle struct {
	env           *environment
	integrationID string
	connectionID  string
}

// Connection returns a handle for a connection, by the integration's id and its own. It never fails: what does not exist
// makes the handle's methods panic.
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
		c := h.env.find(h.integrationID, h.connectionID)
		if c == nil {
			panic(fmt.Sprintf("nangotest: there is no connection %q of an integration %q", h.connectionID, h.integrationID))
		}
		f(c)
	})
}
