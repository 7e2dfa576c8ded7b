package nango_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// customer is a connection c of the integration github, and a client that makes one attempt. Its token expires after an hour.
type customer struct {
	t      *testing.T
	srv    *nangotest.Server
	here   *nangotest.ConnectionHandle
	client *nango.Client
	seen   int // the requests that asked has returned
}

// withCustomer runs a test in which time passes only while everything waits.
func withCustomer(t *testing.T, test func(t *testing.T, c *customer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := nangotest.Start(t)
		srv.AddIntegration(nangotest.Integration{Provider: "github"})
		here := srv.AddConnection(nangotest.Connection{IntegrationID: "github", ConnectionID: "c", Credentials: &nango.OAuth2Credentials{
			AccessToken: nango.NewSecret("first"), RefreshToken: nango.NewSecret("r"), ExpiresAt: time.Now().Add(time.Hour),
		}})
		test(t, &customer{t: t, srv: srv, here: here, client: srv.Client(nango.WithRetry(nango.RetryPolicy{MaxAttempts: 1}))})
	})
}

// replace changes the token at the provider: nobody tells the client.
func (c *customer) replace(token string, lifetime time.Duration) {
	credentials := &nango.OAuth2Credentials{AccessToken: nango.NewSecret(token)}
	if lifetime != 0 {
		credentials.ExpiresAt = time.Now().Add(lifetime)
	}
	c.here.SetCredentials(credentials)
}

func (c *customer) handle() *nango.ConnectionHandle { return c.client.Connection("github", "c") }

// token is the text of the token that a call with this age returns, or the text of its error.
func (c *customer) token(maxAge time.Duration) string {
	c.t.Helper()
	token, err := c.handle().Token(c.t.Context(), &nango.TokenParams{MaxAge: maxAge})
	if failure, ok := errors.AsType[*nango.Error](err); ok {
		return fmt.Sprint(failure.StatusCode, " ", failure.Code)
	}
	require.NoError(c.t, err)
	return token.Value.Reveal()
}

// asked returns the requests for the connection since the last call: "get", or "force" with a forced refresh.
func (c *customer) asked() (kinds []string) {
	all := c.srv.Requests("getConnection")
	for _, r := range all[c.seen:] {
		kind := "get"
		if strings.Contains(r.Target, "force_refresh=true") {
			kind = "force"
		}
		kinds = append(kinds, kind)
	}
	c.seen = len(all)
	return kinds
}

func invalid(token string) nango.AccessToken { return nango.AccessToken{Value: nango.NewSecret(token)} }

var once, forcedOnce = []string{"get"}, []string{"force"}

func TestTokenMaxAge(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		assert.Equal(t, "first", c.token(time.Minute))
		assert.Equal(t, once, c.asked())
		c.replace("second", 0)
		for _, step := range []struct {
			after, maxAge time.Duration
			token         string
			asked         []string
		}{
			{0, 1, "first", nil},
			{time.Minute, time.Minute, "first", nil},
			{1, time.Minute, "second", once},
			{0, time.Minute, "second", nil},
			{time.Hour, 2 * time.Hour, "second", nil}, // it never expires
			{0, 59 * time.Minute, "second", once},
			{0, 0, "second", once},
			{0, 0, "second", once},
		} {
			time.Sleep(step.after)
			assert.Equal(t, step.token, c.token(step.maxAge), "%+v", step)
			assert.Equal(t, step.asked, c.asked(), "%+v", step)
		}
	})
}

// A token is not returned from the cache in the last five minutes before it expires, however large MaxAge is.
func TestTokenExpiryMargin(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.replace("short", 10*time.Minute) // and without a refresh token the server has no other
		assert.Equal(t, "short", c.token(time.Hour))
		time.Sleep(5*time.Minute - 1)
		assert.Equal(t, "short", c.token(time.Hour))
		assert.Equal(t, once, c.asked())
		time.Sleep(time.Nanosecond)
		for range 2 {
			assert.Equal(t, "short", c.token(time.Hour))
			assert.Equal(t, once, c.asked())
		}
	})
}

// The age counts from the start of the request: what the response says may be as old.
func TestTokenAgeOfASlowResponse(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.delayNext(10 * time.Second)
		assert.Equal(t, "first", c.token(time.Second))
		assert.Equal(t, once, c.asked())
		assert.Equal(t, "first", c.token(10*time.Second))
		assert.Empty(t, c.asked())
		assert.Equal(t, "first", c.token(9*time.Second))
		assert.Equal(t, once, c.asked())
	})
}

// A request under way that began too long ago is none to wait for.
func TestTokenAgeOfARequestUnderWay(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.delayNext(10 * time.Second)
		var first sync.WaitGroup
		first.Go(func() { assert.Equal(t, "first", c.token(time.Hour)) })
		time.Sleep(5 * time.Second)
		c.replace("second", time.Hour)
		assert.Equal(t, "second", c.token(5*time.Second-1))
		assert.Equal(t, []string{"get", "get"}, c.asked())
		first.Wait()
		assert.Equal(t, "second", c.token(time.Hour), "the older response does not get into the cache")
		assert.Empty(t, c.asked())
	})
}

// A caller whose context has ended gets its error, whatever the cache has.
func TestTokenOfACallerThatHasEnded(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		require.Equal(t, "first", c.token(time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.handle().Token(ctx, &nango.TokenParams{MaxAge: time.Hour})
		assert.ErrorIs(t, err, context.Canceled)
	})
}

// Without MaxAge nothing is read from the cache, and nothing comes into it.
func TestTokenWithoutMaxAge(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		assert.Equal(t, "first", c.token(0))
		c.replace("second", 0)
		assert.Equal(t, "second", c.token(time.Hour))
		c.replace("third", 0)
		assert.Equal(t, "third", c.token(0))
		assert.Equal(t, "second", c.token(time.Hour))
		assert.Equal(t, []string{"get", "get", "get"}, c.asked())
	})
}

// What a client does to a connection itself shows at once.
func TestTokenAfterOwnChanges(t *testing.T) {
	for name, change := range map[string]func(context.Context, *nango.ConnectionHandle, *nango.Client) error{
		"ForgetToken": func(_ context.Context, h *nango.ConnectionHandle, _ *nango.Client) error {
			h.ForgetToken()
			return nil
		},
		"Get": func(ctx context.Context, h *nango.ConnectionHandle, _ *nango.Client) error {
			_, err := h.Get(ctx, &nango.GetConnectionParams{ForceRefresh: true})
			return err
		},
		"Token": func(ctx context.Context, h *nango.ConnectionHandle, _ *nango.Client) error {
			_, err := h.Token(ctx, &nango.TokenParams{ForceRefresh: true})
			return err
		},
		"RawTokenResponse": func(ctx context.Context, h *nango.ConnectionHandle, _ *nango.Client) error {
			_, err := h.RawTokenResponse(ctx, &nango.TokenParams{ForceRefresh: true})
			return err
		},
		"Import": func(ctx context.Context, _ *nango.ConnectionHandle, client *nango.Client) error {
			_, err := client.Connections.Import(ctx, nango.ImportConnectionParams{
				IntegrationID: "github", ConnectionID: "c", Credentials: nango.ImportOAuth2{AccessToken: "imported"},
			})
			return err
		},
		"Delete": func(ctx context.Context, h *nango.ConnectionHandle, _ *nango.Client) error { return h.Delete(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				require.Equal(t, "first", c.token(time.Hour))
				_, err := c.handle().Get(t.Context(), nil)
				require.NoError(t, err)
				c.asked()
				require.Equal(t, "first", c.token(time.Hour))
				require.Empty(t, c.asked(), "a get that forces nothing changes nothing")
				require.NoError(t, change(t.Context(), c.handle(), c.client))
				c.asked()
				want := map[string]string{"ForgetToken": "first", "Import": "imported", "Delete": "404 not_found"}[name]
				if want == "" {
					want = "refreshed-token-1"
				}
				assert.Equal(t, want, c.token(time.Hour))
				assert.Equal(t, once, c.asked())
			})
		})
	}
}

// After the wait for a repair, the error from before the repair is forgotten.
func TestTokenAfterRepair(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.here.ExpireToken()
		c.here.FailRefresh(400, "invalid_grant")
		require.Equal(t, "400 invalid_credentials", c.token(time.Hour))
		session, err := c.handle().Reconnect(t.Context(), nil)
		require.NoError(t, err)
		_, err = c.srv.Authorize(session.Token.Reveal(), nangotest.Authorization{IntegrationID: "github"})
		require.NoError(t, err)
		_, err = c.client.Connections.WaitFor(t.Context(), nango.WaitForConnectionParams{Session: session})
		require.NoError(t, err)
		token, err := c.handle().Token(t.Context(), &nango.TokenParams{MaxAge: time.Hour})
		require.NoError(t, err)
		assert.False(t, token.Value.IsZero())
	})
}

// An error of a refresh is returned for the 30 seconds in which the server tries nothing, but not in place of a valid token.
func TestTokenRefreshFailureIsCached(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		require.Equal(t, "first", c.token(time.Hour))
		time.Sleep(46 * time.Minute)
		c.here.FailRefresh(502, "down")
		c.asked()
		for _, step := range []struct {
			after, maxAge time.Duration
			token         string
			asked         []string
		}{
			{0, time.Minute, "502 invalid_credentials", once},
			{0, time.Minute, "502 invalid_credentials", nil},
			{0, time.Hour, "first", nil}, // good for 14 minutes
			{30*time.Second - 1, time.Minute, "502 invalid_credentials", nil},
			{1, time.Minute, "502 invalid_credentials", once},
			{8*time.Minute + 29*time.Second, time.Hour, "first", nil},
			{time.Second, time.Hour, "502 invalid_credentials", once}, // five minutes before the token expires
		} {
			time.Sleep(step.after)
			assert.Equal(t, step.token, c.token(step.maxAge), "%+v", step)
			assert.Equal(t, step.asked, c.asked(), "%+v", step)
		}
		c.here.RestoreRefresh()
		time.Sleep(30 * time.Second)
		assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
		assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
		assert.Equal(t, once, c.asked())
	})
}

// Nothing else that goes wrong is kept, and nothing of it removes a valid token.
func TestTokenOtherFailuresAreNotCached(t *testing.T) {
	for want, fault := range map[string]nangotest.Fault{
		"429 too_many_request":      nangotest.RateLimited("1"),
		"500 generic_error_support": nangotest.ServerError(),
		"503 ":                      nangotest.Respond(http.StatusServiceUnavailable, "text/html", "down"),
		"404 not_found":             nangotest.Respond(http.StatusNotFound, "application/json", `{"error":{"code":"not_found"}}`),
		"0 ":                        nangotest.Refused(),
	} {
		t.Run(want, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				c.srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, fault)
				c.srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 2}, fault)
				c.srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 4}, fault)
				assert.Equal(t, want, c.token(time.Hour))
				assert.Equal(t, want, c.token(time.Hour))
				assert.Equal(t, "first", c.token(time.Hour))
				time.Sleep(time.Minute)
				assert.Equal(t, want, c.token(time.Second))
				assert.Equal(t, "first", c.token(time.Hour))
				assert.Equal(t, "first", c.token(time.Second))
			})
		})
	}
}

func TestTokenParamsRefused(t *testing.T) {
	client, server := serve(t)
	handle := client.Connection("i", "c")
	for reason, params := range map[string]*nango.TokenParams{
		"is negative": {MaxAge: -1},
		"is set together with ForceRefresh or RefreshGitHubAppJWT, which ask":   {MaxAge: 1, ForceRefresh: true},
		"is set together with ForceRefresh or RefreshGitHubAppJWT, which ask t": {MaxAge: 1, RefreshGitHubAppJWT: true},
	} {
		_, err := handle.Token(t.Context(), params)
		requireArgument(t, err, "MaxAge", reason)
	}
	_, err := handle.RawTokenResponse(t.Context(), &nango.TokenParams{MaxAge: 1})
	requireArgument(t, err, "MaxAge", "is set, but the cache holds tokens only")
	_, err = client.Connection("..", "c").Token(t.Context(), &nango.TokenParams{MaxAge: 1})
	requireArgument(t, err, "integrationID", "segment")
	_, err = client.Connection("i", "").Token(t.Context(), &nango.TokenParams{MaxAge: 1})
	requireArgument(t, err, "connectionID", "is empty")
	assert.Empty(t, server.requests)
}

// Credentials that are no token are no token from the cache either.
func TestTokenCacheWithoutToken(t *testing.T) {
	client, server := serveBodies(t, `{"connection_id":"c","credentials":{}}`, `{"connection_id":"c","credentials":{"type":"BASIC"}}`)
	for _, want := range []error{nango.ErrNoCredentials, nango.ErrNoToken} {
		_, err := client.Connection("i", "c").Token(t.Context(), &nango.TokenParams{MaxAge: time.Hour})
		assert.ErrorIs(t, err, want)
	}
	server.requireSent(getRequest, getRequest)
}
