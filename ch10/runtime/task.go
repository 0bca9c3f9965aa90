package runtime

import (
	"context"
	"fmt"
	"sync/atomic"

	"ch10/future"
)

// A task is the part of a [JoinHandle] that doesn't depend on the type of its result. Its waker is
// the task itself: waking takes no allocation, and no look-up.
type task struct {
	cx     future.Context
	rt     *Runtime // of the worker that polls it; until it does it may be given to another
	r      runnable // the handle around it
	waiter atomic.Pointer[future.Context]
	ctx    *taskContext // nil until it is needed
	next   *task        // in the inbox or in the run queue; it is never in both

	before, after *task // in the ring of live tasks; nil: it has not been polled

	state    atomic.Uint32
	stays    bool // it isn't given to another worker
	taken    bool // the result has been returned, or discarded
	reported bool // that it has panicked
}

// The state of a task is a set of bits. Anybody sets woken and cancelled; the others are the worker's.
//
//	woken      there was a wake since the last poll began. One that finds it set has nothing to do
//	owned      the worker polls the task, or has it in its run queue. It will look at the state again,
//	           so a wake only sets woken; one that finds neither puts the task into the inbox
//	cancelled  the task is to be dropped instead of polled
//	dropped    nobody will ask for the result
//	done       it is over
const (
	woken = 1 << iota
	owned
	cancelled
	dropped
	done
)

// A runnable is a JoinHandle of any type.
type runnable interface {
	poll() bool     // reports whether it is done
	drop(err error) // which becomes the result
	discard()       // the result
	name() string
}

// Wake may be called from any goroutine, at any time.
func (t *task) Wake() {
	if t.state.Load()&(woken|done) == 0 && t.state.Or(woken)&(woken|owned|done) == 0 {
		t.rt.send(t)
	}
}

func (t *task) isDone() bool { return t.state.Load()&done != 0 }

// closedInbox stands in the inbox of a runtime that takes no more tasks.
var closedInbox task

// send puts t into the inbox, and wakes the worker. It returns false after Shutdown.
func (rt *Runtime) send(t *task) bool {
	for {
		newest := rt.inbox.Load()
		if newest == &closedInbox {
			return false
		}
		t.next = newest
		if rt.inbox.CompareAndSwap(newest, t) {
			rt.unpark()
			return true
		}
	}
}

// unpark ends the worker's wait: see park.
func (rt *Runtime) unpark() {
	if rt.parked.Load() == 0 {
		return
	}
	switch rt.parked.Swap(0) {
	case inQueue:
		rt.alarm.Wake() // can only fail if the queue is broken, which the worker sees
	case onBell:
		rt.bell <- struct{}{} // there is room: one who parks is told once, and takes it
	}
}

// wake is cx.Waker().Wake(), and faster, for the worker. A task of its own goes straight to the run
// queue.
func (rt *Runtime) wake(cx *future.Context) {
	t, ok := cx.Waker().(*task)
	if ok && t.rt == rt && t.state.CompareAndSwap(0, owned) {
		rt.stats.Wakes++
		rt.run.push(t)
		return
	}
	cx.Waker().Wake()
}

// A JoinHandle is a task from outside, and a future of its result, for one waiter. Nobody has to
// wait for it.
type JoinHandle[T any] struct {
	t   task
	f   future.Future[T] // nil when the task is done
	v   T
	err error
}

// Spawn gives rt one more task, which is polled while there is a BlockOn. Nobody else may have
// polled f. Any goroutine may call it. After Shutdown it drops f, and the result is ErrShutdown.
//
// The result is what f returns; a *[PanicError] if f panics; context.Canceled after Cancel.
func Spawn[T any](rt *Runtime, f future.Future[T]) *JoinHandle[T] { return spawn(nil, rt, false, f) }

// SpawnWith is Spawn, and the context that f's task has ([future.Context.Context]) has the values of ctx. It doesn't end
// with ctx. Of the task that spawns, ctx is [CurrentContext].
func SpawnWith[T any](ctx context.Context, rt *Runtime, f future.Future[T]) *JoinHandle[T] {
	return spawn(context.WithoutCancel(ctx), rt, false, f)
}

// SpawnHere is [Spawn] for the Poll that has cx. The new task goes straight to the run queue, to the place where Spawn
// would have put it, and it stays with this worker: the two may share variables without a lock.
func SpawnHere[T any](cx *future.Context, f future.Future[T]) *JoinHandle[T] {
	rt := From(cx)
	if rt.current == nil { // a Drop has kept cx: rt may take no more tasks
		return spawn(nil, rt, true, f)
	}
	h := newHandle(rt, true, f)
	h.t.state.Store(owned)
	rt.stats.Wakes++
	rt.receive() // those in the inbox were there first
	rt.run.push(&h.t)
	return h
}

func spawn[T any](parent context.Context, rt *Runtime, stays bool, f future.Future[T]) *JoinHandle[T] {
	h := newHandle(rt, stays, f)
	if parent != nil {
		h.t.ctx = &taskContext{parent: parent}
	}
	h.t.state.Store(woken)
	if !rt.send(&h.t) {
		h.t.state.Store(done)
		h.drop(ErrShutdown)
	}
	return h
}

func newHandle[T any](rt *Runtime, stays bool, f future.Future[T]) *JoinHandle[T] {
	if f == nil {
		panic("runtime: Spawn or BlockOn of a nil future")
	}
	h := &JoinHandle[T]{f: f}
	h.t.rt, h.t.r, h.t.stays = rt, h, stays
	h.t.cx = future.NewContext(&h.t)
	return h
}

func (h *JoinHandle[T]) poll() bool {
	v, err := h.f.Poll(&h.t.cx)
	if err == future.NotReady {
		return false
	}
	h.f, h.v, h.err = nil, v, err
	return true
}

func (h *JoinHandle[T]) drop(err error) {
	f := h.f
	h.f, h.err = nil, err
	future.Drop(f)
}

func (h *JoinHandle[T]) name() string { return fmt.Sprintf("%T", h.f) }

func (h *JoinHandle[T]) discard() {
	err := h.err
	if h.t.reported {
		err = nil
	}
	h.err = context.Canceled
	h.t.rt.discard(h.take(), err)
}

// Poll returns the task's result. It is for one task at a time, which may be another worker's.
//
// It says who waits, and then looks whether the task is done; finish says that it is done, and then looks who waits.
// TestOrdersOfJoining has these steps in every order.
func (h *JoinHandle[T]) Poll(cx *future.Context) (T, error) {
	if h.t.taken {
		panic(future.PolledAfterCompletion)
	}
	if !h.t.isDone() {
		displace(h.t.waiter.Load(), cx, "two tasks wait for one JoinHandle")
		h.t.waiter.Swap(cx)
	}
	if !h.t.isDone() || !Proceed(cx) {
		var zero T
		return zero, future.NotReady
	}
	h.t.taken = true
	return h.take(), h.err
}

// take returns the task's value, and doesn't keep it: it is the caller's from now on.
func (h *JoinHandle[T]) take() T {
	v := h.v
	h.v = *new(T)
	return v
}

// isAlive reports whether the task that waits with cx isn't over. If cx isn't a task's, it is the caller's of BlockOn.
func isAlive(cx *future.Context) bool {
	t, ok := cx.Task().(*task)
	return !ok || !t.isDone()
}

// replace makes cx the one to wake in place of whoever waits.
func replace(waiter **future.Context, cx *future.Context, misuse string) {
	displace(*waiter, cx, misuse)
	*waiter = cx
}

// displace is called when cx takes the place of before. That may be the same future, in another place of the
// same task by now; if it isn't, its wake makes it ask again. Another task's future can't have become this one.
func displace(before, cx *future.Context, misuse string) {
	if before != nil && before != cx {
		if before.Task() != cx.Task() && isAlive(before) {
			panic("runtime: " + misuse)
		}
		before.Waker().Wake()
	}
}

// Cancel has the worker drop the task, when it comes to it. If the task is done before, nothing happens. Any
// goroutine may call it.
func (h *JoinHandle[T]) Cancel() {
	h.t.state.Or(cancelled)
	h.t.Wake()
}

// Drop cancels the task, or discards its result: whoever waits for a task and loses interest wants it to
// end. To have it go on, forget the handle. It is for who waits.
func (h *JoinHandle[T]) Drop() {
	if h.t.state.Or(cancelled|dropped)&done == 0 { // else finish hasn't seen it
		h.t.Wake()
	} else if !h.t.taken {
		h.t.taken = true
		h.discard()
	}
}

// A runQueue has the tasks that are to be polled, first come, first served. They are linked by
// their next, so it takes no memory.
type runQueue struct{ first, last *task }

func (q *runQueue) push(t *task) {
	t.next = nil
	if q.first == nil {
		q.first = t
	} else {
		q.last.next = t
	}
	q.last = t
}

func (q *runQueue) pop() *task {
	t := q.first
	if t != nil {
		if q.first, t.next = t.next, nil; q.first == nil {
			q.last = nil // or it would keep the last task, and its result
		}
	}
	return t
}

// remove takes t out, which comes after before; nil: it is the first.
func (q *runQueue) remove(t, before *task) {
	if before == nil {
		q.first = t.next
	} else {
		before.next = t.next
	}
	if q.last == t {
		q.last = before
	}
	t.next = nil
}

// append adds what was in the inbox, newest first, with the oldest first. It returns how many of them may still be
// given to another worker.
func (q *runQueue) append(newest *task) (fresh int) {
	if newest == nil {
		return 0
	}
	var oldest *task
	for t := newest; t != nil; {
		if t.isFresh() {
			fresh++
		}
		t.next, oldest, t = oldest, t, t.next
	}
	if q.first == nil {
		q.first = oldest
	} else {
		q.last.next = oldest
	}
	q.last = newest
	return fresh
}

// A taskContext is what few tasks need.
type taskContext struct {
	parent context.Context
	own    context.Context // nil until somebody asks
	traced context.Context // nil unless a trace is recorded
	end    []func()
}

// Context returns the context that ends with the task. It is for the worker, by way of future.Context.
func (t *task) Context() context.Context {
	c := t.context()
	if c.own == nil {
		var cancel func()
		c.own, cancel = context.WithCancel(c.parent)
		c.end = append(c.end, cancel)
	}
	return c.own
}

func (t *task) context() *taskContext {
	if t.ctx == nil {
		t.ctx = &taskContext{parent: context.Background()}
	}
	return t.ctx
}
