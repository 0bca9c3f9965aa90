package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestCancelAtEveryPoll: the poll that runs comes to its end, and no other begins.
func TestCancelAtEveryPoll(t *testing.T) {
	const last = 5
	for name, cancel := range map[string]func(h *runtime.JoinHandle[struct{}]){
		"by the task itself": func(h *runtime.JoinHandle[struct{}]) { h.Cancel() },
		"twice":              func(h *runtime.JoinHandle[struct{}]) { h.Cancel(); h.Cancel() },
		"by another goroutine": func(h *runtime.JoinHandle[struct{}]) {
			var wg sync.WaitGroup
			wg.Go(h.Cancel)
			wg.Wait()
		},
	} {
		for what, again := range map[string]func(cx *future.Context){
			"wakes itself": func(cx *future.Context) { cx.Waker().Wake() },
			"yields":       func(cx *future.Context) { runtime.Yield().Poll(cx) },
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				leaktest.Check(t)
				rt := newRuntime(t)
				for k := 1; k <= last; k++ {
					var h *runtime.JoinHandle[struct{}]
					p := &probe{do: func(poll int, cx *future.Context) error {
						if again(cx); poll == k {
							cancel(h)
						}
						if poll == last {
							return nil
						}
						return future.NotReady
					}}
					h = runtime.Spawn(rt, p)
					_, err := runtime.BlockOn(t.Context(), rt, h)
					if k == last { // done in that poll: there is nothing to cancel
						p.want(t, "done", last, 0)
					} else if p.want(t, fmt.Sprint("cancelled at ", k), k, 1); err != context.Canceled {
						t.Errorf("cancelled at %d: %v", k, err)
					}
				}
			})
		}
	}
}

// TestCancelWhileItWaits: before the first poll, and between any two.
func TestCancelWhileItWaits(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for k := range 5 {
		var waker future.Waker
		p := &probe{do: func(_ int, cx *future.Context) error { waker = cx.Waker(); return future.NotReady }}
		h := runtime.Spawn(rt, p)
		for range k {
			settle(t, rt)
			waker.Wake()
		}
		h.Cancel() // and it has been woken
		settle(t, rt)
		p.want(t, "task", k, 1)

		p = pending()
		h = runtime.Spawn(rt, p)
		settle(t, rt)
		h.Cancel()
		settle(t, rt)
		p.want(t, "task that nobody wakes", 1, 1)
		empty(t, rt)
	}
}

func TestCancelAfterDone(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	p := ready(2, failed)
	h := runtime.Spawn(rt, p)
	settle(t, rt)
	h.Cancel()
	settle(t, rt)
	if _, err := runtime.BlockOn(t.Context(), rt, h); err != failed {
		t.Errorf("%v", err)
	}
	p.want(t, "task", 2, 0)
}

// TestCancelFromEverywhere: 8 goroutines cancel all tasks, which are at different points of their lives.
// Each either comes to its end or is dropped.
func TestCancelFromEverywhere(t *testing.T) {
	leaktest.Check(t)
	const tasks = 2000
	rt := newRuntime(t)
	probes := make([]*probe, tasks)
	handles := make([]*runtime.JoinHandle[struct{}], tasks)
	all := make([]future.Future[struct{}], tasks)
	for i := range tasks {
		if probes[i] = ready(1+i%7, nil); i%7 == 6 {
			probes[i] = pending()
		}
		handles[i] = runtime.Spawn(rt, probes[i])
		all[i] = handles[i]
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, h := range handles {
				h.Cancel()
			}
		})
	}
	_, err := runtime.BlockOn(t.Context(), rt, future.JoinAll(all...))
	wg.Wait()
	settle(t, rt)
	cancelled := 0
	for i, p := range probes {
		switch {
		case p.drops == 0 && p.polls == 1+i%7 && i%7 != 6:
		case p.drops == 1 && p.polls <= i%7:
			cancelled++
		default:
			t.Errorf("task %d: %d polls, %d drops", i, p.polls, p.drops)
		}
	}
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil || len(joined.Unwrap()) != cancelled {
		t.Errorf("%d tasks were cancelled; the error tells of others", cancelled)
	}
	empty(t, rt)
}

// TestTheContextOfBlockOnEnds before it begins, during any poll, and by the clock.
func TestTheContextOfBlockOnEnds(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for k := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		if k == 0 {
			cancel()
		}
		p := &probe{do: func(poll int, cx *future.Context) error {
			if poll == k {
				cancel()
				<-cx.Context().Done()
				return future.NotReady
			}
			cx.Waker().Wake()
			return future.NotReady
		}}
		if _, err := runtime.BlockOn(ctx, rt, p); err != context.Canceled {
			t.Errorf("cancelled at %d: %v", k, err)
		}
		p.want(t, fmt.Sprint("cancelled at ", k), k, 1)
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		p := pending()
		if _, err := runtime.BlockOn(ctx, rt, p); err != context.DeadlineExceeded || p.drops != 1 {
			t.Errorf("timeout %v: %v, %d drops", d, err, p.drops)
		}
		cancel()
	}
	empty(t, rt)
}

// TestTheContextEndsTooLate: the task is done in the same poll.
func TestTheContextEndsTooLate(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	ctx, cancel := context.WithCancel(t.Context())
	v, err := runtime.BlockOn(ctx, rt, pollFunc[int](func(*future.Context) (int, error) {
		cancel()
		return 7, nil
	}))
	if v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	// A task's own error is returned as it is.
	failed := fmt.Errorf("its own: %w", context.Canceled)
	if _, err := runtime.BlockOn(t.Context(), rt, result(0, failed)); err != failed {
		t.Errorf("%v", err)
	}
}

type key struct{}

// TestContextOfATask: it has the values of BlockOn's, is made once, and ends with the task.
func TestContextOfATask(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for name, end := range map[string]struct {
		spawned bool
		do      func(h *runtime.JoinHandle[int]) error
	}{
		"done":      {true, func(*runtime.JoinHandle[int]) error { return nil }},
		"panic":     {true, func(*runtime.JoinHandle[int]) error { return explode("boom") }},
		"cancelled": {true, func(h *runtime.JoinHandle[int]) error { h.Cancel(); return future.NotReady }},
		"main":      {false, func(*runtime.JoinHandle[int]) error { return nil }},
	} {
		var ctx, child context.Context
		var h *runtime.JoinHandle[int]
		f := pollFunc[int](func(cx *future.Context) (int, error) {
			ctx = cx.Context()
			inner := cx.WithWaker(future.NoopWaker)
			child = inner.Context()
			if ctx.Err() != nil {
				t.Errorf("%s: %v while it runs", name, ctx.Err())
			}
			return 0, end.do(h)
		})
		var value any
		if end.spawned {
			h = runtime.Spawn(rt, f)
			settle(t, rt)
		} else {
			value = "value"
			runtime.BlockOn(context.WithValue(t.Context(), key{}, value), rt, f)
		}
		if ctx != child || ctx.Err() != context.Canceled || ctx.Value(key{}) != value {
			t.Errorf("%s: %v, %v; value %v", name, ctx, child, ctx.Value(key{}))
		}
	}
	var ctx context.Context
	runtime.Spawn(rt, pollFunc[int](func(cx *future.Context) (int, error) {
		ctx = cx.Context()
		return 0, future.NotReady
	}))
	settle(t, rt)
	if ctx.Err() != nil {
		t.Errorf("%v, and the task is pending", ctx.Err())
	}
	shutdown(t, rt)
	if ctx.Err() != context.Canceled {
		t.Errorf("%v after Shutdown", ctx.Err())
	}
}

// TestAllocations: a task takes one, its polls and wakes none, and a context only who asks.
func TestAllocations(t *testing.T) {
	rt := newRuntime(t, oneWorker)
	allocations := func(tasks, polls int, asks bool) float64 {
		p := &probe{do: func(poll int, cx *future.Context) error {
			if asks {
				cx.Context()
			}
			if poll%polls == 0 {
				return nil
			}
			cx.Waker().Wake()
			return future.NotReady
		}}
		return testing.AllocsPerRun(20, func() {
			for range tasks {
				runtime.Spawn(rt, p)
			}
			runtime.BlockOn(context.Background(), rt, p)
		})
	}
	main := allocations(0, 1, false)
	if n := allocations(10, 1, false); n != main+10 {
		t.Errorf("%v allocations for 10 tasks", n-main)
	}
	if n := allocations(0, 200, false); n != main {
		t.Errorf("%v allocations for 200 polls", n-main)
	}
	if n := allocations(10, 1, true); n <= main+20 {
		t.Errorf("%v allocations for 10 tasks that ask for a context", n-main)
	}
}
