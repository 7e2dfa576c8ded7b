package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

func TestNewHandlerRefuses(t *testing.T) {
	for _, config := range []webhook.Config{{}, {Keys: []string{}}, {Keys: []string{""}}, {Keys: []string{vectorKey, ""}},
		{Keys: []string{""}, KeysFunc: func(context.Context) ([]string, error) { return []string{vectorKey}, nil }}} {
		h, err := webhook.NewHandler(config)
		assert.ErrorIs(t, err, webhook.ErrNoKey)
		assert.Nil(t, h)
	}
	_, err := webhook.NewHandler(webhook.Config{Keys: []string{vectorKey}, MaxBody: -1})
	assert.EqualError(t, err, "webhook: Config.MaxBody is negative")
	_, err = webhook.NewHandler(webhook.Config{Keys: []string{vectorKey}, Timeout: -1})
	assert.EqualError(t, err, "webhook: Config.Timeout is negative")
}

func TestHandlerDoesNotPrintKeys(t *testing.T) {
	h := newHandler(t, webhook.Config{Keys: []string{vectorKey}})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(verb, h), vectorKey)
		assert.NotContains(t, fmt.Sprintf(verb, struct{ h http.Handler }{h}), vectorKey)
	}
}

func TestHandlerRoutes(t *testing.T) {
	var got []webhook.Event
	config := recordTo(&got)
	keys := []string{vectorKey}
	config.Keys = keys
	h := newHandler(t, config)
	keys[0] = otherKey // the handler has its own
	for _, event := range allEvents() {
		got = nil
		response := webhooktest.Deliver(t, h, vectorKey, event)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.Equal(t, []webhook.Event{delivered(t, event)}, got)
	}
}

// Kinds that nobody asked for are acknowledged, so that Nango does not repeat them.
func TestHandlerAcknowledges(t *testing.T) {
	confirm := func(context.Context, *webhook.AuthEvent) error {
		return errors.New("there is no OnAuth to confirm for")
	}
	h := newHandler(t, webhook.Config{Keys: []string{vectorKey}, Confirm: confirm})
	for _, event := range allEvents() {
		assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, vectorKey, event).StatusCode, "%T", event)
	}
}

func TestHandlerResponses(t *testing.T) {
	failing := func(err error) webhook.Config {
		return webhook.Config{OnSync: func(context.Context, *webhook.SyncEvent) error { return err }}
	}
	panicking := func(f func()) webhook.Config {
		return webhook.Config{OnSync: func(context.Context, *webhook.SyncEvent) error { f(); return nil }}
	}
	keysFunc := func(err error, keys ...string) webhook.Config {
		return webhook.Config{KeysFunc: func(context.Context) ([]string, error) { return keys, err }}
	}
	body := func(text string) func(*http.Request) {
		return func(r *http.Request) {
			webhooktest.Sign(r.Header, vectorKey, []byte(text))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
	}
	header := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[webhook.SignatureHeader] = values }
	}
	for _, tt := range []struct {
		name   string
		config webhook.Config
		change func(*http.Request)
		status int
		log    string
	}{
		{"success", webhook.Config{}, nil, 200, ""},
		{"GET", webhook.Config{}, func(r *http.Request) { r.Method = http.MethodGet }, 405, ""},
		{"PUT", webhook.Config{}, func(r *http.Request) { r.Method = http.MethodPut }, 405, ""},
		{"no signature", webhook.Config{}, header(), 401, `level=WARN msg="webhook: refused" what=request status=401 error="webhook: no X-Nango-Hmac-Sha256 header"`},
		{"two signatures", webhook.Config{}, header(vectorSig, vectorSig), 401, `level=WARN msg="webhook: refused" what=request status=401 error="webhook: invalid signature: 2 headers where one is sent"`},
		{"other signature", webhook.Config{}, header(vectorSig), 401, `level=WARN msg="webhook: refused" what=request status=401 error="webhook: invalid signature: the body was changed or the key is not the webhook signing key (the API key is another)"`},
		{"not JSON", webhook.Config{}, body(`{"secret":"s3cr3t`), 400, `level=WARN msg="webhook: refused" what=request status=400 error="webhook: the body is not JSON (at offset 17)"`},
		{"unreadable", webhook.Config{}, func(r *http.Request) { r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)) }, 400, `level=WARN msg="webhook: refused" what=request status=400 error="unexpected EOF"`},
		{"as large as allowed", webhook.Config{MaxBody: 20}, body(`{"a":"0123456789ab"}`), 200, ""},
		{"too large", webhook.Config{MaxBody: 20}, body(`{"a":"0123456789abc"}`), 413, `level=WARN msg="webhook: refused" what=request status=413 error="http: request body too large"`},
		{"said to be too large, not read at all", webhook.Config{}, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), 5<<20+1
		}, 413, `level=WARN msg="webhook: refused" what=request status=413 error="http: request body too large"`},
		{"too large, length unknown", webhook.Config{MaxBody: 20}, func(r *http.Request) { body(`{"a":"0123456789abc"}`)(r); r.ContentLength = -1 }, 413, `level=WARN msg="webhook: refused" what=request status=413 error="http: request body too large"`},
		{"as large as the default", webhook.Config{}, body(`"` + strings.Repeat("x", 5<<20-2) + `"`), 200, ""},
		{"larger than the default", webhook.Config{}, body(`"` + strings.Repeat("x", 5<<20-1) + `"`), 413, `level=WARN msg="webhook: refused" what=request status=413 error="http: request body too large"`},
		{"error", failing(errors.New("no database")), nil, 500, `level=ERROR msg="webhook: failed" what=sync status=500 error="no database"`},
		{"panic", panicking(func() { panic("at the disco") }), nil, 500, `level=ERROR msg="webhook: failed" what=sync status=500 error="webhook: panic: at the disco" stack="of handler_test.go"`},
		{"abort", panicking(func() { panic(http.ErrAbortHandler) }), nil, 500, `level=ERROR msg="webhook: failed" what=sync status=500 error="webhook: panic: net/http: abort Handler" stack="of handler_test.go"`},
		{"goexit", panicking(runtime.Goexit), nil, 500, `level=ERROR msg="webhook: failed" what=sync status=500 error="webhook: the callback ended its goroutine"`},
		{"keys", keysFunc(nil, otherKey, vectorKey), nil, 200, ""},
		{"keys that fail", keysFunc(errors.New("no vault"), vectorKey), nil, 500, `level=ERROR msg="webhook: failed" what=keys status=500 error="no vault"`},
		{"no keys", keysFunc(nil), nil, 500, `level=ERROR msg="webhook: failed" what=keys status=500 error="webhook: no signing key, or an empty one (Config.KeysFunc)"`},
		{"empty key", keysFunc(nil, vectorKey, ""), nil, 500, `level=ERROR msg="webhook: failed" what=keys status=500 error="webhook: no signing key, or an empty one (Config.KeysFunc)"`},
		{"keys that panic", webhook.Config{KeysFunc: func(context.Context) ([]string, error) { panic("handler_test.go") }}, nil, 500, `level=ERROR msg="webhook: failed" what=keys status=500 error="webhook: panic: handler_test.go" stack="of handler_test.go"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log logBuffer
			tt.config.Keys, tt.config.Logger = []string{vectorKey}, log.logger("duration")
			req, err := webhooktest.NewRequest(t.Context(), "/", vectorKey, webhooktest.SyncSuccess())
			require.NoError(t, err)
			if tt.change != nil {
				tt.change(req)
			}
			response := httptest.NewRecorder()
			newHandler(t, tt.config).ServeHTTP(response, req)

			assert.Equal(t, tt.status, response.Code)
			assert.Equal(t, tt.log, strings.TrimSuffix(log.String(), "\n"))
			want := http.StatusText(tt.status) + "\n" // and never why
			if tt.status == http.StatusOK {
				want = ""
			}
			assert.Equal(t, want, response.Body.String())
			if tt.status == http.StatusMethodNotAllowed {
				assert.Equal(t, "POST", response.Header().Get("Allow"))
			}
		})
	}
}

// KeysFunc costs whoever has it something, so a request without a signature does not get that far.
func TestHandlerAsksForKeysLate(t *testing.T) {
	asked := 0
	h := newHandler(t, webhook.Config{Logger: slog.New(slog.DiscardHandler), KeysFunc: func(context.Context) ([]string, error) {
		asked++
		return []string{vectorKey}, nil
	}})
	response := httptest.NewRecorder()
	h.ServeHTTP(response, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(vectorBody)))
	assert.Equal(t, http.StatusUnauthorized, response.Code)
	assert.Zero(t, asked)
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, vectorKey, nil).StatusCode)
	assert.Equal(t, 1, asked)
}

func TestHandlerConfirms(t *testing.T) {
	var log logBuffer
	var got, asked []webhook.Event
	config := recordTo(&got)
	config.Logger = log.logger("duration")
	config.Confirm = func(_ context.Context, e *webhook.AuthEvent) error {
		asked = append(asked, e)
		if !e.Success {
			return errors.New("the API says otherwise")
		}
		return nil
	}
	h := newHandler(t, config)
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, vectorKey, webhooktest.AuthCreation()).StatusCode)
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, vectorKey, webhooktest.Raw()).StatusCode)
	assert.Equal(t, http.StatusInternalServerError, webhooktest.Deliver(t, h, vectorKey, webhooktest.AuthRefreshFailure()).StatusCode)
	assert.Equal(t, []webhook.Event{delivered(t, webhooktest.AuthCreation()), webhooktest.Raw()}, got)
	assert.Equal(t, []webhook.Event{delivered(t, webhooktest.AuthCreation()), delivered(t, webhooktest.AuthRefreshFailure())}, asked)
	assert.Equal(t, `level=ERROR msg="webhook: failed" what=auth status=500 error="webhook: not confirmed: the API says otherwise"`+"\n", log.String())
}

// An auth event of an operation that is newer than this package is acknowledged, whatever there is for those that are
// known: three failures for each would make Nango stop sending.
func TestHandlerAcknowledgesUnknownOperations(t *testing.T) {
	for _, body := range []string{
		`{"authMode":"OAUTH2","connectionId":"c","environment":"dev","from":"nango","operation":"merge","provider":"p","providerConfigKey":"i","success":true,"type":"auth"}`,
		`{"connectionId":"c","error":{"description":"d","type":"t"},"from":"nango","operation":"merge","providerConfigKey":"i","success":false,"type":"auth"}`,
		`{"connectionId":"c","from":"nango","operation":"","providerConfigKey":"i","success":true,"type":"auth"}`,
	} {
		var got []webhook.Event
		config := recordTo(&got)
		config.Confirm = func(context.Context, *webhook.AuthEvent) error { return errors.New("not to be asked") }
		assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, newHandler(t, config), vectorKey, json.RawMessage(body)).StatusCode)
		require.Len(t, got, 1)
		require.IsType(t, &webhook.UnknownEvent{}, got[0])
		assert.JSONEq(t, body, string(encodeJSON(t, got[0])))
		config.OnUnknown = nil
		assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, newHandler(t, config), vectorKey, json.RawMessage(body)).StatusCode)
	}
}

// OnAuth sees what Confirm has put into the event.
func TestHandlerConfirmChangesTheEvent(t *testing.T) {
	var got []webhook.Event
	config := recordTo(&got)
	config.Confirm = func(_ context.Context, e *webhook.AuthEvent) error {
		e.Tags = map[string]string{"end_user_id": "by the API"}
		return nil
	}
	assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, newHandler(t, config), vectorKey, webhooktest.AuthDeletion()).StatusCode)
	want := delivered(t, webhooktest.AuthDeletion()).(*webhook.AuthEvent)
	want.Tags = map[string]string{"end_user_id": "by the API"}
	assert.Equal(t, []webhook.Event{want}, got)
}

func TestHandlerConcurrently(t *testing.T) {
	var calls atomic.Int64
	count := func(context.Context, *webhook.AuthEvent) error { calls.Add(1); return nil }
	h := newHandler(t, webhook.Config{
		Keys: []string{otherKey}, Logger: slog.New(slog.DiscardHandler), Confirm: count, OnAuth: count,
		KeysFunc: func(context.Context) ([]string, error) { return []string{vectorKey}, nil },
		OnSync:   func(context.Context, *webhook.SyncEvent) error { panic("always") },
	})
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			key := []string{vectorKey, otherKey}[i%2]
			for range 20 {
				assert.Equal(t, http.StatusOK, webhooktest.Deliver(t, h, key, webhooktest.AuthCreation()).StatusCode)
				assert.Equal(t, http.StatusInternalServerError, webhooktest.Deliver(t, h, key, webhooktest.SyncError()).StatusCode)
				assert.Equal(t, http.StatusUnauthorized, webhooktest.Deliver(t, h, "forged", webhooktest.Forward()).StatusCode)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 2*64*20, calls.Load())
}
