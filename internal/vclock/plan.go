package vclock

import (
	"reflect"
	"runtime"
	"time"
)

// plan is a call at a time.
type plan struct {
	at    time.Time
	order int
	call  func()
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

// runName is what the runtime calls Clock.run.
var runName = runtime.FuncForPC(reflect.ValueOf((*Clock).run).Pointer()).Name()

// InPlan reports whether a planned call is on the stack of its caller, who then may not wait for that call to end.
func InPlan() bool {
	callers := make([]uintptr, 64)
	n := runtime.Callers(1, callers)
	for n == len(callers) {
		callers = make([]uintptr, 2*n)
		n = runtime.Callers(1, callers)
	}
	frames := runtime.CallersFrames(callers[:n])
	for more := n > 0; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); frame.Function == runName {
			return true
		}
	}
	return false
}
