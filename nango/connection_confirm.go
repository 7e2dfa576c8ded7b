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

// ConfirmAuthEvent asks the API whether an auth event can be true. If it can, ConfirmAuthEvent replaces the owner of
// the connection in the event with the owner that the API returns. The signature of a webhook is not enough: it proves
// that Nango sent the webhook, but Nango also forwards data of third parties under the same signature, and that data
// can look like an auth event. ConfirmAuthEvent can be the Confirm function of a [webhook.Config].
//
// An event is confirmed if:
//
//   - creation or override, success: the connection exists and has the same provider.
//   - creation, failure: there is no connection with this ConnectionID, under any integration.
//   - override or refresh, failure: the connection exists, and its errors have one of the type "auth". The server
//     records that error before it sends the event.
//   - deletion: there is no longer a connection with this ConnectionID, under any integration.
//
// All other events are refused: the error matches [ErrUnconfirmed] and says why, and the event does not change. Some
// true events are refused too:
//
//   - The customer denies a reconnect. The server then sends a failed creation that names the connection, and the API
//     shows no trace of it.
//   - A connection is deleted, and a connection of another integration has the same ConnectionID. This happens only with
//     ids that you choose; ids that Nango makes are unique.
//   - A connection is deleted, and one of its ids begins or ends with a space.
//
// If the API sends no response, the error is that of the request.
//
// In a confirmed event, Tags, EndUser and Provider are the current ones of the connection, whatever the event said. So
// a forged event cannot name another user, and a true event is not refused because they have changed since. If there is
// no connection, Tags and EndUser become nil and Provider does not change. After a deletion, find the owner in your own
// data, by an exact comparison of IntegrationID and ConnectionID.
//
// A confirmed event can still be false:
//
//   - Someone who knows the ids of a connection can forge a creation or an override of it. While its credentials fail,
//     they can forge a failed override or a failed refresh. After it is deleted, they can forge the deletion.
//   - Someone who invents an id can forge a failed creation or a deletion.
//
// So use an event only as a hint to look at the current state of the connection: store the connection under the owner
// in Tags, delete it from your data, or ask its owner to reconnect. AuthMode, Environment, Error and the time of the
// event are not confirmed, nor are parts of Raw that have no field. After the confirmation, Raw is a new encoding of
// the event, without the original tags and end user.
//
// ConfirmAuthEvent makes one request for a list. That has no effect on the connection; reading the connection itself
// could refresh its credentials and so send another webhook. The list comes from a replica of the server's database,
// which can be a little behind. So a true event can be refused at first. If Nango delivers the event once more,
// ConfirmAuthEvent asks the API once more. The key needs the scope environment:connections:list.
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

// neverSent says why Nango never sends such an event, whatever the API says. It returns "" if Nango may send it.
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
		return "no connection can have its ids" // without an id, the list would show other connections
	}
	return ""
}

// confirmGone confirms an event about a connection that does not exist. It refuses ids that a receiver could mistake
// for those of another connection, because a forger may mean that other connection.
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
	setOwner(event, nil, nil) // the API does not know the former owner
	return nil
}

// confirmFound confirms an event about a connection that exists.
func confirmFound(event *webhook.AuthEvent, found *ConnectionSummary) error {
	failing := slices.ContainsFunc(found.Errors, func(e ConnectionError) bool { return e.Type == "auth" })
	switch {
	case event.Operation == webhook.AuthOperationDeletion:
		return unconfirmed("the connection exists")
	case event.Provider != found.Provider && event.Provider != "unknown": // the server writes "unknown" if it does not know the provider
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

// setOwner sets the owner of the event's connection, and encodes Raw from the fields.
func setOwner(event *webhook.AuthEvent, tags map[string]string, user *webhook.EndUser) {
	event.Tags = tags
	//lint:ignore SA1019 deprecated, but still sent and read
	event.EndUser = user
	event.Raw = withoutOwner(event.Raw)
	event.Raw, _ = json.Marshal(event) // this cannot fail for a parsed event; for any other event Raw is nil
}

// withoutOwner returns the members of an event without its owner. The original owner can have a form that the fields
// cannot hold. The case of a key does not matter, because encoding/json ignores it when an event is decoded later, such
// as from a queue.
func withoutOwner(raw json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	maps.DeleteFunc(members, func(key string, _ json.RawMessage) bool {
		return strings.EqualFold(key, "tags") || strings.EqualFold(key, "endUser")
	})
	rest, _ := json.Marshal(members) // this cannot fail: they were just decoded
	return rest
}

// webhookEndUser returns the end user of a connection in the form that events have.
func webhookEndUser(found *EndUser) *webhook.EndUser {
	if found == nil {
		return nil
	}
	user := &webhook.EndUser{ID: found.ID, OrganizationID: deref(found.Organization).ID, Tags: found.Tags}
	if found.Email != "" {
		user.Email = &found.Email
	}
	if user.Tags == nil {
		user.Tags = map[string]string{} // events have an empty object
	}
	return user
}
