package main

import (
	"context"
	"time"

	"ch02/kit"
)

// onGoroutine runs f on a goroutine: a thread that the language's runtime
// provides. The system knows nothing of it.
func onGoroutine(f func()) { go f() }

// greenThreads is osThreads with one word changed. A sleeping goroutine leaves
// its thread to others; Go's scheduler takes the kernel's place.
func greenThreads(_ context.Context, env *kit.Env) error {
	p := newProgram(env)
	main := newClock(env, onGoroutine)
	p.say("So, we start the program here!")

	p.begin("long task")
	t1 := main.spawn(func(t *task) {
		t.sleep(200 * time.Millisecond)
		p.end("long task", "The long running tasks finish last!")
	})
	p.begin("short task")
	t2 := main.spawn(func(t *task) {
		t.sleep(100 * time.Millisecond)
		p.end("short task", "We can chain callbacks...")
		p.begin("chained task")
		t3 := t.spawn(func(t *task) {
			t.sleep(50 * time.Millisecond)
			p.end("chained task", "...like this!")
		})
		t.join(t3)
	})
	p.say("The tasks run concurrently!")

	main.join(t1)
	main.join(t2)
	p.timeline()
	return nil
}
