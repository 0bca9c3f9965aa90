package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// explode is the function that the stacks have to name.
func explode(value any) error { panic(value) }

// panicAt panics at poll number n, and wakes itself until then.
func panicAt(n int, value any) *probe {
	return &probe{do: func(poll int, cx *future.Context) error {
		if poll == n {
			return explode(value)
		}
		cx.Waker().Wake()
		return future.NotReady
	}}
}

// wantPanic fails the test unless err tells of a panic with value in explode.
func wantPanic(t *testing.T, err error, value any) {
	t.Helper()
	failed, ok := err.(*runtime.PanicError)
	if !ok {
		t.Fatalf("%v; want a *PanicError", err)
	}
	if failed.Value != value || err.Error() != fmt.Sprint("panic: ", value) {
		t.Errorf("%v; want the value %v", err, value)
	}
	if !bytes.Contains(failed.Stack, []byte("runtime_test.explode(")) {
		t.Errorf("the stack doesn't name the function:\n%s", failed.Stack)
	}
}

// TestOneOfAThousandPanics, and the rest runs on.
func TestOneOfAThousandPanics(t *testing.T) {
	leaktest.Check(t)
	const tasks, bad = 1000, 500
	rt := newRuntime(t)
	probes := make([]*probe, tasks)
	handles := make([]future.Future[struct{}], tasks)
	for i := range tasks {
		if probes[i] = ready(3, nil); i == bad {
			probes[i] = panicAt(2, "boom")
		}
		handles[i] = runtime.Spawn(rt, probes[i])
	}
	for i, h := range handles {
		_, err := runtime.BlockOn(t.Context(), rt, h)
		if i == bad {
			wantPanic(t, err, "boom")
			probes[i].want(t, "the bad one", 2, 1)
			continue
		}
		if err != nil {
			t.Errorf("task %d: %v", i, err)
		}
		probes[i].want(t, fmt.Sprint("task ", i), 3, 0)
	}
	if s := rt.Stats(); s.Tasks != 0 {
		t.Errorf("%+v", s)
	}
}

// TestPanicOfTheMainTask: with nothing else to do, with others that have, and with others that wait.
func TestPanicOfTheMainTask(t *testing.T) {
	for name, others := range map[string][]*probe{"alone": nil, "busy": {ready(10, nil)}, "waiting": {pending()}} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			rt := newRuntime(t)
			for _, p := range others {
				runtime.Spawn(rt, p)
			}
			for n := 1; n <= 3; n++ {
				p := panicAt(n, n)
				_, err := runtime.BlockOn(t.Context(), rt, p)
				wantPanic(t, err, n)
				p.want(t, "main", n, 1)
			}
			settle(t, rt)
		})
	}
}

// TestPanicIsTold to the task that waits, which is woken.
func TestPanicIsTold(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	h := runtime.Spawn(rt, panicAt(3, "boom"))
	p := &probe{do: func(_ int, cx *future.Context) error {
		_, err := h.Poll(cx)
		return err
	}}
	_, err := runtime.BlockOn(t.Context(), rt, p)
	wantPanic(t, err, "boom")
	p.want(t, "who waits", 2, 0)
}

func TestPanicNil(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	_, err := runtime.BlockOn(t.Context(), rt, panicAt(1, nil))
	failed, ok := err.(*runtime.PanicError)
	if !ok || !strings.Contains(fmt.Sprint(failed.Value), "panic called with nil argument") {
		t.Errorf("%v", err)
	}
}

// badDrop panics in Drop.
type badDrop struct{ *probe }

func (b badDrop) Drop() {
	b.probe.Drop()
	explode("drop")
}

// TestPanicInDrop: what the task's result would have been, and the panic.
func TestPanicInDrop(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	check := func(name string, err, first error) {
		t.Helper()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 2 || first != nil && joined.Unwrap()[0] != first {
			t.Fatalf("%s: %v", name, err)
		}
		if first == nil {
			wantPanic(t, joined.Unwrap()[0], "poll")
		}
		wantPanic(t, errors.Unwrap(joined.Unwrap()[1]), "drop")
	}

	p := badDrop{panicAt(2, "poll")}
	_, err := runtime.BlockOn(t.Context(), rt, p)
	check("after a panic in Poll", err, nil)
	p.want(t, "after a panic in Poll", 2, 1)

	p = badDrop{pending()}
	h := runtime.Spawn(rt, p)
	settle(t, rt)
	h.Cancel()
	_, err = runtime.BlockOn(t.Context(), rt, h)
	check("cancelled", err, context.Canceled)
	p.want(t, "cancelled", 1, 1)

	// At Shutdown the others are dropped all the same.
	before, after := pending(), pending()
	var cx *future.Context
	runtime.Spawn(rt, before)
	p = badDrop{pending()}
	h = runtime.Spawn(rt, p)
	runtime.Spawn(rt, after)
	settle(t, rt)
	inside(t, rt, func(c *future.Context) { cx = c })
	shutdown(t, rt)
	_, err = h.Poll(cx)
	check("Shutdown", err, runtime.ErrShutdown)
	before.want(t, "before", 1, 1)
	p.want(t, "between", 1, 1)
	after.want(t, "after", 1, 1)
}

// TestPanicUnwindsCoroutines: nested ones, and what they wait for.
func TestPanicUnwindsCoroutines(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var unwound []string
	coroutine := func(name string, f future.Future[struct{}]) future.Future[struct{}] {
		return future.Async(func(co *future.Co) (struct{}, error) {
			defer func() { unwound = append(unwound, name) }()
			return future.Wait(co, f)
		})
	}
	before, bad, after := pending(), panicAt(2, "boom"), pending()
	all := future.JoinAll(coroutine("before", before), coroutine("inner", bad), coroutine("after", after))
	_, err := runtime.BlockOn(t.Context(), rt, coroutine("outer", none[[]struct{}]{all}))
	if failed, ok := err.(*runtime.PanicError); !ok || failed.Value != "boom" {
		t.Errorf("%v", err)
	}
	if fmt.Sprint(unwound) != "[inner before after outer]" && fmt.Sprint(unwound) != "[inner outer before after]" {
		t.Errorf("unwound %q", unwound)
	}
	before.want(t, "before", 1, 1)
	bad.want(t, "bad", 2, 1)
	after.want(t, "after", 1, 1)
}

// goexit runs f in a goroutine that f ends.
func goexit(t *testing.T, f func()) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		f()
		t.Error("the goroutine goes on")
	})
	wg.Wait()
}

// TestGoexit: a task that ends the worker's goroutine, as t.FailNow does, ends that BlockOn, and the
// next one goes on with the others.
func TestGoexit(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	exits := &probe{do: func(poll int, cx *future.Context) error {
		if poll == 2 {
			goruntime.Goexit()
		}
		cx.Waker().Wake()
		return future.NotReady
	}}
	var s signal
	other, main := runtime.Spawn(rt, &s), pending()
	h := runtime.Spawn(rt, exits)
	goexit(t, func() { runtime.BlockOn(t.Context(), rt, main) })
	exits.want(t, "who exits", 2, 1)
	main.want(t, "main", 1, 0)
	want(t, rt, runtime.Stats{Tasks: 2, Polls: 4, Wakes: 4})

	if _, err := runtime.BlockOn(t.Context(), rt, h); err == nil || !strings.Contains(err.Error(), "runtime.Goexit") {
		t.Errorf("%v", err)
	}
	s.give()
	finish(t, rt, other)
	exits.polls, exits.drops = 0, 0
	goexit(t, func() { runtime.BlockOn(t.Context(), rt, exits) })
	exits.want(t, "main task", 2, 1)
	shutdown(t, rt)
	main.want(t, "main, which was left", 1, 1)
}

// TestGoexitInDrop: when the task is cancelled, and at Shutdown, which doesn't leave the others out.
func TestGoexitInDrop(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	exits := &dropFunc{probe: pending(), drop: goruntime.Goexit}
	h := runtime.Spawn(rt, exits)
	settle(t, rt)
	h.Cancel()
	goexit(t, func() { runtime.BlockOn(t.Context(), rt, pending()) })
	exits.want(t, "cancelled", 1, 1)
	settle(t, rt)

	before, after := pending(), pending()
	runtime.Spawn(rt, before)
	runtime.Spawn(rt, exits)
	runtime.Spawn(rt, after)
	settle(t, rt)
	goexit(t, func() { rt.Shutdown(context.Background()) })
	shutdown(t, rt)
	before.want(t, "before", 1, 1)
	exits.want(t, "between", 2, 2)
	after.want(t, "after", 1, 1)
}

// A dropFunc calls drop in Drop.
type dropFunc struct {
	*probe
	drop func()
}

func (d *dropFunc) Drop() {
	d.probe.Drop()
	d.drop()
}
