package nangotest

type provider struct{ name string }

func builtinProviders() map[string]*provider { return nil }

type Integration struct{ ID, Provider string }

type Connection struct{ IntegrationID, ConnectionID string }

func (e *Environment) AddIntegration(i Integration) {
	e.server.locked(func() {
		e.integrations = append(e.integrations, &integration{
			env: e, id: e.server.serial("integration"), key: i.ID, provider: &provider{i.Provider}, created: e.server.clock.now(),
		})
	})
}

func (e *Environment) AddConnection(c Connection) {
	e.server.locked(func() {
		conn := &connection{
			env: e, id: e.server.serial("connection"), integration: e.integration(c.IntegrationID), connectionID: c.ConnectionID,
			created: e.server.clock.now(),
		}
		e.connections = append(e.connections, conn)
		e.startSyncs(conn)
	})
}
