package main

import (
	"context"
	"runtime"
	"slices"
	"sort"
	"time"

	"ch02/kit"
)

// A loop is the timer half of an event loop. It calls every function on the
// thread that called run, one after the other, so it needs no lock.
//
// Times are the book's, counted from newLoop. A timer that a callback sets
// counts from that callback's own deadline, not from the moment when the
// callback ran. So the order is the same on a slow machine and at any -speed.
// It is the order of the deadlines, and of two equal ones the older comes
// first.
type loop struct {
	env   *kit.Env
	start time.Time
	now   time.Duration // the deadline of the last timer that went off

	timers []timer  // the next to go off is timers[0]
	ready  []func() // to be called before the next timer, in order
}

type timer struct {
	due time.Duration
	f   func()
}

func newLoop(env *kit.Env) *loop { return &loop{env: env, start: time.Now()} }

// onLoop returns the example of a program that runs on one thread.
func onLoop(run func(*program, *loop)) func(context.Context, *kit.Env) error {
	return func(_ context.Context, env *kit.Env) error {
		runtime.LockOSThread() // so that -v shows one thread
		defer runtime.UnlockOSThread()
		p := newProgram(env)
		run(p, newLoop(env))
		p.timeline()
		return p.err
	}
}

// setTimeout arranges that run calls f when d is over, like JavaScript's
// function.
func (l *loop) setTimeout(d time.Duration, f func()) {
	due := l.now + d
	i := sort.Search(len(l.timers), func(i int) bool { return l.timers[i].due > due }) // behind those of the same deadline
	l.timers = slices.Insert(l.timers, i, timer{due, f})
}

// post arranges that run calls f after the current function has returned and
// before any timer, like JavaScript's queueMicrotask.
func (l *loop) post(f func()) { l.ready = append(l.ready, f) }

// run calls all these functions, and returns when none is left.
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
		t := l.timers[0]
		l.timers[0] = timer{} // for the same reason
		l.timers = l.timers[1:]
		if t.due > l.now {
			time.Sleep(l.env.Delay(t.due) - time.Since(l.start))
			l.now = t.due
		}
		t.f()
	}
}
