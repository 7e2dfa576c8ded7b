package nangotest

import "time"

// What is not written yet.

type (
	provider     struct{}
	session      struct{ expires time.Time }
	asyncAction  struct{}
	job          struct{}
	endUser      struct{}
	refreshState struct{}
	storeKey     struct{ model, variant string }
	store        struct{}
	syncInstance struct{}
	function     struct{}
	signingKey   struct{ secret string }
	webhooks     struct{ keys []signingKey }
)

func builtinProviders() map[string]*provider { return nil }

// emit sends a webhook of the environment, or of a connection that has a URL of its own, as far as the environment's settings
// allow. It is called with the state locked and returns at once.
func (e *Environment) emit(conn *connection, event any) {}

var accountHandlers, actionHandlers, connectionHandlers, environmentHandlers, functionHandlers, integrationHandlers,
	metadataHandlers, providerHandlers, proxyHandlers, recordHandlers, sessionHandlers, syncHandlers map[string]handler
