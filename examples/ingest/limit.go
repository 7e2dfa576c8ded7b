package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nango-go/sdk/nango"
)

// limit knows when Nango allows requests again. The limit is one for the whole account, so what one slot learns holds for
// all. Other processes learn the same from their own responses.
type limit struct {
	mu    sync.Mutex
	until time.Time
}

// observer returns an observer that notes when the requests of this minute are used up, before Nango refuses one.
func (l *limit) observer() nango.Observer {
	return nango.Observer{AttemptEnd: func(_ context.Context, result nango.AttemptResult) {
		if rate := result.RateLimit; rate != nil && rate.Remaining == 0 {
			l.block(time.Until(rate.Reset))
		}
	}}
}

// errLimited ends a job, or a slice behind a page that is committed, because the next request would be refused.
var errLimited = errors.New("ingest: the requests of this minute are used up")

// block says that there is no request to make for some time, but for no longer than a window of Nango, whatever the clocks and
// servers in between say.
func (l *limit) block(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(min(d, time.Minute)); until.After(l.until) {
		l.until = until
	}
}

// learn notes when a refused request may be made again.
func (l *limit) learn(err error) {
	if failure, ok := errors.AsType[*nango.Error](err); ok && errors.Is(err, nango.ErrRateLimited) {
		l.block(max(failure.RetryAfter, time.Second)) // Nango also sends 0
	}
}

// wait returns how long there is no request to make; 0 means that one may be made now.
func (l *limit) wait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Until(l.until), 0)
}

// check returns errLimited if no request may be made now.
func (l *limit) check() error {
	if l.wait() > 0 {
		return errLimited
	}
	return nil
}

// jitter adds up to a quarter, and at least up to a second, so that not all jobs come back at the same moment.
func jitter(d time.Duration) time.Duration { return d + rand.N(max(d/4, time.Second)) }
