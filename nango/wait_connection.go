package nango

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// WaitForConnectionParams says for which connection to wait. Set the Session that the customer uses, or Tags.
type WaitForConnectionParams struct {
	// Session supplies the tags, the integrations and the times of the wait. Every connection counts that was made
	// since the session was created. When the session expires, the wait ends with an error that matches
	// [ErrSessionExpired].
	//
	// The lifetime of a session is the time from the Date of its response to ExpiresAt. If the response has no Date,
	// the clock of this machine counts. If a gateway sends a wrong Date, set CreatedAfter. Then the wait ends at
	// ExpiresAt by this machine's clock, or later.
	//
	// These data are lost if you store a session and read it back. Then set Tags and CreatedAfter, and no Session. You
	// cannot wait for a repaired connection in this case.
	Session *ConnectSession
	// IntegrationIDs limit the wait to these integrations. Empty means those of the Session, or else all.
	IntegrationIDs []string
	// Tags are the tags that the connection must have. Empty means those of the Session.
	Tags map[string]string
	// CreatedAfter excludes connections that were made before this time, by the server's clock. Zero means the creation
	// of the Session. Without a Session, zero means that a connection can be of any age.
	CreatedAfter time.Time
	// Wait sets the delays and limits of polling.
	Wait WaitParams
}

// WaitFor waits until a customer has made a connection, and returns the connection. If several match, it returns the
// newest. The first poll is at once, since the connection may exist already. If ctx ends, the session expires
// ([ErrSessionExpired]) or polling keeps failing, the error is a [*WaitError]. If your program receives webhooks, use
// the webhook of type auth instead.
//
// A session from [ConnectionHandle.Reconnect] makes no new connection. WaitFor then returns the repaired connection, as
// soon as its error of the type auth has disappeared and its credentials can be read. To read them, the API key needs
// the scope environment:connections:read_credentials; without the scope the error matches [ErrNoCredentials].
//
// If the connection has no error of the type auth, WaitFor cannot see the repair, and returns an [*ArgumentError]. Wait
// for the webhook of type auth with the operation override instead. WaitFor can also return this error if you set Tags
// or EndUser for Reconnect, and the customer repairs the connection before the first poll: with these, Reconnect does
// not read the connection, so WaitFor does not know of the earlier error.
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

// waitForRepair waits until a customer has authorised an existing connection a second time.
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
			broken = true // the list that Reconnect read may have been out of date
			return nil, nil
		case !broken:
			return nil, errNotBroken
		}
		// Any new credentials remove the error, even wrong ones. Reading them shows whether they work.
		_, err = handle.credentials(ctx, TokenParams{})
		if errors.Is(err, ErrRefreshFailed) {
			return nil, nil
		}
		handle.ForgetToken()
		return connection, err
	})
}

var errNotBroken = &ArgumentError{
	Name: "Session",
	Reason: "repairs a connection that shows no error, of which nothing can be awaited; wait for the webhook of type auth with the operation override " +
		"(the connection may have been repaired since the session was made)",
}

// lacksAuth reports whether the credentials of a connection could not be refreshed. An error without a readable type
// counts, since its type can be auth.
func lacksAuth(connection *ConnectionSummary) bool {
	return slices.ContainsFunc(connection.Errors, func(e ConnectionError) bool { return e.Type == "auth" || e.Type == "" })
}

// plan returns the wait, and the parameters of the list to poll. The list begins with the newest connection.
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
		if !p.CreatedAfter.IsZero() && w.end.Before(session.ExpiresAt) { // the clock behind the Date may be ahead
			w.end = session.ExpiresAt
		}
	}
	if len(query.Tags) == 0 {
		return w, query, &ArgumentError{Name: "Tags", Reason: "are empty; without tags any customer's connection would match"}
	}
	_, err := query.query()
	return w, query, err
}

// since returns the earliest creation time that counts.
func (p WaitForConnectionParams) since() time.Time {
	if p.CreatedAfter.IsZero() && p.Session != nil {
		return p.Session.createdAt()
	}
	return p.CreatedAfter
}

// createdAt returns the creation time of the session by the server's clock, or up to a second earlier. Without a Date,
// it returns the time of the response by this machine's clock.
func (s *ConnectSession) createdAt() time.Time {
	if s.made.IsZero() {
		return s.received
	}
	return s.ExpiresAt.Add(-s.lifetime())
}

// end returns the time when the session expires by this machine's clock, or up to a second later.
func (s *ConnectSession) end() time.Time {
	if s.made.IsZero() {
		return s.ExpiresAt
	}
	return s.received.Add(s.lifetime())
}

// lifetime returns the lifetime of the session, rounded up to whole seconds, because a Date has whole seconds.
func (s *ConnectSession) lifetime() time.Duration {
	return (s.ExpiresAt.Sub(s.made) + time.Second - 1).Truncate(time.Second)
}
