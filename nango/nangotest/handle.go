package nangotest

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
