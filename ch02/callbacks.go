package main

import (
	"context"
	"runtime"
	"time"

	"ch02/kit"
)

// callbacks: a wait takes no thread and no stack, only the function to call
// when it's over, and what that function captured. What comes after a wait has
// to stand inside of it, one level deeper each time.
func callbacks(_ context.Context, env *kit.Env) error {
	runtime.LockOSThread() // one thread, and it shows with -v
	defer runtime.UnlockOSThread()
	p := newProgram(env)
	l := newLoop(env)
	p.say("So, we start the program here!")

	p.begin("long task")
	l.setTimeout(200*time.Millisecond, func() {
		p.end("long task", "The long running tasks finish last!")
	})
	p.begin("short task")
	l.setTimeout(100*time.Millisecond, func() {
		p.end("short task", "We can chain callbacks...")
		p.begin("chained task")
		l.setTimeout(50*time.Millisecond, func() {
			p.end("chained task", "...like this!")
		})
	})
	p.say("The tasks run concurrently!")

	l.run()
	p.timeline()
	return nil
}
