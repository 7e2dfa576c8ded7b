package nangooauth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangooauth"
)

func TestTokenSource(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		for name, test := range map[string]struct {
			credentials *nango.OAuth2Credentials
			maxAge      time.Duration
			expiry      time.Duration
		}{
			"default":                  {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t"), ExpiresAt: time.Now().Add(time.Hour)}, 0, time.Minute},
			"without an expiry":        {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t")}, 0, time.Minute},
			"a minute":                 {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t")}, time.Minute, 30 * time.Second},
			"an hour":                  {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t")}, time.Hour, time.Minute},
			"that expires within that": {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t"), ExpiresAt: time.Now().Add(40 * time.Second)}, 0, 40 * time.Second},
			"that has expired":         {&nango.OAuth2Credentials{AccessToken: nango.NewSecret("t"), ExpiresAt: time.Now().Add(-time.Hour)}, 0, -time.Hour},
		} {
			c.here.SetCredentials(test.credentials)
			c.ForgetToken()
			token, err := nangooauth.TokenSource(c.ConnectionHandle, &nangooauth.TokenSourceParams{MaxAge: test.maxAge}).Token()
			require.NoError(t, err, name)
			assert.Equal(t, "t", token.AccessToken)
			assert.Equal(t, "Bearer", token.TokenType)
			assert.Equal(t, test.expiry, time.Until(token.Expiry), name)
			assert.Equal(t, test.expiry > 0, token.Valid(), name)
		}
	})
}

// Behind a ReuseTokenSource, which keeps a token until its Expiry, a token is used for no longer than MaxAge.
func TestTokenSourceIsReused(t *testing.T) {
	for _, maxAge := range []time.Duration{0, time.Minute, 90 * time.Second, 5 * time.Minute, 20 * time.Minute} {
		withCustomer(t, func(t *testing.T, c *customer) {
			c.here.SetCredentials(&nango.OAuth2Credentials{AccessToken: nango.NewSecret("old")}) // for ever
			reused := oauth2.ReuseTokenSource(nil, nangooauth.TokenSource(c.ConnectionHandle, &nangooauth.TokenSourceParams{MaxAge: maxAge}))
			limit := maxAge
			if limit == 0 {
				limit = 5 * time.Minute
			}
			began, old := time.Now(), 0
			for {
				token, err := reused.Token()
				require.NoError(t, err)
				if token.AccessToken == "new" {
					break
				}
				c.here.SetCredentials(&nango.OAuth2Credentials{AccessToken: nango.NewSecret("new")})
				old++
				require.LessOrEqual(t, time.Since(began), limit)
				time.Sleep(time.Second)
			}
			assert.Greater(t, old, int(limit.Seconds()*0.6), "of %v: and it is kept for most of that time", limit)
			assert.Len(t, c.srv.Requests("getConnection"), 2)
		})
	}
}

func TestTokenSourceErrors(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		for name, source := range map[string]oauth2.TokenSource{
			"connection": nangooauth.TokenSource(nil, nil),
			"MaxAge":     nangooauth.TokenSource(c.ConnectionHandle, &nangooauth.TokenSourceParams{MaxAge: time.Minute - 1}),
		} {
			token, err := source.Token()
			refused, ok := errors.AsType[*nango.ArgumentError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, name, refused.Name)
			assert.Nil(t, token)
		}
		c.here.ExpireToken()
		c.here.FailRefresh(400, "invalid_grant")
		_, err := nangooauth.TokenSource(c.ConnectionHandle, nil).Token()
		assert.ErrorIs(t, err, nango.ErrRefreshFailed)
	})
}
