package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

// recording is one delivery of a real server.
type recording struct {
	Name       string
	SigningKey string `json:"signing_key"`
	Header     map[string]string
	Body       string
}

func (r recording) header() http.Header {
	h := http.Header{}
	for name, value := range r.Header {
		h.Set(name, value)
	}
	return h
}

func recordings(tb testing.TB) []recording {
	files, err := filepath.Glob("../../test/recordings/webhooks/*.json")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	all := make([]recording, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(tb, err)
		require.NoError(tb, json.Unmarshal(data, &all[i]))
	}
	return all
}

// untyped decodes JSON with its numbers as they are written.
func untyped(tb testing.TB, data []byte) any {
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	require.NoError(tb, dec.Decode(&v))
	return v
}

func TestRecordingsVerify(t *testing.T) {
	for _, r := range recordings(t) {
		require.NoError(t, webhook.Verify([]string{r.SigningKey}, r.header(), []byte(r.Body)), r.Name)
	}
}

// TestRecordingsParseAndEncodeBack proves that the typed fields carry every recorded key: nothing
// is in an Extra, and the encoded event is the recorded body.
func TestRecordingsParseAndEncodeBack(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recordings(t) {
		event, err := webhook.Parse([]byte(r.Body))
		require.NoError(t, err, r.Name)
		seen[fmt.Sprintf("%T", event)] = true
		assert.Contains(t, r.Name, recordedAs(event), "%T", event)
		assert.Empty(t, extras(reflect.ValueOf(event)), r.Name)
		assert.Equal(t, untyped(t, []byte(r.Body)), untyped(t, encoded(t, event)), r.Name)

		again := reflect.New(reflect.TypeOf(event).Elem()).Interface()
		require.NoError(t, json.Unmarshal(encoded(t, event), again), r.Name)
		assert.Equal(t, untyped(t, []byte(r.Body)), untyped(t, encoded(t, again)), r.Name)
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

// extras lists the keys in every Extra within v.
func extras(v reflect.Value) (keys []string) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		return nil
	}
	for f, field := range v.Fields() {
		if f.Name == "Extra" {
			for _, key := range field.MapKeys() {
				keys = append(keys, key.String())
			}
		}
		keys = append(keys, extras(field)...)
	}
	return keys
}

func encoded(tb testing.TB, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(tb, err)
	return data
}
