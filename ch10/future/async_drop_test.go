package future_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
)

// TestAsyncDrop drops before every poll, and twice.
func TestAsyncDrop(t *testing.T) {
	readies := []int{2, 1, 4, 3}
	const polls = 1 + 1 + 0 + 3 + 2 // to its end
	for k := range polls + 1 {
		leaktest.Check(t)
		var trace []string
		var fs []future.Future[string]
		var children []*counting
		for _, r := range readies {
			c := &counting{ready: r, value: "done"}
			fs, children = append(fs, c), append(children, c)
		}
		f := inTurn(&trace, fs...)
		if _, err, n := poll(f, k); err == future.NotReady != (k < polls) || n != k {
			t.Fatalf("%v after %d polls", err, n)
		}
		waits := -1 // for this child
		for i, c := range children {
			if c.polls > 0 && c.polls < c.ready {
				waits = i
			}
		}
		if waits < 0 != (k == 0 || k == polls) {
			t.Fatalf("after %d polls it waits for %d", k, waits)
		}
		for range 2 {
			counted := make([]int, len(children))
			for i, c := range children {
				counted[i] = c.polls
			}
			future.Drop(f)
			for i, c := range children {
				drops := 0
				if i == waits {
					drops = 1
				}
				counts(t, fmt.Sprintf("dropped after %d polls: child %d", k, i), c, counted[i], drops)
			}
		}
		if begun := slices.Contains(trace, "begin"); begun != (k > 0) || begun && trace[len(trace)-1] != "deferred" {
			t.Errorf("dropped after %d polls: %q", k, trace)
		}
		if slices.Contains(trace, "end") != (k == polls) {
			t.Errorf("dropped after %d polls: %q", k, trace)
		}
		panics(t, func() { f.Poll(noop) })
	}
}

// told says when it is dropped.
type told struct {
	counting
	trace *[]string
	name  string
}

func (c *told) Drop() {
	c.counting.Drop()
	*c.trace = append(*c.trace, "drop "+c.name)
}

// TestAsyncDropOrder: from the inside to the outside, what is waited for before the
// deferred calls of who waits.
func TestAsyncDropOrder(t *testing.T) {
	leaktest.Check(t)
	var trace []string
	child := func(name string) future.Future[string] {
		return &told{counting{ready: 2}, &trace, name}
	}
	waiter := func(name string, f future.Future[[]string]) future.Future[[]string] {
		return future.Async(func(co *future.Co) ([]string, error) {
			defer func() { trace = append(trace, name) }()
			return future.Wait(co, f)
		})
	}
	f := waiter("outer", waiter("inner", future.JoinAll(child("a"), child("b"))))
	poll(f, 1)
	future.Drop(f)
	if want := []string{"drop a", "drop b", "inner", "outer"}; !slices.Equal(trace, want) {
		t.Errorf("%q, want %q", trace, want)
	}
	panics(t, func() { f.Poll(noop) })
}

// TestAsyncDropOfWhatHoldsNothing: a future without Drop can be waited for, too.
func TestAsyncDropOfWhatHoldsNothing(t *testing.T) {
	leaktest.Check(t)
	p := &plain{}
	f := future.Async(func(co *future.Co) (string, error) { return future.Wait[string](co, p) })
	poll(f, 3)
	future.Drop(f)
	if p.polls != 3 {
		t.Errorf("%d polls, want 3", p.polls)
	}
}

// TestAsyncDropRecovered: the panic that unwinds a body is nobody's business, and the
// body's result nobody's either.
func TestAsyncDropRecovered(t *testing.T) {
	for name, afterwards := range map[string]func(p any) error{
		"and returns":          func(any) error { return nil },
		"and returns an error": func(any) error { return errA },
		"and NotReady":         func(any) error { return future.NotReady },
		"and panics with it":   func(p any) error { panic(p) },
	} {
		leaktest.Check(t)
		c, recovered := &counting{ready: 2}, any(nil)
		f := future.Async(func(co *future.Co) (_ string, err error) {
			defer func() {
				recovered = recover()
				err = afterwards(recovered)
			}()
			return future.Wait(co, c)
		})
		poll(f, 1)
		for range 2 {
			panicsWith(t, nil, func() { future.Drop(f) })
		}
		if recovered == nil {
			t.Errorf("%s: there was nothing to recover", name)
		}
		counts(t, name, c, 1, 1)
		panics(t, func() { f.Poll(noop) })
	}
}

// TestAsyncPanicsDuringDrop: what goes wrong in a deferred call comes out of Drop, the
// other deferred calls run, and all is let go of.
func TestAsyncPanicsDuringDrop(t *testing.T) {
	second := &counting{ready: 1}
	var co *future.Co
	for name, c := range map[string]struct {
		child    future.Future[string]
		deferred func()
		want     any
	}{
		"a panic":                   {&counting{ready: 2}, func() { panic(errA) }, errA},
		"in place of the unwinding": {&counting{ready: 2}, func() { recover(); panic(errA) }, errA},
		"a Wait":                    {&counting{ready: 2}, func() { future.Wait(co, second) }, "future: Wait during Drop"},
		"a Wait, after it is over":  {&counting{ready: 2}, func() { recover(); future.Wait(co, second) }, "future: Wait during Drop"},
		"a child's panic":           {&undroppable{counting{ready: 2}}, func() {}, errB},
	} {
		leaktest.Check(t)
		outermost := 0
		f := future.Async(func(own *future.Co) (string, error) {
			defer func() { outermost++ }()
			defer c.deferred()
			co = own
			return future.Wait(own, c.child)
		})
		outer := future.Async(func(co *future.Co) (string, error) { return future.Wait(co, f) })
		poll(outer, 1)
		panicsWith(t, c.want, func() { future.Drop(outer) })
		if outermost != 1 {
			t.Errorf("%s: the outermost deferred call ran %d times", name, outermost)
		}
		panicsWith(t, nil, func() { future.Drop(outer); future.Drop(f) })
		switch child := c.child.(type) {
		case *counting:
			counts(t, name, child, 1, 1)
		case *undroppable:
			counts(t, name, &child.counting, 1, 1)
		}
		panics(t, func() { outer.Poll(noop) })
		panics(t, func() { f.Poll(noop) })
	}
	counts(t, "waited for during Drop", second, 0, 0)
}

// undroppable panics when it is dropped.
type undroppable struct{ counting }

func (u *undroppable) Drop() {
	u.counting.Drop()
	panic(errB)
}

// TestAsyncMany suspends 10,000 coroutines and drops them all, but for those that are
// done.
func TestAsyncMany(t *testing.T) {
	leaktest.Check(t)
	const n = 10_000
	before := goroutines(t)
	var deferred int
	all := make([]future.Future[string], n)
	children := make([]counting, n)
	for i := range all {
		children[i].ready = 2 + i%2
		all[i] = future.Async(func(co *future.Co) (string, error) {
			defer func() { deferred++ }()
			return future.Wait(co, &children[i])
		})
	}
	f := future.JoinAll(all...)
	if now := runtime.NumGoroutine(); now != before {
		t.Errorf("before the first poll: %d goroutines, then %d", before, now)
	}
	poll(f, 1)
	if now := runtime.NumGoroutine(); now != before+n || deferred != 0 {
		t.Errorf("suspended: %d goroutines, then %d; %d deferred calls", before, now, deferred)
	}
	poll(f, 1)
	future.Drop(f)
	if deferred != n {
		t.Errorf("%d deferred calls", deferred)
	}
	for i := range children {
		if c := &children[i]; c.polls != 2 || c.drops != i%2 {
			t.Fatalf("child %d: %d polls, %d drops", i, c.polls, c.drops)
		}
	}
}

// TestDropOfABodyThatRecovers from the unwinding, again and again: Drop doesn't hang, and says why.
func TestDropOfABodyThatRecovers(t *testing.T) {
	leaktest.Check(t)
	tries := 0
	f := future.Async(func(co *future.Co) (int, error) {
		for {
			if tries++; tries > 10_000 {
				return 0, nil // Drop would hang
			}
			func() {
				defer func() { recover() }()
				future.Wait(co, future.Future[string](&counting{ready: 1 << 30}))
			}()
		}
	})
	poll(f, 1)
	const want = "future: the body of a coroutine goes on after it has been dropped: it recovers from every panic"
	panicsWith(t, want, func() { future.Drop(f) })
	if tries > 1000 { // of 10,000
		t.Errorf("it has waited %d times", tries)
	}
	future.Drop(f)
}

// TestAsyncLetsGo of its value, and of what the body has captured, when it has told the result or is dropped.
func TestAsyncLetsGo(t *testing.T) {
	for name, polls := range map[string]int{"told": -1, "dropped": 1, "dropped before the first poll": 0} {
		var freed atomic.Int32
		big := func() *[1 << 16]byte {
			v := new([1 << 16]byte)
			runtime.AddCleanup(v, func(int) { freed.Add(1) }, 0)
			return v
		}
		f := func() future.Future[*[1 << 16]byte] {
			captured := big()
			f := future.Async(func(co *future.Co) (*[1 << 16]byte, error) {
				_, err := future.Wait(co, future.Future[string](&counting{ready: 2}))
				captured[0]++
				return big(), err
			})
			poll(f, polls)
			future.Drop(f)
			return f
		}()
		want := int32(1)
		if polls < 0 {
			want = 2
		}
		for i := 0; i < 500 && freed.Load() < want; i++ {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		if n := freed.Load(); n != want {
			t.Errorf("%s: %d of %d are freed", name, n, want)
		}
		runtime.KeepAlive(f)
	}
}
