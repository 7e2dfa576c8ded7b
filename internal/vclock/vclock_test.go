package vclock_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/nango-go/sdk/internal/vclock"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func TestNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := vclock.New()
		defer c.Close()
		assert.Equal(t, time.Now().UTC(), c.Now())
		time.Sleep(1500 * time.Nanosecond)
		assert.Equal(t, time.Now().UTC().Truncate(time.Microsecond), c.Now(), "to the microsecond")
		c.Advance(time.Hour, func() {})
		assert.Equal(t, time.Now().UTC().Truncate(time.Microsecond).Add(time.Hour), c.Now())

		c.StopAt(noon.Add(1500 * time.Nanosecond).In(time.FixedZone("", 3600)))
		time.Sleep(time.Hour)
		assert.Equal(t, noon.Add(time.Microsecond), c.Now())
		c.Advance(time.Minute, func() {})
		assert.Equal(t, noon.Add(time.Minute+time.Microsecond), c.Now())
	})
}

// stopped returns a clock that stands at noon, and a function that plans a call which notes its name and time.
func stopped(t *testing.T) (c *vclock.Clock, plan func(name string, d time.Duration), calls *[]string) {
	t.Helper()
	c, calls = vclock.New(), new([]string)
	t.Cleanup(c.Close)
	c.StopAt(noon)
	return c, func(name string, d time.Duration) {
		c.After(d, func() { *calls = append(*calls, name+" "+c.Now().Sub(noon).String()) })
	}, calls
}

func TestAdvance(t *testing.T) {
	c, plan, calls := stopped(t)
	plan("late", 2*time.Minute)
	plan("first", time.Minute)
	plan("second of the same time", time.Minute)
	c.After(time.Minute, func() { plan("planned by a call", 30*time.Second) })
	plan("too late", time.Hour)
	steps := 0
	c.Advance(3*time.Minute, func() { steps++ })
	assert.Equal(t, []string{"first 1m0s", "second of the same time 1m0s", "planned by a call 1m30s", "late 2m0s"}, *calls)
	assert.Equal(t, 4, steps, "settles after each step")
	assert.Equal(t, noon.Add(3*time.Minute), c.Now())
}

// What settle moves or plans counts.
func TestAdvanceSettles(t *testing.T) {
	c, plan, calls := stopped(t)
	plan("a", time.Minute)
	planned := false
	c.Advance(2*time.Minute, func() {
		if !planned {
			planned = true
			plan("b", time.Second)
		}
	})
	assert.Equal(t, []string{"a 1m0s", "b 1m1s"}, *calls)
}

func TestCatchUp(t *testing.T) {
	c, plan, calls := stopped(t)
	plan("now", 0)
	plan("later", time.Minute)
	assert.False(t, c.Idle())
	assert.Empty(t, *calls, "a stopped clock makes no calls by itself")
	c.CatchUp()
	assert.Equal(t, []string{"now 0s"}, *calls)
	assert.True(t, c.Idle())
	c.StopAt(noon.Add(time.Hour))
	assert.Equal(t, []string{"now 0s", "later 1h0m0s"}, *calls, "what is due at the new time")
}

// A clock that runs makes its calls by itself, in time.
func TestRunningClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := vclock.New()
		defer c.Close()
		began := time.Now()
		var calls []time.Duration
		note := func() { calls = append(calls, time.Since(began)) }
		c.After(2*time.Second, note)
		c.After(time.Second, note)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		assert.Equal(t, []time.Duration{time.Second, 2 * time.Second}, calls)
		c.After(2*time.Second, note)
		c.Advance(1500*time.Millisecond, func() {})
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, 3500*time.Millisecond, calls[2])
	})
}

// Finish waits for a call that the timer's goroutine makes, also for one that ends its goroutine.
func TestFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := vclock.New()
		defer c.Close()
		ended := false
		c.After(0, func() {
			time.Sleep(time.Second)
			ended = true
			runtime.Goexit()
		})
		time.Sleep(time.Millisecond)
		assert.False(t, c.Idle())
		c.Finish()
		assert.True(t, ended)
		assert.True(t, c.Idle())
	})
}

func TestPanicEndsACall(t *testing.T) {
	c, _, _ := stopped(t)
	c.After(0, func() { panic("a") })
	assert.PanicsWithValue(t, "a", c.CatchUp)
	assert.True(t, c.Idle())
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := vclock.New()
		ended := false
		c.After(0, func() {
			time.Sleep(time.Second)
			ended = true
		})
		c.After(time.Minute, func() { t.Error("called after Close") })
		time.Sleep(time.Millisecond)
		c.Close()
		assert.True(t, ended, "Close waits for calls")
		c.After(0, func() { t.Error("called after Close") })
		c.CatchUp()
		time.Sleep(time.Hour)
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c, plan, calls := stopped(t)
		plan("a", time.Second)
		assert.True(t, c.Wait(t.Context(), time.Minute))
		assert.Equal(t, []string{"a 1s"}, *calls)
		assert.Zero(t, time.Since(began), "a stopped clock moves on")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.False(t, c.Wait(ctx, time.Minute))

		running := vclock.New()
		defer running.Close()
		assert.True(t, running.Wait(t.Context(), time.Minute))
		assert.Equal(t, time.Minute, time.Since(began))
		assert.False(t, running.Wait(ctx, time.Minute))
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

func TestInPlan(t *testing.T) {
	c, _, _ := stopped(t)
	assert.False(t, vclock.InPlan())
	inCall, inOther := false, true
	c.After(0, func() {
		inCall = deep(200, vclock.InPlan)
		other := make(chan bool)
		go func() { other <- vclock.InPlan() }()
		inOther = <-other
	})
	c.CatchUp()
	assert.True(t, inCall)
	assert.False(t, inOther, "another goroutine may wait")
}

// deep calls f from a stack of n more frames.
func deep(n int, f func() bool) bool {
	if n == 0 {
		return f()
	}
	return deep(n-1, f)
}
