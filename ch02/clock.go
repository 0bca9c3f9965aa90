package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"ch02/kit"
)

// A clock lets tasks on several threads sleep, and has them go on in the order
// of their deadlines.
//
// The book's program relies on the 50 ms between its deadlines: nothing else
// orders two threads that never talk to each other. -speed 1000 leaves 50 µs of
// that, less than a busy machine needs to wake a thread, and then any order may
// come out. So a task sleeps for real, on its own thread, and when it wakes it
// waits until all that have an earlier deadline sleep again or have ended.
// At the book's speed that wait is no wait at all.
type clock struct {
	env   *kit.Env
	start time.Time
	run   func(func()) // begins a function on a new thread of control

	mu    sync.Mutex
	moved sync.Cond
	tasks []*task // oldest first: it goes first when deadlines are equal
}

// A task is a thread of control of whatever kind the clock's run makes.
type task struct {
	clock *clock
	due   time.Duration // the book's time when it goes on, or went on
	ended chan struct{}
}

// newClock also returns the task that its caller is from now on. Until that
// sleeps or joins, it's time 0 and no other task comes out of a sleep.
func newClock(env *kit.Env, run func(func())) *task {
	c := &clock{env: env, start: time.Now(), run: run}
	c.moved.L = &c.mu
	return c.add(0)
}

func (c *clock) add(now time.Duration) *task {
	t := &task{clock: c, due: now, ended: make(chan struct{})}
	c.mu.Lock()
	c.tasks = append(c.tasks, t)
	c.mu.Unlock()
	return t
}

// spawn starts body as a task that runs beside t.
func (t *task) spawn(body func(*task)) *task {
	child := t.clock.add(t.due) // here, not over there: its place doesn't depend on how fast a thread starts
	t.clock.run(func() {
		body(child)
		child.leave()
		close(child.ended)
	})
	return child
}

// sleep blocks the thread of control that t is. time.Sleep in a goroutine that
// is locked to its thread leaves that thread asleep in the kernel.
func (t *task) sleep(d time.Duration) {
	c := t.clock
	c.mu.Lock()
	t.due += d
	c.moved.Broadcast()
	c.mu.Unlock()

	time.Sleep(c.env.Delay(t.due) - time.Since(c.start))

	c.mu.Lock()
	for slices.MinFunc(c.tasks, func(a, b *task) int { return cmp.Compare(a.due, b.due) }) != t {
		c.moved.Wait()
	}
	c.mu.Unlock()
}

// join waits for the end of other. After it nothing orders t any more, so a
// task joins last.
func (t *task) join(other *task) {
	t.leave()
	<-other.ended
}

func (t *task) leave() {
	c := t.clock
	c.mu.Lock()
	c.tasks = slices.DeleteFunc(c.tasks, func(other *task) bool { return other == t })
	c.moved.Broadcast()
	c.mu.Unlock()
}
