package main

import "time"

// promises runs the program with callbacks inside of values. A function can
// return and store such a value, so the code that follows a wait is below it
// and not inside.
func promises(p *program, l *loop) {
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

	fail := func(err error) { p.err = err }
	long.catch(fail)
	chained.catch(fail)
	l.run()
}
