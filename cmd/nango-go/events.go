package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	if err := checkJSON(body); err != nil {
		return nil, fmt.Errorf("%s is not JSON: %w", inputName(args), err)
	}
	return json.RawMessage(body), nil
}

// checkJSON says what is wrong with JSON, without a word of it: it can hold keys, and encoding/json would quote a part.
func checkJSON(body []byte) error {
	if json.Valid(body) {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("it is empty")
	}
	err := json.Unmarshal(body, new(json.RawMessage))
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok || syntax.Offset >= int64(len(bytes.TrimRight(body, " \t\r\n"))) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return errors.New("it ends too early")
	}
	before := body[:syntax.Offset-1]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("it is wrong at line %d, byte %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
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
		if event.Type == "auth" {
			return "an event auth with an operation that this version does not know"
		}
		return "an event that this version does not know: " + plain(event.Type)
	}
	return "none of Nango's own events: a provider's webhook of no connection, or an event without a key that Nango always sends"
}

func outcome(success bool) string {
	if success {
		return ", success"
	}
	return ", failure"
}

func isNoKey(err error) bool { return errors.Is(err, webhook.ErrNoKey) }

// errNoKey says so with the name of the setting.
var errNoKey = fmt.Errorf("%s is no key: it is empty, or has white space, or a character that headers cannot have", signingKey)
