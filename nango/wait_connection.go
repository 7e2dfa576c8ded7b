package nango

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// WaitForConnectionParams says which connection is awaited. Give the Session that the customer connects with, or Tags.
type WaitForConnectionParams struct {
	// Session supplies the tags and the integrations, and when the wait begins and ends: every connection made since the session
	// was created counts, and the wait fails with [ErrSessionExpired] when it expires. The session's response says how long it
	// lives, by ExpiresAt and the header Date, or by this machine's clock where there is no Date. Behind a gateway whose clock is
	// wrong, give CreatedAfter; the wait then ends no sooner than ExpiresAt by this machine's clock. A session that you stored and
	// read back has lost all this: leave it out, and give Tags and CreatedAfter. WaitFor cannot wait for a repair then.
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
// A session from [ConnectionHandle.Reconnect] makes no new connection: WaitFor returns the repaired one, when its error of the
// type auth is gone and its credentials can be read, which needs the scope environment:connections:read_credentials. If it has no
// such error at first, only the webhook of type auth with the operation override shows that it was authorised again, and WaitFor
// returns an [*ArgumentError]. It does the same if you gave Reconnect Tags or EndUser and the customer is quicker than the first
// poll: Reconnect reads the connection only for its tags. Without the scope the error is [ErrNoCredentials].
//
// GET /connections (listConnections), repeatedly; for a repaired connection also GET /connections/{connectionId} (getConnection).
// Node: waitForConnection.
func (s *ConnectionService) WaitFor(ctx context.Context, params WaitForConnectionParams) (*ConnectionSummary, error) {
	if params.Session != nil && params.Session.repairs != nil {
		return s.waitForRepair(ctx, params)
	}
	w, query, err := params.plan()
	if err != nil {
		return nil, err
	}
	return poll(ctx, &w, func(ctx context.Context) (*ConnectionSummary, error) {
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

// waitForRepair waits for a connection that a customer authorises again.
func (s *ConnectionService) waitForRepair(ctx context.Context, p WaitForConnectionParams) (*ConnectionSummary, error) {
	if len(p.IntegrationIDs) > 0 || len(p.Tags) > 0 || !p.CreatedAfter.IsZero() {
		return nil, &ArgumentError{Name: "Session", Reason: "repairs one connection, so that IntegrationIDs, Tags and CreatedAfter say nothing"}
	}
	repair := p.Session.repairs
	handle := s.client.Connection(repair.integrationID, repair.connectionID)
	broken := repair.broken
	w := &wait{awaited: "a connection to be repaired", params: p.Wait, end: p.Session.end(), endReason: ErrSessionExpired}
	return poll(ctx, w, func(ctx context.Context) (*ConnectionSummary, error) {
		connection, err := handle.summary(ctx)
		switch {
		case err != nil:
			return nil, err
		case lacksAuth(connection):
			broken = true // also where the list that Reconnect saw was behind
			return nil, nil
		case !broken:
			return nil, errNotBroken
		}
		// The error goes with any new credentials. Whether they are good shows when they are needed.
		_, err = handle.credentials(ctx, nil)
		if errors.Is(err, ErrRefreshFailed) {
			return nil, nil
		}
		return connection, err
	})
}

var errNotBroken = &ArgumentError{
	Name: "Session",
	Reason: "repairs a connection that shows no error, of which nothing can be awaited; wait for the webhook of type auth with the operation override " +
		"(the connection may have been repaired since the session was made)",
}

// lacksAuth reports whether the credentials of a connection could not be refreshed. An error whose type cannot be read may say so.
func lacksAuth(connection *ConnectionSummary) bool {
	return slices.ContainsFunc(connection.Errors, func(e ConnectionError) bool { return e.Type == "auth" || e.Type == "" })
}

// plan turns the parameters into a wait and the list it polls. The list is sorted by creation, so that its first entry is the
// newest match.
func (p WaitForConnectionParams) plan() (wait, ListConnectionsParams, error) {
	w := wait{awaited: "a connection", params: p.Wait}
	query := ListConnectionsParams{IntegrationIDs: slices.Clone(p.IntegrationIDs), Tags: maps.Clone(p.Tags), PageSize: 1}
	if session := p.Session; session != nil {
		if len(query.IntegrationIDs) == 0 {
			query.IntegrationIDs = session.integrationIDs
		}
		if len(query.Tags) == 0 {
			query.Tags = session.tags
		}
		if session.received.IsZero() && p.CreatedAfter.IsZero() {
			return w, query, &ArgumentError{Name: "CreatedAfter", Reason: "is missing; a Session that Create did not return does not say when it began"}
		}
		w.end, w.endReason = session.end(), ErrSessionExpired
		if !p.CreatedAfter.IsZero() && w.end.Before(session.ExpiresAt) { // the Date may be of a clock that is ahead
			w.end = session.ExpiresAt
		}
	}
	if len(query.Tags) == 0 {
		return w, query, &ArgumentError{Name: "Tags", Reason: "are empty; without tags any customer's connection would match"}
	}
	_, err := query.query()
	return w, query, err
}

// since is the earliest creation that counts.
func (p WaitForConnectionParams) since() time.Time {
	if p.CreatedAfter.IsZero() && p.Session != nil {
		return p.Session.createdAt()
	}
	return p.CreatedAfter
}

// createdAt is when the session was created by the server's clock, or up to a second before. Without a Date it is when the
// response came by this machine's clock.
func (s *ConnectSession) createdAt() time.Time {
	if s.made.IsZero() {
		return s.received
	}
	return s.ExpiresAt.Add(-s.lifetime())
}

// end is when the session expires by this machine's clock, or up to a second later.
func (s *ConnectSession) end() time.Time {
	if s.made.IsZero() {
		return s.ExpiresAt
	}
	return s.received.Add(s.lifetime())
}

// lifetime is how long the session lives, rounded up to the whole seconds in which the server says when it made it.
func (s *ConnectSession) lifetime() time.Duration {
	return (s.ExpiresAt.Sub(s.made) + time.Second - 1).Truncate(time.Second)
}
