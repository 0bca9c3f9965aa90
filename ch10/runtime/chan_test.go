package runtime_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// drain returns a future of all values up to the end of c.
func drain[T any](c *runtime.Chan[T]) future.Future[[]T] {
	return future.Async(func(co *future.Co) ([]T, error) {
		var all []T
		for {
			v, err := future.Wait(co, c.Recv())
			if err != nil {
				return all, err
			}
			all = append(all, v)
		}
	})
}

// fill returns a future that sends the values from up to to.
func fill(c *runtime.Chan[int], from, to int) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for v := from; v < to; v++ {
			if _, err := future.Wait(co, c.Send(v)); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

func TestChan(t *testing.T) {
	for _, size := range []int{0, 1, 2, 7, 100} {
		for _, tasks := range []int{1, 2, 8} {
			t.Run(fmt.Sprintf("%d values, %d tasks at each end", size, tasks), func(t *testing.T) {
				leaktest.Check(t)
				const each = 500
				rt := newRuntime(t)
				c := runtime.NewChan[int](size)
				var sends []future.Future[struct{}]
				var receives []*runtime.JoinHandle[[]int]
				for i := range tasks {
					receives = append(receives, runtime.Spawn(rt, drain(c)))
					sends = append(sends, runtime.Spawn(rt, fill(c, i*each, (i+1)*each)))
				}
				finish(t, rt, future.JoinAll(sends...))
				inside(t, rt, func(*future.Context) { c.Close() })
				var all []int
				for _, r := range receives {
					values, err := runtime.BlockOn(t.Context(), rt, r)
					if err != runtime.ErrClosed {
						t.Error(err)
					}
					last := make([]int, tasks) // of each sender, seen by this receiver
					for _, v := range values {
						if last[v/each] > v {
							t.Errorf("%d comes after %d", v, last[v/each])
						}
						last[v/each] = v
					}
					all = append(all, values...)
				}
				slices.Sort(all)
				if len(all) != tasks*each || slices.Compact(all)[len(all)-1] != tasks*each-1 {
					t.Errorf("%d values", len(all))
				}
			})
		}
	}
}

// TestPingPong takes one poll of each side for each value, and no sleep.
func TestPingPong(t *testing.T) {
	leaktest.Check(t)
	const rounds = 1000
	rt := newRuntime(t, oneWorker)
	ping, pong := runtime.NewChan[int](0), runtime.NewChan[int](0)
	h := runtime.Spawn(rt, future.Async(func(co *future.Co) (int, error) {
		for {
			v, err := future.Wait(co, ping.Recv())
			if err != nil {
				return v, err
			}
			if _, err := future.Wait(co, pong.Send(v+1)); err != nil {
				return v, err
			}
		}
	}))
	v := finish(t, rt, future.Async(func(co *future.Co) (v int, err error) {
		for err == nil && v < rounds {
			if _, err = future.Wait(co, ping.Send(v)); err == nil {
				v, err = future.Wait(co, pong.Recv())
			}
		}
		ping.Close()
		return v, err
	}))
	if v != rounds {
		t.Errorf("%d rounds", v)
	}
	if _, err := runtime.BlockOn(t.Context(), rt, h); err != runtime.ErrClosed {
		t.Error(err)
	}
	if s := rt.Stats(); s.Parks != 0 || s.Polls > 3*rounds {
		t.Errorf("%+v", s)
	}
}

// TestClosedChan: what is in the buffer may be received, and everybody else gets an error.
func TestClosedChan(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	c := runtime.NewChan[string](2)
	finish(t, rt, c.Send("a"))
	finish(t, rt, c.Send("b"))
	waits := runtime.Spawn(rt, c.Send("c"))
	settle(t, rt)
	inside(t, rt, func(*future.Context) {
		c.Close()
		c.Close()
	})
	if _, err := runtime.BlockOn(t.Context(), rt, waits); err != runtime.ErrClosed {
		t.Errorf("a Send that waits: %v", err)
	}
	if _, err := runtime.BlockOn(t.Context(), rt, c.Send("d")); err != runtime.ErrClosed {
		t.Errorf("a Send that comes later: %v", err)
	}
	if all, err := runtime.BlockOn(t.Context(), rt, drain(c)); err != runtime.ErrClosed || fmt.Sprint(all) != "[a b]" {
		t.Errorf("%q, %v", all, err)
	}

	c = runtime.NewChan[string](2)
	receives := runtime.Spawn(rt, c.Recv())
	settle(t, rt)
	inside(t, rt, func(*future.Context) { c.Close() })
	if v, err := runtime.BlockOn(t.Context(), rt, receives); v != "" || err != runtime.ErrClosed {
		t.Errorf("a Recv that waits: %q, %v", v, err)
	}
	runtime.NewChan[int](0).Close()
}

// TestDroppedReceiver: the value that it has been given goes to the next, or back to the front.
func TestDroppedReceiver(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	c := runtime.NewChan[int](2)
	lost := runtime.Spawn(rt, c.Recv())
	next := runtime.Spawn(rt, c.Recv())
	settle(t, rt)
	inside(t, rt, func(cx *future.Context) {
		c.Send(1).Poll(cx)
		lost.Cancel() // before its task has been polled again
	})
	if v := finish(t, rt, next); v != 1 {
		t.Errorf("the next receiver got %d", v)
	}

	lost = runtime.Spawn(rt, c.Recv())
	settle(t, rt)
	inside(t, rt, func(cx *future.Context) {
		for v := range 3 {
			c.Send(v + 1).Poll(cx)
		}
		lost.Cancel()
	})
	settle(t, rt)
	inside(t, rt, func(*future.Context) { c.Close() })
	if all, _ := runtime.BlockOn(t.Context(), rt, drain(c)); fmt.Sprint(all) != "[1 2 3]" {
		t.Errorf("%v", all)
	}
}

// TestDroppedSender: nobody gets what it would have sent.
func TestDroppedSender(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	c := runtime.NewChan[int](0)
	var sends []*runtime.JoinHandle[struct{}]
	for v := range 5 {
		sends = append(sends, runtime.Spawn(rt, c.Send(v)))
	}
	settle(t, rt)
	for _, v := range []int{2, 0, 4} {
		sends[v].Cancel()
	}
	settle(t, rt)
	for _, v := range []int{1, 3} {
		if got := finish(t, rt, c.Recv()); got != v {
			t.Errorf("%d, want %d", got, v)
		}
		finish(t, rt, sends[v])
	}
	h := runtime.Spawn(rt, c.Recv())
	settle(t, rt)
	finish(t, rt, c.Send(5))
	if got := finish(t, rt, h); got != 5 {
		t.Errorf("%d, want 5", got)
	}
}

func TestChanMisuse(t *testing.T) {
	leaktest.Check(t)
	if p := panics(func() { runtime.NewChan[int](-1) }); p != "runtime: NewChan: the size is negative" {
		t.Errorf("panic %v", p)
	}
	a, b := newRuntime(t), newRuntime(t)
	c := runtime.NewChan[int](1)
	finish(t, a, c.Send(1))
	var failed *runtime.PanicError
	if _, err := runtime.BlockOn(t.Context(), b, c.Recv()); !errors.As(err, &failed) || failed.Value != "runtime: a Chan is used by two runtimes" {
		t.Errorf("%v", err)
	}
	r := c.Recv()
	if v := finish(t, a, r); v != 1 {
		t.Errorf("%d", v)
	}
	s := c.Send(2)
	finish(t, a, s)
	inside(t, a, func(cx *future.Context) {
		if p := panics(func() { r.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("Recv: panic %v", p)
		}
		if p := panics(func() { s.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("Send: panic %v", p)
		}
	})
}

// TestChanAllocations: futures that are used again cost nothing.
func TestChanAllocations(t *testing.T) {
	rt := newRuntime(t, oneWorker)
	c := runtime.NewChan[int](4)
	var s runtime.Sending[int]
	var r runtime.Receiving[int]
	finish(t, rt, c.Send(0)) // makes the buffer
	finish(t, rt, c.Recv())
	inside(t, rt, func(cx *future.Context) {
		n := testing.AllocsPerRun(100, func() {
			for v := range 4 {
				s.Begin(c, v)
				s.Poll(cx)
			}
			for range 4 {
				r.Begin(c)
				r.Poll(cx)
			}
		})
		if n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
