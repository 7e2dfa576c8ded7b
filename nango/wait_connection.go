package nango

import (
	"context"
	"maps"
	"slices"
	"time"
)

// WaitForConnectionParams says which connection is awaited. Give the Session that the customer connects with, or Tags.
type WaitForConnectionParams struct {
	// Session supplies the tags and the integrations, and when the wait begins and ends: every connection made since the
	// session was created counts, and the wait fails with [ErrSessionExpired] when it expires.
	Session *ConnectSession
	// IntegrationIDs narrow the wait; empty means those of the Session, or any.
	IntegrationIDs []string
	// Tags have to be on the connection; empty means those of the Session.
	Tags map[string]string
	// CreatedAfter is when the connection has to have been made, by the server's clock. Zero means since the Session was
	// created; without a Session it means that an existing connection counts at once.
	CreatedAfter time.Time
	// Wait shapes the polling.
	Wait WaitParams
}

// WaitFor waits for a customer to finish connecting and returns the connection; of several the newest. It polls at once, as
// the customer may have been quicker than the call. It fails with a [*WaitError], when ctx ends, when the session expires
// ([ErrSessionExpired]) or when polling keeps failing. Programs that receive webhooks should rather use the one of type auth.
//
// A session from [ConnectionHandle.Reconnect] never makes a new connection and is refused with an [*ArgumentError]: wait for
// the webhook of type auth with the operation override.
//
// GET /connections, repeatedly. Node: waitForConnection.
func (s *ConnectionService) WaitFor(ctx context.Context, params WaitForConnectionParams) (*ConnectionSummary, error) {
	w, query, err := params.plan()
	if err != nil {
		return nil, err
	}
	return until(ctx, w, func(ctx context.Context) (*ConnectionSummary, error) {
		page, err := s.List(ctx, &query)
		if err != nil || len(page.Connections) == 0 {
			return nil, err
		}
		if newest := page.Connections[0]; newest.ConnectionID != "" && !newest.CreatedAt.Before(params.since()) {
			return newest, nil
		}
		return nil, nil
	})
}

// plan turns the parameters into a wait and the list it polls. The list is sorted by creation, so that its first entry is the
// newest match.
func (p WaitForConnectionParams) plan() (wait, ListConnectionsParams, error) {
	w := wait{awaited: "a connection", params: p.Wait}
	query := ListConnectionsParams{IntegrationIDs: slices.Clone(p.IntegrationIDs), Tags: maps.Clone(p.Tags), PageSize: 1}
	if session := p.Session; session != nil {
		if session.reconnect {
			return w, query, &ArgumentError{Name: "Session", Reason: "repairs a connection and makes no new one; wait for the auth webhook with the operation override"}
		}
		if len(query.IntegrationIDs) == 0 {
			query.IntegrationIDs = session.integrationIDs
		}
		if len(query.Tags) == 0 {
			query.Tags = session.tags
		}
		w.end, w.endErr = session.end(), ErrSessionExpired
	}
	if len(query.Tags) == 0 {
		return w, query, &ArgumentError{Name: "Tags", Reason: "are empty; without tags any customer's connection would match"}
	}
	_, err := query.query()
	return w, query, err
}

// since is the earliest creation that counts. A session lives for 30 minutes, so that its expiry tells when it was created by
// the server's clock.
func (p WaitForConnectionParams) since() time.Time {
	if p.CreatedAfter.IsZero() && p.Session != nil {
		return p.Session.ExpiresAt.Add(-sessionLifetime)
	}
	return p.CreatedAfter
}

// end is when the session expires by this machine's clock.
func (s *ConnectSession) end() time.Time {
	if s.received.IsZero() {
		return s.ExpiresAt
	}
	return s.received.Add(sessionLifetime)
}
