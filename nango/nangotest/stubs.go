package nangotest

// What is not written yet.

type (
	signingKey struct{ secret string }
	webhooks   struct{ keys []signingKey }
)

// emit sends a webhook of the environment, or of a connection that has a URL of its own, as far as the environment's settings
// allow. It is called with the state locked and returns at once.
func (e *Environment) emit(conn *connection, event any) {}

var proxyHandlers map[string]handler
