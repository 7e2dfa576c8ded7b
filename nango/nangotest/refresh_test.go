package nangotest_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
	"github.com/nango-go/sdk/nango/webhook"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// withGitHub is a server at noon with a connection whose token is good for an hour.
func withGitHub(t *testing.T, refresh func(nango.Credentials) (nango.Credentials, error)) (*nangotest.Server, *nangotest.ConnectionHandle) {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	srv.AddIntegration(nangotest.Integration{Provider: "github"})
	return srv, srv.AddConnection(nangotest.Connection{
		IntegrationID: "github", ConnectionID: "c", Refresh: refresh,
		Credentials: &nango.OAuth2Credentials{AccessToken: secret("first"), RefreshToken: secret("r"), ExpiresAt: noon.Add(time.Hour)},
	})
}

// once is a client that makes one attempt.
func once(srv *nangotest.Server) *nango.Client {
	return srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))
}

// token is what the client gets for a token, with when it expires.
func token(t *testing.T, srv *nangotest.Server) (string, time.Time) {
	t.Helper()
	got, err := once(srv).Connection("github", "c").Token(t.Context(), nil)
	require.NoError(t, err)
	return got.Value.Reveal(), got.ExpiresAt
}

func TestRefreshBeforeExpiry(t *testing.T) {
	srv, _ := withGitHub(t, nil)
	for _, step := range []struct {
		after   time.Duration
		token   string
		expires time.Time
	}{
		{0, "first", noon.Add(time.Hour)},
		{44*time.Minute + 59*time.Second, "first", noon.Add(time.Hour)},
		{time.Second, "refreshed-token-1", noon.Add(45*time.Minute + time.Hour)},
		{time.Minute, "refreshed-token-1", noon.Add(45*time.Minute + time.Hour)},
		{3 * time.Hour, "refreshed-token-2", noon.Add(46*time.Minute + 4*time.Hour)},
	} {
		srv.Advance(step.after)
		got, expires := token(t, srv)
		assert.Equal(t, step.token, got)
		assert.Equal(t, step.expires, expires.UTC())
	}
}

// A provider can want its tokens refreshed at another time.
func TestRefreshMarginOfTheProvider(t *testing.T) {
	srv := nangotest.Start(t)
	srv.SetTime(noon)
	srv.AddProvider(nangotest.Provider{Name: "acme", AuthMode: "OAUTH2", Definition: map[string]any{"token_expiration_buffer": 60}})
	srv.AddIntegration(nangotest.Integration{ID: "github", Provider: "acme"})
	srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c", Credentials: &nango.OAuth2Credentials{
		AccessToken: secret("first"), RefreshToken: secret("r"), ExpiresAt: noon.Add(time.Hour),
	}})
	srv.Advance(58 * time.Minute)
	got, _ := token(t, srv)
	assert.Equal(t, "first", got)
	srv.Advance(time.Minute)
	got, _ = token(t, srv)
	assert.Equal(t, "refreshed-token-1", got)
}

func TestRefreshOfOnesOwn(t *testing.T) {
	srv, handle := withGitHub(t, func(old nango.Credentials) (nango.Credentials, error) {
		c := old.(*nango.OAuth2Credentials)
		return &nango.OAuth2Credentials{
			AccessToken: secret(c.AccessToken.Reveal() + "+"), RefreshToken: secret(c.RefreshToken.Reveal() + "+"), Raw: c.Raw,
		}, nil
	})
	client := once(srv).Connection("github", "c")
	for range 2 {
		_, err := client.Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
		require.NoError(t, err)
	}
	held := handle.Credentials().(*nango.OAuth2Credentials)
	assert.Equal(t, []any{"first++", "r++", time.Time{}}, revealed(held).([]any)[:3])
}

// Nothing can be refreshed without a refresh token, not even by force.
func TestNoRefreshToken(t *testing.T) {
	srv, handle := withGitHub(t, nil)
	handle.SetCredentials(&nango.OAuth2Credentials{AccessToken: secret("only"), ExpiresAt: noon.Add(-time.Hour)})
	conn, err := srv.Client().Connection("github", "c").Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
	require.NoError(t, err)
	assert.Equal(t, "only", conn.Credentials.(*nango.OAuth2Credentials).AccessToken.Reveal())
	assert.Panics(t, func() { handle.FailRefresh(400, "") })
}

func TestRefreshFails(t *testing.T) {
	srv, handle := withGitHub(t, nil)
	srv.SetWebhookHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	client := once(srv).Connection("github", "c")
	handle.ExpireToken()
	handle.FailRefresh(400, "invalid_grant")
	for _, step := range []struct {
		after    time.Duration
		status   int
		message  string
		webhooks int
	}{
		{0, 400, "invalid_grant", 1},
		{29 * time.Second, 424, "A recent refresh attempt failed. Backing off before retrying.", 1},
		{time.Second, 400, "invalid_grant", 2},
	} {
		srv.Advance(step.after)
		_, err := client.Get(t.Context(), nil)
		require.ErrorIs(t, err, nango.ErrRefreshFailed)
		failure, _ := errors.AsType[*nango.Error](err)
		assert.Equal(t, []any{step.status, "invalid_credentials", step.message}, []any{failure.StatusCode, failure.Code, failure.Message})
		srv.Settle()
		assert.Len(t, srv.Deliveries(), step.webhooks)
	}
	assert.Equal(t, &webhook.AuthEvent{
		Operation: "refresh", ConnectionID: "c", IntegrationID: "github", AuthMode: "OAUTH2", Provider: "github", Environment: "dev",
		Tags: map[string]string{}, Error: &webhook.AuthFailure{Type: "refresh_token_external_error", Description: "invalid_grant"},
	}, parseWebhook(t, srv.Deliveries()[0].Body))

	page, err := srv.Client().Connections.List(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, page.Connections[0].Errors, 1)
	assert.Equal(t, "auth", page.Connections[0].Errors[0].Type)

	handle.RestoreRefresh()
	_, err = client.Get(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrRefreshFailed, "the 30 seconds are not over")
	conn, err := client.Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
	require.NoError(t, err, "force does not wait for them")
	assert.Empty(t, conn.Errors)
	assert.Equal(t, srv.Now(), conn.LastFetchedAt.UTC())
	_, err = client.Get(t.Context(), nil)
	require.NoError(t, err, "a success ends them")
}

func TestRefreshGivenUp(t *testing.T) {
	srv, handle := withGitHub(t, func(nango.Credentials) (nango.Credentials, error) { return nil, errors.New("closed") })
	client := once(srv).Connection("github", "c")
	handle.ExpireToken()
	var messages []string
	for range 5 {
		for range 2 { // the second failure of a day does not count
			_, err := client.Get(t.Context(), nil)
			failure, _ := errors.AsType[*nango.Error](err)
			messages = append(messages, failure.Message)
			srv.Advance(time.Minute)
		}
		srv.Advance(24 * time.Hour)
	}
	exhausted := "The refresh limit has been reached for this connection."
	assert.Equal(t, []string{"closed", "closed", "closed", "closed", "closed", "closed", "closed", exhausted, exhausted, exhausted}, messages)

	_, err := once(srv).Connections.Import(t.Context(), nango.ImportConnectionParams{
		IntegrationID: "github", ConnectionID: "c", Credentials: nango.ImportOAuth2{AccessToken: "new"},
	})
	require.NoError(t, err)
	got, _ := token(t, srv)
	assert.Equal(t, "new", got, "new credentials begin anew")
}

func TestRefreshFaults(t *testing.T) {
	srv, _ := withGitHub(t, nil)
	client := once(srv).Connection("github", "c")
	srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.ExpiredToken())
	got, err := client.Token(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "refreshed-token-1", got.Value.Reveal())

	srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.RefreshFails(502, "down"))
	_, err = client.Token(t.Context(), nil)
	require.ErrorIs(t, err, nango.ErrRefreshFailed)
	failure, _ := errors.AsType[*nango.Error](err)
	assert.Equal(t, 502, failure.StatusCode)
}

// Requests that come while a refresh is under way wait for it and get what came of it.
func TestRefreshOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refreshes, failure := 0, error(nil)
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{Provider: "github"})
		srv.AddConnection(nangotest.Connection{
			IntegrationID: "github", ConnectionID: "c",
			Credentials: &nango.OAuth2Credentials{AccessToken: secret("old"), RefreshToken: secret("r"), ExpiresAt: time.Now()},
			Refresh: func(nango.Credentials) (nango.Credentials, error) {
				refreshes++
				<-time.After(time.Second)
				return &nango.OAuth2Credentials{AccessToken: secret("new"), RefreshToken: secret("r")}, failure
			},
		})
		// together sends five requests at once and returns how they ended.
		together := func() map[string]int {
			var all sync.WaitGroup
			ends := make(chan string, 5)
			for range 5 {
				all.Go(func() {
					conn, err := once(srv).Connection("github", "c").Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
					if refused, ok := errors.AsType[*nango.Error](err); ok {
						ends <- refused.Message
					} else {
						ends <- conn.Credentials.(*nango.OAuth2Credentials).AccessToken.Reveal()
					}
				})
			}
			all.Wait()
			close(ends)
			counted := map[string]int{}
			for end := range ends {
				counted[end]++
			}
			return counted
		}
		assert.Equal(t, map[string]int{"new": 5}, together())
		assert.Equal(t, 1, refreshes)
		failure = errors.New("revoked")
		assert.Equal(t, map[string]int{"revoked": 5}, together())
		assert.Equal(t, 2, refreshes)
	})
}

// To a key without the scope the server shows no credentials, and refreshes none.
func TestRefreshNeedsItsScope(t *testing.T) {
	srv, handle := withGitHub(t, nil)
	handle.ExpireToken()
	key := srv.AddKey(nangotest.Key{Scopes: []string{"environment:connections:read"}})
	client := srv.ClientWithKey(key.Secret).Connection("github", "c")
	conn, err := client.Get(t.Context(), nil)
	require.NoError(t, err)
	assert.Nil(t, conn.Credentials)
	assert.Equal(t, "first", handle.Credentials().(*nango.OAuth2Credentials).AccessToken.Reveal())
	for _, ask := range []nango.GetConnectionParams{{ForceRefresh: true}, {IncludeRefreshToken: true}, {RefreshGitHubAppJWT: true}} {
		_, err = client.Get(t.Context(), &ask)
		assert.ErrorIs(t, err, nango.ErrForbidden)
	}
}
