package doctor_test

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/doctor"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
	"github.com/nango-go/sdk/nango/webhook/webhooktest"
)

const receiverURL = "https://hooks.example.com/nango?token=secret-token"

// deliverTo returns params whose events reach a handler in memory.
func deliverTo(handler http.Handler) doctor.Params {
	return doctor.Params{SigningKey: nango.NewSecret(signingKey), WebhookURL: receiverURL, WebhookClient: &http.Client{
		Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, req)
			return recorder.Result(), nil
		}),
	}}
}

func respondWith(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	})
}

// A receiver of package webhook passes both checks, and none of its callbacks takes the event for one that it knows.
func TestReceiver(t *testing.T) {
	srv := start(t)
	var unknown []*webhook.UnknownEvent
	config := webhook.Config{
		Keys: []string{signingKey}, Logger: slog.New(slog.DiscardHandler),
		OnUnknown: func(_ context.Context, e *webhook.UnknownEvent) error { unknown = append(unknown, e); return nil },
	}
	handler, err := webhook.NewHandler(config)
	require.NoError(t, err)
	report := run(t, srv.Client(), deliverTo(handler))
	expect(t, report, doctor.CheckReceiver, "", doctor.Pass, "signed with the given key (20")
	expect(t, report, doctor.CheckForgery, "", doctor.Pass, "refuses a wrong signature (401)")
	require.Len(t, unknown, 1)
	assert.Equal(t, "nango_go_doctor", unknown[0].Type)
	assert.Equal(t, "nango-go-doctor", unknown[0].ConnectionID)

	config.Keys = []string{someKey}
	other, err := webhook.NewHandler(config)
	require.NoError(t, err)
	report = run(t, srv.Client(), deliverTo(other))
	expect(t, report, doctor.CheckReceiver, "", doctor.Fail, "refuses the signature (401)", "signing key of this environment")
	expect(t, report, doctor.CheckForgery, "", doctor.Skipped)
	assert.Len(t, unknown, 1)
}

// What a receiver can do wrong, by its status.
func TestReceiverStatus(t *testing.T) {
	srv := start(t)
	for status, want := range map[int]struct {
		status doctor.Status
		words  string
	}{
		204: {doctor.Pass, "(204)"}, 202: {doctor.Pass, "(202)"},
		301: {doctor.Warn, "lose the body"}, 307: {doctor.Warn, "redirects"},
		400: {doctor.Fail, "another key"}, 401: {doctor.Fail, "another key"}, 403: {doctor.Fail, "another key"},
		404: {doctor.Fail, "the routes"}, 405: {doctor.Fail, "the routes"}, 413: {doctor.Fail, "does not deliver it again"}, 429: {doctor.Fail, "with a 2xx"},
		500: {doctor.Fail, "the receiver's logs"}, 503: {doctor.Fail, "the receiver's logs"},
	} {
		report := run(t, srv.Client(), deliverTo(respondWith(status)))
		expect(t, report, doctor.CheckReceiver, "", want.status, want.words)
		assert.NotContains(t, report.String(), "secret-token")
		if want.status == doctor.Pass { // such a receiver verifies nothing
			expect(t, report, doctor.CheckForgery, "", doctor.Fail, "everyone can send it events")
		}
	}
	for status, want := range map[int]doctor.Status{401: doctor.Pass, 403: doctor.Pass, 400: doctor.Pass, 404: doctor.Warn, 500: doctor.Warn} {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if webhook.Verify([]string{signingKey}, r.Header, body) != nil {
				w.WriteHeader(status)
			}
		})
		expect(t, run(t, srv.Client(), deliverTo(handler)), doctor.CheckForgery, "", want)
	}
}

// The event has the bytes and both signatures of a delivery of Nango's, for receivers that verify the older one.
func TestReceiverDelivery(t *testing.T) {
	type delivery struct{ body, newer, older, contentType string }
	read := func(r *http.Request) delivery {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return delivery{string(body), r.Header.Get(webhook.SignatureHeader), r.Header.Get(webhooktest.LegacySignatureHeader), r.Header.Get("Content-Type")}
	}
	var got []delivery
	run(t, start(t).Client(), deliverTo(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, read(r)) })))
	want, err := webhooktest.NewRequest(t.Context(), receiverURL, signingKey, map[string]any{
		"connectionId": "nango-go-doctor", "from": "nango", "providerConfigKey": "nango-go-doctor", "type": "nango_go_doctor",
	})
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, read(want), got[0])
	assert.Equal(t, got[0].body, got[1].body)
	assert.NotEqual(t, got[0].newer, got[1].newer)
	assert.NotEqual(t, got[0].older, got[1].older)
}

func TestReceiverUnreachable(t *testing.T) {
	srv := start(t)
	self := httptest.NewUnstartedServer(respondWith(200))
	self.Config.ErrorLog = log.New(io.Discard, "", 0)
	self.StartTLS()
	t.Cleanup(self.Close)
	closed := httptest.NewServer(respondWith(200))
	closed.Close()
	params := doctor.Params{SigningKey: nango.NewSecret(signingKey)}
	for url, words := range map[string]string{self.URL: "signed by an authority", closed.URL: "connection refused"} {
		params.WebhookURL = url
		expect(t, run(t, srv.Client(), params), doctor.CheckReceiver, "", doctor.Fail, words)
	}
	params = deliverTo(nil)
	params.WebhookClient.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("failed: " + receiverURL) })
	report := run(t, srv.Client(), params)
	expect(t, report, doctor.CheckReceiver, "", doctor.Fail, "the request failed")
	assert.NotContains(t, report.String(), "secret-token")

	// A receiver that is gone after the first event is not taken for one that refuses the second.
	params, events := deliverTo(nil), 0
	params.WebhookClient.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
		if events++; events > 1 {
			return nil, io.EOF
		}
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	expect(t, run(t, srv.Client(), params), doctor.CheckForgery, "", doctor.Inconclusive, "the connection broke off")

	// Nango Cloud does not deliver to this machine, whatever the receiver says.
	local := httptest.NewServer(respondWith(200))
	t.Cleanup(local.Close)
	params = doctor.Params{SigningKey: nango.NewSecret(signingKey), WebhookURL: local.URL}
	expect(t, run(t, srv.Client(), params), doctor.CheckReceiver, "", doctor.Warn, "private network")
	params.SigningKey = nango.Secret{}
	expect(t, run(t, srv.Client(), params), doctor.CheckReceiver, "", doctor.Skipped, "nothing can be signed")
	expect(t, run(t, srv.Client(), doctor.Params{}), doctor.CheckReceiver, "", doctor.Skipped, "Params.WebhookURL")
}

// A receiver that does not respond costs the time of one check.
func TestReceiverTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		params := deliverTo(nil)
		params.WebhookClient.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		began := time.Now()
		expect(t, run(t, srv.Client(), params), doctor.CheckReceiver, "", doctor.Fail, "no response in time", "within 20 seconds")
		assert.Equal(t, 20*time.Second, time.Since(began))
	})
}
