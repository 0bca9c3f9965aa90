package runtime

import (
	"context"
	"sync/atomic"
	"unsafe"

	"ch10/future"
)

// A task is the part of a [JoinHandle] that doesn't depend on the type of its result. Its waker is
// the task itself: waking takes no allocation, and no look-up.
type task struct {
	cx     future.Context
	rt     *Runtime        // of the worker that polls it; until it does it may be given to another
	r      runnable        // the handle around it
	waiter *future.Context // nil: nobody waits. See awaitedBy
	ctx    *taskContext    // nil until it is needed
	next   *task           // in the inbox or in the run queue; it is never in both

	before, after *task // in the ring of live tasks; nil: it has not been polled

	state    atomic.Uint32
	stays    bool // it isn't given to another worker
	taken    bool // the result has been returned, or discarded
	reported bool // that it has panicked
}

// The state of a task is a set of bits. Any goroutine sets woken and cancelled, the waiter dropped, and the worker the rest.
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

// Wake may be called from any goroutine, at any time. See TestOrdersOfGiving and TestOrdersOfJoining.
func (t *task) Wake() {
	if t.state.Load()&(woken|done) == 0 && t.state.Or(woken)&(woken|owned|done) == 0 {
		t.rt.send(t)
	}
}

// awaitedBy makes cx the one to wake when the task is done. With several workers, another one may be asking for it.
func (t *task) awaitedBy(cx *future.Context, shared bool) {
	if shared {
		atomic.SwapPointer((*unsafe.Pointer)(unsafe.Pointer(&t.waiter)), unsafe.Pointer(cx))
	} else {
		t.waiter = cx
	}
}

// awaited returns the one to wake.
func (t *task) awaited() *future.Context {
	return (*future.Context)(atomic.LoadPointer((*unsafe.Pointer)(unsafe.Pointer(&t.waiter))))
}

// home returns the worker that has the task, for other goroutines. It may change until the first poll.
func (t *task) home() *Runtime {
	return (*Runtime)(atomic.LoadPointer((*unsafe.Pointer)(unsafe.Pointer(&t.rt))))
}

func (t *task) isDone() bool { return t.state.Load()&done != 0 }

// closedInbox stands in the inbox of a runtime that takes no more tasks.
var closedInbox task

// send puts t into the inbox, and wakes the worker. It returns false after Shutdown. See TestOrdersOfParking.
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

// unpark ends the worker's wait: see park, and TestOrdersOfParking.
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
// queue. With several workers rt may be nil, and then no task is its own.
func (rt *Runtime) wake(cx *future.Context) {
	t, ok := cx.Waker().(*task)
	if ok && t.rt == rt && t.state.CompareAndSwap(0, owned) {
		rt.stats.Wakes++
		rt.run.push(t)
		return
	}
	cx.Waker().Wake()
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

// append adds what was in the inbox, newest first, with the oldest first.
func (q *runQueue) append(newest *task) {
	if newest == nil {
		return
	}
	var oldest *task
	for t := newest; t != nil; {
		t.next, oldest, t = oldest, t, t.next
	}
	if q.first == nil {
		q.first = oldest
	} else {
		q.last.next = oldest
	}
	q.last = newest
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
