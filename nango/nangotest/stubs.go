package nangotest

// What is not written yet.

type (
	asyncAction  struct{}
	job          struct{}
	storeKey     struct{ model, variant string }
	store        struct{}
	syncInstance struct{}
	function     struct{}
)

// startSyncs gives a connection the syncs of its integration that it does not have.
func (e *Environment) startSyncs(c *connection) {}

var actionHandlers, functionHandlers, recordHandlers, syncHandlers map[string]handler
