package webhook_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

// FuzzParse holds Parse to its promise: all JSON gives an event, and no event loses anything.
func FuzzParse(f *testing.F) {
	for _, r := range recordedWebhooks(f) {
		f.Add([]byte(r.Body))
	}
	f.Add([]byte(`{"connectionId":"c","from":"nango","providerConfigKey":"i","type":"new","x":[1e999,"\ud800"]}`))
	f.Add([]byte(`{"connectionId":"c","from":"nango","operation":"merge","providerConfigKey":"i","type":"auth"}`))
	f.Add([]byte(` { "connectionId" : "c" , "type" : "x" , "type" : "fo\u0072ward" , "from" : "]}\\" , "\u0070ayload" : [ { } ] , "providerConfigKey" : "i" } `))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		if !json.Valid(body) {
			require.Error(t, err)
			require.Nil(t, event)
			return
		}
		require.NoError(t, err)
		require.Equal(t, kindOf(decodeJSON(t, body)), fmt.Sprintf("%T", event))
		queued := encodeJSON(t, event)
		require.Equal(t, decodeJSON(t, body), decodeJSON(t, queued), "nothing is lost")
		again, err := webhook.Parse(queued)
		require.NoError(t, err)
		require.IsType(t, event, again)
		fields, fieldsAgain := encodeJSON(t, withBody(event, nil)), encodeJSON(t, withBody(again, nil))
		require.Equal(t, decodeJSON(t, fields), decodeJSON(t, fieldsAgain))
	})
}

// kindOf is what the package comment says of which bodies are which events, worked out a second time on the decoded
// JSON.
func kindOf(body any) string {
	object, _ := body.(map[string]any)
	has := func(like any, keys ...string) bool {
		return !slices.ContainsFunc(keys, func(key string) bool { return reflect.TypeOf(object[key]) != reflect.TypeOf(like) })
	}
	_, payload := object["payload"]
	action, _ := object["payload"].(map[string]any)
	_, id := action["id"].(string)
	kind, _ := object["type"].(string)
	operation, _ := object["operation"].(string)
	operations := []string{"creation", "override", "refresh", "deletion"}
	switch named := has("", "from", "connectionId", "providerConfigKey"); {
	case len(object) > 1000: // of fewer, if keys are repeated, which no fuzzing comes to
		return "*webhook.RawEvent"
	case !named || kind == "" || kind == "forward" && !payload || kind != "forward" && object["from"] != "nango":
		return "*webhook.RawEvent"
	case kind == "forward":
		return "*webhook.ForwardEvent"
	case kind == "auth" && has("", "operation") && !slices.Contains(operations, operation):
		return "*webhook.UnknownEvent"
	case kind == "auth" && has("", "operation") && has(true, "success"):
		return "*webhook.AuthEvent"
	case kind == "sync" && has("", "syncName", "model") && has(true, "success"):
		return "*webhook.SyncEvent"
	case kind == "async_action" && id:
		return "*webhook.AsyncActionEvent"
	case slices.Contains([]string{"auth", "sync", "async_action"}, kind):
		return "*webhook.RawEvent"
	}
	return "*webhook.UnknownEvent"
}
