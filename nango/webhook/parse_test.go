package webhook_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

func at(second, millis int) time.Time {
	return time.Date(2026, 11, 22, 13, 34, second, millis*1e6, time.UTC)
}

func TestParseTypedEvents(t *testing.T) {
	const ids = `"connectionId":"c","providerConfigKey":"i"`
	tests := []struct {
		name, body string
		want       webhook.Event
	}{
		{"auth, creation", `{"authMode":"OAUTH2",` + ids + `,"endUser":{"endUserEmail":null,"endUserId":"u","organizationId":"o","tags":{"t":"1"}},"environment":"dev","from":"nango","operation":"creation","provider":"hubspot","success":true,"tags":{"plan":"pro"},"type":"auth"}`,
			&webhook.AuthEvent{Operation: webhook.AuthOperationCreation, Success: true, ConnectionID: "c", IntegrationID: "i", AuthMode: "OAUTH2", Provider: "hubspot", Environment: "dev",
				Tags: map[string]string{"plan": "pro"}, EndUser: &webhook.EndUser{ID: "u", OrganizationID: "o", Tags: map[string]string{"t": "1"}}}},
		{"auth, override", `{"authMode":"NONE",` + ids + `,"endUser":{"endUserEmail":"a@b.c","endUserId":"u","tags":{}},"environment":"dev","from":"nango","operation":"override","provider":"x","success":true,"tags":{},"type":"auth"}`,
			&webhook.AuthEvent{Operation: webhook.AuthOperationOverride, Success: true, ConnectionID: "c", IntegrationID: "i", AuthMode: "NONE", Provider: "x", Environment: "dev",
				Tags: map[string]string{}, EndUser: &webhook.EndUser{ID: "u", Email: new("a@b.c"), Tags: map[string]string{}}}},
		{"auth, refresh", `{"authMode":"OAUTH2",` + ids + `,"environment":"dev","error":{"description":"d","payload":{"a":1},"type":"unknown"},"from":"nango","operation":"refresh","provider":"x","success":false,"type":"auth"}`,
			&webhook.AuthEvent{Operation: webhook.AuthOperationRefresh, ConnectionID: "c", IntegrationID: "i", AuthMode: "OAUTH2", Provider: "x", Environment: "dev",
				Error: &webhook.AuthFailure{Type: "unknown", Description: "d", Payload: raw(`{"a":1}`)}}},
		{"auth, deletion", `{"authMode":"unknown",` + ids + `,"environment":"dev","from":"nango","operation":"deletion","provider":"x","success":true,"tags":{"end_user_id":"u"},"type":"auth"}`,
			&webhook.AuthEvent{Operation: webhook.AuthOperationDeletion, Success: true, ConnectionID: "c", IntegrationID: "i", AuthMode: "unknown", Provider: "x", Environment: "dev",
				Tags: map[string]string{"end_user_id": "u"}}},
		{"auth, deletion that failed, which is never sent", `{"authMode":"",` + ids + `,"environment":"","from":"nango","operation":"deletion","provider":"x","success":false,"type":"auth"}`,
			&webhook.AuthEvent{Operation: webhook.AuthOperationDeletion, ConnectionID: "c", IntegrationID: "i", Provider: "x"}},
		{"auth, an operation of the future", `{"authMode":"NEW",` + ids + `,"environment":"e","from":"nango","operation":"merge","provider":"p","success":true,"type":"auth"}`,
			&webhook.UnknownEvent{Type: "auth", ConnectionID: "c", IntegrationID: "i"}},
		{"auth, an operation of the future that failed", `{` + ids + `,"error":{"type":"t"},"from":"nango","operation":"merge","success":false,"type":"auth"}`,
			&webhook.UnknownEvent{Type: "auth", ConnectionID: "c", IntegrationID: "i"}},
		{"auth, an operation of the future without success", `{` + ids + `,"from":"nango","operation":"merge","success":"soon","type":"auth"}`,
			&webhook.UnknownEvent{Type: "auth", ConnectionID: "c", IntegrationID: "i"}},
		{"auth, an operation in another case", `{` + ids + `,"from":"nango","operation":"Creation","success":true,"type":"auth"}`,
			&webhook.UnknownEvent{Type: "auth", ConnectionID: "c", IntegrationID: "i"}},
		{"auth, no operation", `{` + ids + `,"from":"nango","operation":"","success":true,"type":"auth"}`,
			&webhook.UnknownEvent{Type: "auth", ConnectionID: "c", IntegrationID: "i"}},
		{"sync, success", `{"checkpoints":{"from":null,"to":{"round":1}},` + ids + `,"from":"nango","model":"Item","modifiedAfter":"2026-11-22T13:34:07.320Z","queryTimeStamp":"2026-11-22T13:34:07.000Z","responseResults":{"added":9007199254740993,"deleted":0,"updated":2},"success":true,"syncName":"s","syncType":"INITIAL","syncVariant":"base","type":"sync"}`,
			&webhook.SyncEvent{ConnectionID: "c", IntegrationID: "i", SyncName: "s", SyncVariant: "base", Model: "Item", SyncType: webhook.SyncTypeInitial, Success: true, ModifiedAfter: at(7, 320), QueryTimestamp: at(7, 0),
				Results: &webhook.SyncResults{Added: 9007199254740993, Updated: 2}, Checkpoints: &webhook.Checkpoints{From: raw(`null`), To: raw(`{"round":1}`)}}},
		{"sync, failure", `{` + ids + `,"error":{"additional_properties":{"upstream_response":{"status":401}},"description":"d","payload":[1],"type":"script_error"},"failedAt":"2026-11-22T13:34:09.000Z","from":"nango","model":"A,B","startedAt":"2026-11-22T13:34:08.500Z","success":false,"syncName":"s","syncType":"INCREMENTAL","syncVariant":"v","type":"sync"}`,
			&webhook.SyncEvent{ConnectionID: "c", IntegrationID: "i", SyncName: "s", SyncVariant: "v", Model: "A,B", SyncType: webhook.SyncTypeIncremental, StartedAt: at(8, 500), FailedAt: at(9, 0),
				Error: &webhook.SyncFailure{Type: "script_error", Description: "d", Payload: raw(`[1]`), AdditionalProperties: raw(`{"upstream_response":{"status":401}}`)}}},
		{"async action", `{` + ids + `,"from":"nango","payload":{"id":"17a9","statusUrl":"/action/17a9"},"type":"async_action"}`,
			&webhook.AsyncActionEvent{ConnectionID: "c", IntegrationID: "i", Action: webhook.ActionReference{ID: "17a9", StatusURL: "/action/17a9"}}},
		{"forward", `{` + ids + `,"from":"hubspot","payload":{"big":12345678901234567890,"from":"nango","type":"auth"},"type":"forward"}`,
			&webhook.ForwardEvent{Provider: "hubspot", ConnectionID: "c", IntegrationID: "i", Payload: raw(`{"big":12345678901234567890,"from":"nango","type":"auth"}`)}},
		{"forward of null", `{` + ids + `,"from":"nango","payload":null,"type":"forward"}`,
			&webhook.ForwardEvent{Provider: "nango", ConnectionID: "c", IntegrationID: "i", Payload: raw(`null`)}},
		{"unknown", `{` + ids + `,"from":"nango","payload":{"x":1},"type":"connection_deleted"}`,
			&webhook.UnknownEvent{Type: "connection_deleted", ConnectionID: "c", IntegrationID: "i"}},
		{"values beyond the constants", `{` + ids + `,"from":"nango","model":"m","success":true,"syncName":"s","syncType":"NEW","type":"sync"}`,
			&webhook.SyncEvent{ConnectionID: "c", IntegrationID: "i", SyncName: "s", Model: "m", SyncType: "NEW", Success: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := webhook.Parse([]byte(tt.body))
			require.NoError(t, err)
			assert.Equal(t, withBody(tt.want, []byte(tt.body)), got)
			assert.Equal(t, decodeJSON(t, []byte(tt.body)), decodeJSON(t, encodeJSON(t, got)))
		})
	}
}

// New keys, and values of other types than the fields have, at every level: they cost no other field, and Raw has them.
func TestParseUnknownMembers(t *testing.T) {
	tests := []struct {
		body string
		want webhook.Event
	}{
		{`{"-":{"x":1},"FROM":2,"authMode":3,"connectionId":"c","endUser":{"-":4,"endUserEmail":"e","endUserId":"u","new":5,"organizationId":""},"environment":null,"error":{"description":"d","new":{"x":6},"type":"t"},"from":"nango","operation":"creation","provider":"p","providerConfigKey":"i","success":true,"tags":null,"type":"auth"}`,
			&webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i", Provider: "p",
				EndUser: &webhook.EndUser{ID: "u", Email: new("e")},
				Error:   &webhook.AuthFailure{Type: "t", Description: "d"}}},
		{`{"checkpoints":null,"connectionId":"c","error":"text","failedAt":"yesterday","from":"nango","model":"m","modifiedAfter":5,"providerConfigKey":"i","queryTimeStamp":null,"responseResults":{"added":1.5,"deleted":0,"skipped":7,"updated":0},"success":true,"syncName":"s","syncVariant":"","type":"sync"}`,
			&webhook.SyncEvent{ConnectionID: "c", IntegrationID: "i", SyncName: "s", Model: "m", Success: true,
				Results: &webhook.SyncResults{}}},
		{`{"connectionId":"c","endUser":{"endUserEmail":1,"endUserId":"u","tags":{"a":null}},"from":"nango","operation":"creation","provider":"","authMode":"","environment":"","providerConfigKey":"i","success":true,"tags":{"a":"b","c":1},"type":"auth"}`,
			&webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i",
				EndUser: &webhook.EndUser{ID: "u"}}},
		{`{"connectionId":"c","failedAt":"0001-01-01T00:00:00Z","from":"nango","model":"m","providerConfigKey":"i","success":false,"syncName":"s","type":"sync"}`,
			&webhook.SyncEvent{ConnectionID: "c", IntegrationID: "i", SyncName: "s", Model: "m"}},
		{`{"connectionId":"c","from":"nango","payload":{"id":"a","output":[1]},"providerConfigKey":"i","success":true,"type":"async_action"}`,
			&webhook.AsyncActionEvent{ConnectionID: "c", IntegrationID: "i", Action: webhook.ActionReference{ID: "a"}}},
		{`{"connectionId":"c","from":"x","headers":{},"payload":[],"providerConfigKey":"i","type":"forward"}`,
			&webhook.ForwardEvent{Provider: "x", ConnectionID: "c", IntegrationID: "i", Payload: raw(`[]`)}},
	}
	for _, tt := range tests {
		got, err := webhook.Parse([]byte(tt.body))
		require.NoError(t, err)
		assert.Equal(t, withBody(tt.want, []byte(tt.body)), got)
		assert.Equal(t, decodeJSON(t, []byte(tt.body)), decodeJSON(t, encodeJSON(t, got)), "nothing is lost")
	}
}

// TestParseTakesTheRestAsRaw holds bodies that look like an event of Nango's own and are none.
func TestParseTakesTheRestAsRaw(t *testing.T) {
	const ids = `"connectionId":"c","providerConfigKey":"i",`
	bodies := []string{`null`, `true`, `0`, `12345678901234567890`, `"auth"`, `[]`, `[{"from":"nango","type":"auth"}]`, `{}`, ` {"a" : 1} `,
		`{"from":"nango","type":"auth"}`,
		`{` + ids + `"from":"nango","type":"auth","operation":"creation"}`,
		`{` + ids + `"from":"nango","type":"auth","operation":"creation","success":"true"}`,
		`{` + ids + `"from":"nango","type":"auth","operation":null,"success":true}`,
		`{` + ids + `"from":"hubspot","type":"auth","operation":"creation","success":true}`,
		`{` + ids + `"from":"Nango","type":"auth","operation":"creation","success":true}`,
		`{` + ids + `"from":"nango","Type":"auth","operation":"creation","success":true}`,
		`{` + ids + `"From":"nango","type":"auth","operation":"creation","success":true}`,
		`{"ConnectionId":"c","providerConfigKey":"i","from":"nango","type":"auth","operation":"creation","success":true}`,
		`{"connectionId":7,"providerConfigKey":"i","from":"nango","type":"auth","operation":"creation","success":true}`,
		`{"connectionId":"c","from":"nango","type":"connection_deleted"}`,
		`{` + ids + `"from":["nango"],"type":"new"}`, `{` + ids + `"from":"nango","type":""}`, `{` + ids + `"from":"nango","type":1}`, `{` + ids + `"type":"new"}`,
		`{` + ids + `"from":"nango","type":"sync","syncName":"s","success":true}`,
		`{` + ids + `"from":"nango","type":"sync","syncName":"s","model":["m"],"success":true}`,
		`{` + ids + `"from":"nango","type":"async_action","payload":"17a9"}`,
		`{` + ids + `"from":"nango","type":"async_action","payload":{"id":17}}`,
		`{` + ids + `"from":"nango","type":"async_action"}`,
		`{` + ids + `"from":"nango","type":"forward"}`, `{` + ids + `"from":"hubspot","type":"forward"}`, `{` + ids + `"type":"forward","payload":{}}`,
		`{"connectionId":"c","from":"hubspot","type":"forward","payload":{}}`,
		`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
	}
	for _, body := range bodies {
		buffer := []byte(body)
		got, err := webhook.Parse(buffer)
		require.NoError(t, err, "%.200s", body)
		assert.Equal(t, &webhook.RawEvent{Body: raw(body)}, got, "%.200s", body)
		assert.JSONEq(t, body, string(encodeJSON(t, got)))
		clear(buffer)
		assert.Equal(t, &webhook.RawEvent{Body: raw(body)}, got, "the event must not share the caller's buffer")
	}
}

func TestParseRefusesWhatIsNotJSON(t *testing.T) {
	for body, want := range map[string]string{
		"":                     "webhook: the body is not JSON (at offset 0)",
		"payload=s3cr3t":       "webhook: the body is not JSON (at offset 1)",
		`{"token":"s3cr3t"`:    "webhook: the body is not JSON (at offset 17)",
		`{"token":"s3cr3t"} x`: "webhook: the body is not JSON (at offset 20)",
		`{"token":s3cr3t}`:     "webhook: the body is not JSON (at offset 10)",
		strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000): "webhook: the body is not JSON (at offset 10001)",
	} {
		event, err := webhook.Parse([]byte(body))
		assert.EqualError(t, err, want)
		assert.Nil(t, event)
		assert.Nil(t, errors.Unwrap(err))
	}
}
