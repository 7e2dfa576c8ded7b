package nangotest

import (
	"container/heap"
	"context"
	"reflect"
	"runtime"
	"sync"
	"time"
)

// clock is the server's time and what is planned for later. It follows time.Now, shifted by what a test adds, until a test
// stops it.
type clock struct {
	mu      sync.Mutex
	shift   time.Duration
	stopped time.Time // zero while the clock runs
	plans   plans
	planned int         // how many plans there ever were, to keep plans of the same time in their order
	timer   *time.Timer // fires for the next plan while the clock runs
	closed  bool
	doing   int        // plans that are being carried out
	done    *sync.Cond // tells that doing is 0
}

func newClock() *clock {
	c := new(clock)
	c.done = sync.NewCond(&c.mu)
	return c
}

// plan is something to do at a time. It is done without any lock held.
type plan struct {
	at    time.Time
	order int
	do    func()
}

// now is the server's time, in UTC and to the microsecond, as PostgreSQL keeps it.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clock) nowLocked() time.Time {
	if !c.stopped.IsZero() {
		return c.stopped
	}
	return time.Now().Add(c.shift).Round(0).UTC().Truncate(time.Microsecond)
}

// after plans something for d from now.
func (c *clock) after(d time.Duration, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned++
	heap.Push(&c.plans, plan{c.nowLocked().Add(d), c.planned, do})
	c.arm()
}

// arm makes the timer fire for the next plan.
func (c *clock) arm() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.closed || len(c.plans) == 0 || !c.stopped.IsZero() {
		return
	}
	c.timer = time.AfterFunc(c.plans[0].at.Sub(c.nowLocked()), c.catchUp)
}

// catchUp does what is due and nobody does yet.
func (c *clock) catchUp() {
	for {
		c.mu.Lock()
		if !c.isDue() {
			c.arm()
			c.mu.Unlock()
			return
		}
		next := heap.Pop(&c.plans).(plan)
		c.doing++
		c.mu.Unlock()
		c.carryOut(next)
	}
}

// isDue says that there is something to do now.
func (c *clock) isDue() bool {
	return !c.closed && len(c.plans) > 0 && !c.plans[0].at.After(c.nowLocked())
}

// carryOut does what was planned. It counts as done also if it panics or ends its goroutine.
func (c *clock) carryOut(p plan) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.doing--; c.doing == 0 {
			c.done.Broadcast()
		}
	}()
	p.do()
}

// carryOutName is what the runtime calls carryOut.
var carryOutName = runtime.FuncForPC(reflect.ValueOf((*clock).carryOut).Pointer()).Name()

// inPlan says that its caller was called by a plan, so that it may not wait for the plan to end.
func inPlan() bool {
	callers := make([]uintptr, 64)
	n := runtime.Callers(1, callers)
	for n == len(callers) {
		callers = make([]uintptr, 2*n)
		n = runtime.Callers(1, callers)
	}
	frames := runtime.CallersFrames(callers[:n])
	for more := n > 0; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); frame.Function == carryOutName {
			return true
		}
	}
	return false
}

// finish does what is due and waits for what others do, such as the timer's goroutine.
func (c *clock) finish() {
	for !c.idle() {
		c.catchUp()
		c.waitForDoing()
	}
}

// idle says that nothing is due, and that nothing is being done.
func (c *clock) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doing == 0 && !c.isDue()
}

func (c *clock) waitForDoing() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.doing > 0 {
		c.done.Wait()
	}
}

// advance moves the clock from plan to plan, so that each is done at its own time, and what it plans as well. Between them it
// calls settle.
func (c *clock) advance(d time.Duration, settle func()) {
	end := c.now().Add(d)
	for c.moveTo(end) {
		c.catchUp()
		settle()
	}
	c.catchUp()
	settle()
}

// wait lets d pass: in no time where the clock is stopped, and really where it runs. It reports whether the context is still
// alive.
func (c *clock) wait(ctx context.Context, d time.Duration) bool {
	c.mu.Lock()
	stopped := !c.stopped.IsZero()
	c.mu.Unlock()
	if stopped {
		c.advance(d, func() {})
		return ctx.Err() == nil
	}
	return pause(ctx, d)
}

// moveTo moves the clock to the next plan, or to the end if none comes before it. It reports whether the end is still ahead.
func (c *clock) moveTo(end time.Time) bool {
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

// stopAt stops the clock at a time.
func (c *clock) stopAt(t time.Time) {
	c.mu.Lock()
	c.stopped = t.Round(0).UTC().Truncate(time.Microsecond)
	c.arm()
	c.mu.Unlock()
	c.catchUp()
}

// close forgets all plans and waits for those that are being carried out.
func (c *clock) close() {
	c.mu.Lock()
	c.closed, c.plans = true, nil
	c.arm()
	c.mu.Unlock()
	c.waitForDoing()
}

// plans is a heap, the earliest first.
type plans []plan

func (p plans) Len() int      { return len(p) }
func (p plans) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *plans) Push(x any)   { *p = append(*p, x.(plan)) }
func (p plans) Less(i, j int) bool {
	return p[i].at.Before(p[j].at) || p[i].at.Equal(p[j].at) && p[i].order < p[j].order
}

func (p *plans) Pop() any {
	last := len(*p) - 1
	x := (*p)[last]
	*p = (*p)[:last]
	return x
}
