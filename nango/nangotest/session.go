package nangotest

import (
	"net/url"
	"slices"
	"time"
)

const sessionLifetime = 30 * time.Minute

// defaultConnectURL is where a server of one's own has its connect UI.
const defaultConnectURL = "http://localhost:3009/"

// SetConnectURL sets where the ConnectLink of each further connect session leads: to url, with the session's token as the query
// session_token. Use it if the test, or a person, opens the link. The default is http://localhost:3009/, as on a server of one's
// own. What serves the URL is up to the test; it calls [Environment.Authorize] with the token. SetConnectURL panics for a URL
// that is not absolute, or that has a query or a fragment.
func (s *Server) SetConnectURL(connectURL string) {
	u, err := url.Parse(connectURL)
	if err != nil || u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		misuse("SetConnectURL: %q is no absolute URL without a query and a fragment", connectURL)
	}
	s.locked(func() { s.connectURL = connectURL })
}

// SetDashboard makes the server respond to each GET of which the API has no route with a page of HTML and the status 200, as a
// server with a dashboard does: Nango Cloud, for one. The default is an empty page: the server responds with a 500, as one of your
// own does without a dashboard.
func (s *Server) SetDashboard(html string) { s.locked(func() { s.dashboard = html }) }

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
