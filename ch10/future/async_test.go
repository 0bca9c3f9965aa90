package future_test

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
)

// inTurn is a coroutine that waits for one future after the other, in a loop, and
// collects their values. trace gets a word for each thing that happens.
func inTurn(trace *[]string, fs ...future.Future[string]) future.Future[[]string] {
	say := func(s string) { *trace = append(*trace, s) }
	return future.Async(func(co *future.Co) (values []string, _ error) {
		say("begin")
		defer say("deferred")
		for _, f := range fs {
			v, err := future.Wait(co, f)
			if err != nil {
				return values, err
			}
			say(v)
			values = append(values, v)
		}
		say("end")
		return values, nil
	})
}

// panicsWith calls f, and fails the test unless it panics with want.
func panicsWith(t *testing.T, want any, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != want {
			t.Errorf("panic: %v; want %v", p, want)
		}
	}()
	f()
}

func counts(t *testing.T, name string, c *counting, polls, drops int) {
	t.Helper()
	if c.polls != polls || c.drops != drops {
		t.Errorf("%s: %d polls, %d drops; want %d and %d", name, c.polls, c.drops, polls, drops)
	}
}

// goroutines counts exactly, until the end of the test. While the collector frees the
// stacks of goroutines that have ended, these are counted again: it has to rest.
func goroutines(t *testing.T) int {
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	runtime.GC() // waits for the one that is under way
	return runtime.NumGoroutine()
}

func TestAsyncIsLazy(t *testing.T) {
	leaktest.Check(t)
	var trace []string
	c := &counting{ready: 1, value: "a"}
	before := goroutines(t)
	f := inTurn(&trace, c)
	if now := runtime.NumGoroutine(); len(trace) > 0 || now != before {
		t.Errorf("before the first poll: %q, %d goroutines, then %d", trace, before, now)
	}
	counts(t, "before the first poll", c, 0, 0)
	poll(f, -1)
	if want := []string{"begin", "a", "end", "deferred"}; !slices.Equal(trace, want) {
		t.Errorf("%q, want %q", trace, want)
	}
}

// TestAsyncPolls: each poll goes as far as it can, and polls only what is waited for.
func TestAsyncPolls(t *testing.T) {
	for _, readies := range [][]int{{}, {1}, {2}, {4}, {1, 1, 1}, {2, 1, 4, 1}, {1, 4}, {4, 2}} {
		leaktest.Check(t)
		var trace, want []string
		var fs []future.Future[string]
		var children []*counting
		polls := 1
		for i, r := range readies {
			c := &counting{ready: r, value: fmt.Sprint("value ", i)}
			fs, children, want = append(fs, c), append(children, c), append(want, c.value)
			polls += r - 1
		}
		f := inTurn(&trace, fs...)
		for n := 1; ; n++ {
			values, err := f.Poll(noop)
			total, open := 0, 0
			for _, c := range children {
				total += c.polls
				if 0 < c.polls && c.polls < c.ready {
					open++
				}
			}
			if err == future.NotReady {
				if values != nil || open != 1 {
					t.Errorf("%v, poll %d: %q, %d futures under way", readies, n, values, open)
				}
				continue
			}
			if err != nil || !slices.Equal(values, want) || n != polls || total != polls-1+len(readies) {
				t.Errorf("%v: %q, %v after %d polls, %d of children", readies, values, err, n, total)
			}
			break
		}
		for i, c := range children {
			counts(t, fmt.Sprint(readies, i), c, readies[i], 0)
		}
		panics(t, func() { f.Poll(noop) })
		future.Drop(f)
		panics(t, func() { f.Poll(noop) })
	}
}

func TestAsyncErrors(t *testing.T) {
	for _, ready := range []int{1, 2, 4} {
		leaktest.Check(t)
		var trace []string
		a, b, after := &counting{ready: 2, value: "a"}, &counting{ready: ready, value: "half", err: errB}, &counting{ready: 1}
		values, err, polls := poll(inTurn(&trace, a, b, after), -1)
		if !slices.Equal(values, []string{"a"}) || err != errB || polls != ready+1 {
			t.Errorf("%q, %v after %d polls", values, err, polls)
		}
		if want := []string{"begin", "a", "deferred"}; !slices.Equal(trace, want) {
			t.Errorf("%q, want %q", trace, want)
		}
		counts(t, "what failed", b, ready, 0)
		counts(t, "what came after", after, 0, 0)
	}
	// The value of a future that fails is there all the same, and an error that wraps
	// NotReady is a result.
	wrapped := fmt.Errorf("x: %w", future.NotReady)
	f := future.Async(func(co *future.Co) (string, error) {
		return future.Wait(co, &counting{ready: 2, value: "half", err: wrapped})
	})
	if v, err, polls := poll(f, -1); v != "half" || err != wrapped || polls != 2 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
}

func TestAsyncNested(t *testing.T) {
	leaktest.Check(t)
	c := &counting{ready: 4, value: "deep", err: errA}
	f := future.Future[string](c)
	for range 10 {
		inner := f
		f = future.Async(func(co *future.Co) (string, error) {
			v, err := future.Wait(co, inner)
			return v + "!", err
		})
	}
	if v, err, polls := poll(f, -1); v != "deep!!!!!!!!!!" || err != errA || polls != 4 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
	counts(t, "innermost", c, 4, 0)
}

func TestAsyncInJoinAllInAsync(t *testing.T) {
	leaktest.Check(t)
	readies := [][]int{{3, 1}, {}, {2, 2, 2}, {1}}
	var trace []string
	var children []*counting
	var all []future.Future[[]string]
	for i, rs := range readies {
		var fs []future.Future[string]
		for j, r := range rs {
			c := &counting{ready: r, value: fmt.Sprint(i, j)}
			fs, children = append(fs, c), append(children, c)
		}
		all = append(all, inTurn(&trace, fs...))
	}
	bad := future.Async(func(co *future.Co) ([]string, error) {
		_, err := future.Wait(co, &counting{ready: 2, err: errB})
		return nil, err
	})
	f := future.Async(func(co *future.Co) (string, error) {
		values, err := future.Wait(co, future.JoinAll(append(all, bad)...))
		return fmt.Sprint(values), err
	})
	v, err, polls := poll(f, -1)
	if want := "[[0 0 0 1] [] [2 0 2 1 2 2] [3 0] []]"; v != want || polls != 4 {
		t.Errorf("%s after %d polls, want %s after 4", v, polls, want)
	}
	if !errors.Is(err, errB) || err.Error() != "future 4: b went wrong" {
		t.Errorf("error: %v", err)
	}
	for _, c := range children {
		counts(t, c.value, c, c.ready, 0)
	}
}

func TestAsyncReturnsNotReady(t *testing.T) {
	const want = "future: a coroutine returned NotReady"
	for _, ready := range []int{1, 3} {
		leaktest.Check(t)
		f := future.Async(func(co *future.Co) (string, error) {
			v, _ := future.Wait(co, &counting{ready: ready})
			return v, future.NotReady
		})
		poll(f, ready-1)
		panicsWith(t, want, func() { f.Poll(noop) })
		panics(t, func() { f.Poll(noop) })
		future.Drop(f)
	}
	panicsWith(t, want, func() { future.Returned(future.NotReady) })
	for _, err := range []error{nil, errA, fmt.Errorf("x: %w", future.NotReady)} {
		if got := future.Returned(err); got != err {
			t.Errorf("%v, want %v", got, err)
		}
	}
}

// TestAsyncPanics: a panic of the body, or of what it waits for, at its first poll
// or a later one, comes out of Poll.
func TestAsyncPanics(t *testing.T) {
	for _, ready := range []int{1, 2, 4} {
		leaktest.Check(t)
		child, deferred := &counting{ready: ready}, 0
		f := future.Async(func(co *future.Co) (string, error) {
			defer func() { deferred++ }()
			future.Wait(co, child)
			panic(errA)
		})
		poll(f, ready-1)
		panicsWith(t, errA, func() { f.Poll(noop) })
		if deferred != 1 {
			t.Errorf("the deferred call ran %d times", deferred)
		}
		counts(t, "done before the panic", child, ready, 0)
		panics(t, func() { f.Poll(noop) })
		future.Drop(f)
		panics(t, func() { f.Poll(noop) })

		bad := &panicking{counting{ready: ready}}
		f = future.Async(func(co *future.Co) (string, error) { return future.Wait(co, bad) })
		poll(f, ready-1)
		panicsWith(t, errB, func() { f.Poll(noop) })
		counts(t, "what panicked", &bad.counting, ready, 1)
		panics(t, func() { f.Poll(noop) })
		future.Drop(f)
		counts(t, "what panicked", &bad.counting, ready, 1)
	}
}

// panicking panics when it would be ready.
type panicking struct{ counting }

func (p *panicking) Poll(cx *future.Context) (string, error) {
	v, err := p.counting.Poll(cx)
	if err != future.NotReady {
		panic(errB)
	}
	return v, err
}

// TestAsyncRecovers: a body that survives the panic of one future goes on.
func TestAsyncRecovers(t *testing.T) {
	leaktest.Check(t)
	first, bad, last := &counting{ready: 9}, &panicking{counting{ready: 2}}, &counting{ready: 2, value: "last"}
	f := future.Async(func(co *future.Co) (v string, err error) {
		defer func() {
			if p := recover(); p != errB {
				t.Errorf("recovered %v", p)
			}
			v, err = future.Wait(co, last)
		}()
		future.Wait(co, future.JoinAll[string](bad, first))
		return "not this", nil
	})
	if v, err, polls := poll(f, -1); v != "last" || err != nil || polls != 3 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
	counts(t, "beside what panicked", first, 2, 1)
	counts(t, "what panicked", &bad.counting, 2, 1)
	counts(t, "last", last, 2, 0)
}

// TestAsyncGoexit: runtime.Goexit ends the goroutine that polls, and it gets no result.
func TestAsyncGoexit(t *testing.T) {
	for _, ready := range []int{1, 3} {
		leaktest.Check(t)
		for name, f := range map[string]future.Future[string]{
			"in the body": future.Async(func(co *future.Co) (string, error) {
				future.Wait(co, &counting{ready: ready})
				runtime.Goexit()
				return "", nil
			}),
			"in a child": future.Async(func(co *future.Co) (string, error) {
				return future.Wait[string](co, exiting{&counting{ready: ready}})
			}),
		} {
			poll(f, ready-1)
			returned, ended := false, make(chan struct{})
			go func() {
				defer close(ended)
				f.Poll(noop)
				returned = true
			}()
			if <-ended; returned {
				t.Errorf("%s: Poll returned", name)
			}
			panics(t, func() { f.Poll(noop) })
			future.Drop(f)
		}
	}
}

type exiting struct{ *counting }

func (e exiting) Poll(cx *future.Context) (string, error) {
	v, err := e.counting.Poll(cx)
	if err != future.NotReady {
		runtime.Goexit()
	}
	return v, err
}

// TestWaitElsewhere: a Co is good for its own body, while that runs.
func TestWaitElsewhere(t *testing.T) {
	leaktest.Check(t)
	const outside = "future: Wait outside of its coroutine"
	for name, use := range map[string]func(f future.Future[string]){
		"after the end":  func(f future.Future[string]) { poll(f, -1) },
		"after the drop": func(f future.Future[string]) { poll(f, 1); future.Drop(f) },
		"suspended":      func(f future.Future[string]) { poll(f, 1) },
	} {
		var kept *future.Co
		f := future.Async(func(co *future.Co) (string, error) {
			kept = co
			return future.Wait(co, &counting{ready: 3})
		})
		use(f)
		for _, ready := range []int{1, 2} {
			c := &counting{ready: ready}
			panicsWith(t, outside, func() { future.Wait(kept, c) })
			counts(t, name, c, 0, 0)
		}
		future.Drop(f)
	}
	panicsWith(t, outside, func() { future.Wait(new(future.Co), &counting{ready: 1}) })
}

// TestAsyncPollsItself: it isn't ready, and can't become so.
func TestAsyncPollsItself(t *testing.T) {
	leaktest.Check(t)
	var f future.Future[string]
	f = future.Async(func(co *future.Co) (string, error) {
		panics(t, func() { f.Poll(noop) })
		panics(t, func() { future.Wait(co, f) })
		v, err := future.Wait(co, &counting{ready: 2, value: "and goes on"})
		panics(t, func() { f.Poll(noop) })
		return v, err
	})
	if v, err, polls := poll(f, -1); v != "and goes on" || err != nil || polls != 2 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
}

// TestAsyncChangesGoroutines: any goroutine may poll, and drop, if it is one at a time.
func TestAsyncChangesGoroutines(t *testing.T) {
	leaktest.Check(t)
	var trace []string
	c := &counting{ready: 20, value: "here"}
	elsewhere := func(f func()) {
		ended := make(chan struct{})
		go func() { defer close(ended); f() }()
		<-ended
	}
	f, err := inTurn(&trace, c), future.NotReady
	for err == future.NotReady {
		elsewhere(func() { _, err = f.Poll(noop) })
	}
	counts(t, "polled by twenty", c, 20, 0)

	c = &counting{ready: 20}
	f = inTurn(&trace, c)
	elsewhere(func() { f.Poll(noop) })
	elsewhere(func() { future.Drop(f) })
	counts(t, "dropped by another", c, 1, 1)
}

func ExampleAsync() {
	cx := future.NewContext(future.NoopWaker)
	launch := future.Async(func(co *future.Co) (string, error) {
		fmt.Println("the crew gets in")
		for _, f := range []*countdown{{"fuelling", 3}, {"ignition", 2}} {
			s, err := future.Wait(co, f)
			if err != nil {
				return "", err
			}
			fmt.Println(s)
		}
		return "lift-off", nil
	})
	fmt.Println("nothing has happened yet")
	for {
		s, err := launch.Poll(&cx)
		if err == future.NotReady {
			fmt.Println("time for something else")
			continue
		}
		fmt.Println(s, err)
		return
	}
	// Output:
	// nothing has happened yet
	// the crew gets in
	// time for something else
	// time for something else
	// fuelling is done
	// time for something else
	// ignition is done
	// lift-off <nil>
}
