package main

import (
	"container/heap"
	"time"

	"ch02/kit"
)

// A loop is the timer half of an event loop: everything that it calls, it calls
// on the thread that called run, one after the other. It has no lock and needs
// none.
//
// Times are the book's, counted from newLoop: a timer that a
// callback sets counts from that callback's own deadline, not from the moment
// when it came to run. So the order is the same on a slow machine and at any
// -speed: by deadline, and of two equal ones the older first.
type loop struct {
	env   *kit.Env
	start time.Time
	now   time.Duration // the deadline of the timer that runs, or ran last

	timers timers   // a heap
	ready  []func() // to be called before the next timer, in order
	seq    int
}

func newLoop(env *kit.Env) *loop { return &loop{env: env, start: time.Now()} }

// setTimeout has f called when d is over, as JavaScript's function does.
func (l *loop) setTimeout(d time.Duration, f func()) {
	l.seq++
	heap.Push(&l.timers, &timer{due: l.now + d, seq: l.seq, f: f})
}

// post has f called as soon as what runs now has returned: before any timer,
// like JavaScript's queueMicrotask.
func (l *loop) post(f func()) { l.ready = append(l.ready, f) }

// run returns when there is nothing left to wait for.
func (l *loop) run() {
	var batch []func()
	for {
		for len(l.ready) > 0 {
			batch, l.ready = l.ready, batch[:0] // two slices take turns
			for _, f := range batch {
				f()
			}
			clear(batch) // or it would keep the callbacks alive
		}
		if len(l.timers) == 0 {
			return
		}
		t := heap.Pop(&l.timers).(*timer)
		if t.due > l.now {
			time.Sleep(l.env.Delay(t.due) - time.Since(l.start))
			l.now = t.due
		}
		t.f()
	}
}

type timer struct {
	due time.Duration
	seq int
	f   func()
}

// timers is a heap.Interface: the next to go off is timers[0].
type timers []*timer

func (t timers) Len() int { return len(t) }

func (t timers) Less(i, j int) bool {
	return t[i].due < t[j].due || t[i].due == t[j].due && t[i].seq < t[j].seq
}

func (t timers) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)   { *t = append(*t, x.(*timer)) }

func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil // or the heap would keep its callback alive
	*t = old[:len(old)-1]
	return last
}
