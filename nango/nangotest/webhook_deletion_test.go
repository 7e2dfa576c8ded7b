package nangotest_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

// A deletion is told unless the settings forbid it, only of a connection that was deleted by itself, and to the connection's
// own URL where it has one.
func TestWebhookOfDeletion(t *testing.T) {
	on, off := nangotest.WebhookSettings{}, nangotest.WebhookSettings{NoAuthDeletion: true}
	viaAPI := func(t *testing.T, srv *nangotest.Server) {
		require.NoError(t, srv.Client().Connection("github", "c1").Delete(t.Context()))
	}
	for _, tt := range []struct {
		name      string
		settings  nangotest.WebhookSettings
		override  string
		do        func(*testing.T, *nangotest.Server)
		deletions []string // where they went
	}{
		{"turned off", off, "", viaAPI, nil},
		{"turned off, dashboard", off, "", func(_ *testing.T, srv *nangotest.Server) { srv.Connection("github", "c1").Delete() }, nil},
		{"API", on, "", viaAPI, []string{"http://dev.webhooks.nango.test/"}},
		{"API, nothing else", nangotest.WebhookSettings{NoAuthCreation: true, NoRefreshError: true, NoSyncError: true, NoAsyncAction: true, NoUnchanged: true}, "",
			viaAPI, []string{"http://dev.webhooks.nango.test/"}},
		{"dashboard", on, "", func(_ *testing.T, srv *nangotest.Server) { srv.Connection("github", "c1").Delete() }, []string{"http://dev.webhooks.nango.test/"}},
		{"to the connection's own URL", on, "http://own.example/", viaAPI, []string{"http://own.example/"}},
		{"an unknown connection", on, "", func(t *testing.T, srv *nangotest.Server) {
			assert.ErrorIs(t, srv.Client().Connection("github", "c2").Delete(t.Context()), nango.ErrNotFound)
		}, nil},
		{"with its integration", on, "", func(t *testing.T, srv *nangotest.Server) {
			require.NoError(t, srv.Client().Integrations.Delete(t.Context(), "github"))
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, r := hooked(t)
			srv.HandleHost("own.example", r)
			srv.SetWebhookSettings(tt.settings)
			srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", Tags: map[string]string{"end_user_id": "u"}, WebhookURLOverride: tt.override})
			tt.do(t, srv)
			srv.Settle()
			var urls []string
			for _, d := range srv.Deliveries() {
				urls = append(urls, d.Attempts[0].URL)
				assert.Equal(t, `{"authMode":"OAUTH2","connectionId":"c1","environment":"dev","from":"nango","operation":"deletion","provider":"github",`+
					`"providerConfigKey":"github","success":true,"tags":{"end_user_id":"u"},"type":"auth"}`, string(d.Body))
			}
			assert.Equal(t, tt.deletions, urls)
		})
	}
}

// A deletion is confirmed by the API at once, and a forged one of a connection that is there is not.
func TestWebhookOfDeletionIsConfirmed(t *testing.T) {
	srv := nangotest.Start(t)
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "github"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c1", Tags: map[string]string{"end_user_id": "u"}})
	client := srv.Client()
	var got []*webhook.AuthEvent
	handler, err := webhook.NewHandler(webhook.Config{
		Keys: srv.SigningKeys(), Confirm: client.ConfirmAuthEvent, Logger: slog.New(slog.DiscardHandler),
		OnAuth: func(_ context.Context, e *webhook.AuthEvent) error { got = append(got, e); return nil },
	})
	require.NoError(t, err)
	srv.SetWebhookHandler(handler)

	event := webhook.AuthEvent{
		Operation: webhook.AuthOperationDeletion, Success: true, ConnectionID: "c1", IntegrationID: "github", AuthMode: "OAUTH2", Provider: "github",
		Environment: "dev", Tags: map[string]string{"end_user_id": "u"},
	}
	assert.Equal(t, http.StatusInternalServerError, srv.SendWebhook(&event).Attempts[0].StatusCode)
	assert.Empty(t, got)

	require.NoError(t, client.Connection("github", "c1").Delete(t.Context()))
	srv.Settle()
	assert.Equal(t, http.StatusOK, srv.Deliveries()[1].Attempts[0].StatusCode)
	require.Len(t, got, 1)
	event.Tags, event.Raw = nil, got[0].Raw // nobody can say any more whose it was
	assert.NotContains(t, string(event.Raw), "end_user_id")
	assert.Equal(t, []*webhook.AuthEvent{&event}, got)
}
