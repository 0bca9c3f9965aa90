package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"ch02/kit"
)

// A clock lets tasks on several threads sleep, and resumes them in the order
// of their deadlines.
//
// The book's program relies on the 50 ms between its deadlines, because
// nothing else orders two threads that never talk to each other. With -speed
// 1000 only 50 µs are left. A busy machine needs longer to wake a thread, so
// any order could come out. Therefore a task sleeps on its own thread, and
// after waking it waits until every task with an earlier deadline sleeps again
// or has ended. At the book's speed that second wait takes no time.
type clock struct {
	env   *kit.Env
	start time.Time
	run   func(func()) // begins a function on a new thread of control

	mu    sync.Mutex
	moved sync.Cond
	tasks []*task // oldest first, because the older of two tasks with one deadline wakes first
}

// A task is a thread of control, of the kind that the clock's run begins.
type task struct {
	*clock
	due time.Duration // the book's time when it wakes, or last woke
}

// newClock makes a clock and returns its first task, which is the caller. Until
// that task sleeps or joins, the time is 0 and no other task wakes.
func newClock(env *kit.Env, run func(func())) *task {
	c := &clock{env: env, start: time.Now(), run: run}
	c.moved.L = &c.mu
	t := &task{clock: c}
	c.tasks = []*task{t}
	return t
}

// spawn starts body as a task that runs beside t.
func (t *task) spawn(body func(*task)) *task {
	child := &task{t.clock, t.due}
	t.mu.Lock()
	t.tasks = append(t.tasks, child) // here, so that its place doesn't depend on how fast a thread starts
	t.mu.Unlock()
	t.run(func() {
		body(child)
		child.leave()
	})
	return child
}

// sleep blocks the thread of control of t. If that is a goroutine locked to
// its thread, the thread sleeps in the kernel.
func (t *task) sleep(d time.Duration) {
	t.mu.Lock()
	t.due += d
	t.moved.Broadcast()
	t.mu.Unlock()

	time.Sleep(t.env.Delay(t.due) - time.Since(t.start))

	t.mu.Lock()
	for slices.MinFunc(t.tasks, func(a, b *task) int { return cmp.Compare(a.due, b.due) }) != t {
		t.moved.Wait()
	}
	t.mu.Unlock()
}

// join waits until other has ended. t leaves the order of the deadlines for
// good, so a task joins last.
func (t *task) join(other *task) {
	t.leave()
	t.mu.Lock()
	for slices.Contains(t.tasks, other) {
		t.moved.Wait()
	}
	t.mu.Unlock()
}

func (t *task) leave() {
	t.mu.Lock()
	t.tasks = slices.DeleteFunc(t.tasks, func(other *task) bool { return other == t })
	t.moved.Broadcast()
	t.mu.Unlock()
}
