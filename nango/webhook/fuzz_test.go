package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

// FuzzVerify holds Verify to its definition, worked out here a second time.
func FuzzVerify(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.SigningKey, r.Header[webhook.SignatureHeader], []byte(r.Body))
		f.Add(r.SigningKey, r.Header["X-Nango-Signature"], []byte(r.Body))
	}
	f.Add("", "", []byte(nil))
	f.Add("key\n", "", []byte(nil))
	f.Add("\xff", "", []byte(nil))
	f.Fuzz(func(t *testing.T, key, signature string, body []byte) {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		right := hex.EncodeToString(mac.Sum(nil))
		for _, sent := range []string{signature, right} {
			err := webhook.Verify([]string{"another-key", key}, http.Header{webhook.SignatureHeader: {sent}}, body)
			switch {
			case !regexp.MustCompile(`^[!-~]+$`).MatchString(key):
				assert.ErrorIs(t, err, webhook.ErrNoKey)
			case sent == right:
				assert.NoError(t, err)
			default:
				assert.ErrorIs(t, err, webhook.ErrInvalidSignature)
			}
		}
	})
}

// FuzzParse holds Parse to its promise: all JSON gives an event, and no event loses anything.
func FuzzParse(f *testing.F) {
	for _, r := range recordings(f) {
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
		require.Equal(t, kindOf(untyped(t, body)), fmt.Sprintf("%T", event))
		again, err := webhook.Parse(encoded(t, event))
		require.NoError(t, err)
		require.IsType(t, event, again)
		require.Equal(t, unified(t, encoded(t, event)), unified(t, encoded(t, again)))
		requireWithin(t, unified(t, body), unified(t, encoded(t, event)))
	})
}

// kindOf is what the package comment says of which bodies are which events, worked out a second time on the decoded JSON.
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

// requireWithin fails if got lacks anything of want. What got has beyond it are the zero values of
// keys that the server always sends.
func requireWithin(t *testing.T, want, got any) {
	object, ok := want.(map[string]any)
	if !ok {
		require.Equal(t, want, got)
		return
	}
	encoded, ok := got.(map[string]any)
	require.True(t, ok, "%v became %v", want, got)
	for key, value := range object {
		require.Contains(t, encoded, key)
		requireWithin(t, value, encoded[key])
		delete(encoded, key)
	}
	for key, value := range encoded {
		require.Contains(t, []any{"", false, nil, json.Number("0")}, value, key)
	}
}

// unified decodes JSON and brings what may be written in several ways, times and the number
// zero, into one.
func unified(tb testing.TB, data []byte) any {
	var unify func(any) any
	unify = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for key := range v {
				v[key] = unify(v[key])
			}
		case []any:
			for i := range v {
				v[i] = unify(v[i])
			}
		case string:
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				return at.UTC()
			}
		case json.Number:
			if v == "-0" {
				return json.Number("0")
			}
		}
		return v
	}
	return unify(untyped(tb, data))
}
