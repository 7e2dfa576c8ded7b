package nangotest

import "github.com/nango-go/sdk/nango/webhook"

// authEvent begins a webhook about the connection's authorisation.
func (c *connection) authEvent(operation webhook.AuthOperation) *webhook.AuthEvent {
	return &webhook.AuthEvent{
		Operation: operation, ConnectionID: c.connectionID, IntegrationID: c.integration.key,
		AuthMode: c.integration.provider.authMode, Provider: c.integration.provider.name, Environment: c.env.name, Tags: c.tags,
	}
}
