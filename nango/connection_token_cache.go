package nango

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// tokenExpiryMargin is how long before it expires a token is no longer returned from the cache. It is shorter than
	// the 15 minutes in which the server refreshes a token, so the server then has a new one.
	tokenExpiryMargin = 5 * time.Minute
	// refreshPause is how long the server refuses further refreshes after one has failed.
	refreshPause = 30 * time.Second
	// maxCachedTokens bounds the memory of a cache.
	maxCachedTokens = 4096
)

// tokenKey is a connection.
type tokenKey struct{ integrationID, connectionID string }

// tokenCache holds what the server said last about the tokens of connections, and the requests that are under way.
type tokenCache struct {
	mu      sync.Mutex
	entries map[tokenKey]*list.Element // of *cachedToken
	used    list.List                  // the same elements; the first is the one that was used last
	running map[tokenKey]*tokenRequest // at most one per connection; others may run on, but the cache ignores them
}

// cachedToken is what the cache knows about the token of one connection.
type cachedToken struct {
	key     tokenKey
	token   AccessToken // zero if there is none
	asked   time.Time   // when the request for token began
	refused bool        // the provider refused token, so the next request forces a refresh
	forced  time.Time   // when a forced refresh ended last

	failure error     // the last refresh failed
	failed  time.Time // when it did
}

// newTokens returns an empty cache behind a function. Code that prints or compares values by reflection cannot look
// into a function. So it shows no ids, and does not read the cache while others change it.
func newTokens() func() *tokenCache {
	c := &tokenCache{entries: map[tokenKey]*list.Element{}, running: map[tokenKey]*tokenRequest{}}
	return func() *tokenCache { return c }
}

// token returns a token from the cache, or asks the server for it.
func (c *tokenCache) token(ctx context.Context, h *ConnectionHandle, maxAge time.Duration) (AccessToken, error) {
	if ctx.Err() != nil {
		return AccessToken{}, tokenWaitEnded(ctx)
	}
	now := time.Now()
	c.mu.Lock()
	entry := c.find(h.key())
	if token, err, ok := entry.current(maxAge, now); ok {
		c.mu.Unlock()
		return token, err
	}
	request := c.join(ctx, h, entry != nil && entry.refused, now.Add(-maxAge))
	c.mu.Unlock()
	return c.await(ctx, request)
}

// find returns the entry of a connection, or nil.
func (c *tokenCache) find(key tokenKey) *cachedToken {
	element := c.entries[key]
	if element == nil {
		return nil
	}
	c.used.MoveToFront(element)
	return element.Value.(*cachedToken)
}

// obtain returns the entry of a connection, a new one if there is none.
func (c *tokenCache) obtain(key tokenKey) *cachedToken {
	if entry := c.find(key); entry != nil {
		return entry
	}
	if len(c.entries) >= maxCachedTokens {
		c.drop(c.used.Back().Value.(*cachedToken).key)
	}
	entry := &cachedToken{key: key}
	c.entries[key] = c.used.PushFront(entry)
	return entry
}

func (c *tokenCache) drop(key tokenKey) {
	if element := c.entries[key]; element != nil {
		c.used.Remove(element)
		delete(c.entries, key)
	}
}

// current returns the token, or the error of the last refresh. It returns false if the server has to be asked.
func (e *cachedToken) current(maxAge time.Duration, now time.Time) (AccessToken, error, bool) {
	switch {
	case e == nil:
	case !e.token.Value.IsZero() && !e.refused && now.Sub(e.asked) <= maxAge && !e.token.expiresWithin(tokenExpiryMargin, now):
		return e.token, nil, true
	case e.failure != nil && now.Sub(e.failed) < refreshPause:
		return AccessToken{}, e.failure, true
	}
	return AccessToken{}, nil, false
}

func (t AccessToken) expiresWithin(margin time.Duration, now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt.Add(-margin))
}

// record keeps what the server said at the end of a request.
func (c *tokenCache) record(r *tokenRequest, now time.Time) {
	if r.err != nil && !errors.Is(r.err, ErrRefreshFailed) {
		return // it says nothing about the token
	}
	entry := c.obtain(r.key)
	if r.force {
		entry.forced = now
	}
	switch {
	case r.err != nil:
		entry.failure, entry.failed = r.err, now
		if r.force {
			entry.token, entry.refused = AccessToken{}, false
		}
	case entry.refused && !r.force && r.token.Value.Equal(entry.token.Value):
		// The request began before the provider refused the token, and brought it again.
	default:
		*entry = cachedToken{key: r.key, token: r.token, asked: r.began, forced: entry.forced}
	}
}

func (c *tokenCache) invalidate(key tokenKey, token AccessToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.find(key)
	if entry == nil || token.Value.IsZero() || !token.Value.Equal(entry.token.Value) {
		return
	}
	if time.Since(entry.forced) >= refreshPause {
		entry.refused = true
	}
}

// refreshed forgets the token of a connection after a forced refresh that was not the cache's.
func (c *tokenCache) refreshed(key tokenKey, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	delete(c.running, key)
	c.obtain(key).forced = now
}

func (c *tokenCache) forget(key tokenKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	delete(c.running, key)
}
