package nangotest

import (
	"slices"
	"time"
)

const sessionLifetime = 30 * time.Minute

// session is what a customer is let into the connect UI with.
type session struct {
	env        *environment
	token      string
	expires    time.Time
	endUser    *endUser // given with the session
	linkedUser *endUser // of the connection that it repairs
	tags       map[string]string
	allowed    []string // nil for all
	defaults   map[string]sessionDefaults
	overrides  map[string]map[string]any
	override   string      // of the webhooks' URL
	repairs    *connection // nil in a session for a new connection
}

type sessionDefaults struct {
	UserScopes          string            `json:"user_scopes"`
	AuthorizationParams map[string]string `json:"authorization_params"`
	Config              object            `json:"connection_config"`
}

func (s *session) allows(integrationID string) bool {
	return s.allowed == nil || slices.Contains(s.allowed, integrationID)
}

// docsConnect is all that a session can say otherwise of an integration.
const docsConnect = "docs_connect"
