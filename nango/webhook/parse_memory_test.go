package webhook_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
)

// manyMembers returns an object of size bytes at most: head, and behind it as many small members as there is room for.
func manyMembers(head string, size int) []byte {
	body := bytes.NewBufferString("{" + head)
	for i := 0; body.Len() < size-20; i++ {
		if body.Len() > 1 {
			body.WriteByte(',')
		}
		fmt.Fprintf(body, `"k%d":1`, i)
	}
	body.WriteByte('}')
	return body.Bytes()
}

// BenchmarkParseManyMembers reads bodies that are as large as a handler takes by default and consist of small members.
func BenchmarkParseManyMembers(b *testing.B) {
	const ids = `"connectionId":"c","from":"nango","providerConfigKey":"i",`
	for _, bm := range []struct {
		name string
		body []byte
	}{
		{"raw", manyMembers("", 5<<20)},
		{"raw, as small as can be", []byte(`{"a":1` + string(bytes.Repeat([]byte(`,"":1`), 5<<20/5-2)) + `}`)},
		{"raw, nested", append(append([]byte(`{"a":`), manyMembers("", 5<<20-6)...), '}')},
		{"auth", manyMembers(ids+`"operation":"creation","success":true,"type":"auth"`, 5<<20)},
		{"auth, tags", append(append([]byte(`{`+ids+`"operation":"creation","success":true,"type":"auth","tags":`), manyMembers("", 5<<20-200)...), '}')},
		{"async_action", append(append([]byte(`{`+ids+`"type":"async_action","payload":`), manyMembers(`"id":"a"`, 5<<20-200)...), '}')},
		{"unknown", manyMembers(ids+`"type":"new"`, 5<<20)},
		{"forward", append(append([]byte(`{`+ids+`"type":"forward","payload":`), manyMembers("", 5<<20-200)...), '}')},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := webhook.Parse(bm.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// small is a body of the size that a handler takes by default, made of members that are as small as can be.
func small() []byte { return []byte(`{"a":1` + strings.Repeat(`,"":1`, 5<<20/5-2) + `}`) }

// TestParseTakesLittleMemory: reading a body takes at most 20 MiB more than the body itself, whatever it is made of.
// What is kept of it is kept as text.
func TestParseTakesLittleMemory(t *testing.T) {
	const ids = `"connectionId":"c","from":"nango","providerConfigKey":"i",`
	object := string(small())
	for name, tt := range map[string]struct {
		body string
		kind webhook.Event
	}{
		"raw":                   {object, &webhook.RawEvent{}},
		"raw, an array":         {`[1` + strings.Repeat(`,1`, 5<<20/2-2) + `]`, &webhook.RawEvent{}},
		"raw, nested":           {`{"a":` + object + `}`, &webhook.RawEvent{}},
		"auth":                  {`{` + ids + `"operation":"creation","success":true,"type":"auth",` + object[1:], &webhook.RawEvent{}},
		"auth, tags":            {`{` + ids + `"operation":"creation","success":true,"type":"auth","tags":` + object + `}`, &webhook.AuthEvent{}},
		"auth, endUser":         {`{` + ids + `"operation":"creation","success":true,"type":"auth","endUser":` + object + `}`, &webhook.AuthEvent{}},
		"auth, tags of endUser": {`{` + ids + `"operation":"creation","success":true,"type":"auth","endUser":{"tags":` + object + `}}`, &webhook.AuthEvent{}},
		"auth, error":           {`{` + ids + `"operation":"refresh","success":false,"type":"auth","error":` + object + `}`, &webhook.AuthEvent{}},
		"auth, payload":         {`{` + ids + `"operation":"refresh","success":false,"type":"auth","error":{"payload":` + object + `}}`, &webhook.AuthEvent{}},
		"auth of the future":    {`{` + ids + `"operation":"merge","success":true,"type":"auth",` + object[1:], &webhook.RawEvent{}},
		"sync":                  {`{` + ids + `"model":"m","success":true,"syncName":"s","type":"sync",` + object[1:], &webhook.RawEvent{}},
		"sync, results":         {`{` + ids + `"model":"m","success":true,"syncName":"s","type":"sync","responseResults":` + object + `}`, &webhook.SyncEvent{}},
		"async_action":          {`{` + ids + `"type":"async_action","payload":{"id":"a",` + object[1:] + `}`, &webhook.RawEvent{}},
		"forward":               {`{` + ids + `"type":"forward","payload":` + object + `}`, &webhook.ForwardEvent{}},
		"forward, beside":       {`{` + ids + `"type":"forward","payload":1,` + object[1:], &webhook.RawEvent{}},
		"unknown":               {`{` + ids + `"type":"new",` + object[1:], &webhook.RawEvent{}},
		"unknown, nested":       {`{` + ids + `"type":"new","a":` + object + `}`, &webhook.UnknownEvent{}},
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(tt.body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			event, err := webhook.Parse(body)
			runtime.ReadMemStats(&after)
			require.NoError(t, err)
			require.IsType(t, tt.kind, event)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(len(body)+20<<20))
		})
	}
}

// An object of more than 1000 members is none of Nango's own: it is kept as it came.
func TestParseBoundsMembers(t *testing.T) {
	const ids = `"connectionId":"c","from":"nango","providerConfigKey":"i",`
	members := func(n int) string { return strings.TrimPrefix(strings.Repeat(`,"k":"v"`, n), ",") }
	auth := `{` + ids + `"operation":"creation","success":true,"type":"auth",`
	for name, tt := range map[string]struct {
		body string
		want webhook.Event
	}{
		"as many as may be": {auth + members(994) + `}`, &webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i"}},
		"one more":          {auth + members(995) + `}`, &webhook.RawEvent{Body: raw(auth + members(995) + `}`)}},
		"tags, as many as may be": {auth + `"tags":{` + members(1000) + `}}`, &webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i",
			Tags: map[string]string{"k": "v"}}},
		"tags, one more":  {auth + `"tags":{` + members(1001) + `}}`, &webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i"}},
		"error, one more": {auth + `"error":{` + members(1001) + `}}`, &webhook.AuthEvent{Operation: "creation", Success: true, ConnectionID: "c", IntegrationID: "i"}},
		"action, as many as may be": {`{` + ids + `"type":"async_action","payload":{"id":"a",` + members(999) + `}}`, &webhook.AsyncActionEvent{ConnectionID: "c", IntegrationID: "i",
			Action: webhook.ActionReference{ID: "a"}}},
		"action, one more": {`{` + ids + `"type":"async_action","payload":{"id":"a",` + members(1000) + `}}`,
			&webhook.RawEvent{Body: raw(`{` + ids + `"type":"async_action","payload":{"id":"a",` + members(1000) + `}}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := webhook.Parse([]byte(tt.body))
			require.NoError(t, err)
			assert.Equal(t, withBody(tt.want, []byte(tt.body)), got)
		})
	}
}
