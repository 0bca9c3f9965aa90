package runtime

import (
	"context"
	"fmt"

	"ch10/future"
)

// A JoinHandle stands for a task that was spawned, and is a future of the task's result. At most one
// task may wait for it. A handle that is forgotten doesn't end the task.
type JoinHandle[T any] struct {
	t   task
	f   future.Future[T] // nil when the task is done
	v   T
	err error
}

// Spawn adds a task to rt that polls f. The task runs while a goroutine is in BlockOn. Any goroutine
// may call Spawn; f must not have been polled. With several workers, any of
// them may poll f first, and keeps it from then on.
//
// The handle's result is f's, or a *[PanicError] if f panics, or context.Canceled after Cancel, or
// ErrShutdown. After Shutdown, Spawn drops f at once.
func Spawn[T any](rt *Runtime, f future.Future[T]) *JoinHandle[T] { return spawn(nil, rt, false, f) }

// SpawnWith is [Spawn] for a task whose context ([future.Context.Context]) has the values of ctx. The
// task doesn't end with ctx. A task that spawns gets its own context from [CurrentContext].
func SpawnWith[T any](ctx context.Context, rt *Runtime, f future.Future[T]) *JoinHandle[T] {
	return spawn(context.WithoutCancel(ctx), rt, false, f)
}

// SpawnHere is [Spawn] for a task that stays on the worker of cx, and so may share variables with cx's
// task without a lock. It is faster than Spawn, because the new task goes straight into the run queue.
// Call it only in the Poll that has cx.
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

// spawn drops f if Shutdown has closed the inbox. TestOrdersOfStopping has a Spawn and a Shutdown at the same time.
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

// Poll returns the task's result, or future.NotReady. Only one task at a time may call it, on any
// worker of the runtime.
//
// Poll stores the waiter, and then looks whether the task is done. On the other side, finish makes the
// task done, and then looks for a waiter. TestOrdersOfJoining has these steps in every order.
func (h *JoinHandle[T]) Poll(cx *future.Context) (T, error) {
	if h.t.taken {
		panic(future.PolledAfterCompletion)
	}
	rt := From(cx)
	if !h.t.isDone() {
		if rt.root != h.t.home().root {
			panic("runtime: a JoinHandle is polled by a task of another runtime")
		}
		displace(h.t.awaited(), cx, "two tasks wait for one JoinHandle")
		h.t.awaitedBy(cx, rt.shared)
	}
	if !h.t.isDone() || !rt.proceed(cx) {
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

// isAlive reports whether the task that waits with cx isn't over. If cx isn't a task's, it is the caller's of BlockOn. The
// task may be another worker's.
func isAlive(cx *future.Context) bool {
	for {
		child, ok := cx.Waker().(interface{ Parent() *future.Context }) // of a JoinAll
		if !ok {
			break
		}
		cx = child.Parent()
	}
	t, ok := cx.Task().(*task)
	return !ok || !t.isDone()
}

// replace makes cx the one to wake in place of the waiter before.
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

// Cancel makes the task's worker drop f at its next turn, and context.Canceled its result. If the task
// is done before, nothing happens. Any goroutine may call Cancel.
// TestOrdersOfGiving cancels a task that changes its worker.
func (h *JoinHandle[T]) Cancel() {
	h.t.state.Or(cancelled)
	h.t.Wake()
}

// Drop cancels the task, or discards its result if it is done. To let the task continue, forget the
// handle. Only the task that waits may call Drop.
// Of this call and finish, the second one to say that the task is over discards the result: see TestOrdersOfJoining.
func (h *JoinHandle[T]) Drop() {
	if h.t.state.Or(cancelled|dropped)&done == 0 { // else finish hasn't seen it
		h.t.Wake()
	} else if !h.t.taken {
		h.t.taken = true
		h.discard()
	}
}
