package runtime_test

import (
	"bytes"
	"context"
	"errors"
	goruntime "runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// several returns a runtime with n workers.
func several(t *testing.T, n int) *runtime.Runtime {
	return newRuntime(t, runtime.Options{Workers: n, Panicked: func(*runtime.PanicError) {}})
}

// TestUnbegunTasksAreGiven: some of the tasks that one spawns come to each of the workers, in the end.
func TestUnbegunTasksAreGiven(t *testing.T) {
	leaktest.Check(t)
	for _, n := range []int{1, 2, 4} {
		rt := several(t, n)
		if rt.Workers() != n {
			t.Errorf("%d workers, want %d", rt.Workers(), n)
		}
		finish(t, rt, future.Async(func(co *future.Co) (struct{}, error) {
			for seen := map[*runtime.Runtime]bool{}; len(seen) < n; {
				var handles []future.Future[*runtime.Runtime]
				for range 100 {
					handles = append(handles, runtime.Spawn(rt, computing()))
				}
				where, err := future.Wait(co, future.JoinAll(handles...))
				if err != nil {
					return struct{}{}, err
				}
				for _, w := range where {
					seen[w] = true
				}
			}
			return struct{}{}, nil
		}))
	}
}

var sink atomic.Uint64

// computing computes, and says on which worker.
func computing() future.Future[*runtime.Runtime] {
	return pollFunc[*runtime.Runtime](func(cx *future.Context) (*runtime.Runtime, error) {
		x := uint64(1)
		for i := range uint64(20_000) {
			x = x*6364136223846793005 + i
		}
		sink.Add(x)
		return runtime.From(cx), nil
	})
}

// TestTasksThatStay: SpawnOn and SpawnHere name the worker.
func TestTasksThatStay(t *testing.T) {
	leaktest.Check(t)
	rt := several(t, 3)
	for i := range 3 {
		h := runtime.SpawnOn(rt, i, future.Async(func(co *future.Co) (int, error) {
			here, _ := future.Wait(co, runtime.Current())
			elsewhere, err := future.Wait(co, future.Future[int](&hereFuture{n: 100, rt: here}))
			return elsewhere, err
		}))
		if n := finish(t, rt, h); n != 0 {
			t.Errorf("worker %d: %d tasks were given away", i, n)
		}
	}
}

// A hereFuture spawns n tasks, and counts those that another worker polls.
type hereFuture struct {
	n       int
	rt      *runtime.Runtime
	handles []*runtime.JoinHandle[int]
	strange int
}

func (h *hereFuture) Poll(cx *future.Context) (int, error) {
	for ; h.n > 0; h.n-- {
		h.handles = append(h.handles, runtime.SpawnHere(cx, future.Future[int](pollFunc[int](func(cx *future.Context) (int, error) {
			if runtime.From(cx) != h.rt {
				return 1, nil
			}
			return 0, nil
		}))))
	}
	for ; len(h.handles) > 0; h.handles = h.handles[1:] {
		v, err := h.handles[0].Poll(cx)
		if err != nil {
			return 0, err
		}
		h.strange += v
	}
	return h.strange, nil
}

// TestChanBetweenWorkers: two senders and two receivers on workers of their own; the sum arrives.
func TestChanBetweenWorkers(t *testing.T) {
	leaktest.Check(t)
	for _, buffer := range []int{0, 1, 7} {
		rt := several(t, 4)
		c := runtime.NewChan[int](buffer)
		const n = 5000
		var senders, receivers []future.Future[int]
		for i := range 2 {
			senders = append(senders, runtime.SpawnOn(rt, i, future.Async(func(co *future.Co) (int, error) {
				for k := range n {
					if _, err := future.Wait(co, c.Send(k)); err != nil {
						return 0, err
					}
				}
				return 0, nil
			})))
			receivers = append(receivers, runtime.SpawnOn(rt, 2+i, future.Async(func(co *future.Co) (int, error) {
				for sum := 0; ; {
					v, err := future.Wait(co, c.Recv())
					if err == runtime.ErrClosed {
						return sum, nil
					}
					sum += v
				}
			})))
		}
		finish(t, rt, future.JoinAll(senders...))
		inside(t, rt, func(*future.Context) { c.Close() })
		sums := finish(t, rt, future.JoinAll(receivers...))
		if sum := sums[0] + sums[1]; sum != n*(n-1) {
			t.Errorf("buffer %d: %v, together %d, want %d", buffer, sums, sum, n*(n-1))
		}
	}
}

// TestEveryWorkerComesToItsEnd: tasks that panic, end their goroutine, are cancelled, or wait when the runtime is shut
// down, on each of the workers.
func TestEveryWorkerComesToItsEnd(t *testing.T) {
	leaktest.Check(t)
	const n = 3
	rt := several(t, n)
	var drops atomic.Int32
	for i := range n {
		failing := runtime.SpawnOn(rt, i, pollFunc[int](func(*future.Context) (int, error) { panic("worker") }))
		var failed *runtime.PanicError
		if _, err := runtime.BlockOn(t.Context(), rt, failing); !errors.As(err, &failed) || failed.Value != "worker" {
			t.Errorf("worker %d: %v", i, err)
		}
		if i > 0 { // the first is the test's own goroutine
			gone := runtime.SpawnOn(rt, i, pollFunc[int](func(*future.Context) (int, error) { goruntime.Goexit(); return 0, nil }))
			if _, err := runtime.BlockOn(t.Context(), rt, gone); err == nil {
				t.Errorf("worker %d: no error", i)
			}
		}
		wait := func() *runtime.JoinHandle[struct{}] {
			return runtime.SpawnOn(rt, i, future.Future[struct{}](&dropping{pending(), func() { drops.Add(1) }}))
		}
		h := wait()
		settle(t, rt)
		h.Cancel()
		if _, err := runtime.BlockOn(t.Context(), rt, h); err != context.Canceled {
			t.Errorf("worker %d: %v", i, err)
		}
		wait()
	}
	settle(t, rt)
	if got := rt.Stats().Tasks; got != n {
		t.Errorf("%d tasks, want %d", got, n)
	}
	shutdown(t, rt)
	if drops.Load() != 2*n {
		t.Errorf("%d drops, want %d", drops.Load(), 2*n)
	}
}

// TestOwnThread: Go prints that a goroutine is locked in front of its stack.
func TestOwnThread(t *testing.T) {
	leaktest.Check(t)
	for _, own := range []bool{false, true} {
		rt := newRuntime(t, runtime.Options{Workers: 2, OwnThread: own})
		for i := range 2 {
			locked := pollFunc[bool](func(*future.Context) (bool, error) {
				return bytes.Contains(debug.Stack(), []byte("locked to thread")), nil
			})
			if got := finish(t, rt, runtime.SpawnOn(rt, i, locked)); got != own {
				t.Errorf("worker %d: locked is %t, want %t", i, got, own)
			}
		}
	}
	if bytes.Contains(debug.Stack(), []byte("locked to thread")) {
		t.Error("the thread is still locked")
	}
}
