//lint:file-ignore SA1019 what is deprecated is still sent

package nango_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/internal/replay"
	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
)

// recordedList answers a list as the server does, out of the connections of a recorded list.
func recordedList(t *testing.T, recording string) *nango.Client {
	t.Helper()
	exchange, err := replay.Load(recording)
	require.NoError(t, err)
	var all struct {
		Connections []map[string]any `json:"connections"`
	}
	require.NoError(t, json.Unmarshal([]byte(exchange.Response.Body), &all))
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		query := r.URL.Query()
		assert.Equal(t, []string{"connectionId", "integrationId", "limit"}, slices.Sorted(maps.Keys(query)))
		assert.Equal(t, "GET /connections 1", r.Method+" "+r.URL.Path+" "+query.Get("limit"))
		found := slices.DeleteFunc(slices.Clone(all.Connections), func(c map[string]any) bool {
			return c["connection_id"] != query.Get("connectionId") || c["provider_config_key"] != strings.TrimSpace(query.Get("integrationId"))
		})
		body, err := json.Marshal(map[string]any{"connections": found})
		answer := exchange.Answer(r)
		answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		return answer, err
	})}))
	require.NoError(t, err)
	return client
}

func recordedAuthEvent(t *testing.T, name string) *webhook.AuthEvent {
	t.Helper()
	delivery, err := replay.LoadWebhook("webhooks/" + name)
	require.NoError(t, err)
	event := new(webhook.AuthEvent)
	require.NoError(t, json.Unmarshal([]byte(delivery.Body), event))
	return event
}

// The list was recorded right after the event: the server's own words confirm each other.
func TestConfirmRecorded(t *testing.T) {
	client, server := serve(t, "connections/list-by-connection-id")
	require.NoError(t, client.ConfirmAuthEvent(t.Context(), recordedAuthEvent(t, "0001-auth-creation")))
	want := recorded(t, "connections/list-by-connection-id")
	want.Query.Set("integrationId", "demo-none")
	want.Query.Set("limit", "1")
	server.requireSent(want)

	client = recordedList(t, "connections/list-final")
	for _, event := range []string{
		"0053-auth-creation", // with an end user, an organization and tags of both
		"0034-auth-refresh",  // the list shows the failure
		"0130-auth-creation", // a failed one, of which no connection was made
	} {
		assert.NoError(t, client.ConfirmAuthEvent(t.Context(), recordedAuthEvent(t, event)), event)
	}
	// Its tags were changed after the event.
	assert.EqualError(t, client.ConfirmAuthEvent(t.Context(), recordedAuthEvent(t, "0001-auth-creation")), nango.ErrUnconfirmed.Error()+": tags")
}

func TestConfirmDifferences(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	for _, test := range []struct {
		name, recording string
		change          func(*webhook.AuthEvent)
		want            string
	}{
		{"another connection", "0053-auth-creation", func(e *webhook.AuthEvent) { e.ConnectionID += "0" }, "the connection does not exist"},
		{"another integration", "0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "canvas" }, "the connection does not exist"},
		{"an integration that the list would trim", "0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = " demo-none" }, "the connection does not exist"},
		{"several integrations", "0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "canvas,demo-none" }, "no connection can have its ids"},
		{"no integration", "0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "" }, "no connection can have its ids"},
		{"no connection", "0130-auth-creation", func(e *webhook.AuthEvent) { e.ConnectionID = "" }, "no connection can have its ids"},
		{"another provider", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Provider = "github" }, "provider"},
		{"unknown provider", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Provider = "unknown" }, ""},
		{"another customer", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Tags["end_user_id"] = "eu-2" }, "tags"},
		{"a tag more", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Tags["admin"] = "yes" }, "tags"},
		{"a tag less", "0053-auth-creation", func(e *webhook.AuthEvent) { delete(e.Tags, "team") }, "tags"},
		{"no tags", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Tags = nil }, "tags"},
		{"another end user", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser.ID = "eu-2" }, "endUser"},
		{"another address", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser.Email = new("b@example.com") }, "endUser"},
		{"no address", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser.Email = nil }, "endUser"},
		{"another organization", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser.OrganizationID = "" }, "endUser"},
		{"other tags of the end user", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser.Tags["t"] = "2" }, "endUser"},
		{"an end user where there is none", "0034-auth-refresh", func(e *webhook.AuthEvent) { e.EndUser = &webhook.EndUser{} }, "endUser"},
		{"no end user", "0053-auth-creation", func(e *webhook.AuthEvent) { e.EndUser = nil }, ""},
		{"everything", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Provider, e.Tags, e.EndUser.ID = "github", nil, "eu-2" }, "provider, tags, endUser"},
		{"override", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation = webhook.AuthOperationOverride }, ""},
		{"override of nothing", "0130-auth-creation", func(e *webhook.AuthEvent) { e.Operation = webhook.AuthOperationOverride }, "the connection does not exist"},
		{"failed override", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.Success, e.Tags = webhook.AuthOperationOverride, false, nil }, ""},
		{"failed creation of what exists", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Success = false }, "the connection exists"},
		{"refresh of what is well", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.Success = webhook.AuthOperationRefresh, false }, "success"},
		{"refresh of nothing", "0034-auth-refresh", func(e *webhook.AuthEvent) { e.ConnectionID = "conn" }, "the connection does not exist"},
		{"refresh that went well", "0034-auth-refresh", func(e *webhook.AuthEvent) { e.Success = true }, "success"},
		{"refresh with other tags", "0034-auth-refresh", func(e *webhook.AuthEvent) { e.Tags["end_user_id"] = "eu-2" }, "tags"},
		{"refresh without tags", "0034-auth-refresh", func(e *webhook.AuthEvent) { e.Tags = nil }, ""},
		{"an operation of the future", "0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation = "merge" }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			event := recordedAuthEvent(t, test.recording)
			test.change(event)
			err := client.ConfirmAuthEvent(t.Context(), event)
			if test.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, nango.ErrUnconfirmed)
			assert.EqualError(t, err, nango.ErrUnconfirmed.Error()+": "+test.want)
		})
	}
}

// A failed sync shows in the connection's errors too, which is no failed refresh.
func TestConfirmRefreshOfFailedSync(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	event := recordedAuthEvent(t, "0034-auth-refresh")
	event.ConnectionID, event.IntegrationID, event.Provider, event.Tags = "conn-none-2", "demo-none", "unauthenticated", nil
	assert.EqualError(t, client.ConfirmAuthEvent(t.Context(), event), nango.ErrUnconfirmed.Error()+": success")
}

// Without an answer nothing is confirmed and nothing denied.
func TestConfirmWithoutAnswer(t *testing.T) {
	client, _ := serve(t, "auth/connections-unknown-key")
	err := client.ConfirmAuthEvent(t.Context(), recordedAuthEvent(t, "0053-auth-creation"))
	assert.ErrorIs(t, err, nango.ErrUnauthorized)
	assert.NotErrorIs(t, err, nango.ErrUnconfirmed)
	requireArgument(t, client.ConfirmAuthEvent(t.Context(), nil), "event", "is nil")
}
