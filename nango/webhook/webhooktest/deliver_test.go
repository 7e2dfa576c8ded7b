package webhooktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/test/recordings"
)

func recordedWebhooks(t *testing.T) []*recordings.Webhook {
	names := recordings.Names("webhooks")
	require.NotEmpty(t, names)
	var all []*recordings.Webhook
	for _, name := range names {
		r, err := recordings.LoadWebhook(name)
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// A delivery of a recorded event is the one that the server sent, to the byte.
func TestRecordings(t *testing.T) {
	for _, r := range recordedWebhooks(t) {
		event, err := webhook.Parse([]byte(r.Body))
		require.NoError(t, err, r.Name)
		req, err := webhooktest.NewRequest(t.Context(), "https://app.example/nango", r.SigningKey, event)
		require.NoError(t, err)
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		require.Equal(t, r.Body, string(body), r.Name)

		want := r.Header
		want.Del("Content-Length")
		want.Del("X-Provider-Header")
		agent, sent := want.Get("User-Agent"), req.Header.Get("User-Agent")
		want.Del("User-Agent")
		req.Header.Del("User-Agent")
		require.Equal(t, want, req.Header, r.Name)
		require.Equal(t, strings.Split(agent, "-fc")[0], strings.Split(sent, ";")[0], "but for the name of the machine")
		require.Equal(t, int64(len(r.Body)), req.ContentLength)

		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, []byte(r.Body), " ", "\t"))
		encoded, err := webhooktest.Encode(json.RawMessage(indented.Bytes()))
		require.NoError(t, err)
		require.Equal(t, r.Body, string(encoded), r.Name)
	}
}

// kindOf returns the kind of event that a body is.
func kindOf(t *testing.T, body string) string {
	event, err := webhook.Parse([]byte(body))
	require.NoError(t, err)
	switch e := event.(type) {
	case *webhook.AuthEvent:
		return "auth " + string(e.Operation) + map[bool]string{true: " success", false: " failure"}[e.Success]
	case *webhook.SyncEvent:
		return "sync" + map[bool]string{true: " success", false: " failure"}[e.Success]
	case *webhook.AsyncActionEvent:
		return "async action"
	case *webhook.ForwardEvent:
		return "forward"
	case *webhook.RawEvent:
		return "raw"
	}
	return "unknown"
}

func keysOf(t *testing.T, body string) []string {
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &object))
	return slices.Sorted(maps.Keys(object))
}

// Each constructor returns an event with all keys that the server always sends with its kind, and with no key that it
// never sends.
func TestEventsAreLikeRecorded(t *testing.T) {
	for want, event := range map[string]webhook.Event{
		"auth creation success": webhooktest.AuthCreation(),
		"auth override success": webhooktest.AuthOverride(),
		"auth refresh failure":  webhooktest.AuthRefreshFailure(),
		"auth deletion success": webhooktest.AuthDeletion(),
		"sync success":          webhooktest.SyncSuccess(),
		"sync failure":          webhooktest.SyncError(),
		"async action":          webhooktest.AsyncAction(),
		"forward":               webhooktest.Forward(),
		"raw":                   webhooktest.Raw(),
		"unknown":               webhooktest.Unknown(),
	} {
		body, err := webhooktest.Encode(event)
		require.NoError(t, err)
		assert.Equal(t, want, kindOf(t, string(body)))
		received := reflect.New(reflect.TypeOf(event).Elem()).Interface()
		require.NoError(t, json.Unmarshal(body, received))
		if raw := reflect.ValueOf(received).Elem().FieldByName("Raw"); raw.IsValid() {
			assert.Equal(t, json.RawMessage(body), raw.Interface())
			raw.SetZero() // which an event that was not received does not have
		}
		assert.Equal(t, event, received)
		switch want {
		case "raw", "unknown":
			continue // any keys, and none recorded
		case "auth deletion success": // none recorded: by the server's documentation
			assert.Equal(t, keysOf(t, `{"authMode":0,"connectionId":0,"environment":0,"from":0,"operation":0,"provider":0,"providerConfigKey":0,"success":0,"tags":0,"type":0}`),
				keysOf(t, string(body)))
			continue
		}
		var always, ever []string
		for _, r := range recordedWebhooks(t) {
			if kindOf(t, r.Body) == want {
				recorded := keysOf(t, r.Body)
				if ever == nil {
					always = recorded
				}
				ever = append(ever, recorded...)
				always = slices.DeleteFunc(always, func(key string) bool { return !slices.Contains(recorded, key) })
			}
		}
		assert.Subset(t, keysOf(t, string(body)), always, want)
		assert.Subset(t, ever, keysOf(t, string(body)), want)
	}
}

func TestEventsAreNotShared(t *testing.T) {
	event := webhooktest.AuthCreation()
	event.Tags["end_user_id"] = "user-2"
	assert.Equal(t, map[string]string{"end_user_id": "user-1"}, webhooktest.AuthCreation().Tags)
}

func TestDeliver(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, t.Context(), r.Context())
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, webhook.Verify([]string{"key"}, r.Header, body))
		w.WriteHeader(http.StatusTeapot)
		w.Write(body)
	})
	response := webhooktest.Deliver(t, handler, "key", map[string]int{"b": 1, "a": 2})
	assert.Equal(t, http.StatusTeapot, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"a":2,"b":1}`, string(body))
}

func TestSignVectors(t *testing.T) {
	header := http.Header{"X-Nango-Signature": {"old", "older"}}
	webhooktest.Sign(header, "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea", []byte(`{"connectionId":"café-☃","from":"nango","type":"sync"}`))
	assert.Equal(t, http.Header{
		"X-Nango-Hmac-Sha256": {"7e6a82a83e9bb7fffa0995b2826332ebaeb98a8a77d150e23de2552a5fa5fe5e"},
		"X-Nango-Signature":   {"529d5f58a6d71e77ddb36ce82c29c2bb68ee1f1a804a41be51c0a7a3a1912369"},
	}, header)
}

func TestNewRequestFails(t *testing.T) {
	_, err := webhooktest.NewRequest(t.Context(), "/", "key", func() {})
	assert.Error(t, err)
	_, err = webhooktest.NewRequest(t.Context(), ":", "key", nil)
	assert.Error(t, err)
}

// fatalRecorder is a test that stops at Fatal.
type fatalRecorder struct {
	testing.TB
	args []any
}

func (f *fatalRecorder) Fatal(args ...any) {
	f.args = args
	runtime.Goexit()
}

// A key that no receiver accepts is refused by every function that takes a key, and no error shows it.
func TestKeysAreChecked(t *testing.T) {
	for key, want := range map[string]string{
		"":                 "webhooktest: webhook: no signing key, or an empty one",
		"s3cr3t\n":         "webhooktest: webhook: signing key 1 holds white space, a control character or a character beyond ASCII",
		" s3cr3t":          "webhooktest: webhook: signing key 1 holds white space, a control character or a character beyond ASCII",
		"s3cr3t s3cr3t":    "webhooktest: webhook: signing key 1 holds white space, a control character or a character beyond ASCII",
		"\ufeffs3cr3t":     "webhooktest: webhook: signing key 1 holds white space, a control character or a character beyond ASCII",
		"s3cr3t\x00s3cr3t": "webhooktest: webhook: signing key 1 holds white space, a control character or a character beyond ASCII",
	} {
		req, err := webhooktest.NewRequest(t.Context(), "/", key, webhooktest.SyncSuccess())
		assert.EqualError(t, err, want, "%q", key)
		assert.ErrorIs(t, err, webhook.ErrNoKey)
		assert.Nil(t, req)
		header := http.Header{}
		assert.PanicsWithError(t, want, func() { webhooktest.Sign(header, key, nil) })
		assert.Empty(t, header)

		failed, ended := &fatalRecorder{TB: t}, make(chan bool)
		go func() {
			defer close(ended)
			webhooktest.Deliver(failed, nil, key, webhooktest.SyncSuccess())
		}()
		<-ended
		require.Len(t, failed.args, 1)
		assert.EqualError(t, failed.args[0].(error), want)
	}
}
