package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// events are what webhook send can send, by the names of --event.
var events = map[string]func() webhook.Event{
	"auth-creation":        func() webhook.Event { return webhooktest.AuthCreation() },
	"auth-override":        func() webhook.Event { return webhooktest.AuthOverride() },
	"auth-refresh-failure": func() webhook.Event { return webhooktest.AuthRefreshFailure() },
	"auth-deletion":        func() webhook.Event { return webhooktest.AuthDeletion() },
	"sync-success":         func() webhook.Event { return webhooktest.SyncSuccess() },
	"sync-error":           func() webhook.Event { return webhooktest.SyncError() },
	"async-action":         func() webhook.Event { return webhooktest.AsyncAction() },
	"forward":              func() webhook.Event { return webhooktest.Forward() },
	"raw":                  func() webhook.Event { return webhooktest.Raw() },
	"unknown":              func() webhook.Event { return webhooktest.Unknown() },
}

func eventNames() []string { return slices.Sorted(maps.Keys(events)) }

// payloadOf returns what webhook send sends: the event, or the JSON of a file.
func payloadOf(cmd *cobra.Command, kind string, args []string) (any, error) {
	if len(args) == 0 {
		make, ok := events[kind]
		if !ok {
			return nil, &usageError{fmt.Sprintf("there is no event %q", kind)}
		}
		return make(), nil
	}
	if cmd.Flags().Changed("event") {
		return nil, &usageError{"--event and a file exclude each other"}
	}
	body, err := read(cmd, args)
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, fmt.Errorf("%s is not JSON", args[0])
	}
	return json.RawMessage(body), nil
}

// kindOf names an event.
func kindOf(event webhook.Event) string {
	switch event := event.(type) {
	case *webhook.AuthEvent:
		return "auth " + plain(string(event.Operation)) + outcome(event.Success)
	case *webhook.SyncEvent:
		return "sync" + outcome(event.Success)
	case *webhook.AsyncActionEvent:
		return "async_action"
	case *webhook.ForwardEvent:
		return "a provider's webhook of a connection"
	case *webhook.UnknownEvent:
		return "an event that this version does not know: " + plain(event.Type)
	}
	return "a provider's webhook of no connection"
}

func outcome(success bool) string {
	if success {
		return ", success"
	}
	return ", failure"
}

func isNoKey(err error) bool { return errors.Is(err, webhook.ErrNoKey) }
