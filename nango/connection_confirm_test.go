//lint:file-ignore SA1019 what is deprecated is still sent

package nango_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/test/recordings"
)

// recordedList answers a list as the server does, out of the connections of a recorded list.
func recordedList(t *testing.T, recording string) *nango.Client {
	t.Helper()
	exchange, err := recordings.Load(recording)
	require.NoError(t, err)
	var all struct {
		Connections []map[string]any `json:"connections"`
	}
	require.NoError(t, json.Unmarshal([]byte(exchange.Response.Body), &all))
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		query := r.URL.Query()
		assert.Equal(t, []string{"connectionId", "limit"}, slices.Sorted(maps.Keys(query)), "under whichever integration")
		assert.Equal(t, "GET /connections", r.Method+" "+r.URL.Path)
		found := slices.DeleteFunc(slices.Clone(all.Connections), func(c map[string]any) bool {
			return c["connection_id"] != query.Get("connectionId")
		})
		body, err := json.Marshal(map[string]any{"connections": found})
		response := exchange.Respond(r)
		response.Body, response.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		return response, err
	})}))
	require.NoError(t, err)
	return client
}

func recordedAuthEvent(t *testing.T, name string) *webhook.AuthEvent {
	t.Helper()
	delivery, err := recordings.LoadWebhook("webhooks/" + name)
	require.NoError(t, err)
	event := new(webhook.AuthEvent)
	require.NoError(t, json.Unmarshal([]byte(delivery.Body), event))
	return event
}

// The list was recorded right after the event: the server's own words confirm each other, and nothing changes but that the server
// does not name the end user of an import in its event.
func TestConfirmRecorded(t *testing.T) {
	client, server := serve(t, "connections/list-by-connection-id")
	event := recordedAuthEvent(t, "0001-auth-creation")
	require.NoError(t, client.ConfirmAuthEvent(t.Context(), event))
	want := recordedAuthEvent(t, "0001-auth-creation")
	want.EndUser = &webhook.EndUser{ID: "user-1", Email: new("jane@example.com"), Tags: map[string]string{"plan": "pro"}}
	assertConfirmed(t, want, event)
	request := recorded(t, "connections/list-by-connection-id")
	request.Query.Set("limit", "1000")
	server.requireSent(request)

	client = recordedList(t, "connections/list-final")
	for _, name := range []string{
		"0053-auth-creation", // with an end user, an organization and tags of both
		"0139-auth-creation", // with an end user who has nothing but an id
		"0034-auth-refresh",  // the list shows the failure
		"0116-auth-refresh",
		"0130-auth-creation", // a failed one, of which no connection was made
	} {
		event := recordedAuthEvent(t, name)
		if assert.NoError(t, client.ConfirmAuthEvent(t.Context(), event), name) {
			assertConfirmed(t, recordedAuthEvent(t, name), event)
		}
	}
}

// The list was recorded after tags and end user of the connection had been changed: the true event gets through, and says what the
// API says.
func TestConfirmAfterChange(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	event, want := recordedAuthEvent(t, "0001-auth-creation"), recordedAuthEvent(t, "0001-auth-creation")
	require.Equal(t, "pro", event.Tags["plan"])
	require.NoError(t, client.ConfirmAuthEvent(t.Context(), event))
	want.Tags = map[string]string{
		"region": "EU", "projectid": "p-1", "end_user_id": "user-1", "end_user_email": "jane@example.com", "end_user_display_name": "Jane",
	}
	want.EndUser = &webhook.EndUser{ID: "user-1", Email: new("jane@example.com"), Tags: map[string]string{}}
	assertConfirmed(t, want, event)
}

// assertConfirmed compares events whose Raw may be written in another order. Raw of a confirmed event says the same as its fields.
func assertConfirmed(t *testing.T, want, got *webhook.AuthEvent) {
	t.Helper()
	assert.JSONEq(t, string(encodeJSON(t, want)), string(got.Raw))
	wantFields, gotFields := *want, *got
	wantFields.Raw, gotFields.Raw = nil, nil
	assert.Equal(t, wantFields, gotFields)
}

const (
	creation, override = webhook.AuthOperationCreation, webhook.AuthOperationOverride
	refresh, deletion  = webhook.AuthOperationRefresh, webhook.AuthOperationDeletion

	gone     = "the connection does not exist"
	exists   = "the connection exists"
	inVain   = "the connection exists; whether somebody tried in vain to connect it again shows nowhere in the API"
	healthy  = "the connection has no error of the type auth; whether it had one, or an attempt to connect it again failed, shows nowhere in the API"
	noIDs    = "no connection can have its ids"
	oddIDs   = "its ids hold what no server takes or what could be lost in a comparison, such as a space at the end"
	another  = "a connection of this id exists under another integration"
	provider = "the connection is of another provider"
)

// Every operation, well and failed, about a connection that is well, one whose credentials fail, one whose sync failed, and none.
func TestConfirmByTheConnection(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	well, failing := recordedAuthEvent(t, "0053-auth-creation"), recordedAuthEvent(t, "0034-auth-refresh")
	sync, none := *failing, recordedAuthEvent(t, "0130-auth-creation")
	sync.ConnectionID, sync.IntegrationID, sync.Provider = "conn-none-2", "demo-none", "unauthenticated"
	const noRefresh, noDeletion = "the server sends no event of a refresh that succeeded", "the server sends no event of a deletion that failed"
	unknown := func(operation string) string {
		return "this version of the SDK does not know the operation " + operation + " and cannot tell what the API would say after it"
	}
	for _, tt := range []struct {
		operation                 webhook.AuthOperation
		success                   bool
		well, failing, sync, none string
	}{
		{creation, true, "", "", "", gone},
		{creation, false, inVain, inVain, inVain, ""},
		{override, true, "", "", "", gone},
		{override, false, healthy, "", healthy, gone},
		{refresh, true, noRefresh, noRefresh, noRefresh, noRefresh},
		{refresh, false, healthy, "", healthy, gone},
		{deletion, true, exists, exists, exists, ""},
		{deletion, false, noDeletion, noDeletion, noDeletion, noDeletion},
		{"merge", true, unknown(`"merge"`), unknown(`"merge"`), unknown(`"merge"`), unknown(`"merge"`)},
		{"merge", false, unknown(`"merge"`), unknown(`"merge"`), unknown(`"merge"`), unknown(`"merge"`)},
		{"Creation", true, unknown(`"Creation"`), unknown(`"Creation"`), unknown(`"Creation"`), unknown(`"Creation"`)},
		{"", false, unknown(`""`), unknown(`""`), unknown(`""`), unknown(`""`)},
		{"a\n\x1b[m", true, unknown(`"a\n\x1b[m"`), unknown(`"a\n\x1b[m"`), unknown(`"a\n\x1b[m"`), unknown(`"a\n\x1b[m"`)},
	} {
		for about, want := range map[*webhook.AuthEvent]string{well: tt.well, failing: tt.failing, &sync: tt.sync, none: tt.none} {
			event := *about
			event.Operation, event.Success, event.Error = tt.operation, tt.success, nil
			if !tt.success {
				event.Error = &webhook.AuthFailure{Type: "t", Description: "d"}
			}
			before := event
			name := fmt.Sprintf("%q %t of %s", tt.operation, tt.success, about.ConnectionID)
			err := client.ConfirmAuthEvent(t.Context(), &event)
			if want == "" {
				assert.NoError(t, err, name)
				continue
			}
			assert.ErrorIs(t, err, nango.ErrUnconfirmed, name)
			assert.EqualError(t, err, nango.ErrUnconfirmed.Error()+": "+want, name)
			assert.Equal(t, before, event, "what is not confirmed stays as it was: %s", name)
		}
	}
}

// What can never change is compared.
func TestConfirmCompares(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	for name, test := range map[string]struct {
		recording string
		change    func(*webhook.AuthEvent)
		want      string
	}{
		"another connection":                {"0053-auth-creation", func(e *webhook.AuthEvent) { e.ConnectionID += "0" }, gone},
		"another integration":               {"0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "canvas" }, gone},
		"an integration with a space":       {"0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = " demo-none" }, gone},
		"several integrations":              {"0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "canvas,demo-none" }, gone},
		"no integration":                    {"0053-auth-creation", func(e *webhook.AuthEvent) { e.IntegrationID = "" }, noIDs},
		"no connection":                     {"0130-auth-creation", func(e *webhook.AuthEvent) { e.ConnectionID = "" }, noIDs},
		"deletion of several integrations":  {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.IntegrationID = deletion, "canvas,demo-none" }, another},
		"deletion from another integration": {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.IntegrationID = deletion, "made-up" }, another},
		"deletion with a space":             {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.ConnectionID = deletion, e.ConnectionID+" " }, oddIDs},
		"deletion with a letter that looks like another": {"0130-auth-creation", func(e *webhook.AuthEvent) {
			e.Operation, e.Success, e.ConnectionID = deletion, true, "\uff43"+e.ConnectionID
		}, oddIDs},
		"deletion with a new line":     {"0130-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.Success, e.IntegrationID = deletion, true, "demo\n" }, oddIDs},
		"failed creation elsewhere":    {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Success, e.IntegrationID = false, "made-up" }, another},
		"another provider":             {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Provider = "github" }, provider},
		"no provider":                  {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Provider = "" }, provider},
		"override of another provider": {"0053-auth-creation", func(e *webhook.AuthEvent) { e.Operation, e.Provider = override, "github" }, provider},
		"refresh of another provider":  {"0034-auth-refresh", func(e *webhook.AuthEvent) { e.Provider = "github" }, provider},
		"deletion whose provider cannot be compared": {"0130-auth-creation", func(e *webhook.AuthEvent) {
			e.Operation, e.Success, e.Provider = deletion, true, "github"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
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

// Whatever an event says of whose connection it is, once confirmed it says what the API says.
func TestConfirmOverwrites(t *testing.T) {
	client := recordedList(t, "connections/list-final")
	other := map[string]string{"end_user_id": "eu-2"}
	const raw = `{"end_user_id":"eu-2","n":1}`
	add := func(members string) func(*webhook.AuthEvent) { // behind those of the body, so that they count
		return func(e *webhook.AuthEvent) {
			body := encodeJSON(t, e)
			require.NoError(t, json.Unmarshal([]byte(string(body[:len(body)-1])+","+members+"}"), e))
		}
	}
	changes := map[string]func(*webhook.AuthEvent){
		"another customer":           func(e *webhook.AuthEvent) { e.Tags = other },
		"a tag more":                 func(e *webhook.AuthEvent) { e.Tags = map[string]string{"end_user_id": "eu-1", "admin": "yes"} },
		"no tags":                    func(e *webhook.AuthEvent) { e.Tags = nil },
		"tags of no tag":             func(e *webhook.AuthEvent) { e.Tags = map[string]string{} },
		"another end user":           func(e *webhook.AuthEvent) { e.EndUser = &webhook.EndUser{ID: "eu-2", Email: new("b@example.com")} },
		"an end user with more":      add(`"endUser":{"endUserId":"eu-2","x":` + raw + `}`),
		"no end user":                func(e *webhook.AuthEvent) { e.EndUser = nil },
		"tags that are no texts":     add(`"tags":` + raw),
		"an end user that is none":   add(`"endUser":"eu-2","tags":` + raw),
		"tags that are repeated":     add(`"tags":{"end_user_id":"eu-2"},"tags":` + raw + `,"\u0074ags":{"end_user_id":"eu-2"}`),
		"other tags and user":        add(`"endUser":{"endUserId":"eu-2","tags":{"x":"eu-2"}},"tags":{"end_user_id":"eu-2"}`),
		"keys in another case":       add(`"EndUser":{"endUserId":"eu-2"},"ENDUSER":"eu-2","Tags":{"end_user_id":"eu-2"},"tag\u017f":` + raw),
		"a provider that it forgot":  func(e *webhook.AuthEvent) { e.Provider = "unknown" },
		"an event that was not read": func(e *webhook.AuthEvent) { e.Raw, e.Tags = encodeJSON(t, e), other },
	}
	confirmed := func(t *testing.T, recording string, forge func(*webhook.AuthEvent), change func(*webhook.AuthEvent)) *webhook.AuthEvent {
		event := recordedAuthEvent(t, recording)
		forge(event)
		change(event)
		require.NoError(t, client.ConfirmAuthEvent(t.Context(), event))
		return event
	}
	for name, change := range changes {
		for operation, forge := range map[string]func(*webhook.AuthEvent){
			"0053-auth-creation": func(*webhook.AuthEvent) {},
			"0001-auth-creation": func(e *webhook.AuthEvent) { e.Operation = override },
			"0034-auth-refresh":  func(*webhook.AuthEvent) {},
			"0116-auth-refresh":  func(e *webhook.AuthEvent) { e.Operation = override },
		} {
			t.Run(name+" "+operation, func(t *testing.T) {
				want := confirmed(t, operation, forge, func(*webhook.AuthEvent) {})
				got := confirmed(t, operation, forge, change)
				assert.Equal(t, want, got)
				assert.NotContains(t, string(encodeJSON(t, got)), "eu-2", "nor when it is queued as JSON")
				assert.NotContains(t, string(got.Raw), "eu-2")
				queued := new(webhook.AuthEvent)
				require.NoError(t, json.Unmarshal(encodeJSON(t, got), queued))
				assert.Equal(t, got, queued)
			})
		}
		t.Run(name+" where there is no connection", func(t *testing.T) {
			for _, gone := range []func(*webhook.AuthEvent){
				func(*webhook.AuthEvent) {}, // a failed creation
				func(e *webhook.AuthEvent) { e.Operation, e.Success, e.Error = deletion, true, nil },
			} {
				want := recordedAuthEvent(t, "0130-auth-creation")
				gone(want)
				got := confirmed(t, "0130-auth-creation", gone, change)
				want.Provider = got.Provider // which nothing tells
				want.Raw = encodeJSON(t, want)
				require.Nil(t, want.Tags)
				assert.Equal(t, want, got)
			}
		})
	}
	t.Run("what else it does not know stays", func(t *testing.T) {
		want := confirmed(t, "0053-auth-creation", func(*webhook.AuthEvent) {}, func(*webhook.AuthEvent) {})
		got := confirmed(t, "0053-auth-creation", func(*webhook.AuthEvent) {}, add(`"tags":`+raw+`,"new":`+raw))
		want.Raw = []byte(strings.Replace(string(want.Raw), `"operation"`, `"new":`+raw+`,"operation"`, 1))
		assert.Equal(t, want, got)
	})
	t.Run("an event that was made by hand", func(t *testing.T) {
		event := &webhook.AuthEvent{
			Operation: creation, ConnectionID: "made-up", IntegrationID: "demo-none",
			Error: &webhook.AuthFailure{Payload: json.RawMessage(`{"a":`)}, Tags: other, Raw: json.RawMessage(raw),
		}
		require.NoError(t, client.ConfirmAuthEvent(t.Context(), event))
		assert.Nil(t, event.Raw, "what cannot be encoded has no Raw")
		assert.Nil(t, event.Tags)
	})
}

func encodeJSON(t *testing.T, v any) []byte {
	t.Helper()
	encoded, err := json.Marshal(v)
	require.NoError(t, err)
	return encoded
}

// What Nango never sends is refused without a request.
func TestConfirmMakesNoNeedlessRequest(t *testing.T) {
	client, err := nango.New(apiKey, nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		t.Error("a request")
		return nil, io.EOF
	})}))
	require.NoError(t, err)
	for _, event := range []webhook.AuthEvent{
		{Operation: "merge", Success: true, ConnectionID: "c", IntegrationID: "i"}, {Operation: refresh, Success: true, ConnectionID: "c", IntegrationID: "i"},
		{Operation: deletion, ConnectionID: "c", IntegrationID: "i"}, {Operation: creation, Success: true, ConnectionID: "c"}, {},
	} {
		assert.ErrorIs(t, client.ConfirmAuthEvent(t.Context(), &event), nango.ErrUnconfirmed)
	}
}

// Without a response nothing is confirmed and nothing denied.
func TestConfirmWithoutResponse(t *testing.T) {
	client, _ := serve(t, "auth/connections-unknown-key")
	event := recordedAuthEvent(t, "0053-auth-creation")
	err := client.ConfirmAuthEvent(t.Context(), event)
	assert.ErrorIs(t, err, nango.ErrUnauthorized)
	assert.NotErrorIs(t, err, nango.ErrUnconfirmed)
	assert.Equal(t, recordedAuthEvent(t, "0053-auth-creation"), event)
	requireArgument(t, client.ConfirmAuthEvent(t.Context(), nil), "event", "is nil")
}
