package nangotest

import (
	"encoding/json"
	"time"

	"github.com/nango-go/sdk/internal/memhttp"
	"github.com/nango-go/sdk/nango"
)

// The state behind the server, guarded by Server.mu. What the types hold is what the real server keeps; how it is shown is the
// handlers' matter.

// integration is a provider set up in an environment.
type integration struct {
	env             *environment
	id              int64
	key             string // unique_key, the IntegrationID of the facade
	provider        *provider
	displayName     string // "" shows the provider's
	forwardWebhooks bool
	app             object // the credentials as the API shows them; nil for auth modes without an app
	shared          bool   // on an app of Nango's own: its credentials show as empty texts
	config          map[string]string
	custom          map[string]string
	created         time.Time
	updated         time.Time
	functions       []*function
	verify          func(nango.Credentials, map[string]any) error
	upstream        *memhttp.Server // who answers proxied calls
}

// connection is one customer's authorisation.
type connection struct {
	env             *environment
	integration     *integration
	id              int64
	connectionID    string
	endUser         *endUser
	tags            map[string]string
	metadata        json.RawMessage // nil shows as null
	config          object
	webhookOverride string // "" shows as null
	created         time.Time
	updated         time.Time
	fetched         time.Time // zero shows as null
	credentials     object    // as the API shows them to who may see them, with the refresh token; {} for none
	refresh         refreshState
	errors          []connectionError
	stores          map[storeKey]*store // records
	syncs           []*syncInstance
}

type connectionError struct {
	Type  string `json:"type"`
	LogID string `json:"log_id"`
}

// find returns a connection by what names it, nil if there is none.
func (e *environment) find(integrationID, connectionID string) *connection {
	for _, c := range e.connections {
		if c.connectionID == connectionID && c.integration.key == integrationID {
			return c
		}
	}
	return nil
}

// integration returns an integration by its id, nil if there is none.
func (e *environment) integration(id string) *integration {
	for _, i := range e.integrations {
		if i.key == id {
			return i
		}
	}
	return nil
}
