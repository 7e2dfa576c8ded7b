package ingest

import (
	"context"
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
			l.block(min(time.Until(rate.Reset), time.Minute)) // a window is a minute, whatever the clocks say
		}
	}}
}

// block says that there is no request to make for some time.
func (l *limit) block(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// wait returns how long there is no request to make; 0 means that one may be made now.
func (l *limit) wait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(time.Until(l.until), 0)
}

// jitter adds up to a quarter, and at least up to a second, so that not all jobs come back at the same moment.
func jitter(d time.Duration) time.Duration { return d + rand.N(max(d/4, time.Second)) }
