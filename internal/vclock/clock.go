// Package vclock is a clock that tests can move, and the calls that are planned on it.
package vclock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Clock tells the time and makes planned calls. It follows time.Now, shifted by what [Clock.Advance] adds, until
// [Clock.StopAt] stops it. Planned calls are made without any lock of the clock, so that they may use it.
type Clock struct {
	mu      sync.Mutex
	shift   time.Duration
	stopped time.Time // zero while the clock runs
	plans   plans
	planned int         // how many plans there ever were, to keep plans of the same time in their order
	timer   *time.Timer // fires for the next plan while the clock runs
	closed  bool
	running int        // planned calls that are being made
	none    *sync.Cond // tells that running is 0
}

// New returns a clock that runs.
func New() *Clock {
	c := new(Clock)
	c.none = sync.NewCond(&c.mu)
	return c
}

// Now returns the time in UTC, to the microsecond as PostgreSQL stores it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *Clock) nowLocked() time.Time {
	if !c.stopped.IsZero() {
		return c.stopped
	}
	return wallTime(time.Now().Add(c.shift))
}

func wallTime(t time.Time) time.Time { return t.Round(0).UTC().Truncate(time.Microsecond) }

// After plans a call for d from now.
func (c *Clock) After(d time.Duration, call func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned++
	heap.Push(&c.plans, plan{c.nowLocked().Add(d), c.planned, call})
	c.arm()
}

// arm makes the timer fire for the next plan.
func (c *Clock) arm() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.closed || len(c.plans) == 0 || !c.stopped.IsZero() {
		return
	}
	c.timer = time.AfterFunc(c.plans[0].at.Sub(c.nowLocked()), c.CatchUp)
}

// CatchUp makes the calls that are due. It does not wait for those that another goroutine is making.
func (c *Clock) CatchUp() {
	for {
		c.mu.Lock()
		if !c.isDue() {
			c.arm()
			c.mu.Unlock()
			return
		}
		next := heap.Pop(&c.plans).(plan)
		c.running++
		c.mu.Unlock()
		c.run(next)
	}
}

func (c *Clock) isDue() bool {
	return !c.closed && len(c.plans) > 0 && !c.plans[0].at.After(c.nowLocked())
}

// run makes a planned call. The call counts as ended also if it panics or ends its goroutine.
func (c *Clock) run(p plan) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.running--; c.running == 0 {
			c.none.Broadcast()
		}
	}()
	p.call()
}

// Finish makes the calls that are due, and waits for those that other goroutines are making, such as the timer's.
func (c *Clock) Finish() {
	for !c.Idle() {
		c.CatchUp()
		c.waitForRunning()
	}
}

// Idle reports whether no call is due and none is being made.
func (c *Clock) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running == 0 && !c.isDue()
}

func (c *Clock) waitForRunning() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.running > 0 {
		c.none.Wait()
	}
}

// Advance moves the clock from plan to plan, so that each call is made at its own time, and those that it plans as well. It
// calls settle after each step.
func (c *Clock) Advance(d time.Duration, settle func()) {
	end := c.Now().Add(d)
	for c.moveTo(end) {
		c.CatchUp()
		settle()
	}
	c.CatchUp()
	settle()
}

// moveTo moves the clock to the next plan, or to the end if none comes before it. It reports whether the end is still ahead.
func (c *Clock) moveTo(end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := end
	if len(c.plans) > 0 && c.plans[0].at.Before(end) {
		next = c.plans[0].at
	}
	if now := c.nowLocked(); next.After(now) {
		c.shift += next.Sub(now)
		if !c.stopped.IsZero() {
			c.stopped = next
		}
	}
	return next.Before(end)
}

// Wait lets d pass: it advances a clock that is stopped, and waits while it runs. It reports whether the context is still
// alive.
func (c *Clock) Wait(ctx context.Context, d time.Duration) bool {
	c.mu.Lock()
	stopped := !c.stopped.IsZero()
	c.mu.Unlock()
	if stopped {
		c.Advance(d, func() {})
		return ctx.Err() == nil
	}
	return Pause(ctx, d)
}

// StopAt stops the clock at a time.
func (c *Clock) StopAt(t time.Time) {
	c.mu.Lock()
	c.stopped = wallTime(t)
	c.arm()
	c.mu.Unlock()
	c.CatchUp()
}

// Close forgets all plans and waits for the calls that are being made.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed, c.plans = true, nil
	c.arm()
	c.mu.Unlock()
	c.waitForRunning()
}

// Pause waits for d of the process's time, or of the bubble's, and reports whether the context is still alive.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
