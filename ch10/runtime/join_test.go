package runtime_test

import (
	"context"
	"errors"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

func TestJoinHandle(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	for name, f := range map[string]future.Future[int]{
		"at once": result(7, failed),
		"later": future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, runtime.Yield())
			return 7, failed
		}),
		"another handle's": runtime.Spawn(rt, result(7, failed)),
	} {
		h := runtime.Spawn(rt, f)
		if v, err := runtime.BlockOn(t.Context(), rt, h); v != 7 || err != failed {
			t.Errorf("%s: %d, %v", name, v, err)
		}
		inside(t, rt, func(cx *future.Context) {
			if p := panics(func() { h.Poll(cx) }); p != future.PolledAfterCompletion {
				t.Errorf("%s: panic %v", name, p)
			}
		})
		h.Drop()
		h.Cancel()
	}
}

// TestJoinHandleWaits: one poll to find that the task isn't done, and one when it is.
func TestJoinHandleWaits(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	h := runtime.Spawn(rt, ready(10, nil))
	p := &probe{do: func(poll int, cx *future.Context) error {
		_, err := h.Poll(cx)
		return err
	}}
	finish(t, rt, p)
	p.want(t, "who waits", 2, 0)
	want(t, rt, runtime.Stats{Polls: 12, Wakes: 12})
}

// TestTwoWaiters: the second one panics, and the first is woken in the end.
func TestTwoWaiters(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	var s signal
	h := runtime.Spawn(rt, &s)
	waits := func(poll int, cx *future.Context) error {
		if poll > 100 {
			return errors.New("they wake one another, again and again")
		}
		_, err := h.Poll(cx)
		return err
	}
	first := &probe{do: waits}
	runtime.Spawn(rt, first)
	_, err := runtime.BlockOn[struct{}](t.Context(), rt, &probe{do: waits})
	misused(t, err, "runtime: two tasks wait for one JoinHandle")
	s.give()
	settle(t, rt)
	first.want(t, "first", 2, 0)
}

// misused fails the test unless err is of a panic with message.
func misused(t *testing.T, err error, message string) {
	t.Helper()
	if failed, ok := errors.AsType[*runtime.PanicError](err); !ok || failed.Value != message {
		t.Errorf("%v; want the panic %q", err, message)
	}
}

// TestTheWaiterMoves inside its task: from a child of JoinAll to another one, and out of it.
func TestTheWaiterMoves(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var s signal
	h := runtime.Spawn(rt, &s)
	borrowed := pollFunc[struct{}](h.Poll)
	finish(t, rt, future.Async(func(co *future.Co) (struct{}, error) {
		for range 2 {
			future.Wait(co, runtime.Timeout(0, future.JoinAll[struct{}](borrowed, pending())))
		}
		s.give()
		return future.Wait(co, future.Future[struct{}](h))
	}))
}

// TestTheWaiterHasGone: a task tells nobody that it is done, since who waited is.
func TestTheWaiterHasGone(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var s signal
	h := runtime.Spawn(rt, &s)
	p := &probe{do: func(poll int, cx *future.Context) error {
		h.Poll(cx)
		return nil
	}}
	finish(t, rt, p)
	s.give()
	finish(t, rt, ready(2, nil))
	p.want(t, "who waited", 1, 0)
	finish(t, rt, h)
}

func TestJoinHandleOfAnotherRuntime(t *testing.T) {
	leaktest.Check(t)
	rt, other := newRuntime(t), newRuntime(t)
	h := runtime.Spawn(other, result(0, nil))
	const message = "runtime: a JoinHandle is polled by a task of another runtime"
	var failed *runtime.PanicError
	if _, err := runtime.BlockOn(t.Context(), rt, h); !errors.As(err, &failed) || failed.Value != message {
		t.Errorf("BlockOn: %v", err)
	}
	cx := future.NewContext(future.NoopWaker)
	const outside = "runtime: a future was polled outside of a runtime"
	if p := panics(func() { h.Poll(&cx) }); p != outside {
		t.Errorf("panic %v", p)
	}
	// It was only asked. The task is none the worse for it, but that the handle was dropped.
	if _, err := runtime.BlockOn(t.Context(), other, h); err != context.Canceled {
		t.Errorf("BlockOn: %v", err)
	}
	for name, do := range map[string]func(){
		"From":     func() { runtime.From(&cx) },
		"Sleep":    func() { runtime.Sleep(1).Poll(&cx) },
		"Send":     func() { runtime.NewChan[int](1).Send(1).Poll(&cx) },
		"Recv":     func() { runtime.NewChan[int](1).Recv().Poll(&cx) },
		"Blocking": func() { runtime.Blocking(func(context.Context) (int, error) { return 0, nil }).Poll(&cx) },
	} {
		if p := panics(do); p != outside {
			t.Errorf("%s: panic %v", name, p)
		}
	}
	inside(t, rt, func(cx *future.Context) {
		child := cx.WithWaker(future.NoopWaker)
		if runtime.From(cx) != rt || runtime.From(&child) != rt {
			t.Error("another runtime")
		}
	})
}

// TestDropCancels: the handle's Drop ends the task.
func TestDropCancels(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	p, done := pending(), ready(1, nil)
	h, d := runtime.Spawn(rt, p), runtime.Spawn(rt, done)
	finish(t, rt, ready(2, nil))
	h.Drop()
	d.Drop()
	p.want(t, "before the worker comes to it", 1, 0)
	finish(t, rt, ready(2, nil))
	p.want(t, "after", 1, 1)
	done.want(t, "done", 1, 0)
	if _, err := runtime.BlockOn(t.Context(), rt, h); err != context.Canceled {
		t.Errorf("%v", err)
	}
	if _, err := runtime.BlockOn(t.Context(), rt, d); err == nil || err.Error() != "panic: "+future.PolledAfterCompletion {
		t.Errorf("dropped when it was done: %v", err)
	}
	h.Drop()
	h.Cancel()
	finish(t, rt, ready(2, nil))
	p.want(t, "in the end", 1, 1)
}

// TestForgottenHandle: the task goes on.
func TestForgottenHandle(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	p := ready(5, nil)
	inside(t, rt, func(*future.Context) { runtime.Spawn(rt, p) })
	finish(t, rt, ready(6, nil))
	p.want(t, "task", 5, 0)
}

// TestHandlesInsideOthers: what is dropped with its task's handle in it cancels that task.
func TestHandlesInsideOthers(t *testing.T) {
	for name, lose := range map[string]func(h future.Future[struct{}]) future.Future[struct{}]{
		"Timeout": func(h future.Future[struct{}]) future.Future[struct{}] { return runtime.Timeout(0, h) },
		"Select": func(h future.Future[struct{}]) future.Future[struct{}] {
			return future.Async(func(co *future.Co) (struct{}, error) {
				_, err := future.Wait(co, runtime.Select(h, future.Future[struct{}](ready(3, nil))))
				return struct{}{}, err
			})
		},
		"JoinAll": func(h future.Future[struct{}]) future.Future[struct{}] {
			all := future.JoinAll(h)
			return runtime.Timeout(0, none[[]struct{}]{all})
		},
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			rt := newRuntime(t)
			p := pending()
			h := runtime.Spawn(rt, p)
			_, err := runtime.BlockOn(t.Context(), rt, lose(h))
			if err != nil && err != context.DeadlineExceeded {
				t.Error(err)
			}
			finish(t, rt, ready(2, nil))
			p.want(t, "task", 1, 1)
			if _, err := runtime.BlockOn(t.Context(), rt, h); err != context.Canceled {
				t.Error(err)
			}
		})
	}
}

// none is f without its value.
type none[T any] struct{ f future.Future[T] }

func (n none[T]) Poll(cx *future.Context) (struct{}, error) {
	_, err := n.f.Poll(cx)
	return struct{}{}, err
}

func (n none[T]) Drop() { future.Drop(n.f) }
