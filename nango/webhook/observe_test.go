package webhook_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

// Observe is told of each request once, with the kind of an event only if Nango sent it.
func TestHandlerObserves(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		var seen []webhook.Delivery
		config := webhook.Config{
			Keys: []string{vectorKey}, MaxBody: 2 << 10, Timeout: time.Second,
			Observe: func(ctx context.Context, d webhook.Delivery) {
				assert.Equal(t, "mine", ctx.Value(key{}))
				seen = append(seen, d)
			},
			OnSync:    func(context.Context, *webhook.SyncEvent) error { return errors.New("no") },
			OnRaw:     func(context.Context, *webhook.RawEvent) error { time.Sleep(2 * time.Second); return nil },
			OnAuth:    func(context.Context, *webhook.AuthEvent) error { time.Sleep(250 * time.Millisecond); return nil },
			OnForward: func(context.Context, *webhook.ForwardEvent) error { panic("no") },
		}
		h := newHandler(t, config)
		send := func(method, body string, header http.Header) {
			req := httptest.NewRequestWithContext(context.WithValue(t.Context(), key{}, "mine"), method, "/", strings.NewReader(body))
			req.Header = header
			h.ServeHTTP(httptest.NewRecorder(), req)
		}
		deliver := func(body string) {
			header := http.Header{}
			webhooktest.Sign(header, vectorKey, []byte(body))
			send("POST", body, header)
		}
		send("GET", "", http.Header{})
		send("POST", vectorBody, http.Header{})
		send("POST", vectorBody, signed(strings.Repeat("0", 64)))
		deliver("no JSON")
		deliver(`"` + strings.Repeat("x", 3<<10) + `"`)
		for _, event := range []webhook.Event{webhooktest.AuthCreation(), webhooktest.SyncSuccess(), webhooktest.Forward(),
			webhooktest.Unknown(), webhooktest.AsyncAction(), webhooktest.Raw()} {
			deliver(string(encodeJSON(t, event)))
		}
		time.Sleep(2 * time.Second) // OnRaw returns after the response
		assert.Equal(t, []webhook.Delivery{
			{"", 405, 0}, {"", 401, 0}, {"", 401, 0}, {"", 400, 0}, {"", 413, 0}, {"auth", 200, 250 * time.Millisecond}, {"sync", 500, 0},
			{"forward", 500, 0}, {"unknown", 200, 0}, {"async_action", 200, 0}, {"raw", 503, time.Second},
		}, seen)
	})
}

// What watches deliveries can neither hold up a response nor lose it.
func TestObserveComesAfterTheResponse(t *testing.T) {
	for name, then := range map[string]func(){"slow": func() {}, "panics": func() { panic("no") }} {
		t.Run(name, func(t *testing.T) {
			responded := make(chan struct{})
			h := newHandler(t, webhook.Config{
				Keys: []string{vectorKey}, Logger: slog.New(slog.DiscardHandler),
				Observe: func(context.Context, webhook.Delivery) {
					<-responded
					then()
				},
			})
			srv := httptest.NewServer(h)
			defer srv.Close()
			for _, want := range []int{200, 401} {
				req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL, strings.NewReader(vectorBody))
				require.NoError(t, err)
				if want == 200 {
					webhooktest.Sign(req.Header, vectorKey, []byte(vectorBody))
				}
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.Equal(t, want, resp.StatusCode)
				assert.Equal(t, map[int]string{401: "Unauthorized\n"}[want], string(body))
				assert.EqualValues(t, len(body), resp.ContentLength)
				responded <- struct{}{}
			}
		})
	}
}

// Keys that cannot be had are no event.
func TestHandlerObservesMissingKeys(t *testing.T) {
	var seen []webhook.Delivery
	h := newHandler(t, webhook.Config{
		KeysFunc: func(context.Context) ([]string, error) { return nil, errors.New("no") },
		Observe:  func(_ context.Context, d webhook.Delivery) { seen = append(seen, d) },
	})
	webhooktest.Deliver(t, h, vectorKey, map[string]any{"a": 1})
	require.Len(t, seen, 1)
	assert.Equal(t, []any{"", 500}, []any{seen[0].Kind, seen[0].StatusCode})
}
