package main

import "time"

// callbacks runs the program on one thread. A wait takes no stack, only a
// function to call afterwards and the variables that it captured. The code
// that follows a wait has to be inside that function, one level deeper for
// each wait.
func callbacks(p *program, l *loop) {
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
}
