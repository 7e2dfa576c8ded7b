package nango_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nango-go/sdk/nango"
	"github.com/nango-go/sdk/nango/nangotest"
)

// After a 401 the token is refreshed once, whoever still reports the old one, and for 30 seconds not again.
func TestInvalidateToken(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.handle().InvalidateToken(invalid("first"))
		assert.Equal(t, "first", c.token(time.Hour))
		assert.Equal(t, once, c.asked(), "the cache did not hold it")

		c.handle().InvalidateToken(nango.AccessToken{})
		c.handle().InvalidateToken(invalid("another"))
		c.client.Connection("github", "d").InvalidateToken(invalid("first"))
		assert.Equal(t, "first", c.token(time.Hour))
		assert.Empty(t, c.asked(), "none of these is the token of the connection")

		c.handle().InvalidateToken(invalid("first"))
		assert.Equal(t, "first", c.token(0))
		assert.Equal(t, once, c.asked(), "without MaxAge a call is as it always was")
		assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
		assert.Equal(t, forcedOnce, c.asked())
		var late sync.WaitGroup
		for range 1000 {
			late.Go(func() {
				c.handle().InvalidateToken(invalid("first"))
				assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
			})
		}
		late.Wait()
		assert.Empty(t, c.asked())

		for _, step := range []struct {
			after time.Duration
			token string
			asked []string
		}{
			{0, "refreshed-token-1", nil},
			{30*time.Second - 1, "refreshed-token-1", nil},
			{1, "refreshed-token-2", forcedOnce},
		} {
			time.Sleep(step.after)
			c.handle().InvalidateToken(invalid("refreshed-token-1"))
			assert.Equal(t, step.token, c.token(time.Hour), "%+v", step)
			assert.Equal(t, step.asked, c.asked(), "%+v", step)
		}
	})
}

// A thousand calls that fail with the same token at once make one forced refresh.
// A forced refresh counts, whoever forced it.
func TestInvalidateTokenAfterAForcedGet(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		_, err := c.handle().Get(t.Context(), &nango.GetConnectionParams{ForceRefresh: true})
		require.NoError(t, err)
		c.asked()
		assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
		assert.Equal(t, once, c.asked())
		c.handle().InvalidateToken(invalid("refreshed-token-1"))
		assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
		assert.Empty(t, c.asked())
		time.Sleep(30 * time.Second)
		c.handle().InvalidateToken(invalid("refreshed-token-1"))
		assert.Equal(t, "refreshed-token-2", c.token(time.Hour))
		assert.Equal(t, forcedOnce, c.asked())
	})
}

func TestInvalidateTokenAtOnce(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		require.Equal(t, "first", c.token(time.Hour))
		c.asked()
		c.srv.Inject(nangotest.Rule{Operation: "getConnection"}, nangotest.Latency(time.Second))
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				c.handle().InvalidateToken(invalid("first"))
				assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
			})
		}
		all.Wait()
		assert.Equal(t, forcedOnce, c.asked())
	})
}

// Without a refresh token the server returns the same token. It is not asked for it again and again.
func TestInvalidateTokenWithoutRefreshToken(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.replace("only", 0)
		require.Equal(t, "only", c.token(time.Hour))
		for range 5 {
			c.handle().InvalidateToken(invalid("only"))
			assert.Equal(t, "only", c.token(time.Hour))
		}
		assert.Equal(t, []string{"get", "force"}, c.asked())
		time.Sleep(30 * time.Second)
		c.handle().InvalidateToken(invalid("only"))
		assert.Equal(t, "only", c.token(time.Hour))
		assert.Equal(t, forcedOnce, c.asked())
	})
}

// A forced refresh that fails is not repeated, and it does not bring the refused token back. One that the server did not make is
// still due.
func TestInvalidateTokenFails(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		require.Equal(t, "first", c.token(time.Hour))
		c.asked()
		c.srv.Inject(nangotest.Rule{Operation: "getConnection", Nth: 1}, nangotest.ServerError())
		c.here.FailRefresh(400, "invalid_grant")
		c.handle().InvalidateToken(invalid("first"))
		assert.Equal(t, "500 generic_error_support", c.token(time.Hour))
		assert.Equal(t, "400 invalid_credentials", c.token(time.Hour))
		assert.Equal(t, []string{"force", "force"}, c.asked())
		for range 3 {
			c.handle().InvalidateToken(invalid("first"))
			assert.Equal(t, "400 invalid_credentials", c.token(time.Hour))
		}
		assert.Empty(t, c.asked())
		time.Sleep(30 * time.Second)
		c.handle().InvalidateToken(nango.AccessToken{}) // which is no token, as the cache has none
		assert.Equal(t, "first", c.token(time.Hour), "the server has no other")
		assert.Equal(t, once, c.asked())
		c.handle().InvalidateToken(invalid("first"))
		assert.Equal(t, "400 invalid_credentials", c.token(time.Hour))
		assert.Equal(t, forcedOnce, c.asked())
	})
}

// delayNext delays the next response after the server has made it, so that the client gets it late.
func (c *customer) delayNext(d time.Duration) {
	next, requests := c.srv.HTTPClient().Transport, new(atomic.Int64)
	client, err := c.client.With(nango.WithHTTPClient(&http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		first := requests.Add(1) == 1
		resp, err := next.RoundTrip(req)
		if first {
			time.Sleep(d)
		}
		return resp, err
	})}))
	require.NoError(c.t, err)
	c.client = client
}

// A request that began before the 401 may bring the refused token again. Nobody waits for it any more, and nobody gets its token
// from the cache.
func TestInvalidateTokenDuringARequest(t *testing.T) {
	for name, waits := range map[string]bool{"with a call before it ends": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			withCustomer(t, func(t *testing.T, c *customer) {
				require.Equal(t, "first", c.token(time.Hour))
				time.Sleep(time.Minute)
				c.asked()
				c.delayNext(10 * time.Second)
				var early sync.WaitGroup
				early.Go(func() { assert.Equal(t, "first", c.token(time.Second)) })
				synctest.Wait()
				c.handle().InvalidateToken(invalid("first"))
				if waits {
					assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
				}
				early.Wait()
				assert.Equal(t, "refreshed-token-1", c.token(time.Hour))
				assert.Equal(t, []string{"get", "force"}, c.asked())
			})
		})
	}
}

// What a request brings that began before ForgetToken does not get into the cache.
func TestForgetTokenDuringARequest(t *testing.T) {
	withCustomer(t, func(t *testing.T, c *customer) {
		c.delayNext(10 * time.Second)
		began := time.Now()
		var early sync.WaitGroup
		early.Go(func() { assert.Equal(t, "first", c.token(time.Hour)) })
		synctest.Wait()
		c.replace("second", 0)
		c.handle().ForgetToken()
		assert.Equal(t, "second", c.token(time.Hour))
		assert.Zero(t, time.Since(began), "it does not wait for that request")
		early.Wait()
		assert.Equal(t, "second", c.token(time.Hour))
		assert.Equal(t, []string{"get", "get"}, c.asked())
	})
}
