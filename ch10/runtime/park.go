package runtime

import (
	"fmt"
	goruntime "runtime"
	"time"
)

// look takes the events and the timers that are due. With nothing to poll it waits for the first.
func (rt *Runtime) look() {
	rt.publish()
	rt.tracing = tracing()
	rt.receive()
	if rt.shared {
		rt.give(false)
	}
	timeout := rt.timers.next()
	if rt.run.first != nil || rt.shared && rt.isOver() {
		timeout = 0
	}
	if timeout != 0 {
		rt.park(timeout)
	} else if rt.sources.any() {
		rt.wait(0)
	}
	rt.timers.fire(rt)
}

// Where the worker waits. A wake through the event queue takes two system calls and 15 to 50 µs, one through a channel
// less than a microsecond.
const (
	inQueue = 1 + iota
	onBell
)

// park waits, unless there is something to do. It says that it parks, and then looks once more for something to do;
// others bring something to do, and then look whether it parks (unpark). So one of the two sees the other.
// TestOrdersOfParking has these steps in every order.
func (rt *Runtime) park(timeout time.Duration) {
	where := uint32(onBell)
	if rt.sources.any() {
		where = inQueue
		if rt.outside { // who woke a task may do it again, and be waiting for this P: that is cheaper than an alarm
			rt.outside = false
			goruntime.Gosched()
			if rt.inbox.Load() != nil {
				return
			}
		}
	}
	rt.parked.Swap(where) // where Store would do, but for qemu, which lets a load overtake it
	if rt.inbox.Load() != nil || rt.isOver() {
		rt.stayAwake(where)
		return
	}
	rt.stats.Parks++
	rt.logf("%d pending tasks. Sleep until notified.", rt.stats.Tasks)
	defer traced("park")()
	if where == onBell {
		rt.waitForBell(timeout)
		return
	}
	defer rt.parked.Store(0)
	rt.wait(timeout)
}

// stayAwake takes back that the worker parks. A goroutine that has seen the worker park rings the bell.
// See TestOrdersOfParking.
func (rt *Runtime) stayAwake(where uint32) {
	if rt.parked.Swap(0) == 0 && where == onBell {
		<-rt.bell
	}
}

// waitForBell is the wait of a worker without sources. See TestOrdersOfParking.
func (rt *Runtime) waitForBell(timeout time.Duration) {
	switch {
	case timeout < 0:
		<-rt.bell
		return
	case rt.clock == nil:
		rt.clock = time.NewTimer(timeout)
	default:
		rt.clock.Reset(timeout)
	}
	select {
	case <-rt.bell:
		rt.clock.Stop()
	case <-rt.clock.C:
		rt.stayAwake(onBell)
	}
}

// wait takes events, and wakes the tasks that wait for them.
func (rt *Runtime) wait(timeout time.Duration) {
	n, err := rt.queue.Poll(rt.events, timeout)
	if err != nil {
		rt.broken = fmt.Errorf("runtime: event queue: %w", err)
		rt.stop()
	}
	for _, e := range rt.events[:n] {
		if e.Token() != alarmToken {
			rt.sources.event(rt, e)
		}
	}
}
