package main

import (
	"context"
	"runtime"
	"time"

	"ch02/kit"
)

// onThread runs f on a thread of the operating system that runs nothing else.
//
// Go has no call that starts a thread, but a goroutine can lock itself to the
// thread that it runs on. Go then uses the thread for no other goroutine, so
// it sleeps while its goroutine sleeps. The goroutine never unlocks, so the
// thread ends with it.
func onThread(f func()) {
	go func() {
		runtime.LockOSThread()
		f()
	}()
}

// osThreads is the book's ch02/a-os-threads. A task that waits blocks its
// thread, and the system's scheduler runs the others in the meantime.
func osThreads(_ context.Context, env *kit.Env) error {
	runtime.LockOSThread() // or a task could get main's thread while main waits
	defer runtime.UnlockOSThread()
	return threads(env, onThread)
}

// threads runs the program on threads of control that run begins, no matter
// which scheduler runs them.
func threads(env *kit.Env, run func(func())) error {
	p := newProgram(env)
	main := newClock(env, run)
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
