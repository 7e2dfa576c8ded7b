package nango

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nango-go/sdk/nango/webhook"
)

// ConfirmAuthEvent reads the connection that the event is about and compares. The signature of a webhook proves that Nango sent
// it, but Nango also sends on, under the same signature, what third parties write, and that can look like an auth event.
// It fits Confirm of [webhook.Config]. The error matches [ErrUnconfirmed] if the two differ, and is that of the request if there
// is no answer.
//
// After success, an override or a refresh there has to be such a connection, of the same provider and with the same tags and the
// same end user, as far as the event names them. A failed refresh also has to show in the connection's errors; a successful one
// is never sent. After a failed creation there must be no such connection, and that is all that can be known: its reason and
// its tags are unconfirmed. So are, in any event, the auth mode, the environment's name, and the reason of a failure.
//
// It makes one request for a list, which has no effect on the connection: reading the connection itself could refresh its
// credentials and so send another webhook. The list comes from a replica of the server's database that can lag a little behind,
// and tags that you have changed since differ, so a true event can fail; delivered again, it is compared again. The key needs
// the scope environment:connections:list.
//
// GET /connections. Not in the Node SDK.
func (c *Client) ConfirmAuthEvent(ctx context.Context, event *webhook.AuthEvent) error {
	switch {
	case event == nil:
		return &ArgumentError{Name: "event", Reason: "is nil"}
	case event.ConnectionID == "", event.IntegrationID == "", strings.Contains(event.IntegrationID, ","):
		return unconfirmed("no connection can have its ids") // and the list would take them for others
	}
	page, err := c.Connections.List(ctx, &ListConnectionsParams{
		ConnectionID: event.ConnectionID, IntegrationIDs: []string{event.IntegrationID}, PageSize: 1,
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(page.Connections, func(found *ConnectionSummary) bool {
		return found.ConnectionID == event.ConnectionID && found.IntegrationID == event.IntegrationID
	})
	failedCreation := event.Operation == webhook.AuthOperationCreation && !event.Success
	switch {
	case i >= 0 && failedCreation:
		return unconfirmed("the connection exists")
	case i < 0 && !failedCreation:
		return unconfirmed("the connection does not exist")
	case i < 0:
		return nil
	}
	return compareAuthEvent(event, page.Connections[i])
}

func unconfirmed(differences ...string) error {
	return fmt.Errorf("%w: %s", ErrUnconfirmed, strings.Join(differences, ", "))
}

func compareAuthEvent(event *webhook.AuthEvent, found *ConnectionSummary) error {
	var differences []string
	differ := func(what string, differs bool) {
		if differs {
			differences = append(differences, what)
		}
	}
	// The server writes unknown where it does not know the provider. It sends tags with every success.
	differ("provider", event.Provider != found.Provider && event.Provider != "unknown")
	differ("tags", (event.Success || event.Tags != nil) && !maps.Equal(event.Tags, found.Tags))
	//lint:ignore SA1019 deprecated, but still sent and read
	differ("endUser", event.EndUser != nil && !sameEndUser(event.EndUser, found.EndUser))
	if event.Operation == webhook.AuthOperationRefresh {
		// The server notes the failure before it sends the event.
		failed := slices.ContainsFunc(found.Errors, func(e ConnectionError) bool { return e.Type == "auth" })
		differ("success", event.Success || !failed)
	}
	if differences == nil {
		return nil
	}
	return unconfirmed(differences...)
}

func sameEndUser(sent *webhook.EndUser, found *EndUser) bool {
	return found != nil && sent.ID == found.ID && value(sent.Email) == found.Email &&
		sent.OrganizationID == value(found.Organization).ID && maps.Equal(sent.Tags, found.Tags)
}
