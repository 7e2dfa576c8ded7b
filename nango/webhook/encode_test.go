package webhook_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

// The fields hold every recorded key: without Raw, too, the encoded event is the recorded body.
func TestRecordingsParseAndEncode(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recordedWebhooks(t) {
		event, err := webhook.Parse([]byte(r.Body))
		require.NoError(t, err, r.Name)
		seen[fmt.Sprintf("%T", event)] = true
		assert.Contains(t, r.Name, recordedAs(event), "%T", event)
		assert.Equal(t, decodeJSON(t, []byte(r.Body)), decodeJSON(t, encodeJSON(t, event)), r.Name)

		decoded := reflect.New(reflect.TypeOf(event).Elem()).Interface().(webhook.Event)
		require.NoError(t, json.Unmarshal(encodeJSON(t, event), decoded), r.Name)
		for _, e := range []webhook.Event{event, decoded} {
			assert.Equal(t, decodeJSON(t, []byte(r.Body)), decodeJSON(t, encodeJSON(t, withBody(e, nil))), r.Name)
		}
	}
	assert.Len(t, seen, 5, "there is a recording of each kind but the unknown")
}

// recordedAs is what the name of a recording says of such an event.
func recordedAs(e webhook.Event) string {
	switch e := e.(type) {
	case *webhook.AuthEvent:
		return "-auth-" + string(e.Operation)
	case *webhook.SyncEvent:
		return "-sync-" + e.SyncName
	case *webhook.AsyncActionEvent:
		return "-async_action"
	case *webhook.ForwardEvent:
		return "-forward"
	case *webhook.RawEvent:
		return "-raw"
	}
	return "no name"
}

func TestUnmarshalJSONRefusesOtherEvents(t *testing.T) {
	body := `{"connectionId":"c","from":"hubspot","payload":1,"providerConfigKey":"i","type":"forward"}`
	later := `{"connectionId":"c","from":"nango","operation":"merge","providerConfigKey":"i","success":true,"type":"auth"}`
	before := webhook.AuthEvent{ConnectionID: "kept"}
	event := before
	assert.EqualError(t, json.Unmarshal([]byte(body), &event), "webhook: the JSON of a *webhook.ForwardEvent where that of a *webhook.AuthEvent is expected")
	assert.EqualError(t, json.Unmarshal([]byte(later), &event), "webhook: the JSON of a *webhook.UnknownEvent where that of a *webhook.AuthEvent is expected")
	assert.Equal(t, before, event)

	var forward webhook.ForwardEvent
	require.NoError(t, json.Unmarshal([]byte(body), &forward))
	assert.Equal(t, webhook.ForwardEvent{Provider: "hubspot", ConnectionID: "c", IntegrationID: "i", Payload: raw(`1`), Raw: raw(body)}, forward)
}

// TestZeroEventsEncode guards against nil fields in events that were not parsed.
func TestZeroEventsEncode(t *testing.T) {
	for want, event := range map[string]webhook.Event{
		`{"authMode":"","connectionId":"","environment":"","from":"nango","operation":"","provider":"","providerConfigKey":"","success":false,"type":"auth"}`: &webhook.AuthEvent{},
		`{"connectionId":"","from":"nango","model":"","providerConfigKey":"","success":false,"syncName":"","type":"sync"}`:                                    &webhook.SyncEvent{},
		`{"connectionId":"","from":"nango","payload":{"id":""},"providerConfigKey":"","type":"async_action"}`:                                                 &webhook.AsyncActionEvent{},
		`{"connectionId":"","from":"","payload":null,"providerConfigKey":"","type":"forward"}`:                                                                &webhook.ForwardEvent{},
		`{"connectionId":"","from":"nango","providerConfigKey":"","type":""}`:                                                                                 &webhook.UnknownEvent{},
		`null`: &webhook.RawEvent{},
	} {
		assert.Equal(t, want, string(encodeJSON(t, event)))
	}
}

// Queued as JSON and read back, an event is the same, with what no field holds.
func TestEventsInQueue(t *testing.T) {
	for _, event := range allEvents() {
		want, decoded := delivered(t, event), reflect.New(reflect.TypeOf(event).Elem()).Interface()
		require.NoError(t, json.Unmarshal(encodeJSON(t, want), decoded))
		assert.Equal(t, want, decoded)
	}
	body := `{"a":[1,{"b":null}],"connectionId":"c","from":"nango","model":"m","providerConfigKey":"i",` +
		`"responseResults":{"added":1.5,"skipped":2},"success":true,"syncName":"s","type":"sync"}`
	var event, decoded webhook.SyncEvent
	require.NoError(t, json.Unmarshal([]byte(body), &event))
	require.NoError(t, json.Unmarshal(encodeJSON(t, event), &decoded))
	assert.Equal(t, event, decoded)
	assert.Equal(t, body, string(decoded.Raw))
}

// The JSON of an event says what its fields say now, and never what Raw said of a field that has changed.
func TestChangedEventsEncode(t *testing.T) {
	const ids = `"connectionId":"c","from":"nango","providerConfigKey":"i",`
	auth := `{"authMode":3,` + ids + `"endUser":{"endUserEmail":"a@b.c","endUserId":"u","new":1},"error":{"new":2,"type":"t"},"new":3,` +
		`"operation":"creation","provider":"p","success":true,"tags":{"a":"1","b":"2"},"type":"auth"}`
	sync := `{` + ids + `"failedAt":"2026-11-22T13:34:09.5Z","model":"m","startedAt":"2026-11-22T13:34:09.1234Z","success":false,"syncName":"s","type":"sync"}`
	for _, tt := range []struct {
		name, body string
		change     func(webhook.Event)
		want       string
	}{
		{"nothing", auth, func(webhook.Event) {}, auth},
		{"tags", auth, func(e webhook.Event) { delete(e.(*webhook.AuthEvent).Tags, "a") },
			strings.Replace(auth, `{"a":"1","b":"2"}`, `{"b":"2"}`, 1)},
		{"no tags", auth, func(e webhook.Event) { e.(*webhook.AuthEvent).Tags = nil },
			strings.Replace(auth, `"tags":{"a":"1","b":"2"},`, ``, 1)},
		{"an end user, whose unknown members go", auth, func(e webhook.Event) { e.(*webhook.AuthEvent).EndUser.ID = "v" },
			strings.Replace(auth, `{"endUserEmail":"a@b.c","endUserId":"u","new":1}`, `{"endUserEmail":"a@b.c","endUserId":"v"}`, 1)},
		{"no end user", auth, func(e webhook.Event) { e.(*webhook.AuthEvent).EndUser = nil },
			strings.Replace(auth, `"endUser":{"endUserEmail":"a@b.c","endUserId":"u","new":1},`, ``, 1)},
		{"a value of another type", auth, func(e webhook.Event) { e.(*webhook.AuthEvent).AuthMode = "NONE" },
			strings.Replace(auth, `"authMode":3`, `"authMode":"NONE"`, 1)},
		{"a field that was not there", auth, func(e webhook.Event) { e.(*webhook.AuthEvent).Environment = "dev" },
			strings.Replace(auth, `"error"`, `"environment":"dev","error"`, 1)},
		{"no Raw", auth, func(e webhook.Event) { withBody(e, nil) },
			`{"authMode":"",` + ids + `"endUser":{"endUserEmail":"a@b.c","endUserId":"u"},"environment":"","error":{"description":"","type":"t"},` +
				`"operation":"creation","provider":"p","success":true,"tags":{"a":"1","b":"2"},"type":"auth"}`},
		{"a Raw that is no JSON", sync, func(e webhook.Event) { withBody(e, raw(`{"a":`)) },
			strings.NewReplacer(`09.5Z`, `09.500Z`).Replace(sync)},
		{"a Raw that is no object", sync, func(e webhook.Event) { withBody(e, raw(`null`)) },
			strings.NewReplacer(`09.5Z`, `09.500Z`).Replace(sync)},
		{"a Raw with nothing but an operation", `{` + ids + `"type":"new"}`, func(e webhook.Event) {
			e.(*webhook.UnknownEvent).Type = "auth"
			withBody(e, raw(`{"operation":"merge"}`))
		}, `{` + ids + `"operation":"merge","type":"auth"}`},
		{"a time", sync, func(e webhook.Event) {
			e.(*webhook.SyncEvent).StartedAt = time.Date(2026, 11, 22, 14, 34, 9, 0, time.FixedZone("", 3600))
		}, strings.Replace(sync, `09.1234Z`, `09.000Z`, 1)},
		{"the payload of a forward", `{` + ids + `"payload":{"a":1},"type":"forward","x":[1]}`,
			func(e webhook.Event) { e.(*webhook.ForwardEvent).Payload = raw(`[]`) }, `{` + ids + `"payload":[],"type":"forward","x":[1]}`},
		{"the action of an async action", `{` + ids + `"payload":{"id":"a","x":1},"type":"async_action"}`,
			func(e webhook.Event) { e.(*webhook.AsyncActionEvent).Action.ID = "b" }, `{` + ids + `"payload":{"id":"b"},"type":"async_action"}`},
		{"the ids of an unknown event", `{` + ids + `"type":"new","x":1}`,
			func(e webhook.Event) { e.(*webhook.UnknownEvent).ConnectionID = "d" },
			`{` + strings.Replace(ids, `"c"`, `"d"`, 1) + `"type":"new","x":1}`},
		{"repeated keys", `{"tags":{"a":"1"},` + ids + `"operation":"creation","success":true,"tags":{"a":"2"},"\u0074ags":{"a":"3"},"type":"auth"}`,
			func(e webhook.Event) { e.(*webhook.AuthEvent).Tags = nil }, `{` + ids + `"operation":"creation","success":true,"type":"auth"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			event, err := webhook.Parse([]byte(tt.body))
			require.NoError(t, err)
			tt.change(event)
			queued := encodeJSON(t, event)
			assert.JSONEq(t, tt.want, string(queued))
			decoded, err := webhook.Parse(queued)
			require.NoError(t, err)
			assert.Equal(t, decodeJSON(t, encodeJSON(t, withBody(event, nil))), decodeJSON(t, encodeJSON(t, withBody(decoded, nil))),
				"the fields are the same when it is read back")
		})
	}
}

func TestEncodeFails(t *testing.T) {
	for _, event := range []webhook.Event{
		&webhook.ForwardEvent{Payload: raw(`{"a":`)},
		&webhook.AuthEvent{Error: &webhook.AuthFailure{Payload: raw(`x`)}, Raw: raw(`{}`)},
	} {
		_, err := json.Marshal(event)
		assert.Error(t, err)
	}
}
