package main

import (
	"context"
	"runtime"
	"time"

	"ch02/kit"
)

// promises runs the program with callbacks inside of values. A function can
// return and store such a value, so the code that follows a wait is below it
// and not inside.
func promises(_ context.Context, env *kit.Env) error {
	runtime.LockOSThread() // so that -v shows one thread
	defer runtime.UnlockOSThread()
	p := newProgram(env)
	l := newLoop(env)
	p.say("So, we start the program here!")

	p.begin("long task")
	long := then(after(l, 200*time.Millisecond), func(now time.Duration) *promise[time.Duration] {
		p.end("long task", "The long running tasks finish last!")
		return resolved(l, now)
	})
	p.begin("short task")
	short := then(after(l, 100*time.Millisecond), func(time.Duration) *promise[time.Duration] {
		p.end("short task", "We can chain callbacks...")
		p.begin("chained task")
		return after(l, 50*time.Millisecond)
	})
	chained := then(short, func(now time.Duration) *promise[time.Duration] {
		p.end("chained task", "...like this!")
		return resolved(l, now)
	})
	p.say("The tasks run concurrently!")

	var failed error
	keep := func(err error) { failed = err }
	long.catch(keep)
	chained.catch(keep)
	l.run()
	p.timeline()
	return failed
}
