package nangotest

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// Authorization says what a customer does in the connect UI.
type Authorization struct {
	// IntegrationID is what the customer chooses. It may stay empty where the session allows one integration only.
	IntegrationID string
	// ConnectionID is the id of the new connection, for a test that has to know it; empty means a new UUID, as on the real server.
	// A session that repairs a connection keeps that connection's id.
	ConnectionID string
	// Credentials are those of the new connection. If they are nil, the server makes some of the provider's auth mode.
	Credentials nango.Credentials
	// Config is what the customer fills in (connection_config). Values that the session presets take precedence.
	Config map[string]any
	// Refresh makes new credentials later on, as in [Connection].
	Refresh func(old nango.Credentials) (nango.Credentials, error)
}

// AuthorizationFailure is why a customer could not connect.
type AuthorizationFailure struct {
	// IntegrationID is what the customer chose, as in [Authorization].
	IntegrationID string
	// Type and Description are sent in the webhook. If they are empty, the webhook says that the customer refused at the provider.
	Type, Description string
}

var (
	errNoSession    = errors.New("nangotest: the connect session has expired, was deleted or never was")
	errNotInSession = errors.New("nangotest: the connect session does not allow this integration")
	errVanished     = errors.New("nangotest: the connection that the session repairs does not exist any more")
)

// Authorize does what the customer does with the token of a connect session, [nango.ConnectSession].Token: choose an integration
// and sign in. It makes a connection with the session's tags and end user. With a session that repairs a connection, it overwrites
// that connection: the id stays, and the config, the tags and the webhook override become the session's. It sends the auth webhook
// (creation or override). The session can be used again.
//
// It fails where the real connect UI would: with a session that has expired (after 30 minutes), was deleted or never existed, and
// for an integration that the session does not allow. It panics for an unknown integration, credentials of another auth mode than
// the integration's, and a connection that exists already.
func (e *environment) Authorize(token string, a Authorization) (h *ConnectionHandle, err error) {
	e.server.locked(func() {
		var s *session
		var i *integration
		if s, i, err = e.sessionFor("Authorize", token, a.IntegrationID); err != nil {
			return
		}
		credentials := i.encodeCredentials(a.Credentials)
		conn, operation := s.repairs, webhook.AuthOperationOverride
		direct := directModes[i.provider.authMode]
		if conn == nil {
			conn, operation = e.addConnection(i, cmp.Or(a.ConnectionID, uuid.NewString())), webhook.AuthOperationCreation
			if direct || i.provider.authMode == "NONE" {
				conn.metadata = json.RawMessage("{}")
			}
		} else if direct {
			conn.metadata = json.RawMessage("{}")
		}
		conn.config = object{}
		if a.Config != nil {
			conn.config = toJSON(a.Config).(object)
		}
		maps.Copy(conn.config, s.defaults[i.key].Config)
		conn.tags, conn.webhookOverride = s.tags, s.override
		if s.endUser != nil {
			conn.endUser = s.endUser
		}
		if a.Refresh != nil {
			conn.refresh.by = a.Refresh
		}
		conn.authorized(credentials, operation, s.endUser.event())
		h = e.Connection(i.key, conn.connectionID)
	})
	return h, err
}

// directModes are the auth modes whose credentials the customer types in. Authorising anew resets the metadata of their
// connections; that of all others is kept.
var directModes = map[string]bool{
	"API_KEY": true, "BASIC": true, "TBA": true, "JWT": true, "BILL": true, "TWO_STEP": true, "SIGNATURE": true, "AWS_SIGV4": true,
}

// FailAuthorization is a customer who fails to sign in, or refuses: there is no connection, and only the auth webhook says so, with
// the operation "creation" also where the session repairs a connection. That connection stays as it is, with the errors that it
// has. The session can be used again. It fails and panics as [Environment.Authorize] does.
func (e *environment) FailAuthorization(token string, f AuthorizationFailure) (err error) {
	if f.Type == "" {
		f.Type = "invalid_callback"
	}
	if f.Description == "" {
		f.Description = "Did not get authorization code in the callback. Provider error: error: access_denied; error_description: no"
	}
	e.server.locked(func() {
		var s *session
		var i *integration
		if s, i, err = e.sessionFor("FailAuthorization", token, f.IntegrationID); err != nil {
			return
		}
		// The webhook names a connection that never is, or the one that was to be repaired, without its tags.
		conn := &connection{env: e, integration: i, connectionID: uuid.NewString(), webhookOverride: s.override}
		if s.repairs != nil {
			conn.connectionID = s.repairs.connectionID
		}
		event := conn.authEvent(webhook.AuthOperationCreation)
		event.Error = &webhook.AuthFailure{Type: f.Type, Description: f.Description}
		e.emit(conn, event)
	})
	return err
}

// sessionFor returns the session of a token and the integration that its customer chooses.
func (e *environment) sessionFor(method, token, integrationID string) (*session, *integration, error) {
	s := e.sessions[token]
	if s == nil || !e.server.clock.Now().Before(s.expires) || !slices.Contains(e.server.environments, e) {
		return nil, nil, errNoSession
	}
	if integrationID == "" && len(s.allowed) == 1 {
		integrationID = s.allowed[0]
	}
	if integrationID == "" {
		misuse("%s: there is no IntegrationID, and the session does not allow one integration only", method)
	}
	i := e.mustIntegration(method, integrationID)
	switch {
	case !s.allows(integrationID):
		return nil, nil, errNotInSession
	case s.repairs != nil && e.find(integrationID, s.repairs.connectionID) != s.repairs:
		return nil, nil, errVanished
	}
	return s, i, nil
}

// event is the end user as webhooks name it.
func (u *endUser) event() *webhook.EndUser {
	if u == nil {
		return nil
	}
	named := &webhook.EndUser{ID: u.ID, Tags: map[string]string{}}
	maps.Copy(named.Tags, u.Tags)
	if u.Email != "" {
		named.Email = &u.Email
	}
	if u.organization != nil {
		named.OrganizationID = u.organization.ID
	}
	return named
}
