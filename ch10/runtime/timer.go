package runtime

import (
	"math"
	"time"

	"ch10/future"
)

// A Timer wakes a task after some time. A future has one as a field. The zero Timer isn't set. A Timer
// that is set belongs to the worker of its task, and must not be copied. On another worker, Set and Expired panic, and Stop,
// which doesn't know where it is called, must not be called.
type Timer struct {
	_     noCopy
	when  int64           // see now
	cx    *future.Context // whom to wake; nil: it has never been set
	index int32           // in the heap, from 1 on; 0: it isn't there
	fired bool
}

// Set arranges for cx to be woken in d, instead of at the time that was set before.
func (t *Timer) Set(cx *future.Context, d time.Duration) {
	t.check(cx)
	h := &From(cx).timers
	t.cx, t.fired = cx, false
	t.when = now()
	t.when += min(int64(max(d, 0)), math.MaxInt64-t.when)
	if t.index == 0 {
		h.entries = append(h.entries, timerEntry{t: t})
		t.index = int32(len(h.entries))
	}
	h.move(int(t.index)-1, timerEntry{t.when, t})
}

// IsSet reports whether Set has been called, and Stop hasn't been since.
func (t *Timer) IsSet() bool { return t.cx != nil }

// Expired reports whether the time is over. If it isn't, the timer will wake cx.
func (t *Timer) Expired(cx *future.Context) bool {
	t.check(cx)
	if !t.fired && t.cx != nil {
		t.cx = cx
	}
	return t.fired
}

// check reads only cx, because the worker that the Timer belongs to may be changing the rest.
func (t *Timer) check(cx *future.Context) {
	if t.cx != nil && From(t.cx) != From(cx) {
		panic("runtime: a Timer is used by two workers")
	}
}

// Stop ends the timer, so that it wakes no task. It may be called when no time is set.
func (t *Timer) Stop() {
	if t.index != 0 {
		From(t.cx).timers.remove(int(t.index) - 1)
	}
	t.cx, t.fired = nil, false
}

// noCopy has go vet find copies, as in package sync.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// A timerHeap has the timers that are set, as a heap in which each has four children. So it is half as
// high as one with two, and the four lie side by side. Go's runtime has the same.
type timerHeap struct{ entries []timerEntry }

type timerEntry struct {
	when int64 // as in t: so that comparing takes no look at t
	t    *Timer
}

var start = time.Now()

// now is the time in nanoseconds since the program began, on the monotonic clock.
func now() int64 { return int64(time.Since(start)) }

// next returns how long it is to the first timer; 0 if it is due; -1 if there is none.
func (h *timerHeap) next() time.Duration {
	if len(h.entries) == 0 {
		return -1
	}
	return time.Duration(max(h.entries[0].when-now(), 0))
}

// fire wakes for all that are due.
func (h *timerHeap) fire(rt *Runtime) {
	if len(h.entries) == 0 {
		return
	}
	for now := now(); len(h.entries) > 0 && h.entries[0].when <= now; {
		t := h.entries[0].t
		h.remove(0)
		t.fired = true
		rt.wake(t.cx)
	}
}

// move puts e into the heap where i is free: up from there, or down.
func (h *timerHeap) move(i int, e timerEntry) {
	for i > 0 && e.when < h.entries[(i-1)/4].when {
		h.put(i, h.entries[(i-1)/4])
		i = (i - 1) / 4
	}
	for {
		first := 4*i + 1
		if first >= len(h.entries) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h.entries)); c++ {
			if h.entries[c].when < h.entries[least].when {
				least = c
			}
		}
		if e.when <= h.entries[least].when {
			break
		}
		h.put(i, h.entries[least])
		i = least
	}
	h.put(i, e)
}

func (h *timerHeap) put(i int, e timerEntry) {
	h.entries[i] = e
	e.t.index = int32(i) + 1
}

func (h *timerHeap) remove(i int) {
	h.entries[i].t.index = 0
	last := len(h.entries) - 1
	e := h.entries[last]
	h.entries[last] = timerEntry{}
	h.entries = h.entries[:last]
	if i < last {
		h.move(i, e)
	}
	if size := cap(h.entries); size > 256 && last < size/8 { // a million timers don't keep their memory
		h.entries = append(make([]timerEntry, 0, size/4), h.entries...)
	}
}

// Sleep returns a future that is done d after its first poll. The event queue rounds the time up, to 1
// ms on Linux and Windows. Drop stops the timer.
func Sleep(d time.Duration) *Sleeping { return &Sleeping{d: max(d, 0)} }

// A Sleeping is the future of a [Sleep].
type Sleeping struct {
	_     future.Movable
	timer Timer
	d     time.Duration // negative when it is done: 32 bytes in all, and there may be many
}

// Poll returns nil when the time is over, or future.NotReady.
func (s *Sleeping) Poll(cx *future.Context) (struct{}, error) {
	switch {
	case s.d < 0:
		panic(future.PolledAfterCompletion)
	case !s.timer.IsSet():
		s.timer.Set(cx, s.d)
	case s.timer.Expired(cx):
		s.d = -1
		return struct{}{}, nil
	}
	return struct{}{}, future.NotReady
}

// Drop stops the timer.
func (s *Sleeping) Drop() {
	s.d = -1
	s.timer.Stop()
}
