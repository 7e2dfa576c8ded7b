package nangotest

import "time"

// What is not written yet.

type (
	session      struct{ expires time.Time }
	asyncAction  struct{}
	job          struct{}
	endUser      struct{}
	refreshState struct{}
	storeKey     struct{ model, variant string }
	store        struct{}
	syncInstance struct{}
	function     struct{}
)

var accountHandlers, actionHandlers, connectionHandlers, environmentHandlers, functionHandlers, integrationHandlers,
	metadataHandlers, providerHandlers, recordHandlers, sessionHandlers, syncHandlers map[string]handler
