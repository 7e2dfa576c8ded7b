package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
	"github.com/nango-go/sdk/test/recordings"
)

const (
	vectorKey    = "0b9a6c1e-7d54-4e2f-9a38-2c61f0d4b7ea"
	vectorBody   = `{"connectionId":"conn-1","from":"nango","operation":"creation","success":true,"type":"auth"}`
	vectorSig    = "7f1064d5689a39bd95149ec3a2cd2f38aee55a6012e4254bf410140f257b1b99"
	vectorLegacy = "5de3243708d822bd6534058ad69828aeaa998fb260fe7b0b19c1e373ea1d5776"
	otherKey     = "7f3756bf-3e63-4a71-b8bc-c7b3807db9ee"
)

func signed(values ...string) http.Header {
	return http.Header{webhook.SignatureHeader: values, "X-Nango-Signature": {vectorLegacy}}
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func encodeJSON(tb testing.TB, v any) []byte {
	tb.Helper()
	data, err := json.Marshal(v)
	require.NoError(tb, err)
	return data
}

// decodeJSON decodes JSON with its numbers as they are written.
func decodeJSON(tb testing.TB, data []byte) any {
	tb.Helper()
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	require.NoError(tb, dec.Decode(&v))
	return v
}

// recordings returns the deliveries that were recorded from a server.
func recordedWebhooks(tb testing.TB) []recordings.Webhook {
	tb.Helper()
	names := recordings.Names("webhooks")
	require.NotEmpty(tb, names)
	all := make([]recordings.Webhook, len(names))
	for i, name := range names {
		delivery, err := recordings.LoadWebhook(name)
		require.NoError(tb, err)
		all[i] = *delivery
	}
	return all
}

// withBody sets the Raw of an event, as Parse does.
func withBody(event webhook.Event, body []byte) webhook.Event {
	switch e := event.(type) {
	case *webhook.AuthEvent:
		e.Raw = body
	case *webhook.SyncEvent:
		e.Raw = body
	case *webhook.AsyncActionEvent:
		e.Raw = body
	case *webhook.ForwardEvent:
		e.Raw = body
	case *webhook.UnknownEvent:
		e.Raw = body
	}
	return event
}

// delivered returns an event as a receiver gets it.
func delivered(tb testing.TB, event webhook.Event) webhook.Event {
	tb.Helper()
	body, err := webhooktest.Encode(event)
	require.NoError(tb, err)
	return withBody(event, body)
}

// logBuffer is a log that tests read: without times, and with a short text in place of a stack.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBuffer) logger(drop ...string) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || len(drop) > 0 && a.Key == drop[0] {
			return slog.Attr{}
		}
		if a.Key == "stack" && strings.Contains(a.Value.String(), "handler_test.go") {
			return slog.String("stack", "of handler_test.go")
		}
		return a
	}}))
}

// recordTo returns a Config whose callbacks append their events.
func recordTo(events *[]webhook.Event) webhook.Config {
	var mu sync.Mutex
	record := func(e webhook.Event) error {
		mu.Lock()
		defer mu.Unlock()
		*events = append(*events, e)
		return nil
	}
	return webhook.Config{
		Keys:          []string{vectorKey},
		Logger:        slog.New(slog.DiscardHandler),
		OnAuth:        func(_ context.Context, e *webhook.AuthEvent) error { return record(e) },
		OnSync:        func(_ context.Context, e *webhook.SyncEvent) error { return record(e) },
		OnAsyncAction: func(_ context.Context, e *webhook.AsyncActionEvent) error { return record(e) },
		OnForward:     func(_ context.Context, e *webhook.ForwardEvent) error { return record(e) },
		OnRaw:         func(_ context.Context, e *webhook.RawEvent) error { return record(e) },
		OnUnknown:     func(_ context.Context, e *webhook.UnknownEvent) error { return record(e) },
	}
}

func newHandler(tb testing.TB, config webhook.Config) http.Handler {
	tb.Helper()
	h, err := webhook.NewHandler(config)
	require.NoError(tb, err)
	return h
}

// allEvents returns an event of each kind.
func allEvents() []webhook.Event {
	return []webhook.Event{
		webhooktest.AuthCreation(), webhooktest.AuthOverride(), webhooktest.AuthRefreshFailure(), webhooktest.AuthDeletion(),
		webhooktest.SyncSuccess(), webhooktest.SyncError(), webhooktest.AsyncAction(), webhooktest.Forward(), webhooktest.Raw(), webhooktest.Unknown(),
	}
}
