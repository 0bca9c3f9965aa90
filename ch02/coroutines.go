package main

import (
	"context"
	"iter"
	"runtime"
	"time"

	"ch02/kit"
)

// spawn runs a coroutine on the loop. Its body looks like a thread's, but where
// that would block, it yields how long it wants to wait, and is resumed when
// that time is over. Between two yields nothing else runs: the body itself says
// where others get their turn. That is cooperative multitasking.
//
// iter.Pull gives it a stack of its own, so it is a stackful coroutine; Rust's
// and JavaScript's async functions are stackless, and become state machines.
func (l *loop) spawn(body iter.Seq[time.Duration]) {
	next, _ := iter.Pull(body) // not stopped early: the loop runs until every body has returned
	var resume func()
	resume = func() {
		if d, waits := next(); waits {
			l.setTimeout(d, resume)
		}
	}
	resume()
}

// coroutines: the waiting is written where it happens, one line after the other,
// as with threads. There is one thread, and yield marks every place where
// another task may run.
func coroutines(_ context.Context, env *kit.Env) error {
	runtime.LockOSThread() // one thread, and it shows with -v
	defer runtime.UnlockOSThread()
	p := newProgram(env)
	l := newLoop(env)
	p.say("So, we start the program here!")

	p.begin("long task")
	l.spawn(func(yield func(time.Duration) bool) {
		yield(200 * time.Millisecond)
		p.end("long task", "The long running tasks finish last!")
	})
	p.begin("short task")
	l.spawn(func(yield func(time.Duration) bool) {
		yield(100 * time.Millisecond)
		p.end("short task", "We can chain callbacks...")
		p.begin("chained task")
		yield(50 * time.Millisecond)
		p.end("chained task", "...like this!")
	})
	p.say("The tasks run concurrently!")

	l.run()
	p.timeline()
	return nil
}
