package runtime_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/poll"
	"ch08/runtime"
)

type countingWaker struct{ wakes atomic.Int64 }

func (w *countingWaker) Wake() { w.wakes.Add(1) }

// inside runs f as a task.
func inside(t *testing.T, f func(r *runtime.EventLoop)) {
	t.Helper()
	finish(t, newExecutor(t), &probe{do: func(int, future.Waker) error { f(runtime.Reactor()); return nil }})
}

func TestTheLastWakerIsWoken(t *testing.T) {
	leaktest.Check(t)
	s, _ := pair(t)
	var a, b countingWaker
	want := func(step string, wantA, wantB int64) {
		t.Helper()
		if a, b := a.wakes.Load(), b.wakes.Load(); a != wantA || b != wantB {
			t.Errorf("%s: %d and %d wakes; want %d and %d", step, a, b, wantA, wantB)
		}
	}
	inside(t, func(r *runtime.EventLoop) {
		id := r.NextID()
		r.Wake(id)
		want("no waker", 0, 0)
		if err := errors.Join(r.SetWaker(&a, id), r.Register(s, poll.Readable, id)); err != nil {
			t.Error(err)
		}
		r.Wake(id)
		want("first", 1, 0)
		if err := r.SetWaker(&b, id); err != nil {
			t.Error(err)
		}
		want("replaced", 1, 0)
		r.Wake(id)
		r.Wake(id)
		r.Wake(id + 1)
		want("second", 1, 2)
		if err := r.Deregister(s, id); err != nil {
			t.Error(err)
		}
		r.Wake(id)
		want("deregistered", 1, 2)
	})
}

func TestNextID(t *testing.T) {
	leaktest.Check(t)
	inside(t, func(r *runtime.EventLoop) {
		seen := map[poll.Token]bool{0: true} // the reactor's own
		for range 1000 {
			id := r.NextID()
			if seen[id] {
				t.Fatalf("%d twice", id)
			}
			seen[id] = true
		}
	})
}

// TestAnEventForTheLastWaker hands a leaf from one task to another, between two polls. The
// event is for the task that has polled last.
func TestAnEventForTheLastWaker(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	s, peer := pair(t)
	leaf := &reader{stream: s}
	var waker future.Waker
	given := false
	first := &probe{do: func(poll int, w future.Waker) error {
		if poll == 1 {
			waker = w
			_, err := leaf.Poll(w)
			return err
		}
		if !given {
			t.Error("the event has woken the task that polled before")
		}
		return nil
	}}
	runtime.Spawn(ex, first)
	last := &probe{do: func(poll int, w future.Waker) error {
		if _, err := leaf.Poll(w); poll == 1 {
			send(t, peer, "a")
			return err
		} else if err != nil {
			t.Errorf("woken for nothing: %v", err)
		}
		given = true
		waker.Wake()
		return nil
	}}
	finish(t, ex, last)
	first.want(t, "first", 2, 0)
	last.want(t, "last", 2, 0)
}

// TestSpuriousEvents: a leaf that is polled too often is none the worse for it.
func TestSpuriousEvents(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	s, peer := pair(t)
	leaf := &reader{stream: s}
	runtime.Spawn(ex, leaf)
	finish(t, ex, &probe{do: func(poll int, w future.Waker) error {
		if leaf.polls != poll {
			t.Errorf("%d polls of the leaf, want %d", leaf.polls, poll)
		}
		if poll == 5 {
			send(t, peer, "a")
			return nil
		}
		runtime.Reactor().Wake(leaf.id)
		runtime.Reactor().Wake(leaf.id)
		w.Wake()
		return future.NotReady
	}})
	if leaf.polls != 6 || leaf.drops != 0 {
		t.Errorf("leaf: %d polls and %d drops; want 6 and 0", leaf.polls, leaf.drops)
	}
}

// TestAFutureThatOutlivesItsReactor is told so.
func TestAFutureThatOutlivesItsReactor(t *testing.T) {
	leaktest.Check(t)
	s, _ := pair(t)
	leaf := &reader{stream: s}
	inside(t, func(*runtime.EventLoop) {
		if _, err := leaf.Poll(future.NoopWaker); err != future.NotReady {
			t.Error(err)
		}
	})
	old := leaf.reactor
	ex := newExecutor(t)
	runtime.Spawn(ex, leaf)
	if err := ex.BlockOn(ready(1, nil)); err == nil || err.Error() != "reactor: it has stopped" {
		t.Errorf("BlockOn: %v", err)
	}
	if err := old.Register(s, poll.Readable, old.NextID()); !errors.Is(err, poll.ErrClosed) {
		t.Errorf("Register: %v", err)
	}
	old.Wake(leaf.id)
}

// TestTheReactorFails closes the queue while the reactor's thread is in a Wake, and lets
// it go on to the next Poll.
func TestTheReactorFails(t *testing.T) {
	leaktest.Check(t)
	const executors = 3
	trigger, peer := pair(t)
	main := newExecutor(t)
	r := runtime.Reactor()
	inWake, closed := make(chan bool), make(chan bool)
	id := r.NextID()
	err := errors.Join(
		r.SetWaker(wakeFunc(func() { inWake <- locked(); <-closed }), id),
		r.Register(trigger, poll.Readable, id))
	if err != nil {
		t.Fatal(err)
	}

	asleep, errs := make(chan bool), make(chan error)
	for range executors {
		ex := newExecutor(t)
		once := false
		ex.Log = &logger{asleep: func() {
			if !once {
				once = true
				asleep <- true
			}
		}}
		s1, _ := pair(t)
		s2, _ := pair(t)
		runtime.Spawn(ex, &reader{stream: s1})
		runtime.Spawn(ex, future.JoinAll[byte](&reader{stream: s2}))
		go func() { errs <- ex.BlockOn(ready(3, nil)) }()
		<-asleep
	}
	send(t, peer, "a")
	if !<-inWake {
		t.Error("the reactor has no thread of its own")
	}
	if err := runtime.CloseQueue(r); err != nil {
		t.Error(err)
	}
	// One wake for its own failure follows, when all are woken.
	closed <- true
	<-inWake
	closed <- true
	for range executors {
		err := <-errs
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 2 || !errors.Is(joined.Unwrap()[0], poll.ErrClosed) || !errors.Is(joined.Unwrap()[1], poll.ErrClosed) {
			t.Errorf("BlockOn: %v; want two errors", err)
		}
	}

	// Who comes now hears of it at once.
	s, _ := pair(t)
	leaf := &reader{stream: s}
	runtime.Spawn(main, leaf)
	if err := main.BlockOn(ready(1, nil)); !errors.Is(err, poll.ErrClosed) || leaf.polls != 1 {
		t.Errorf("BlockOn: %v after %d polls", err, leaf.polls)
	}
	gone(t)
	send(t, peer, "a")
	ex := newExecutor(t)
	runtime.Spawn(ex, &reader{stream: trigger})
	finish(t, ex, ready(1, nil))
}

type wakeFunc func()

func (f wakeFunc) Wake() { f() }
