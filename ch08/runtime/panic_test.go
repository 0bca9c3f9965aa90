package runtime_test

import (
	"errors"
	goruntime "runtime"
	"slices"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/runtime"
)

// gone checks what holds after any BlockOn: nothing is left of it, and Init works again.
func gone(t *testing.T) {
	t.Helper()
	noReactor(t)
	if locked() {
		t.Error("the goroutine is still locked to its thread")
	}
	finish(t, newExecutor(t), ready(2, nil))
	noReactor(t)
}

func TestTheThreadIsLocked(t *testing.T) {
	leaktest.Check(t)
	if locked() {
		t.Fatal("locked before BlockOn")
	}
	inside := false
	finish(t, newExecutor(t), &probe{do: func(int, future.Waker) error { inside = locked(); return nil }})
	if !inside {
		t.Error("not locked inside")
	}
	gone(t)
}

// panicking is a main task that panics at its second poll, when all others have been polled.
func panicking(value any) *probe {
	return &probe{do: func(poll int, w future.Waker) error {
		if poll == 2 {
			panic(value)
		}
		w.Wake()
		return future.NotReady
	}}
}

func TestPanic(t *testing.T) {
	leaktest.Check(t)
	type value struct{ s string }
	ex := newExecutor(t)
	s, _ := pair(t)
	done, failed, asleep, woken := ready(1, nil), ready(1, errors.New("failed")), pending(), ready(9, nil)
	leaf, inner := &reader{stream: s}, pending()
	runtime.Spawn(ex, done)
	runtime.Spawn(ex, failed)
	runtime.Spawn(ex, asleep)
	runtime.Spawn(ex, woken)
	runtime.Spawn(ex, leaf)
	runtime.Spawn(ex, future.JoinAll[struct{}](inner, ready(1, nil)))
	fresh := pending()
	main := panicking(value{"boom"})
	do := main.do
	main.do = func(poll int, w future.Waker) error {
		if poll == 2 {
			runtime.Spawn(ex, fresh) // has not been polled by then
		}
		return do(poll, w)
	}
	if p := panics(func() { ex.BlockOn(main) }); p != (value{"boom"}) {
		t.Errorf("panic %v", p)
	}
	done.want(t, "done", 1, 0)
	failed.want(t, "failed", 1, 0)
	asleep.want(t, "asleep", 1, 1)
	woken.want(t, "woken", 2, 1)
	inner.want(t, "in a JoinAll", 1, 1)
	fresh.want(t, "spawned last", 0, 1)
	if main.polls != 2 || main.drops > 1 {
		t.Errorf("main: %d polls, %d drops", main.polls, main.drops)
	}
	if leaf.polls != 1 || leaf.drops != 1 || !leaf.done || leaf.err != nil {
		t.Errorf("leaf: %+v", leaf)
	}
	gone(t)
}

// TestPanicInJoinAll: what the task itself waits for is dropped, too.
func TestPanicInJoinAll(t *testing.T) {
	leaktest.Check(t)
	before, after := pending(), pending()
	f := future.JoinAll[struct{}](before, panicking("boom"), after)
	ex := newExecutor(t)
	runtime.Spawn(ex, f)
	if p := panics(func() { ex.BlockOn(pending()) }); p != "boom" {
		t.Errorf("panic %v", p)
	}
	before.want(t, "before", 2, 1)
	after.want(t, "after", 1, 1)
	gone(t)
}

// TestPanicUnwindsCoroutines: those of other tasks, nested ones, and one that hasn't begun.
func TestPanicUnwindsCoroutines(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var unwound []string
	leaf := pending()
	coroutine := func(name string, f future.Future[struct{}]) future.Future[struct{}] {
		return future.Async(func(co *future.Co) (struct{}, error) {
			defer func() { unwound = append(unwound, name) }()
			return future.Wait(co, f)
		})
	}
	runtime.Spawn(ex, coroutine("outer", coroutine("inner", leaf)))
	runtime.Spawn(ex, coroutine("done", ready(1, nil)))
	main := panicking("boom")
	do := main.do
	main.do = func(poll int, w future.Waker) error {
		if poll == 2 {
			runtime.Spawn(ex, coroutine("fresh", pending()))
		}
		return do(poll, w)
	}
	if p := panics(func() { ex.BlockOn(coroutine("main", main)) }); p != "boom" {
		t.Errorf("panic %v", p)
	}
	slices.Sort(unwound)
	if !slices.Equal(unwound, []string{"done", "inner", "main", "outer"}) {
		t.Errorf("unwound %q", unwound)
	}
	leaf.want(t, "leaf", 1, 1)
	gone(t)
}

type badDrop struct{ *probe }

func (b badDrop) Drop() {
	b.probe.Drop()
	panic("drop")
}

// TestPanicInDrop: it doesn't keep the others from being dropped.
func TestPanicInDrop(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	before, bad, after := pending(), badDrop{pending()}, pending()
	runtime.Spawn(ex, before)
	runtime.Spawn(ex, bad)
	runtime.Spawn(ex, after)
	if p := panics(func() { ex.BlockOn(panicking("boom")) }); p != "drop" {
		t.Errorf("panic %v", p)
	}
	before.want(t, "before", 1, 1)
	bad.want(t, "bad", 1, 1)
	after.want(t, "after", 1, 1)
	gone(t)
}

// TestGoexit: a task that ends the goroutine, as t.FailNow does.
func TestGoexit(t *testing.T) {
	for name, main := range map[string]future.Future[struct{}]{
		"plain": &probe{do: func(poll int, w future.Waker) error {
			if w.Wake(); poll == 2 {
				goruntime.Goexit()
			}
			return future.NotReady
		}},
		"coroutine": future.Async(func(co *future.Co) (struct{}, error) {
			future.Wait(co, ready(2, nil))
			goruntime.Goexit()
			return struct{}{}, nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			other, ended := pending(), make(chan struct{})
			go func() {
				defer close(ended)
				ex, err := runtime.Init()
				if err != nil {
					t.Error(err)
					return
				}
				runtime.Spawn(ex, other)
				err = ex.BlockOn(main)
				t.Errorf("BlockOn has returned %v", err)
			}()
			<-ended
			other.want(t, "other", 1, 1)
			gone(t)
		})
	}
}

func TestBlockOnInsideATask(t *testing.T) {
	const want = "runtime: BlockOn inside a task"
	leaktest.Check(t)
	ex := newExecutor(t)
	inner := ready(1, nil)
	finish(t, ex, &probe{do: func(poll int, w future.Waker) error { // survives it
		if p := panics(func() { ex.BlockOn(inner) }); p != want {
			t.Errorf("panic %v, want %q", p, want)
		}
		if w.Wake(); poll < 3 {
			return future.NotReady
		}
		return nil
	}})
	gone(t)

	ex = newExecutor(t)
	p := panics(func() {
		ex.BlockOn(&probe{do: func(int, future.Waker) error { return ex.BlockOn(inner) }})
	})
	if p != want {
		t.Errorf("panic %v, want %q", p, want)
	}
	inner.want(t, "inner", 0, 0)
	gone(t)
}

// TestMisuseHurtsNobodyElse: the reactor serves the others as before.
func TestMisuseHurtsNobodyElse(t *testing.T) {
	leaktest.Check(t)
	noReactor(t)
	other, ex := newExecutor(t), newExecutor(t)
	finish(t, ex, ready(1, nil))
	for range 3 {
		p := panics(func() { ex.BlockOn(ready(1, nil)) })
		if p != "runtime: BlockOn for a second time: each needs an Init" {
			t.Errorf("BlockOn twice: panic %v", p)
		}
		if p := panics(func() { runtime.Spawn(ex, ready(1, nil)) }); p != "runtime: Spawn after BlockOn" {
			t.Errorf("Spawn after BlockOn: panic %v", p)
		}
		if p := panics(func() { new(runtime.Executor).BlockOn(ready(1, nil)) }); p == nil {
			t.Error("BlockOn without Init: no panic")
		}
	}
	if locked() {
		t.Error("the goroutine is locked to its thread")
	}
	s, peer := pair(t)
	send(t, peer, "a")
	r := &reader{stream: s}
	runtime.Spawn(other, r)
	finish(t, other, ready(1, nil))
	if !r.done {
		t.Error("not read")
	}
	gone(t)
}
