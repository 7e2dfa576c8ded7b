package nango

import (
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/nango-go/sdk/gen"
)

// tokenRequest is one request for a token that its callers share. It has a goroutine and a context of its own, so that
// no caller's context ends it while others wait.
type tokenRequest struct {
	key     tokenKey
	force   bool // with force_refresh
	began   time.Time
	waiting int // how many callers wait, guarded by the cache's mu
	cancel  context.CancelFunc

	done     chan struct{} // closed when the fields below are set
	token    AccessToken
	err      error
	panicked any
}

// errTokenGoexit is the error of a request whose goroutine ended early: a transport or an observer called
// [runtime.Goexit], as the FailNow of a test does.
var errTokenGoexit = errors.New("nango: the goroutine that asked for the token ended before the response came")

// join returns the running request of a connection, or a new one if there is none, if it began before a time, or if it
// does not force the refresh that is needed. The caller of join holds the lock, and then waits for the request.
func (c *tokenCache) join(ctx context.Context, h *ConnectionHandle, force bool, since time.Time) *tokenRequest {
	r := c.running[h.key()]
	if r == nil || force && !r.force || r.began.Before(since) {
		r = &tokenRequest{key: h.key(), force: force, began: time.Now(), done: make(chan struct{})}
		limit := h.client.config.tokenLimit()
		ctx, r.cancel = context.WithTimeoutCause(context.WithoutCancel(ctx), time.Duration(limit), limit)
		c.running[r.key] = r
		go c.run(ctx, r, *h)
	}
	r.waiting++
	return r
}

// run makes the request. A panic of the caller's transport or observer is kept for those who wait. Their goroutines may
// recover from it; here it would end the program.
func (c *tokenCache) run(ctx context.Context, r *tokenRequest, h ConnectionHandle) {
	defer r.cancel()
	r.err = errTokenGoexit
	defer func() {
		r.panicked = recover()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.running[r.key] == r { // otherwise a later request or ForgetToken has replaced it
			delete(c.running, r.key)
			c.record(r, time.Now())
		}
		close(r.done)
	}()
	r.token, r.err = accessToken(credentialsOf(h.get(ctx, GetConnectionParams{ForceRefresh: r.force})))
}

// await returns the result of a request. When nobody waits for a request any more, it ends.
func (c *tokenCache) await(ctx context.Context, r *tokenRequest) (AccessToken, error) {
	select {
	case <-r.done:
		if r.panicked != nil {
			panic(r.panicked)
		}
		return r.token, r.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.waiting--; r.waiting == 0 {
		r.cancel()
		if c.running[r.key] == r {
			delete(c.running, r.key)
		}
	}
	return AccessToken{}, tokenWaitEnded(ctx)
}

// tokenWaitEnded is the error of a caller whose context ended, while the request may go on for others. Like the error
// of a request it wraps the context's error and its cause.
func tokenWaitEnded(ctx context.Context) *Error {
	e := &Error{Operation: gen.OperationGetConnection, Method: http.MethodGet, Path: "/connections/{connectionId}"}
	end := contextEnd(ctx)
	e.keepCause(end)
	e.setMessage(end.Error())
	return e
}

// tokenLimit is the time limit of a request that callers share: enough for all attempts, each up to its limit.
func (c config) tokenLimit() attemptTimeout {
	attempts := time.Duration(c.retry.MaxAttempts)
	return attemptTimeout(min(c.attemptTimeout, math.MaxInt64/attempts) * attempts)
}
