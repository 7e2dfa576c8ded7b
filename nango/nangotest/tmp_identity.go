package nangotest

import "encoding/json"

type provider struct {
	name       string
	definition object
}

func builtinProviders() map[string]*provider { return nil }

type Integration struct{ ID, Provider string }

func (e *Environment) AddIntegration(i Integration) {
	e.server.locked(func() {
		e.integrations = append(e.integrations, &integration{env: e, key: i.ID, provider: &provider{"acme", object{
			"auth_mode": "API_KEY", "proxy": object{"base_url": "https://api.example.com", "headers": object{"authorization": "Bearer ${apiKey}"}},
		}}})
	})
}

type Connection struct {
	IntegrationID, ConnectionID string
	Credentials                 any
}

func (e *Environment) AddConnection(c Connection) {
	e.server.locked(func() {
		conn := &connection{env: e, integration: e.integration(c.IntegrationID), connectionID: c.ConnectionID, credentials: object{}, config: object{}}
		if k, ok := c.Credentials.(map[string]any); ok {
			conn.credentials = k
		}
		e.connections = append(e.connections, conn)
	})
}

func (c *call) fresh(*connection) *answer { return nil }

func textOf(v any) string { s, _ := v.(string); return s }

var _ = json.Valid
