package main

import (
	"iter"
	"time"
)

// spawn runs body as a coroutine on the loop. Where a thread would block, the
// body yields the time that it wants to wait, and the loop resumes it when
// that time is over. Nothing else runs between two yields, so each body
// decides when others get their turn. That is cooperative multitasking.
//
// iter.Pull gives the body a stack of its own, so it is a stackful coroutine.
// Async functions in Rust and JavaScript are stackless, because they become
// state machines.
func (l *loop) spawn(body iter.Seq[time.Duration]) {
	next, _ := iter.Pull(body) // never stopped early, because the loop runs until every body has returned
	var resume func()
	resume = func() {
		if d, waits := next(); waits {
			l.setTimeout(d, resume)
		}
	}
	resume()
}

// coroutines runs the program with each wait where it happens, one line after
// the other, as with threads. There is one thread, and yield marks every place
// where another task may run.
func coroutines(p *program, l *loop) {
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
}
