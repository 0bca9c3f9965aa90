package runtime_test

import (
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestALeafThatIsAlwaysReady gives way, also one that fails.
func TestALeafThatIsAlwaysReady(t *testing.T) {
	var open, closed *runtime.Chan[int]
	for name, step := range map[string]func(co *future.Co, i int){
		"Send and Recv": func(co *future.Co, i int) {
			future.Wait(co, open.Send(i))
			future.Wait(co, open.Recv())
		},
		"Send into a closed channel": func(co *future.Co, i int) { future.Wait(co, closed.Send(i)) },
		"Recv from a closed channel": func(co *future.Co, i int) { future.Wait(co, closed.Recv()) },
		"Current":                    func(co *future.Co, i int) { future.Wait(co, runtime.Current()) },
		"a leaf inside JoinAll":      func(co *future.Co, i int) { future.Wait(co, future.JoinAll(closed.Recv())) },
		"a leaf inside Select":       func(co *future.Co, i int) { future.Wait(co, runtime.Select(closed.Recv())) },
		"a leaf with a waker of its own": func(co *future.Co, i int) {
			future.Wait(co, runtime.Timeout(1<<40, future.JoinAll(future.JoinAll(closed.Recv()))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			open, closed = runtime.NewChan[int](1), runtime.NewChan[int](0)
			closed.Close()
			givesWay(t, newRuntime(t), step)
		})
	}
}

// enough is how many steps a task takes that never gives way, so that a test of that fails and doesn't hang.
const enough = 100_000

// givesWay has a task take one step after another, and fails the test if others wait for more than some hundred.
func givesWay(t *testing.T, rt *runtime.Runtime, step func(co *future.Co, i int)) {
	t.Helper()
	steps := 0
	busy := runtime.Spawn(rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		for ; steps < enough; steps++ {
			step(co, steps)
		}
		return none, nil
	}))
	finish(t, rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		before := 0
		for range 20 {
			if steps-before > 1000 {
				t.Errorf("a timer that was due waited for %d steps of another task", steps-before)
				break
			}
			before = steps
			future.Wait(co, runtime.Sleep(0))
		}
		if steps == 0 {
			t.Error("the other task took no step")
		}
		busy.Cancel()
		return none, nil
	}))
	settle(t, rt)
}

// TestHandlesGiveWay: the results of thousands of tasks that are done are there at once.
func TestHandlesGiveWay(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var handles []*runtime.JoinHandle[int]
	for i := range enough {
		handles = append(handles, runtime.Spawn(rt, result(i, nil)))
	}
	settle(t, rt)
	givesWay(t, rt, func(co *future.Co, i int) {
		if v, err := future.Wait(co, handles[i]); v != i || err != nil {
			t.Errorf("task %d: %d, %v", i, v, err)
		}
	})
}

// TestManyThatAreAlwaysReady: the looks come as often as for one.
func TestManyThatAreAlwaysReady(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	closed := runtime.NewChan[int](0)
	closed.Close()
	steps, looked := 0, 0
	for range 300 {
		runtime.Spawn(rt, future.Async(func(co *future.Co) (int, error) {
			for range enough {
				if seen := rt.Stats().Polls; seen != 0 && looked == 0 {
					looked = steps
				}
				future.Wait(co, closed.Recv())
				steps++
			}
			return 0, nil
		}))
	}
	finish(t, rt, pollFunc[int](func(*future.Context) (int, error) { return 0, nil }))
	if looked == 0 || looked > 1000 {
		t.Errorf("%d steps before the worker looked", looked)
	}
}

// TestSiblingsGetTheirTurns: what is always ready doesn't keep the other futures of its task from theirs.
func TestSiblingsGetTheirTurns(t *testing.T) {
	var closed *runtime.Chan[int]
	var steps [2]int
	forever := func(i int) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			for steps[i] = 0; steps[i] < enough; steps[i]++ {
				future.Wait(co, closed.Recv())
			}
			return i, nil
		})
	}
	once := func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, closed.Recv())
			return 2, nil
		})
	}
	t.Run("Select", func(t *testing.T) {
		leaktest.Check(t)
		rt := newRuntime(t)
		closed = runtime.NewChan[int](0)
		closed.Close()
		s := finish(t, rt, runtime.Select(forever(0), forever(1), once()))
		if s.Index != 2 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("JoinAll", func(t *testing.T) {
		leaktest.Check(t)
		rt := newRuntime(t)
		closed = runtime.NewChan[int](0)
		closed.Close()
		last := future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, once())
			if steps[0] > 1000 || steps[1] > 1000 {
				t.Errorf("the others have taken %d steps before", steps)
			}
			return 0, nil
		})
		finish(t, rt, future.JoinAll(forever(0), forever(1), last))
	})
}
