package nangotest

// What is not written yet.

type (
	asyncAction  struct{}
	job          struct{}
	storeKey     struct{ model, variant string }
	store        struct{}
	syncInstance struct{}
	function     struct{}
	signingKey   struct{ secret string }
	webhooks     struct{ keys []signingKey }
)

// startSyncs gives a connection the syncs of its integration that it does not have.
func (e *Environment) startSyncs(c *connection) {}

// emit sends a webhook of the environment, or of a connection that has a URL of its own, as far as the environment's settings
// allow. It is called with the state locked and returns at once.
func (e *Environment) emit(conn *connection, event any) {}

var actionHandlers, functionHandlers, proxyHandlers, recordHandlers, syncHandlers map[string]handler
