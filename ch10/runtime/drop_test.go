package runtime_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// A cut polls f k times, and then drops it.
type cut struct {
	f     unit
	k     int
	ready bool
	err   error
}

func (c *cut) Poll(cx *future.Context) (struct{}, error) {
	if c.k > 0 && !c.ready {
		_, err := c.f.Poll(cx)
		if err == future.NotReady {
			c.k--
			runtime.Yield().Poll(cx)
			return struct{}{}, err
		}
		c.ready, c.err = true, err
	}
	future.Drop(c.f)
	future.Drop(c.f)
	return struct{}{}, nil
}

// TestDropAtEveryPoll polls too often, up to the end or to poll 9, and drops at each.
func TestDropAtEveryPoll(t *testing.T) {
	for name, make := range combinators {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			rt := newRuntime(t, oneWorker)
			for k := 0; ; k++ {
				s := &scene{t: t, rt: rt}
				c := &cut{f: make(s), k: k}
				finish(t, rt, c)
				s.check(c)
				if c.ready {
					if c.err != nil && c.err != context.DeadlineExceeded {
						t.Error(c.err)
					}
					break
				} else if k == 9 {
					break
				}
			}
		})
	}
}

// TestCancelATask that has been polled k times, and waits.
func TestCancelATask(t *testing.T) {
	for name, make := range combinators {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			rt := newRuntime(t, oneWorker)
			for k := range 5 {
				s := &scene{t: t, rt: rt}
				var waker future.Waker
				f := make(s)
				h := runtime.Spawn[struct{}](rt, &tapped{f, &waker})
				for range k {
					finish(t, rt, runtime.Sleep(0))
					waker.Wake()
				}
				h.Cancel()
				settle(t, rt)
				_, err := runtime.BlockOn(t.Context(), rt, h)
				if err != nil && err != context.DeadlineExceeded && err != context.Canceled {
					t.Errorf("after %d polls: %v", k, err)
				}
				s.check(&cut{f: f, k: k})
			}
		})
	}
}

// TestShutdownOfATask that has been polled k times.
func TestShutdownOfATask(t *testing.T) {
	for name, make := range combinators {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			for k := range 4 {
				s := &scene{t: t, rt: newRuntime(t, oneWorker)}
				var waker future.Waker
				f := make(s)
				runtime.Spawn[struct{}](s.rt, &tapped{f, &waker})
				for range k {
					finish(t, s.rt, runtime.Sleep(0))
					waker.Wake()
				}
				shutdown(t, s.rt)
				s.gone()
			}
		})
	}
}

// A tapped future tells its waker.
type tapped struct {
	unit
	waker *future.Waker
}

func (w *tapped) Poll(cx *future.Context) (struct{}, error) {
	*w.waker = cx.Waker()
	return w.unit.Poll(cx)
}

func (w *tapped) Drop() { future.Drop(w.unit) }

// check checks that nothing is left, and that f is over.
func (s *scene) check(c *cut) {
	s.t.Helper()
	settle(s.t, s.rt)
	s.gone()
	if !s.silent {
		inside(s.t, s.rt, func(cx *future.Context) {
			if p := panics(func() { c.f.Poll(cx) }); p != future.PolledAfterCompletion {
				s.t.Errorf("Poll after Drop at %d: panic %v", c.k, p)
			}
		})
	}
	for runtime.Running(s.rt) > 0 { // its context has ended
		time.Sleep(time.Millisecond)
	}
	settle(s.t, s.rt)
	empty(s.t, s.rt)
}

func (s *scene) gone() {
	s.t.Helper()
	for i, p := range s.children {
		if done := p.last == nil && p.polls > 0; p.drops != 1 && !done || done && p.drops != 0 {
			s.t.Errorf("child %d: %v after %d polls, and %d drops", i, p.last, p.polls, p.drops)
		}
	}
	for _, ctx := range s.ctxs {
		if ctx != nil && !errors.Is(ctx.Err(), context.Canceled) {
			s.t.Errorf("the context of Blocking: %v", ctx.Err())
		}
	}
	if s.unwound != 0 {
		s.t.Errorf("%d coroutines have not been unwound", -s.unwound)
	}
}
