package nango

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nango-go/sdk/nango/webhook"
)

// ConfirmAuthEvent asks the API whether an auth event can be true, and puts into the event what the API says of the connection.
// The signature of a webhook proves that Nango sent it, but Nango also sends on, under the same signature, what third parties
// write, and that can look like an auth event. Set it as Confirm of [webhook.Config].
//
// An event is confirmed if:
//   - creation or override, success: there is such a connection, of the same provider.
//   - creation, failure: there is no connection of this ConnectionID, under any integration.
//   - override or refresh, failure: there is such a connection, and its errors hold one of the type "auth", which the server notes
//     before it sends the event.
//   - deletion: there is no connection of this ConnectionID any more, under any integration.
//
// In all other cases the error matches [ErrUnconfirmed] and says why, and the event stays as it was. Some true events are among
// these:
//   - A customer denies a reconnect: the server sends a failed creation that names the connection, and the API shows nothing of
//     it.
//   - A connection is deleted, and another with the same ConnectionID is left under another integration. (Ids that Nango makes are
//     unique.)
//   - A connection is deleted whose id begins or ends with a space.
//
// If the API does not respond, the error is that of the request.
//
// Tags, EndUser and Provider of a confirmed event are those of the connection now, whatever the event said, so that a forged event
// cannot name another user, and a true one is not refused because they have changed since. Where there is no connection, Tags and
// EndUser become nil and Provider stays: after a deletion, look up by IntegrationID and ConnectionID, letter by letter, whose
// connection it was.
//
// What stays open: a third party that knows the ids of a connection can forge a creation or an override of it at any time, a
// failed override or refresh while its credentials fail, and a deletion once it is gone. With an invented id it can forge a failed
// creation and a deletion. So use an event only as a hint to look at the connection as it is now: store it under the owner that
// Tags name, remove it if you have it, or ask its owner to connect again. AuthMode, Environment, Error and the time are not
// checked, nor is what Raw holds beyond the fields. Raw of a confirmed event is written anew from the fields, without the tags and
// the end user that came with it.
//
// It makes one request for a list, which has no effect on the connection: reading the connection itself could refresh its
// credentials and so send another webhook. The list comes from a replica of the server's database that can lag a little behind,
// so a true event can fail; delivered again, it is asked about again. The key needs the scope environment:connections:list.
//
// GET /connections (listConnections). Not in the Node SDK.
func (c *Client) ConfirmAuthEvent(ctx context.Context, event *webhook.AuthEvent) error {
	if event == nil {
		return &ArgumentError{Name: "event", Reason: "is nil"}
	}
	if reason := neverSent(event); reason != "" {
		return unconfirmed(reason)
	}
	elsewhere := false
	for found, err := range c.Connections.All(ctx, &ListConnectionsParams{ConnectionID: event.ConnectionID}) {
		if err != nil {
			return err
		}
		switch {
		case found.ConnectionID == "":
			return unconfirmed("the API lists a connection whose id cannot be read")
		case found.ConnectionID != event.ConnectionID:
		case found.IntegrationID == event.IntegrationID:
			return confirmFound(event, found)
		default:
			elsewhere = true
		}
	}
	return confirmGone(event, elsewhere)
}

func unconfirmed(reason string) error { return fmt.Errorf("%w: %s", ErrUnconfirmed, reason) }

// neverSent says why Nango sends no such event, whatever there is; it returns "" if it may.
func neverSent(event *webhook.AuthEvent) string {
	switch event.Operation {
	case webhook.AuthOperationCreation, webhook.AuthOperationOverride:
	case webhook.AuthOperationRefresh:
		if event.Success {
			return "the server sends no event of a refresh that succeeded"
		}
	case webhook.AuthOperationDeletion:
		if !event.Success {
			return "the server sends no event of a deletion that failed"
		}
	default:
		return fmt.Sprintf("this version of the SDK does not know the operation %q and cannot tell what the API would say after it", event.Operation)
	}
	if event.ConnectionID == "" || event.IntegrationID == "" {
		return "no connection can have its ids" // and the list would show others
	}
	return ""
}

// confirmGone confirms an event about a connection that there is not. Ids that a receiver could take for those of another connection
// are refused, since that one is what a forger may mean.
func confirmGone(event *webhook.AuthEvent, elsewhere bool) error {
	if event.Success && event.Operation != webhook.AuthOperationDeletion || !event.Success && event.Operation != webhook.AuthOperationCreation {
		return unconfirmed("the connection does not exist")
	}
	if elsewhere {
		return unconfirmed("a connection of this id exists under another integration")
	}
	for _, id := range []string{event.ConnectionID, event.IntegrationID} {
		if !connectionIDRule.MatchString(id) || strings.TrimSpace(id) != id {
			return unconfirmed("its ids hold what no server takes or what could be lost in a comparison, such as a space at the end")
		}
	}
	setOwner(event, nil, nil) // nothing tells whose it was
	return nil
}

// confirmFound confirms an event about a connection that there is.
func confirmFound(event *webhook.AuthEvent, found *ConnectionSummary) error {
	failing := slices.ContainsFunc(found.Errors, func(e ConnectionError) bool { return e.Type == "auth" })
	switch {
	case event.Operation == webhook.AuthOperationDeletion:
		return unconfirmed("the connection exists")
	case event.Provider != found.Provider && event.Provider != "unknown": // which the server writes where it does not know
		return unconfirmed("the connection is of another provider")
	case !event.Success && event.Operation == webhook.AuthOperationCreation:
		return unconfirmed("the connection exists; whether somebody tried in vain to connect it again shows nowhere in the API")
	case !event.Success && !failing:
		return unconfirmed("the connection has no error of the type auth; whether it had one, or an attempt to connect it again failed, " +
			"shows nowhere in the API")
	}
	event.Provider = found.Provider
	setOwner(event, found.Tags, webhookEndUser(found.EndUser))
	return nil
}

// setOwner sets whose connection the event is about, and writes Raw anew.
func setOwner(event *webhook.AuthEvent, tags map[string]string, user *webhook.EndUser) {
	event.Tags = tags
	//lint:ignore SA1019 deprecated, but still sent and read
	event.EndUser = user
	event.Raw = withoutOwner(event.Raw)
	event.Raw, _ = json.Marshal(event) // of a parsed event it cannot fail; of another one Raw is nil
}

// withoutOwner returns the members of an event but those that say whose connection it is, which can have a form that no field holds.
// Keys count in any case, since encoding/json would decode them all the same if the event is read from a queue.
func withoutOwner(raw json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	maps.DeleteFunc(members, func(key string, _ json.RawMessage) bool {
		return strings.EqualFold(key, "tags") || strings.EqualFold(key, "endUser")
	})
	rest, _ := json.Marshal(members) // which were just decoded
	return rest
}

// webhookEndUser is the end user of a connection as events show it.
func webhookEndUser(found *EndUser) *webhook.EndUser {
	if found == nil {
		return nil
	}
	user := &webhook.EndUser{ID: found.ID, OrganizationID: deref(found.Organization).ID, Tags: found.Tags}
	if found.Email != "" {
		user.Email = &found.Email
	}
	if user.Tags == nil {
		user.Tags = map[string]string{} // as events have it
	}
	return user
}
