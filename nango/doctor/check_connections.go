package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nango-go/sdk/nango"
)

// connections looks at the connections that were named, or at the newest ones.
func (r *run) connections() {
	var handles []*nango.ConnectionHandle
	listed := map[string]*nango.ConnectionSummary{}
	r.online(CheckConnections, "", func(ctx context.Context) (found finding) {
		found, handles = r.choose(ctx, listed)
		if most := r.room / r.perConnection(); len(handles) > most {
			left := len(handles) - most
			handles = handles[:most]
			found.status, found.next = Warn, "run the checks again in a minute, with fewer connections at a time"
			found.seen += fmt.Sprintf("; %d of them are left out, since too few requests are left in this minute", left)
		}
		return found
	}, CheckKey)
	for _, h := range handles {
		subject := h.IntegrationID() + "/" + h.ConnectionID()
		exists := true
		r.check(CheckConnection, subject, func(ctx context.Context) (found finding) {
			found, exists = r.connection(ctx, h, listed[subject])
			return found
		})
		for _, more := range []struct {
			id   CheckID
			look func(context.Context, *nango.ConnectionHandle) finding
		}{{CheckCredentials, r.credentials}, {CheckSyncs, r.syncs}} {
			r.check(more.id, subject, func(ctx context.Context) finding {
				if !exists {
					return finding{Skipped, "there is no such connection", "correct the ids first"}
				}
				return more.look(ctx, h)
			})
		}
	}
}

// perConnection is how many requests the checks of a connection make.
func (r *run) perConnection() int {
	n := 1 // its syncs
	if len(r.params.Connections) > 0 {
		n++
	}
	if r.params.ReadCredentials {
		n++
	}
	return n
}

// choose returns handles of the connections to look at. What a list says about them goes into listed.
func (r *run) choose(ctx context.Context, listed map[string]*nango.ConnectionSummary) (finding, []*nango.ConnectionHandle) {
	var handles []*nango.ConnectionHandle
	switch {
	case r.account:
		return finding{Skipped, "the key is one of the account, which has no connections", needsEnvironment}, nil
	case r.scarce != "":
		return finding{Skipped, r.scarce, "run the checks again in a minute"}, nil
	case len(r.params.Connections) > 0:
		for _, h := range r.params.Connections {
			handles = append(handles, r.client.Connection(h.IntegrationID(), h.ConnectionID())) // with this run's client
		}
		return finding{Pass, "the connections of Params.Connections: " + strconv.Itoa(len(handles)), ""}, handles
	}
	limit := cmp.Or(r.params.ConnectionLimit, defaultConnectionLimit)
	page, err := r.client.Connections.List(ctx, &nango.ListConnectionsParams{PageSize: limit})
	switch {
	case errors.Is(err, nango.ErrForbidden):
		return finding{Skipped, "the key may not list connections (403)", "give the key the scope environment:connections:list, or name connections in Params.Connections"}, nil
	case err != nil:
		return finding{Inconclusive, "the connections cannot be listed: " + failure(err), "look at the server's logs"}, nil
	case len(page.Connections) == 0:
		return finding{Pass, "the environment has no connections yet", ""}, nil
	}
	for _, c := range page.Connections {
		listed[c.IntegrationID+"/"+c.ConnectionID] = c
		handles = append(handles, r.client.Connection(c.IntegrationID, c.ConnectionID))
	}
	seen := "all connections of the environment: " + strconv.Itoa(len(handles))
	if page.More {
		seen = fmt.Sprintf("the %d newest of more connections", len(handles))
	}
	return finding{Pass, seen, ""}, handles
}

// bad is the result of what is wrong with a connection.
func (r *run) bad() Status {
	if len(r.params.Connections) > 0 {
		return Fail
	}
	return Warn
}

// unseen is the result if the key may not look at a connection.
func (r *run) unseen() Status {
	if len(r.params.Connections) > 0 {
		return Fail
	}
	return Skipped
}

const reconnect = "let the customer connect again, with a session of ConnectionHandle.Reconnect"

// connection looks for the errors of a connection that are not resolved. It returns false if there is no such connection.
func (r *run) connection(ctx context.Context, h *nango.ConnectionHandle, summary *nango.ConnectionSummary) (found finding, exists bool) {
	if summary == nil {
		page, err := r.client.Connections.List(ctx, &nango.ListConnectionsParams{ConnectionID: h.ConnectionID(), IntegrationIDs: []string{h.IntegrationID()}})
		switch {
		case errors.Is(err, nango.ErrForbidden):
			return finding{Fail, "the key may not list connections (403)", "give the key the scope environment:connections:list"}, true
		case err != nil:
			return finding{Inconclusive, "the connection cannot be looked up: " + failure(err), "look at the ids and at the server's logs"}, true
		case len(page.Connections) == 0:
			return finding{Fail, "there is no such connection in the environment of the key", "compare the two ids and the environment: a connection belongs to one integration"}, false
		}
		summary = page.Connections[0]
	}
	logs := map[string]string{} // by the type of the error
	for _, e := range summary.Errors {
		logs[e.Type] = e.LogID
	}
	if id, failed := logs["auth"]; failed {
		return finding{r.bad(), "the last refresh of the credentials failed" + log(id), reconnect}, true
	}
	for _, kind := range slices.Sorted(maps.Keys(logs)) {
		return finding{r.bad(), "the connection has an error of the type " + kind + log(logs[kind]), "look it up in Nango's logs"}, true
	}
	return finding{Pass, "the connection exists and has no errors", ""}, true
}

// log names the entry in Nango's logs.
func log(id string) string {
	if id == "" {
		return ""
	}
	return " (see the log " + id + ")"
}

// credentials reads the connection, if that is asked for.
func (r *run) credentials(ctx context.Context, h *nango.ConnectionHandle) finding {
	if !r.params.ReadCredentials {
		return finding{Skipped, "the credentials were not read, since a read can refresh them", "set Params.ReadCredentials to have them read"}
	}
	connection, err := h.Get(ctx, &nango.GetConnectionParams{IncludeRefreshToken: true})
	switch {
	case errors.Is(err, nango.ErrRefreshFailed):
		return finding{r.bad(), "the credentials could not be refreshed: " + failure(err), reconnect}
	case errors.Is(err, nango.ErrForbidden):
		return finding{r.unseen(), "the key may not read credentials (403)", "give the key the scope environment:connections:read_credentials"}
	case errors.Is(err, nango.ErrNotFound):
		return finding{r.bad(), "there is no such connection", "compare the two ids and the environment"}
	case err != nil:
		return finding{Inconclusive, "the connection cannot be read: " + failure(err), "look at the server's logs"}
	case connection.Credentials == nil:
		return finding{Pass, "the connection has no credentials, as with a provider without authentication", ""}
	}
	if c, ok := connection.Credentials.(*nango.OAuth2Credentials); ok && !c.ExpiresAt.IsZero() && c.RefreshToken.IsZero() {
		now := time.Now()
		if r.skew.by.Abs() > skewNoticed {
			now = now.Add(-r.skew.by) // the time of the server
		}
		left := c.ExpiresAt.Sub(now)
		const next = reconnect + "; ask the provider for a refresh token (often a scope such as offline_access)"
		if left <= 0 {
			return finding{r.bad(), "the token has expired, and there is no refresh token", next}
		}
		expires := "in less than a minute"
		if left >= time.Minute {
			expires = "in " + left.Round(time.Minute).String()
		}
		return finding{Warn, "the token expires " + expires + ", and there is no refresh token", next}
	}
	return finding{Pass, "the credentials are there (" + connection.Credentials.Type() + ")", ""}
}

// syncs looks at the syncs of a connection.
func (r *run) syncs(ctx context.Context, h *nango.ConnectionHandle) finding {
	statuses, err := h.SyncStatus(ctx, nango.AllSyncs())
	switch {
	case errors.Is(err, nango.ErrForbidden):
		return finding{r.unseen(), "the key may not read the status of syncs (403)", "give the key the scope environment:syncs:read"}
	case errors.Is(err, nango.ErrNotFound):
		return finding{r.bad(), "there is no such connection", "compare the two ids and the environment"}
	case err != nil:
		return finding{Inconclusive, "the status of the syncs cannot be read: " + failure(err), "look at the server's logs"}
	}
	var names, failing, paused, deleted []string
	for _, s := range statuses {
		name := s.Name
		if s.Variant != "" && s.Variant != "base" {
			name += "::" + s.Variant
		}
		names = append(names, name)
		switch {
		case s.Status == nango.SyncError || s.Status == nango.SyncStopped || s.LatestRun == nango.SyncStopped && s.Status != nango.SyncRunning:
			failing = append(failing, name)
		case s.Frequency == "":
			deleted = append(deleted, name)
		case s.Status == nango.SyncPaused:
			paused = append(paused, name)
		}
	}
	switch {
	case len(failing) > 0:
		return finding{r.bad(), "the last run failed or was cancelled: " + count("sync", failing), "look up the run in Nango's logs"}
	case len(deleted) > 0:
		return finding{Warn, "the function no longer exists: " + count("sync", deleted), "deploy the function again if you need it"}
	case len(paused) > 0:
		return finding{Warn, "the schedule is paused: " + count("sync", paused), "start them with ConnectionHandle.StartSyncs, unless they are paused on purpose"}
	case len(statuses) == 0:
		return finding{Pass, "the connection has no syncs", ""}
	}
	return finding{Pass, "no sync is paused or failing: " + count("sync", names), ""}
}
